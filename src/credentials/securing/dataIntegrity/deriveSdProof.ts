import type { Canonizer } from '../../jsonLd/canonizer.js';
import { pointerProblems, selectByPointers } from '../../jsonLd/pointerSelection.js';
import type { Problem } from '../../dataModel.js';
import type { DataIntegrityProof, JsonObject } from './proof.js';
import type { ProofProblem } from './proofProblem.js';
import { decodeBaseProofValue, encodeDerivedProofValue, type BaseProofValue } from './sdProofValue.js';
import { groupStatements, hmacLabel, type GroupedStatements } from './sdStatements.js';

export type DeriveOutcome =
  | { readonly secured: JsonObject }
  | { readonly problem: ProofProblem }
  /** The pointers of the caller are at fault. */
  | { readonly problems: readonly Problem[] };

/**
 * Derives a disclosure proof from a base proof (Data Integrity ECDSA Cryptosuites 1.0 §3.5.13, §3.5.14): the document with nothing in it but
 * what its mandatory and these pointers select, and a proof of exactly that. Needs no key. Not checked here: the base proof's signatures.
 *
 * @param document without its proofs
 */
export async function deriveSdProof(
  document: JsonObject,
  baseProof: DataIntegrityProof,
  selectivePointers: unknown,
  canonizer: Canonizer,
): Promise<DeriveOutcome> {
  const base = decodeBaseProofValue(baseProof.proofValue);
  if (!base) return { problem: 'proofValueMalformed' };
  const problems = pointerProblems(document, selectivePointers, '/selectivePointers');
  if (problems.length > 0) return { problems };
  const selective = selectivePointers as readonly string[];
  if (pointerProblems(document, base.mandatoryPointers, '').length > 0) return { problem: 'pointerNotFound' };

  const combined = [...base.mandatoryPointers, ...selective];
  const revealed = selectByPointers(document, combined, { lenient: false });
  if (!revealed) {
    return {
      problems: [{ pointer: '/selectivePointers', detail: 'must select something, as nothing is mandatory' }],
    };
  }
  const grouped = await groupStatements(
    document,
    base.hmacKey,
    [base.mandatoryPointers, combined],
    canonizer,
  );
  if ('problem' in grouped) return grouped;
  const proofValue = disclose(base, grouped);
  if (proofValue === undefined) return { problem: 'proofValueMalformed' };
  return { secured: { ...revealed, proof: { ...baseProof, proofValue } } };
}

function disclose(base: BaseProofValue, grouped: GroupedStatements): string | undefined {
  const { statements, groups, selections } = grouped;
  const [mandatory, combined] = groups;
  const selection = selections[1];
  if (!mandatory || !combined || !selection) return undefined;
  if (base.signatures.length !== statements.length - mandatory.size) return undefined;

  const disclosed = [...combined].sort((a, b) => a - b);
  const others = statements.map((_, index) => index).filter((index) => !mandatory.has(index));
  return encodeDerivedProofValue({
    baseSignature: base.baseSignature,
    publicKey: base.publicKey,
    signatures: base.signatures.filter((_, place) => combined.has(others[place] ?? -1)),
    labelMap: new Map(
      selection.labels.map(([selected, whole]) => [
        Number(selected.slice('c14n'.length)),
        hmacLabel(whole, base.hmacKey),
      ]),
    ),
    mandatoryIndexes: disclosed.flatMap((index, place) => (mandatory.has(index) ? [place] : [])),
  });
}
