import type { EventType } from '../../../kernel/events.js';
import type { Mail } from '../../../kernel/ports.js';

const WORDS: Readonly<Record<EventType, string>> = {
  'credential.lapsing': 'will be suspended unless what it rests on is put right',
  'credential.lapse_cured': 'what it rests on is in order again',
  'credential.suspended': 'must not be used for now',
  'credential.reinstated': 'may be used again',
  'credential.revoked': 'is over',
  'credential.superseded': 'was replaced by a new one',
  'credential.expired': 'has expired',
  'credential.contested': 'its holder contests what it says',
  'credential.contest_closed': 'what was contested is settled',
  'credential.accreditation_ended': 'its issuer may not issue such credentials any more',
  'credential.key_compromised': 'a key that signed it was stolen',
  'reliance.recorded': 'somebody relies on a credential of yours',
  'reliance.ended': 'somebody relies on a credential of yours no more',
  'presentation.received': 'somebody has answered a request of yours for a presentation',
  'access.requested': 'a partner asks for fields of your dossier',
  'access.approved': 'a delegate has approved a request for fields of your dossier',
  'access.granted': 'fields of a dossier were released',
  'access.refused': 'a request for fields of a dossier was refused',
  'access.withdrawn': 'a partner asks for fields of your dossier no more',
  'access.expired': 'nobody has decided about a request for fields of a dossier in time',
  'grant.withdrawn': 'a co-op releases fields of its dossier no more',
  'grant.given_back': 'a partner has given back what you released',
  'grant.ended': 'what released fields of a dossier has ended',
  'grant.expired': 'the time is over for which fields of a dossier were released',
  'grant.field_changed': 'a field that was released says something else now',
  'agreement.changed': 'there is a new version of an agreement that you have joined',
  'document.requested': 'a partner asks for a document',
  'document.answered': 'a document that you asked for can be read',
  'document.refused': 'a document that you asked for was refused',
  'document.late': 'a document was not handed over in the agreed time',
  'webhook.test': 'a webhook was tried out',
};

/** What there is to tell of one organisation. */
export interface DigestSection {
  readonly organisation: string;
  readonly counts: readonly { readonly type: EventType; readonly count: number }[];
}

/** How many of which kind, and where to read on: mail is read by whoever carries it, so not whose they are, nor who relies on them. */
export function composeDigest(to: string, sections: readonly DigestSection[], publicUrl: string): Mail {
  const total = sections.flatMap(({ counts }) => counts).reduce((sum, { count }) => sum + count, 0);
  const parts = sections.map(({ organisation, counts }) =>
    [
      `${organisation}:`,
      ...counts.map(({ type, count }) => `${String(count).padStart(5)}  ${type}: ${WORDS[type]}`),
    ].join('\n'),
  );
  return {
    to,
    subject: `Coop Passport: ${total} ${total === 1 ? 'event' : 'events'}`,
    text: `What has happened that concerns you:

${parts.join('\n\n')}

Sign in at Coop Passport on ${new URL(publicUrl).host} to see which, and what to do:
${publicUrl}/v1/events

You get this once a day at the most. To get it no more, or to get it although your organisation has a webhook, choose so:
PUT ${publicUrl}/v1/me/event-digest with {"choice": "never"} or {"choice": "daily"}
`,
  };
}
