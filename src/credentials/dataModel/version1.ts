import type { Credential, CredentialV1 } from './credential.js';
import type { Outcome } from './problems.js';
import { CREDENTIALS_V1_CONTEXT } from './termScope.js';

/**
 * The same credential in the words of VC Data Model 1.1: its base context, and `issuanceDate` (§4.6) and `expirationDate` (§4.8) for
 * `validFrom` and `validUntil`; everything else as it is. Refused without a `validFrom`, since 1.1 demands the date. Not checked: what else
 * 1.1 demands, which `checkCredentialV1` tells.
 */
export function toVersion1(credential: Credential): Outcome<CredentialV1> {
  const { '@context': contexts, validFrom, validUntil, ...members } = credential;
  if (validFrom === undefined) {
    return { problems: [{ pointer: '/validFrom', detail: 'must be there, as the issuanceDate' }] };
  }
  const [, ...others] = contexts;
  return {
    value: {
      ...members,
      '@context': [CREDENTIALS_V1_CONTEXT, ...others],
      issuanceDate: validFrom,
      ...(validUntil !== undefined && { expirationDate: validUntil }),
    },
  };
}
