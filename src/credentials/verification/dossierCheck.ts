import { isJsonObject } from '../../kernel/strictJson.js';
import { isProven, type FieldProof, type MerkleRoot } from '../dossier/commitment.js';
import { listOf, typesOf } from '../dataModel.js';
import { kycDossier } from '../profiles/kycDossier.js';
import { resultOf, type CheckResult } from './checks.js';
import type { SecuredCredential } from './secured.js';

/** A field that somebody was shown with a credential, and whether the credential stands for it. */
export interface FieldReport {
  readonly pointer: string;
  readonly isProven: boolean;
}

/**
 * The `dossier` check: whether each of the fields stood in the version of the dossier that the issuer examined. Only for a credential that is
 * known to be its issuer's; that it conforms to its schema is another check.
 */
export function judgeFields(
  { credential, isPartial }: SecuredCredential,
  fields: readonly FieldProof[],
): { readonly result: CheckResult; readonly fields: readonly FieldReport[] } {
  const unproven = fields.map(({ pointer }) => ({ pointer, isProven: false }));
  if (!typesOf(credential).includes(kycDossier.type)) {
    return { result: resultOf('dossier/not-committed'), fields: unproven };
  }
  const [subject] = listOf(credential.credentialSubject);
  const root = subject?.['merkleRoot'];
  if (!isMerkleRoot(root)) {
    const code = isPartial && root === undefined ? 'dossier/root-kept-back' : 'dossier/not-committed';
    return { result: resultOf(code), fields: unproven };
  }
  const judged = fields.map((field) => ({ pointer: field.pointer, isProven: isProven(field, root) }));
  const isComplete = judged.every((field) => field.isProven);
  return { result: resultOf(isComplete ? 'dossier/proven' : 'dossier/not-proven'), fields: judged };
}

function isMerkleRoot(value: unknown): value is MerkleRoot {
  return (
    isJsonObject(value) &&
    value['alg'] === 'sha-256' &&
    typeof value['value'] === 'string' &&
    typeof value['size'] === 'number'
  );
}
