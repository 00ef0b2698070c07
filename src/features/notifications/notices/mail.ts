import type { Mail } from '../../../kernel/ports.js';
import { ALWAYS_MAILED_KINDS, type NoticeKind } from '../../../kernel/notices.js';

const WORDS: Readonly<Record<NoticeKind, string>> = {
  'credential.lapsing':
    'What a credential rests on has lapsed or changed; it will be suspended unless that is put right',
  'credential.suspended': 'A credential was suspended',
  'credential.reinstated': 'A credential is valid again',
  'credential.revoked': 'A credential was revoked',
  'credential.superseded': 'A credential was replaced by a new one',
  'credential.reissuable': 'A credential is to be issued once more, for the new key of its holder',
  'credential.expiring': 'A credential may be renewed before it expires',
  'credential.contested': 'A holder contests what a credential says',
  'contest.resolved': 'A contest was answered',
  'contest.withdrawn': 'A contest was withdrawn',
  'concern.cured': 'What a credential rests on is in order again',
  'application.message': 'Somebody has written about an application',
  'application.proposed': 'The approval of an application waits for a second person',
  'application.decided': 'An application was decided',
  'representation.expiring':
    'The proof of who acts for a co-op, on which a credential rests, is about to expire',
  'evidence.expiring': 'Something that a credential rests on is about to expire',
  'access.requested': 'A partner asks for fields of your dossier, and waits for the delegates to decide',
  'consent-rules.changed':
    'An administrator has changed how many delegates decide about what partners may see of your dossier',
  'document.requested': 'A partner asks for a document, and waits for an answer',
  'webhook.disabled': 'A webhook was disabled, since nothing could be delivered to it',
  'vouch.requested': 'You are asked to vouch for something',
};

/** Says what kind of thing happened and where to read on, and nothing else: mail is read by whoever carries it. */
export function composeNoticeMail(to: string, kind: NoticeKind, publicUrl: string): Mail {
  const installation = new URL(publicUrl).host;
  const often = ALWAYS_MAILED_KINDS.has(kind) ? 'each time' : 'at most once an hour for each kind';
  return {
    to,
    subject: `Coop Passport: ${kind}`,
    text: `${WORDS[kind]}.

Sign in at Coop Passport on ${installation} to see which, and what you can do:
${publicUrl}/v1/notices?unread=true

You get this as an administrator or a delegate of your organisation, ${often}.
`,
  };
}
