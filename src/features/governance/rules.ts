import { coversJurisdiction } from '../../credentials/verification/accreditationCheck.js';
import { isAtMost, type AssuranceLevel } from '../../credentials/assurance.js';

/** The terms of one accreditation, and when it holds: from `createdAt` until `endsAt`, the earlier of its expiry and its withdrawal. */
export interface AccreditationTerms {
  readonly credentialTypes: readonly string[];
  readonly jurisdictions: readonly string[];
  readonly maxAssurance: AssuranceLevel;
  readonly createdAt: Date;
  readonly endsAt?: Date;
}

export function holdsAt(terms: Pick<AccreditationTerms, 'createdAt' | 'endsAt'>, instant: Date): boolean {
  return terms.createdAt <= instant && (terms.endsAt === undefined || instant < terms.endsAt);
}

/**
 * The highest level up to which a registrar may issue this type in this jurisdiction at this instant; `undefined` when not at all.
 */
export function highestAssurance(
  accreditations: readonly AccreditationTerms[],
  wanted: { readonly credentialType: string; readonly jurisdiction: string; readonly at: Date },
): AssuranceLevel | undefined {
  return accreditations
    .filter((terms) => holdsAt(terms, wanted.at) && terms.credentialTypes.includes(wanted.credentialType))
    .filter((terms) =>
      terms.jurisdictions.some((accredited) => coversJurisdiction(accredited, wanted.jurisdiction)),
    )
    .map((terms) => terms.maxAssurance)
    .reduce<AssuranceLevel | undefined>(
      (highest, level) => (highest && isAtMost(level, highest) ? highest : level),
      undefined,
    );
}
