import type { Readable } from 'node:stream';
import type { OrganisationId } from './ids.js';

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

/** Sends to an address that somebody else chose, under the same rules as {@link HttpClient}. */
export interface HttpSender {
  /** As far as the text of the address says; where its name leads is looked at with each request. */
  mayAsk(url: string): boolean;
  /** Never rejects. The answer's body is thrown away, and a redirect is an answer. */
  post(
    url: string,
    message: {
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly timeoutMs: number;
    },
  ): Promise<SendOutcome>;
}

/** With which status it was answered, or why there was no answer. */
export type SendOutcome = { readonly status: number } | { readonly problem: SendProblem };
export const SEND_PROBLEMS = ['forbidden-address', 'forbidden-url', 'timeout', 'network', 'tls'] as const;
export type SendProblem = (typeof SEND_PROBLEMS)[number];

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

/** One dossier of an organisation: after an erasure it may begin the next one. */
export interface DossierRef {
  readonly organisationId: OrganisationId;
  /** From 1. */
  readonly generation: number;
}

/** What seals and opens under the key of one dossier. `context` names the record that a value belongs to, as with the installation's own envelope. */
export interface DossierSealer {
  seal(plaintext: Uint8Array, context: string): Buffer;
  open(sealed: Uint8Array, context: string): Buffer;
}

/** A dossier whose key was destroyed, for good. */
export interface ErasedDossier extends DossierRef {
  readonly at: Date;
}

/**
 * The keys of the dossiers, in a store of their own: what is destroyed here must not come back with a backup of the database. Keys are read
 * anew for every use, so that nothing opens after `destroy` in any process.
 */
export interface DossierKeys {
  /** Made when there is none yet. `undefined` for a destroyed one: its key never comes back. */
  create(dossier: DossierRef): Promise<DossierSealer | undefined>;
  /** `undefined` for a destroyed one. Throws `dossiers/key-missing` where there should be one. */
  find(dossier: DossierRef): Promise<DossierSealer | undefined>;
  /** On the erasure list first, and only then gone: once begun it is completed by the next call, whatever happens in between. */
  destroy(dossier: DossierRef, at: Date): Promise<void>;
  /** Everything that was ever destroyed. */
  listErased(): Promise<ErasedDossier[]>;
}

/** Who says whether content may be kept. It streams through, and no more of it is in memory than what is under way. */
export interface VirusScanner {
  startScan(): VirusScan;
}

/** One file; none of its functions throws or rejects. */
export interface VirusScan {
  /** Resolves when there is room for more. False: the scanner does not listen any more, and only a verdict can be had. */
  write(chunk: Uint8Array): Promise<boolean>;
  /** Asked for once, after all that there is; `clean` only of all of it. `unavailable`: it gave no verdict, which is not "clean". */
  finish(): Promise<'clean' | 'infected' | 'unavailable'>;
  /** No verdict is wanted any more. */
  abort(): void;
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
