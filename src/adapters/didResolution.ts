import { Resolver } from 'did-resolver';
import type { DIDDocument, DIDResolutionResult, DIDResolver as DidMethod } from 'did-resolver';
import { isDid } from '../credentials/did/didUrl.js';
import { checkDidDocument } from '../credentials/did/document.js';
import type { DidDocument } from '../credentials/did/document.js';
import { jwkDidDocument } from '../credentials/did/jwkDid.js';
import { isForeignKeyDid, keyDidDocument } from '../credentials/did/keyDid.js';
import { parseStrictJson } from '../kernel/strictJson.js';
import type { DidProblem } from '../credentials/verification/sources.js';
import type { FactCache } from '../kernel/factCache.js';
import type { HttpAnswer, HttpClient } from '../kernel/ports.js';
import { OutboundHttpError } from './outboundHttpError.js';
import { locateWebDid } from './webDid.js';

/**
 * Fits the verifier's `resolveDid`. `notFound`: its host says there is none. `unreachable`: could not ask, or got no usable
 * answer. `invalid`: not a DID of its method, or what was found is not its document.
 */
export type DidResolution = { readonly document: DidDocument } | { readonly problem: DidProblem };

/** `invalidDocument`: what was found is not its document. `keyNotSupported`: it stands for a kind of key that is not used here. */
export type DidReadProblem = DidProblem | 'invalidDocument' | 'keyNotSupported';
export type DidReading = { readonly document: DidDocument } | { readonly problem: DidReadProblem };

export interface DidResolverParts {
  /** The current document of one of our organisations; `undefined` for a slug that was never given. */
  readonly own: (slug: string) => Promise<DidDocument | undefined>;
  /** The same for an issuer instance, by its id. Absent where there are none. */
  readonly ownInstance?: (instanceId: string) => Promise<DidDocument | undefined>;
  /** Our own address. A did:web with its host is never asked for over HTTP. Absent where nothing is ours. */
  readonly publicUrl?: string;
  readonly http: HttpClient;
  /** Plain http for did:web on loopback names. */
  readonly allowLoopback: boolean;
  /** Keyed by DID. Whoever changes a key of ours invalidates the DID here. */
  readonly ownDocuments: FactCache<string, DidDocument>;
  /** Keyed by DID; a cache of its own, so that strangers' DIDs cannot push ours out. */
  readonly foreignDocuments: FactCache<string, DidDocument>;
}

export interface DidResolver {
  /** Takes a DID, not a DID URL. Rejects only when our own store does. */
  resolveDid(did: string): Promise<DidResolution>;
  /** The same for who publishes what was found, and tells what is wrong more exactly. */
  readDid(did: string): Promise<DidReading>;
}

const MAX_DOCUMENT_BYTES = 64 * 1024;
const TIMEOUT_MS = 3_000;
const ACCEPT = 'application/did+ld+json, application/did+json, application/json';

/** Resolves did:web (ours from the store, others by HTTP), did:key and did:jwk. Every document's `id` is the DID asked for. */
export function createDidResolver(parts: DidResolverParts): DidResolver {
  const ownHost = parts.publicUrl === undefined ? undefined : new URL(parts.publicUrl).host;

  const resolveWeb = async (did: string): Promise<DidDocument> => {
    const location = locateWebDid(did, parts.allowLoopback);
    if (location === undefined) throw new DidResolutionProblem('invalid');
    const isOwn = location.host === ownHost;
    const cache = isOwn ? parts.ownDocuments : parts.foreignDocuments;
    const document = await cache.get(did, () =>
      isOwn ? loadOwn(parts, did, location.segments) : fetchForeign(parts.http, did, location.url),
    );
    if (document === undefined) throw new DidResolutionProblem('notFound');
    return document;
  };

  // Without a prototype: did-resolver looks `did:constructor:…` up in this object too.
  const methods = Object.assign(Object.create(null) as Record<string, DidMethod>, {
    web: toMethod(resolveWeb),
    key: toMethod(async (did) =>
      requireFound(keyDidDocument(did), isForeignKeyDid(did) ? 'keyNotSupported' : 'invalid'),
    ),
    jwk: toMethod(async (did) => requireFound(jwkDidDocument(did), 'invalid')),
  });
  // Its own cache is off: that one never forgets, failures included.
  const resolver = new Resolver(methods, { cache: false });

  const readDid = async (did: string): Promise<DidReading> => {
    if (!isDid(did)) return { problem: 'invalid' };
    const { didDocument, didResolutionMetadata } = await resolver.resolve(did);
    if (didDocument !== null) return { document: didDocument };
    return { problem: PROBLEMS.get(didResolutionMetadata.error ?? '') ?? 'invalid' };
  };
  return {
    readDid,
    async resolveDid(did) {
      const reading = await readDid(did);
      if ('document' in reading) return reading;
      const { problem } = reading;
      return {
        problem: problem === 'invalidDocument' || problem === 'keyNotSupported' ? 'invalid' : problem,
      };
    },
  };
}

/** How the document of a did:web of another host is asked for; `undefined` for ours, and for DIDs that nobody is asked for. */
export function createForeignDidRequests({
  publicUrl,
  allowLoopback,
}: Required<Pick<DidResolverParts, 'publicUrl' | 'allowLoopback'>>): (
  did: string,
) => { readonly url: string; readonly accept: string } | undefined {
  const ownHost = new URL(publicUrl).host;
  // Nearly every DID that is asked about is one of these, and taking one apart costs a tenth of a verification.
  const ownPrefix = `did:web:${encodeURIComponent(ownHost)}:`;
  return (did) => {
    const location = did.startsWith(ownPrefix) ? undefined : locateWebDid(did, allowLoopback);
    return location && location.host !== ownHost ? { url: location.url, accept: ACCEPT } : undefined;
  };
}

/** Carries a problem out through a cache, which keeps nothing of a load that rejects. */
class DidResolutionProblem extends Error {
  constructor(readonly problem: Exclude<DidReadProblem, 'methodNotSupported'>) {
    super(problem);
  }
}

/** Error names of DID Core 1.0 §7.1.2, which did-resolver speaks; it knows none for "could not ask". */
const ERRORS = {
  notFound: 'notFound',
  unreachable: 'internalError',
  invalid: 'invalidDid',
  invalidDocument: 'invalidDidDocument',
  keyNotSupported: 'unsupportedPublicKeyType',
} as const;
const PROBLEMS = new Map<string, DidReadProblem>([
  ['notFound', 'notFound'],
  ['internalError', 'unreachable'],
  ['invalidDid', 'invalid'],
  ['invalidDidDocument', 'invalidDocument'],
  ['unsupportedPublicKeyType', 'keyNotSupported'],
  ['unsupportedDidMethod', 'methodNotSupported'],
]);

function toMethod(resolve: (did: string) => Promise<DidDocument>): DidMethod {
  return async (did): Promise<DIDResolutionResult> => {
    try {
      const didDocument = (await resolve(did)) as DIDDocument;
      return { didDocument, didResolutionMetadata: {}, didDocumentMetadata: {} };
    } catch (error) {
      if (!(error instanceof DidResolutionProblem)) throw error;
      const didResolutionMetadata = { error: ERRORS[error.problem] };
      return { didDocument: null, didResolutionMetadata, didDocumentMetadata: {} };
    }
  };
}

async function loadOwn(
  parts: DidResolverParts,
  did: string,
  [folder, name, ...rest]: readonly string[],
): Promise<DidDocument | undefined> {
  if (name === undefined || rest.length > 0) return undefined;
  const find = folder === 'orgs' ? parts.own : folder === 'vc-api' ? parts.ownInstance : undefined;
  const document = await find?.(name);
  return document && requireFound(checkDidDocument(document, did), 'invalidDocument');
}

async function fetchForeign(http: HttpClient, did: string, url: string): Promise<DidDocument> {
  const answer = await ask(http, url);
  if (answer.status === 404 || answer.status === 410) throw new DidResolutionProblem('notFound');
  if (answer.status !== 200) throw new DidResolutionProblem('unreachable');
  return requireFound(checkDidDocument(parseStrictJson(answer.body)?.value, did), 'invalidDocument');
}

async function ask(http: HttpClient, url: string): Promise<HttpAnswer> {
  try {
    return await http.get(url, { accept: ACCEPT, maxBytes: MAX_DOCUMENT_BYTES, timeoutMs: TIMEOUT_MS });
  } catch (error) {
    const isTooLarge = error instanceof OutboundHttpError && error.reason === 'too-large';
    throw new DidResolutionProblem(isTooLarge ? 'invalidDocument' : 'unreachable');
  }
}

function requireFound(
  document: DidDocument | undefined,
  problem: 'invalid' | 'invalidDocument' | 'keyNotSupported',
): DidDocument {
  if (document === undefined) throw new DidResolutionProblem(problem);
  return document;
}
