import { isUrl } from '../dataModel.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import { credentialsExamplesV2 } from './bundled/credentialsExamplesV2.js';
import { credentialsV1 } from './bundled/credentialsV1.js';
import { credentialsV2 } from './bundled/credentialsV2.js';
import { dataIntegrityV1 } from './bundled/dataIntegrityV1.js';
import { dataIntegrityV2 } from './bundled/dataIntegrityV2.js';
import { didV1 } from './bundled/didV1.js';
import { ed25519Signature2020V1 } from './bundled/ed25519Signature2020V1.js';
import { multikeyV1 } from './bundled/multikeyV1.js';
import { undefinedTermsV2 } from './bundled/undefinedTermsV2.js';

export const CREDENTIALS_V1_CONTEXT = 'https://www.w3.org/2018/credentials/v1';
export const DATA_INTEGRITY_V1_CONTEXT = 'https://w3id.org/security/data-integrity/v1';
export const DATA_INTEGRITY_V2_CONTEXT = 'https://w3id.org/security/data-integrity/v2';

/** By URL, the text byte for byte, so that a digest of it (`relatedResource`, SRI) can be compared without fetching. */
export const BUNDLED_CONTEXTS: ReadonlyMap<string, string> = new Map([
  ['https://www.w3.org/ns/credentials/v2', credentialsV2],
  [CREDENTIALS_V1_CONTEXT, credentialsV1],
  [DATA_INTEGRITY_V2_CONTEXT, dataIntegrityV2],
  [DATA_INTEGRITY_V1_CONTEXT, dataIntegrityV1],
  ['https://w3id.org/security/multikey/v1', multikeyV1],
  ['https://w3id.org/security/suites/ed25519-2020/v1', ed25519Signature2020V1],
  ['https://www.w3.org/ns/did/v1', didV1],
  ['https://www.w3.org/ns/credentials/examples/v2', credentialsExamplesV2],
  ['https://www.w3.org/ns/credentials/undefined-terms/v2', undefinedTermsV2],
]);

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Every JSON-LD context that may stand in a document, by URL. Contexts are part of the program: none is ever fetched, and what is not
 * here is unknown.
 */
export interface ContextCatalogue {
  /** The parsed document (an object with `@context`), or `undefined` for an unknown URL. Not to be changed by the caller. */
  find(url: string): JsonObject | undefined;
  /** Those that the host added, as it gave them: what another thread needs to build an equal catalogue. */
  readonly additional: ReadonlyMap<string, JsonObject>;
}

/**
 * The bundled contexts and those of the host, such as its profiles'. A URL must mean one context for as long as signatures over it are
 * to be verified.
 *
 * @throws TypeError when an additional context would replace a bundled one, has no absolute URL or is not an object with `@context`
 */
export function createContextCatalogue(
  additional: ReadonlyMap<string, unknown> = new Map(),
): ContextCatalogue {
  const own = new Map<string, JsonObject>();
  for (const [url, document] of additional) {
    if (BUNDLED_CONTEXTS.has(url)) throw new TypeError(`a bundled context cannot be replaced: ${url}`);
    if (!isUrl(url)) throw new TypeError(`a context needs an absolute URL: ${url}`);
    if (!isJsonObject(document) || !Object.hasOwn(document, '@context')) {
      throw new TypeError(`not a JSON-LD context: ${url}`);
    }
    own.set(url, document);
  }
  const parsed = new Map<string, JsonObject>(own);
  return {
    additional: own,
    find: (url) => {
      const known = parsed.get(url);
      if (known) return known;
      const text = BUNDLED_CONTEXTS.get(url);
      if (text === undefined) return undefined;
      const document = JSON.parse(text) as JsonObject;
      parsed.set(url, document);
      return document;
    },
  };
}
