import { randomBytes } from 'node:crypto';
import { checkAnyCredential, CREDENTIALS_V2_CONTEXT, type Problem } from '../../credentials/dataModel.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import type { Canonizer } from '../../credentials/jsonLd/canonizer.js';
import { pointerProblems } from '../../credentials/jsonLd/pointerSelection.js';
import { importJwk, toMultikey } from '../../credentials/keys.js';
import type { ProfileCatalogue } from '../../credentials/profiles/catalogue.js';
import { prepareProof, signProof } from '../../credentials/securing/dataIntegrity/dataIntegrity.js';
import { prepareVcJwt, signVcJwt } from '../../credentials/securing/vcJwt.js';
import { prepareVcSdJwt, signVcSdJwt } from '../../credentials/securing/vcSdJwt.js';
import { toWholeSeconds } from '../../kernel/instants.js';
import { appendToken, covers } from '../../kernel/jsonPointer.js';
import type { Signer, SigningKey } from '../../kernel/ports.js';
import { invalidInput, unprovable } from './problemDetails.js';
import type { InstanceFormat } from './rules.js';
import type { InstanceKey } from './store.js';

type JsonObject = Readonly<Record<string, unknown>>;

export interface SecuringDeps {
  readonly canonizer: Canonizer;
  /** Signs with the keys of the instances. */
  readonly custody: Signer;
  readonly profiles: ProfileCatalogue;
}

export interface SecuringRequest {
  readonly format: InstanceFormat;
  /** Of Data Integrity. */
  readonly cryptosuite: string | null;
  readonly key: InstanceKey;
  readonly credential: JsonObject;
  /** What a holder cannot keep back, where the format lets the holder keep anything back. */
  readonly mandatoryPointers?: readonly string[];
  readonly now: Date;
}

/** A document with its proof, or a token. */
export type Secured = { readonly document: JsonObject } | { readonly token: string };

/** Where in the request what is wrong stands. */
const CREDENTIAL = '/credential';
const OPTIONS = '/options';

/** Checks and signs. Throws `request/invalid` with pointers, `request/unavailable`, `keys/not-active`. */
export async function secureCredential(deps: SecuringDeps, request: SecuringRequest): Promise<Secured> {
  const { format, mandatoryPointers } = request;
  const problems = dataModelProblems(request.credential);
  if (problems.length > 0) throw invalidInputOf(problems);
  if (format === 'vc') return secureWithProof(deps, request);
  if (format === 'vc+jwt' && mandatoryPointers !== undefined) {
    throw invalidInput(
      [{ pointer: '/mandatoryPointers', detail: 'must be left out: this format discloses everything' }],
      OPTIONS,
    );
  }
  await refuseLoss(deps.canonizer, request.credential);
  return format === 'vc+jwt' ? secureAsJwt(deps, request) : secureAsSdJwt(deps, request);
}

/** A token as the object that stands for it where JSON is spoken (VC Data Model 2.0 §4.13.2). */
export function toVerifiableCredential(secured: Secured, format: InstanceFormat): JsonObject {
  if ('document' in secured) return secured.document;
  return {
    '@context': CREDENTIALS_V2_CONTEXT,
    type: 'EnvelopedVerifiableCredential',
    id: `data:application/${format},${secured.token}`,
  };
}

async function secureWithProof(deps: SecuringDeps, request: SecuringRequest): Promise<Secured> {
  const { cryptosuite, key, credential, mandatoryPointers, now } = request;
  if (cryptosuite === null) throw new Error('a Data Integrity instance without a cryptosuite');
  const verificationMethod = proofMethodOf(key);
  const outcome = await prepareProof(
    credential,
    {
      cryptosuite,
      verificationMethod,
      algorithm: key.algorithm,
      proofPurpose: 'assertionMethod',
      created: toWholeSeconds(now),
      ...(mandatoryPointers === undefined ? {} : { mandatoryPointers }),
    },
    { canonizer: deps.canonizer, check: dataModelProblems },
  );
  if ('problem' in outcome) throw unprovable(outcome.problem, CREDENTIAL);
  if ('problems' in outcome) throw invalidInputOf(outcome.problems);
  // These sign the document as JSON, so that what it says as JSON-LD has not been looked at.
  if (cryptosuite.includes('-jcs-')) await refuseLoss(deps.canonizer, outcome.value.document);
  const signingKey = custodyKeyOf(key);
  const document = await signProof(outcome.value, {
    verificationMethod,
    sign: (data) => deps.custody.sign(signingKey, data),
  });
  return { document };
}

async function secureAsJwt(deps: SecuringDeps, { credential, key }: SecuringRequest): Promise<Secured> {
  const prepared = prepareVcJwt(credential, deps.profiles);
  if ('problems' in prepared) throw invalidInputOf(prepared.problems);
  return { token: await signVcJwt(prepared.value, tokenKeyOf(key), signerFor(deps.custody, key)) };
}

async function secureAsSdJwt(deps: SecuringDeps, request: SecuringRequest): Promise<Secured> {
  const { credential, key, mandatoryPointers = [] } = request;
  const wrong = pointerProblems(credential, mandatoryPointers, '/mandatoryPointers');
  if (wrong.length > 0) throw invalidInputOf(wrong);
  const disclosable = disclosableIn(credential, mandatoryPointers);
  const prepared = prepareVcSdJwt(credential, deps.profiles, { disclosable, random: randomBytes });
  if ('problems' in prepared) throw invalidInputOf(prepared.problems);
  return { token: await signVcSdJwt(prepared.value, tokenKeyOf(key), signerFor(deps.custody, key)) };
}

/** The members of the subject, but for its `id` and for what must be disclosed: each can be kept back by itself. */
function disclosableIn({ credentialSubject }: JsonObject, mandatory: readonly string[]): string[] {
  if (!isJsonObject(credentialSubject)) return [];
  return Object.keys(credentialSubject)
    .filter((member) => member !== 'id' && member !== 'type')
    .map((member) => appendToken('/credentialSubject', member))
    .filter((pointer) => !mandatory.some((other) => covers(other, pointer) || covers(pointer, other)));
}

function dataModelProblems(document: JsonObject): readonly Problem[] {
  const checked = checkAnyCredential(document);
  return 'problems' in checked ? checked.problems : [];
}

/**
 * Terms that the contexts leave undefined are refused in every format, as far as the contexts are known: who reads the credential as JSON-LD
 * would not see what stands there (VC Data Model 2.0 §5.2.1; Data Integrity 1.0 §2.4.4).
 */
async function refuseLoss(canonizer: Canonizer, document: JsonObject): Promise<void> {
  const answer = await canonizer.canonize(document, 'sha256');
  if ('problem' in answer && answer.problem !== 'unknownContext')
    throw unprovable(answer.problem, CREDENTIAL);
}

/** Pointers into the options stand beside those into the credential. */
function invalidInputOf(problems: readonly Problem[]) {
  const isOption = problems.every(({ pointer }) => pointer.startsWith('/mandatoryPointers'));
  return isOption && problems.length > 0
    ? invalidInput(problems, OPTIONS, 'PROOF_GENERATION_ERROR')
    : invalidInput(problems, CREDENTIAL);
}

/** The `Multikey` method of the key: what Data Integrity names. */
export function proofMethodOf(key: InstanceKey): string {
  const imported = importJwk(key.publicJwk);
  if (!imported) throw new Error('a stored public key cannot be read');
  return `${key.did}#${toMultikey(imported)}`;
}

/** As the key custody knows it. */
function custodyKeyOf({ did, thumbprint, algorithm }: InstanceKey): SigningKey {
  return { kid: `${did}#${thumbprint}`, did, algorithm };
}

/** As a token names it: the document of a did:key has a `Multikey` method and no other. */
function tokenKeyOf(key: InstanceKey): SigningKey {
  return key.did.startsWith('did:key:')
    ? { kid: proofMethodOf(key), did: key.did, algorithm: key.algorithm }
    : custodyKeyOf(key);
}

function signerFor(signer: Signer, key: InstanceKey): Signer {
  return { sign: (_named, data) => signer.sign(custodyKeyOf(key), data) };
}
