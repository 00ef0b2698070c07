import { createTransport } from 'nodemailer';
import type { Mailer } from '../kernel/ports.js';

export interface MailSettings {
  /** `smtp://` (upgraded by STARTTLS where the server offers it) or `smtps://`, with user and password if it needs them. */
  readonly smtpUrl: string;
  /** `Coop Passport <no-reply@example.org>` */
  readonly from: string;
}

/** Sends over SMTP. Rejects when the server did not take the mail; whether it reached anybody is not known. */
export function createMailer(settings: MailSettings): Mailer {
  const transport = createTransport({
    url: settings.smtpUrl,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    // A mail is text that we wrote: nothing in it is read from a disk or fetched from an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ to, subject, text }) {
      // As an object the address is one recipient, whatever characters it holds.
      await transport.sendMail({ from: settings.from, to: { name: '', address: to }, subject, text });
    },
  };
}
