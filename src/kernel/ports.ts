import type { Readable } from 'node:stream';

/**
 * The ports: everything the inside needs from the outside. `adapters` implement them, `app.ts` hands them in.
 * Nothing inside reads a clock, a network or a disk in any other way.
 */

export interface Clock {
  now(): Date;
}

/** JOSE algorithm names (RFC 7518, RFC 8037) of the keys that are held here. */
export type SigningAlgorithm = 'ES256' | 'ES384' | 'EdDSA';

/** A key's public half as it stands in a DID document. */
export interface SigningKey {
  /** Absolute DID URL of the `JsonWebKey` method: `did:web:…#<RFC 7638 thumbprint>`; a token's `kid`. */
  readonly kid: string;
  readonly did: string;
  readonly algorithm: SigningAlgorithm;
}

/** Private keys never leave it. Signatures are raw: ECDSA as r‖s (RFC 7518 §3.4), so 64 bytes, and 96 for ES384. */
export interface Signer {
  sign(key: SigningKey, data: Uint8Array): Promise<Uint8Array>;
}

/** Who is asked for a resource outside, with bounds on size and time; never follows a redirect. */
export interface HttpClient {
  get(url: string, options: { accept: string; maxBytes: number; timeoutMs: number }): Promise<HttpAnswer>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The TXT records of a name, the strings of each joined (RFC 7208 §3.3); empty when there are none. Rejects when nobody answers, or with too many. */
export type TxtLookup = (name: string) => Promise<readonly string[]>;

/** Encrypted evidence files. `key` is an id made by us, never a name that somebody sent. */
export interface BlobStore {
  /** Durable when it resolves; a stream that fails leaves nothing behind. */
  put(key: string, content: Readable): Promise<void>;
  /** Rejects when there is no such blob. */
  get(key: string): Promise<Readable>;
  delete(key: string): Promise<void>;
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  send(mail: Mail): Promise<void>;
}

/** A tiny slice of a structured logger. What is logged is never a body, a token, a credential or personal data. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
