import type { DidReading, DidReadProblem } from '../../adapters/didResolution.js';
import type { BudgetedHttp } from '../../adapters/callBudget.js';
import { dereference, parseDidUrlParts } from '../../credentials/did/dereferencing.js';
import { isDid } from '../../credentials/did/didUrl.js';
import {
  expandRelativeUrls,
  readOptions,
  ResolutionFailure,
  type ResolutionErrorCode,
  type ResolutionOptions,
} from '../../credentials/did/resolution.js';

export interface ResolutionDeps {
  readonly readDid: (did: string) => Promise<DidReading>;
  readonly http: BudgetedHttp;
}

export interface ResolutionService {
  /** DID Resolution 1.0 §4.4. Throws a {@link ResolutionFailure}, and nothing else. */
  resolve(did: string, options: ResolutionOptions): Promise<object>;
  /** §5.4. Throws a {@link ResolutionFailure}, and nothing else. */
  dereference(didUrl: string, options: ResolutionOptions): Promise<object>;
}

/** Requests to elsewhere that one anonymous call may cause. */
const ANONYMOUS_REQUESTS = 3;

/** Methods whose documents never change: the DID is the key. */
const STATIC_METHODS = ['did:key:', 'did:jwk:'];

const FAILURES: Readonly<Record<DidReadProblem, readonly [ResolutionErrorCode, string]>> = {
  notFound: ['NOT_FOUND', 'Who is asked for it by its method says that there is none.'],
  unreachable: ['INTERNAL_ERROR', 'Who is asked for it by its method could not be reached. Try again later.'],
  invalid: ['INVALID_DID', 'It is not a DID of its method.'],
  invalidDocument: ['INVALID_DID_DOCUMENT', 'What stands where its document should be is not its document.'],
  keyNotSupported: ['FEATURE_NOT_SUPPORTED', 'It stands for a kind of key that is not supported here.'],
  methodNotSupported: ['METHOD_NOT_SUPPORTED', 'did:web, did:key and did:jwk are.'],
};

export function createResolution({ readDid, http }: ResolutionDeps): ResolutionService {
  async function resolve(did: string, options: ResolutionOptions): Promise<object> {
    if (!isDid(did)) {
      throw new ResolutionFailure('INVALID_DID', 'It does not conform to the syntax of DIDs.');
    }
    // did:web knows the document of now, and the one of another time must not be made up from it.
    if (options.versionTime && did.startsWith('did:web:')) {
      throw new ResolutionFailure('FEATURE_NOT_SUPPORTED', 'versionTime is not supported for did:web.');
    }
    const reading = await http.within(ANONYMOUS_REQUESTS, () => readDid(did));
    if ('problem' in reading) throw new ResolutionFailure(...FAILURES[reading.problem]);
    return options.expandRelativeUrls === true
      ? expandRelativeUrls({ ...reading.document })
      : reading.document;
  }

  return {
    resolve: (did, options) => orFailure(() => resolve(did, options)),

    dereference: (didUrl, options) =>
      orFailure(async () => {
        const url = parseDidUrlParts(didUrl);
        // §5.4.1 step 2: the DID parameters are options of the resolution.
        const parameters = readOptions(new URLSearchParams(url.query ?? ''));
        return dereference({ ...(await resolve(url.did, { ...options, ...parameters })) }, url);
      }),
  };
}

/** True for a DID whose document may be kept for as long as anybody likes. */
export function isStaticDid(did: string): boolean {
  return STATIC_METHODS.some((prefix) => did.startsWith(prefix));
}

/** §4.4: whatever is unexpected is an error of this kind, with nothing said of its cause. */
async function orFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ResolutionFailure) throw error;
    throw new ResolutionFailure('INTERNAL_ERROR', 'Something went wrong here. Try again later.');
  }
}
