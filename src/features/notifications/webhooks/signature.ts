import { createHmac, randomBytes } from 'node:crypto';

/** Standard Webhooks 1.0: what is signed, and how secrets and signatures are written. */

const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;

export function newSecret(): string {
  return `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

export interface Message {
  /** The same with each try, so that the receiver knows what it has had. */
  readonly id: string;
  readonly sentAt: Date;
  readonly body: string;
}

/** With each of the secrets: while one takes the place of another, a receiver may know either. */
export function signMessage(
  { id, sentAt, body }: Message,
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
