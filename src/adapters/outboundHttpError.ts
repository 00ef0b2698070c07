export type OutboundHttpReason =
  'forbidden-address' | 'forbidden-url' | 'timeout' | 'too-large' | 'network' | 'tls';

const DETAILS: Readonly<Record<OutboundHttpReason, string>> = {
  'forbidden-address': 'the host has an address that this service does not connect to',
  'forbidden-url': 'only https URLs without user information are fetched',
  timeout: 'there was no complete answer in time',
  'too-large': 'the answer is larger than allowed',
  network: 'the host could not be reached or broke off',
  tls: 'there is no trustworthy TLS connection to the host',
};

/** Why an outbound request gave no answer. The message holds neither the URL nor anything that the other side sent. */
export class OutboundHttpError extends Error {
  override readonly name = 'OutboundHttpError';

  constructor(
    readonly reason: OutboundHttpReason,
    detail: string = DETAILS[reason],
  ) {
    super(`${reason}: ${detail}`);
  }

  /** Keeps of a foreign error only its code (`ECONNREFUSED`, `HPE_INVALID_CONSTANT`): its message may quote the answer. */
  static from(reason: OutboundHttpReason, error: unknown): OutboundHttpError {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const isPlain = typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code);
    return new OutboundHttpError(reason, isPlain ? `${DETAILS[reason]} (${code})` : DETAILS[reason]);
  }
}
