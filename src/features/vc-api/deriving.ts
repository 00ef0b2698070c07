import {
  deriveSdProof,
  parseSecuredDocument,
} from '../../credentials/securing/dataIntegrity/dataIntegrity.js';
import { invalidInput, unprovable } from './problemDetails.js';
import type { VcApiDeps } from './deps.js';
import type { DeriveRequest } from './schemas.js';

const CREDENTIAL = '/verifiableCredential';
const SUITE = 'ecdsa-sd-2023';

/**
 * What a holder shows of a credential (VCALM §3.5.1): needs no key, and does not say that the credential verifies. Throws `request/invalid`
 * with pointers and `request/unavailable`.
 */
export async function deriveCredential(
  { canonizer }: Pick<VcApiDeps, 'canonizer'>,
  { verifiableCredential, options = {} }: DeriveRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const secured = parseSecuredDocument(verifiableCredential);
  if ('problem' in secured) {
    const details =
      secured.problem === 'proofMalformed'
        ? secured.details
        : [{ pointer: '', detail: 'must be a credential with a Data Integrity proof' }];
    throw invalidInput(details, CREDENTIAL);
  }
  const base = secured.proofs.filter(({ cryptosuite }) => cryptosuite === SUITE);
  const [proof] = base;
  if (!proof || base.length > 1) {
    throw invalidInput([{ pointer: '/proof', detail: `must hold one proof of ${SUITE}` }], CREDENTIAL);
  }
  const { selectivePointers = [] } = options;
  const outcome = await deriveSdProof(secured.document, proof, selectivePointers, canonizer);
  if ('secured' in outcome) return outcome.secured;
  if ('problems' in outcome) throw invalidInput(outcome.problems, '/options', 'PROOF_GENERATION_ERROR');
  throw unprovable(outcome.problem, CREDENTIAL);
}
