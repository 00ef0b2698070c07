import { issuerIdOf, typesOf } from '../dataModel.js';
import type { ProfileCatalogue } from '../profiles/catalogue.js';
import { readCredential } from './readCredential.js';
import { readPresentation } from './readPresentation.js';
import type { Secured } from './secured.js';

/** What a credential says it is. Nothing of it is verified: whoever has a record of its digest knows that it is the one. */
export interface IdentifiedCredential {
  readonly id?: string;
  readonly types: readonly string[];
  readonly issuerDid: string;
  readonly signedDigest: Buffer;
  /** Of the keys that its signatures name, by absolute DID URL. */
  readonly methods: readonly string[];
}

export interface Identified {
  /** The one that was sent, or all that are in a presentation, as far as they can be read. */
  readonly credentials: readonly IdentifiedCredential[];
  /** Of a presentation, the keys that its own signatures name. */
  readonly presentedWith: readonly string[];
}

export function identifyCredential(value: unknown, profiles: ProfileCatalogue): Identified {
  return { credentials: identify(value, profiles), presentedWith: [] };
}

export function identifyPresentation(value: unknown, profiles: ProfileCatalogue): Identified {
  const single = identify(value, profiles);
  // An SD-JWT with its key binding presents itself; the key is in what its issuer signed.
  if (single.length > 0) return { credentials: single, presentedWith: [] };
  const reading = readPresentation(value, 0);
  if ('refused' in reading) return { credentials: [], presentedWith: [] };
  return {
    credentials: reading.credentials.flatMap((credential) => identify(credential, profiles)),
    presentedWith: methodsOf(reading),
  };
}

function identify(value: unknown, profiles: ProfileCatalogue): IdentifiedCredential[] {
  const reading = readCredential(value, profiles);
  if ('refused' in reading) return [];
  const { credential } = reading;
  return [
    {
      ...(credential.id !== undefined && { id: credential.id }),
      types: typesOf(credential),
      issuerDid: issuerIdOf(credential),
      signedDigest: reading.signedDigest(),
      methods: methodsOf(reading),
    },
  ];
}

function methodsOf({ signers }: Pick<Secured, 'signers'>): string[] {
  return signers.flatMap((signer) => (signer?.kind === 'method' ? [signer.method] : []));
}
