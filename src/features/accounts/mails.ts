import type { Mail } from '../../kernel/ports.js';

/**
 * What is written to people. A token stands behind the `#` of a link, which browsers send to no server, so that it gets into no log.
 */
export interface MailTexts {
  confirmRegistration(to: string, token: string): Mail;
  /** Somebody tried to register an address that has an account: only its owner is told. */
  alreadyRegistered(to: string): Mail;
  resetPassword(to: string, token: string): Mail;
  invite(to: string, token: string, organisationName: string): Mail;
}

export function createMailTexts(publicUrl: string): MailTexts {
  const installation = new URL(publicUrl).host;

  return {
    confirmRegistration: (to, token) => ({
      to,
      subject: 'Confirm your registration',
      text: `Somebody, we hope you, registered an organisation with this address at Coop Passport on ${installation}.

To confirm it within 24 hours, open
${publicUrl}/confirm-registration#token=${token}

or send the token to POST ${publicUrl}/v1/organisations/confirmations:
${token}

If it was not you, do nothing: no account is opened.
`,
    }),
    alreadyRegistered: (to) => ({
      to,
      subject: 'You have an account already',
      text: `Somebody, perhaps you, tried to register an organisation with this address at Coop Passport on ${installation}.

The address has an account already, so nothing was changed. Sign in with it; if you do not know the password any more, ask for a reset.
`,
    }),
    resetPassword: (to, token) => ({
      to,
      subject: 'Set a new password',
      text: `Somebody, we hope you, asked for a new password for this address at Coop Passport on ${installation}.

To set one within an hour, open
${publicUrl}/reset-password#token=${token}

or send the token to POST ${publicUrl}/v1/password-resets/confirmations:
${token}

If it was not you, do nothing: your password stays as it is.
`,
    }),
    invite: (to, token, organisationName) => ({
      to,
      subject: 'You are invited to an organisation',
      text: `${organisationName} invites you to work with it at Coop Passport on ${installation}.

To accept within 7 days, open
${publicUrl}/accept-invitation#token=${token}

or send the token to POST ${publicUrl}/v1/invitations/acceptances:
${token}

If you do not know this organisation, do nothing.
`,
    }),
  };
}
