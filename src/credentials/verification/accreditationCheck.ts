import { isAssuranceLevel, isAtMost } from '../assurance.js';
import { listOf, typesOf, type Credential, type CredentialV1 } from '../dataModel.js';
import type { CheckCode } from './checks.js';
import type { Accreditation, IssuanceAnswer, IssuerAccreditations } from './sources.js';

/**
 * The `accreditation` check: may this issuer say this, of a subject there, at this level? Judged at the instant of issuance in our
 * own record, never at a date inside it. Where no instant at all would fit, the answer is certain without a record.
 *
 * @param findIssuance gives the record of exactly this credential, by id, issuer and digest; asked only where it decides
 */
export async function judgeAccreditation(
  credential: Credential | CredentialV1,
  accreditations: IssuerAccreditations | 'unavailable',
  findIssuance: () => Promise<IssuanceAnswer>,
): Promise<CheckCode> {
  if (accreditations === 'unavailable') return 'accreditation/unavailable';
  const ever = judgeEntries(credential, accreditations.entries);
  if (ever !== 'accreditation/accredited') return ever;
  const record = await findIssuance();
  if (record === 'unavailable') return 'accreditation/unavailable';
  if (!record) return 'accreditation/issuance-unrecorded';
  return judgeEntries(
    credential,
    accreditations.entries.filter((entry) => heldAt(entry, record.issuedAt)),
  );
}

/** A country covers its subdivisions (ISO 3166-2), a subdivision only itself. */
export function coversJurisdiction(accredited: string, jurisdiction: string): boolean {
  return jurisdiction === accredited || jurisdiction.startsWith(`${accredited}-`);
}

function heldAt({ validFrom, endsAt }: Accreditation, instant: Date): boolean {
  return validFrom <= instant && (endsAt === undefined || instant < endsAt);
}

/** Every type that the credential claims, of every subject in it, must be covered; what it leaves out is covered by nothing. */
function judgeEntries(credential: Credential | CredentialV1, entries: readonly Accreditation[]): CheckCode {
  const types = typesOf(credential).filter((type) => type !== 'VerifiableCredential');
  const jurisdictions = listOf(credential.credentialSubject).map((subject) => subject['jurisdiction']);
  const claims = types.flatMap((type) => jurisdictions.map((jurisdiction) => ({ type, jurisdiction })));
  if (claims.length === 0) return 'accreditation/not-accredited';
  const fitting = claims.map(({ type, jurisdiction }) =>
    entries.filter((entry) => fits(entry, type, jurisdiction)),
  );
  if (fitting.some((list) => list.length === 0)) return 'accreditation/not-accredited';
  const { assuranceLevel } = credential as { assuranceLevel?: unknown };
  const isWithin = ({ maxAssurance }: Accreditation) =>
    isAssuranceLevel(assuranceLevel) && isAtMost(assuranceLevel, maxAssurance);
  return fitting.every((list) => list.some(isWithin))
    ? 'accreditation/accredited'
    : 'accreditation/insufficient';
}

function fits(entry: Accreditation, type: string, jurisdiction: unknown): boolean {
  return (
    entry.credentialTypes.includes(type) &&
    typeof jurisdiction === 'string' &&
    entry.jurisdictions.some((accredited) => coversJurisdiction(accredited, jurisdiction))
  );
}
