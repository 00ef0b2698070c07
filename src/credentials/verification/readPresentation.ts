import { checkAnyPresentation, isEnvelope, readEnvelope } from '../dataModel.js';
import {
  parseSecuredDocument,
  type DataIntegrityProof,
  type SecuredDocument,
} from '../securing/dataIntegrity/dataIntegrity.js';
import { domainsOf } from '../securing/dataIntegrity/proof.js';
import { checkPresentedCredentials } from '../securing/presentedCredentials.js';
import { parseVpJwt } from '../securing/vpJwt.js';
import { parseVpJwt11 } from '../securing/vpJwt11.js';
import { resultOf, type CheckResult } from './checks.js';
import { describeProblem, type FormatProblem } from './formatCheck.js';
import {
  methodReference,
  proofsAsSecured,
  readJsonText,
  token11AsSecured,
  tokenAsSecured,
} from './readSecured.js';
import type { SecuredPresentation } from './secured.js';

export type PresentationReading = SecuredPresentation | { readonly refused: CheckResult };

/**
 * Reads a presentation in any of the formats but SD-JWT, whose presentations are credentials with a key binding: `vp+jwt`, a document with
 * Data Integrity proofs, either in an envelope. Any value gives an answer.
 */
export function readPresentation(input: unknown): PresentationReading {
  const text = readJsonText(input);
  if (text === 'malformed') return { refused: resultOf('format/malformed') };
  const value = text ? text.value : input;
  if (typeof value === 'string') return readVpJwt(value) ?? readVpJwt11(value) ?? UNSUPPORTED;
  if (!isEnvelope(value, 'EnvelopedVerifiablePresentation')) return readDocument(value);
  const envelope = readEnvelope(value, 'EnvelopedVerifiablePresentation');
  if ('problems' in envelope) {
    return { refused: describeProblem({ problem: 'notAPresentation', details: envelope.problems }) };
  }
  const { mediaType, content } = envelope.value;
  if (mediaType === 'application/vp+jwt') return readVpJwt(content) ?? UNSUPPORTED;
  return mediaType === 'application/jwt' ? (readVpJwt11(content) ?? UNSUPPORTED) : UNSUPPORTED;
}

const UNSUPPORTED: PresentationReading = { refused: resultOf('format/unsupported') };

/** `undefined` for a token of another `typ`. */
function readVpJwt(token: string): PresentationReading | undefined {
  const parsed = parseVpJwt(token);
  if ('problem' in parsed) return refuse(parsed);
  const { holder, iss, claims, audiences, nonce, credentials } = parsed;
  if (holder === undefined) return { refused: resultOf('holder/missing') };
  const repeated = [iss, claims.iss].filter((name) => name !== undefined);
  return {
    ...tokenAsSecured(parsed, [holder, ...repeated]),
    claims,
    audience: { match: 'anyOf', names: audiences },
    nonce,
    credentials,
  };
}

function readVpJwt11(token: string): PresentationReading | undefined {
  const parsed = parseVpJwt11(token);
  if ('problem' in parsed) return refuse(parsed);
  const { holder, audiences, nonce, credentials } = parsed;
  return {
    ...token11AsSecured(parsed, [holder]),
    audience: { match: 'anyOf', names: audiences },
    nonce,
    credentials,
  };
}

function refuse(problem: FormatProblem): PresentationReading | undefined {
  return problem.problem === 'unsupported' ? undefined : { refused: describeProblem(problem) };
}

/** VC Data Model 2.0 §4.13: without `holder` it is presented by whoever signed it. */
function readDocument(value: unknown): PresentationReading {
  const parsed = parseSecuredDocument(value);
  if ('problem' in parsed) return { refused: describeProblem(parsed) };
  const { document } = parsed;
  const checked = checkPresentedCredentials(document, checkAnyPresentation(document));
  if ('problems' in checked) {
    return { refused: describeProblem({ problem: 'notAPresentation', details: checked.problems }) };
  }
  const { holder, credentials } = checked.value;
  const { domain, challenge } = findHoldersProof(parsed, holder);
  return {
    ...proofsAsSecured(parsed, holder === undefined ? [] : [holder]),
    claims: {},
    audience: { match: 'exactly', names: domainsOf(domain) },
    nonce: challenge,
    credentials,
  };
}

/** Whom and what it is for is the holder's to say, not another signer's. */
function findHoldersProof(
  { proofs }: SecuredDocument,
  holder: string | undefined,
): Partial<DataIntegrityProof> {
  const isHolders = ({ verificationMethod }: DataIntegrityProof) =>
    methodReference(verificationMethod)?.owner === holder;
  return (holder === undefined ? proofs[0] : proofs.find(isHolders)) ?? {};
}
