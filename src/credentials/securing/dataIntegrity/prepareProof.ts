import { canonicalJson, sha256 } from '../../../kernel/canonicalJson.js';
import type { Canonizer } from '../../jsonLd/canonizer.js';
import { pointerProblems } from '../../jsonLd/pointerSelection.js';
import { DATA_INTEGRITY_V1_CONTEXT, DATA_INTEGRITY_V2_CONTEXT } from '../../contexts/catalogue.js';
import { CREDENTIALS_V2_CONTEXT, type Outcome, type Problem } from '../../dataModel.js';
import { parseDidUrl } from '../../did/didUrl.js';
import { isJsonObject, parseStrictJson } from '../../../kernel/strictJson.js';
import type { JoseAlgorithm } from '../../keys.js';
import type { PreparedSignature } from './cryptosuite.js';
import {
  checkProofOptions,
  PROOF_TYPE,
  type DataIntegrityProof,
  type JsonObject,
  type ProofOptions,
} from './proof.js';
import { coveredDocument } from './proofChain.js';
import type { ProofProblem } from './proofProblem.js';
import { signatureLength } from './rawSignature.js';
import { MAX_PROOFS, parseSecuredDocument, type SecuredDocument } from './securedDocument.js';
import { findCryptosuite } from './suites.js';

/** What is to be proven, and how. Nothing is filled in: `created` is the caller's instant. */
export interface ProofRequest {
  /** The name of a cryptosuite. */
  readonly cryptosuite: string;
  /** The key's absolute DID URL in its controller's document. */
  readonly verificationMethod: string;
  /** The key's algorithm: the hash that goes with it is part of what is prepared. */
  readonly algorithm: JoseAlgorithm;
  readonly proofPurpose: 'assertionMethod' | 'authentication';
  readonly id?: string;
  /** `xsd:dateTimeStamp`. */
  readonly created?: string;
  readonly expires?: string;
  readonly domain?: string | readonly string[];
  readonly challenge?: string;
  readonly nonce?: string;
  readonly previousProof?: string | readonly string[];
  /** For ecdsa-sd-2023. */
  readonly mandatoryPointers?: readonly string[];
}

export interface PrepareContext {
  readonly canonizer: Canonizer;
  /** What the document has to be apart from being provable: a credential of the data model, a presentation, one of a profile. */
  readonly check: (document: JsonObject) => readonly Problem[];
}

export type PrepareOutcome =
  | { readonly value: PreparedProof }
  | { readonly problems: readonly Problem[] }
  | { readonly problem: ProofProblem };

export interface ProofSigner {
  /** Must be the one that was prepared for. */
  readonly verificationMethod: string;
  /** A raw signature: r‖s for ECDSA over the curve's own SHA-2, 64 bytes for Ed25519. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/**
 * A document and proof options that were checked and may be signed. Only {@link prepareProof} makes one, and {@link signProof} accepts
 * nothing else. It holds a copy: what was checked is what is signed.
 */
export class PreparedProof {
  readonly options: ProofOptions;
  /** As it will be secured: without the new proof, with the proofs that were there, with injected contexts. */
  readonly document: JsonObject;
  readonly algorithm: JoseAlgorithm;
  readonly #signature: PreparedSignature;
  readonly #proofs: readonly DataIntegrityProof[];

  private constructor(
    { document, proofs }: SecuredDocument,
    signature: PreparedSignature,
    algorithm: JoseAlgorithm,
  ) {
    this.document = document;
    this.options = signature.options;
    this.algorithm = algorithm;
    this.#signature = signature;
    this.#proofs = proofs;
  }

  /** SHA-256 over the canonical document and options, for a log's leaf, which precedes the signature. Randomness of ECDSA is not in it. */
  get payloadDigest(): Buffer {
    return sha256(canonicalJson({ ...this.document, proof: [...this.#proofs, this.options] }));
  }

  /** The steps of Data Integrity 1.0 §4.2 and §4.3 up to the signature. */
  static async prepare(
    input: unknown,
    request: ProofRequest,
    { canonizer, check }: PrepareContext,
  ): Promise<PrepareOutcome> {
    const suite = findCryptosuite(request.cryptosuite);
    if (!suite) return { problem: 'unsupportedCryptosuite' };
    if (!suite.algorithms.includes(request.algorithm)) return { problem: 'algorithmMismatch' };
    const read = readDocument(input);
    if ('problems' in read) return read;
    const secured = { ...read.value, document: injectContext(read.value.document) };
    const options = readOptions(request);
    if ('problems' in options) return options;
    const problems = [
      ...check(secured.document),
      ...bindingProblems(secured, options.value),
      ...mandatoryPointerProblems(secured.document, request),
    ];
    if (problems.length > 0) return { problems };
    const document = coveredDocument(secured.document, secured.proofs, options.value);
    if (!document) return { problem: 'previousProofUnknown' };
    const { algorithm, mandatoryPointers } = request;
    const documentText = document === read.value.document ? read.value.text : undefined;
    const signature = await suite.prepare({
      document,
      ...(documentText !== undefined && { documentText }),
      options: options.value,
      algorithm,
      canonizer,
      ...(mandatoryPointers && { mandatoryPointers }),
    });
    if ('problem' in signature) return signature;
    return { value: new PreparedProof(secured, signature, algorithm) };
  }

  /** @throws TypeError when the signer is another one, or answers with anything but a raw signature */
  async sign(signer: ProofSigner): Promise<JsonObject> {
    if (signer.verificationMethod !== this.options.verificationMethod)
      throw new TypeError('not the prepared key');
    const signature = await signer.sign(this.#signature.toSign);
    if (signature.length !== signatureLength(this.algorithm)) {
      throw new TypeError(`a raw ${this.algorithm} signature was expected`);
    }
    const proof = { ...this.options, proofValue: this.#signature.encodeProofValue(signature) };
    return { ...this.document, proof: this.#proofs.length === 0 ? proof : [...this.#proofs, proof] };
  }
}

/** Checks what is to be signed; the only source of what {@link signProof} accepts. Never throws. */
export function prepareProof(
  document: unknown,
  request: ProofRequest,
  context: PrepareContext,
): Promise<PrepareOutcome> {
  return PreparedProof.prepare(document, request, context);
}

/**
 * The secured document. A document that had proofs keeps them, and the new one is the last of a set.
 *
 * @throws TypeError when the signer is another one than was prepared for, or answers with anything but a raw signature
 */
export function signProof(prepared: PreparedProof, signer: ProofSigner): Promise<JsonObject> {
  return prepared.sign(signer);
}

interface CopiedDocument extends SecuredDocument {
  /** The canonical text of `document`; absent where there were proofs beside it. */
  readonly text?: string;
}

/** A copy by way of its canonical text, so that neither a getter nor a later change can slip past the checks. */
function readDocument(input: unknown): Outcome<CopiedDocument> {
  let text = '';
  let value: unknown;
  try {
    text = canonicalJson(input);
    value = parseStrictJson(text)?.value;
  } catch {
    value = undefined;
  }
  if (!isJsonObject(value)) {
    return { problems: [{ pointer: '', detail: 'must be a JSON object of bounded depth' }] };
  }
  if (!Object.hasOwn(value, 'proof')) return { value: { document: value, proofs: [], text } };
  const secured = parseSecuredDocument(value);
  if (!('problem' in secured)) {
    return secured.proofs.length < MAX_PROOFS
      ? { value: secured }
      : { problems: [{ pointer: '/proof', detail: `must be fewer than ${MAX_PROOFS} proofs` }] };
  }
  const problems =
    'details' in secured ? secured.details : [{ pointer: '/proof', detail: 'must hold proofs' }];
  return { problems };
}

function readOptions(request: ProofRequest): Outcome<ProofOptions> {
  const { algorithm: _algorithm, mandatoryPointers: _pointers, ...options } = request;
  return checkProofOptions({ type: PROOF_TYPE, ...options }, '/proof');
}

/**
 * The first proof of a credential is its issuer's, that of a presentation its holder's: nobody's key signs in another's name. Whoever adds
 * a proof to a secured document speaks for himself.
 */
function bindingProblems({ document, proofs }: SecuredDocument, options: ProofOptions): Problem[] {
  const controller = parseDidUrl(options.verificationMethod)?.did;
  if (controller === undefined)
    return [{ pointer: '/proof/verificationMethod', detail: 'must be a DID URL with a fragment' }];
  if (proofs.length > 0) return [];
  const member = options.proofPurpose === 'assertionMethod' ? 'issuer' : 'holder';
  const named = document[member];
  const party = isJsonObject(named) ? named['id'] : named;
  return party === undefined || party === controller
    ? []
    : [{ pointer: `/${member}`, detail: 'must be the controller of the key' }];
}

function mandatoryPointerProblems(
  document: JsonObject,
  { cryptosuite, mandatoryPointers }: ProofRequest,
): Problem[] {
  if (mandatoryPointers === undefined) return [];
  if (cryptosuite !== 'ecdsa-sd-2023') {
    return [
      { pointer: '/mandatoryPointers', detail: 'must be left out: this cryptosuite discloses everything' },
    ];
  }
  return pointerProblems(document, mandatoryPointers, '/mandatoryPointers');
}

/** §2.4.2: the terms of a proof have to be mapped; a context that maps them is appended where none does. */
function injectContext(document: JsonObject): JsonObject {
  const present = document['@context'];
  const contexts: readonly unknown[] = Array.isArray(present)
    ? present
    : present === undefined
      ? []
      : [present];
  const isMapped = contexts.some((context) => MAPPING_CONTEXTS.includes(context));
  return isMapped ? document : { ...document, '@context': [...contexts, DATA_INTEGRITY_V2_CONTEXT] };
}

const MAPPING_CONTEXTS: readonly unknown[] = [
  CREDENTIALS_V2_CONTEXT,
  DATA_INTEGRITY_V2_CONTEXT,
  DATA_INTEGRITY_V1_CONTEXT,
];
