import {
  checkAnyCredential,
  checkAnyPresentation,
  isEnvelope,
  listOf,
  readEnvelope,
  type EnvelopeKind,
} from '../dataModel.js';
import type { JsonObject } from '../dataModel/problems.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import { MAX_PROOFS, parseSecuredDocument } from '../securing/dataIntegrity/securedDocument.js';
import { inspectContained, type InspectWithin } from './contained.js';
import { datesOf, datesOfProofs } from './dates.js';
import type { InspectedProof, Inspection, InspectionProblem } from './inspection.js';
import { explainProblem } from './problemWords.js';
import { readBitstringList } from './statusLists.js';

const ENVELOPES: readonly EnvelopeKind[] = [
  'EnvelopedVerifiableCredential',
  'EnvelopedVerifiablePresentation',
];

/** A JSON document: an envelope, or something with embedded proofs. Never throws. */
export function inspectDocument(value: JsonObject, inspectWithin: InspectWithin): Inspection {
  const kind = ENVELOPES.find((envelope) => isEnvelope(value, envelope));
  return kind ? inspectEnvelope(value, kind, inspectWithin) : inspectProven(value, inspectWithin);
}

function inspectEnvelope(value: JsonObject, kind: EnvelopeKind, inspectWithin: InspectWithin): Inspection {
  const holds = kind === 'EnvelopedVerifiableCredential' ? 'credential' : 'presentation';
  const envelope = readEnvelope(value, kind);
  if ('problems' in envelope) {
    const problems = envelope.problems.map((problem) => ({
      code: 'malformed',
      part: 'envelope',
      ...problem,
    }));
    return { format: 'envelope', holds, problems, content: value, dates: [] };
  }
  const { mediaType, content } = envelope.value;
  const refuse = (code: string, detail: string): Inspection => ({
    format: 'envelope',
    holds,
    problems: [{ code, part: 'envelope', pointer: '/id', detail }],
    dates: [],
  });
  if (mediaType.endsWith('+cose')) return refuse('unsupported', 'holds COSE, which is not read here');
  const inner = inspectWithin(content);
  const isAsSaid = mediaType === 'application/jwt' || mediaType === `application/${inner.format}`;
  if (isAsSaid || inner.format === 'unknown') {
    return { format: 'envelope', holds, problems: [], dates: [], contains: [inner] };
  }
  return {
    ...refuse('mediaTypeMismatch', 'names another media type than the token in it has'),
    contains: [inner],
  };
}

function inspectProven(value: JsonObject, inspectWithin: InspectWithin): Inspection {
  const holds = kindOf(value['type']);
  const { proof, ...content } = value;
  const secured = parseSecuredDocument(value);
  const contained = holds === 'presentation' ? inspectContained(value, inspectWithin) : undefined;
  const list = readBitstringList(content);
  const proofs = entriesOf(proof).slice(0, MAX_PROOFS).filter(isJsonObject).map(showProof);
  const ofForm = 'problem' in secured ? explainProblem(secured).map(inDocument) : [];
  return {
    format: holds === 'presentation' ? 'vp' : 'vc',
    holds,
    problems: [
      ...ofForm,
      ...dataModelProblems(value, holds).filter(({ pointer }) => !pointer.startsWith('/proof')),
      ...list.problems.map(inDocument),
      ...(contained?.problems ?? []).map(inDocument),
    ],
    content,
    proofs,
    ...(list.statusList && { statusList: list.statusList }),
    dates: [...datesOf(content), ...datesOfProofs(proofs)],
    ...(contained && { contains: contained.contains }),
  };
}

function kindOf(type: unknown): Inspection['holds'] {
  const types = entriesOf(type);
  if (types.includes('VerifiablePresentation')) return 'presentation';
  return types.includes('VerifiableCredential') ? 'credential' : 'unknown';
}

/** What stands in a presentation is looked at by itself. */
function dataModelProblems(value: JsonObject, holds: Inspection['holds']) {
  const checked = holds === 'presentation' ? checkAnyPresentation(value) : checkAnyCredential(value);
  if (!('problems' in checked)) return [];
  const code = holds === 'presentation' ? 'notAPresentation' : 'notACredential';
  return checked.problems
    .filter(({ pointer }) => holds !== 'presentation' || !pointer.startsWith('/verifiableCredential'))
    .map((problem) => ({ code, part: 'document', ...problem }));
}

function showProof(proof: JsonObject): InspectedProof {
  const { domain, previousProof } = proof;
  const texts = Object.fromEntries(
    PROOF_TEXTS.flatMap((name) => (typeof proof[name] === 'string' ? [[name, proof[name]]] : [])),
  ) as Pick<InspectedProof, (typeof PROOF_TEXTS)[number]>;
  return {
    ...texts,
    ...(domain !== undefined && { domain: textsOf(domain) }),
    ...(previousProof !== undefined && { previousProof: textsOf(previousProof) }),
  };
}

const PROOF_TEXTS = [
  ...(['cryptosuite', 'verificationMethod', 'proofPurpose', 'id'] as const),
  ...(['created', 'expires', 'challenge'] as const),
];

function textsOf(value: unknown): readonly string[] {
  return entriesOf(value).filter((entry) => typeof entry === 'string');
}

function entriesOf(value: unknown): readonly unknown[] {
  return listOf(value);
}

function inDocument(problem: InspectionProblem): InspectionProblem {
  return { ...problem, part: 'document' };
}
