import { toWholeSeconds } from '../../kernel/instants.js';
import type { Signer } from '../../kernel/ports.js';
import type { Canonizer } from '../jsonLd/canonizer.js';
import type { ProfileCatalogue } from '../profiles/catalogue.js';
import { prepareProof, signProof } from './dataIntegrity/dataIntegrity.js';
import { credentialProblems } from './prepared.js';
import type { IssuerKey } from './issuerKey.js';

/** What securing takes beside the document and the key. */
export interface SecuringTools {
  readonly profiles: ProfileCatalogue;
  readonly signer: Signer;
  readonly canonizer: Canonizer;
}

/**
 * `application/vc`: a VC 2.0 credential with a Data Integrity proof by its issuer's Ed25519 key, named by the `Multikey` that the cryptosuites
 * demand (Data Integrity EdDSA Cryptosuites 1.0 §2.1). JSON text.
 *
 * @throws TypeError when the document does not conform, cannot be canonicalised at the moment or at all, or the key is not its issuer's
 */
export async function proveCredential(
  document: unknown,
  cryptosuite: 'eddsa-rdfc-2022' | 'eddsa-jcs-2022',
  created: Date,
  key: IssuerKey,
  { profiles, signer, canonizer }: SecuringTools,
): Promise<string> {
  const verificationMethod = key.multikeyId;
  const prepared = await prepareProof(
    document,
    {
      cryptosuite,
      verificationMethod,
      algorithm: key.algorithm,
      proofPurpose: 'assertionMethod',
      created: toWholeSeconds(created),
    },
    { canonizer, check: (checked) => credentialProblems(checked, profiles) },
  );
  if ('problem' in prepared) throw new TypeError(`a proof cannot be made: ${prepared.problem}`);
  if ('problems' in prepared) throw new TypeError('a credential to be proven does not conform');
  const secured = await signProof(prepared.value, {
    verificationMethod,
    sign: (data) => signer.sign(key, data),
  });
  return JSON.stringify(secured);
}
