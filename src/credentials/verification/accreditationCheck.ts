import { ASSURANCE_LEVELS, isAssuranceLevel, isAtMost, type AssuranceLevel } from '../assurance.js';
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

/** What made the accreditation that a credential was issued under, and what became of it. */
export interface AccreditationStanding {
  readonly since: Date;
  /** Now. At the issuance it was. */
  readonly isHeld: boolean;
  readonly upTo: AssuranceLevel;
}

/** `undefined` where it was not accredited when it was issued. Of several entries the earliest and the highest; of several claims the least. */
export function describeAccreditation(
  credential: Credential | CredentialV1,
  entries: readonly Accreditation[],
  issuedAt: Date,
  now: Date,
): AccreditationStanding | undefined {
  const then = entries.filter((entry) => heldAt(entry, issuedAt));
  if (judgeEntries(credential, then) !== 'accreditation/accredited') return undefined;
  const fitting = claimsOf(credential).map(({ type, jurisdiction }) =>
    then.filter((entry) => fits(entry, type, jurisdiction)),
  );
  const earliest = fitting.map((list) => Math.min(...list.map(({ validFrom }) => validFrom.getTime())));
  const highest = fitting.map((list) => Math.max(...list.map(({ maxAssurance }) => rankOf(maxAssurance))));
  const still = entries.filter((entry) => heldAt(entry, now));
  return {
    since: new Date(Math.max(...earliest)),
    isHeld: judgeEntries(credential, still) === 'accreditation/accredited',
    upTo: ASSURANCE_LEVELS[Math.min(...highest)] ?? 'low',
  };
}

const rankOf = (level: AssuranceLevel): number => ASSURANCE_LEVELS.indexOf(level);

/** A country covers its subdivisions (ISO 3166-2), a subdivision only itself. */
export function coversJurisdiction(accredited: string, jurisdiction: string): boolean {
  return jurisdiction === accredited || jurisdiction.startsWith(`${accredited}-`);
}

function heldAt({ validFrom, endsAt }: Accreditation, instant: Date): boolean {
  return validFrom <= instant && (endsAt === undefined || instant < endsAt);
}

/** Every type that the credential claims, of every subject in it, must be covered; what it leaves out is covered by nothing. */
function judgeEntries(credential: Credential | CredentialV1, entries: readonly Accreditation[]): CheckCode {
  const claims = claimsOf(credential);
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

function claimsOf(credential: Credential | CredentialV1): { type: string; jurisdiction: unknown }[] {
  const types = typesOf(credential).filter((type) => type !== 'VerifiableCredential');
  const jurisdictions = listOf(credential.credentialSubject).map((subject) => subject['jurisdiction']);
  return types.flatMap((type) => jurisdictions.map((jurisdiction) => ({ type, jurisdiction })));
}

function fits(entry: Accreditation, type: string, jurisdiction: unknown): boolean {
  return (
    entry.credentialTypes.includes(type) &&
    typeof jurisdiction === 'string' &&
    entry.jurisdictions.some((accredited) => coversJurisdiction(accredited, jurisdiction))
  );
}
