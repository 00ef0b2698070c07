import type { Mail } from '../../../kernel/ports.js';

/** The token stands behind the `#` of a link, which browsers send to no server, so that it gets into no log. */
export function composeInvitation(
  publicUrl: string,
  { to, token, memberName, federationName }: Record<'to' | 'token' | 'memberName' | 'federationName', string>,
): Mail {
  return {
    to,
    subject: `${federationName} invites your co-operative to get its passport`,
    text: `${federationName} has ${memberName} in its register of members, and invites it to Coop Passport on ${new URL(publicUrl).host}.

There your co-operative gets a file of its own, which begins with what the federation's register says of it, and, if you agree, a credential that it is a member. You see what is said before you accept.

Somebody who may act for ${memberName} accepts within 30 days: open
${publicUrl}/join-federation#token=${token}

or send the token to POST ${publicUrl}/v1/member-invitations/acceptances:
${token}

If you know nothing of this federation, do nothing: no account is opened.
`,
  };
}
