import { codeTitle } from './standard.js';
import type {
  BodsStatement,
  EntityStatement,
  Interest,
  PersonStatement,
  RelationshipStatement,
  Share,
  UnspecifiedRecord,
} from './statement.js';

/** What statements say of who controls, for somebody who has to read them: persons and bodies with their interests, or why there is nobody. */
export interface ControlSummary {
  /** Beneficial owners, by an interest that says so. */
  readonly beneficialOwners: readonly ControllingParty[];
  readonly seniorManagingOfficials: readonly ControllingParty[];
  /** Who else holds an interest. */
  readonly others: readonly ControllingParty[];
  /** Relationships with nobody in particular, and why. */
  readonly unspecified: readonly UnspecifiedParty[];
  /** That there is no beneficial owner, is declared, and nothing else says that there is one. */
  readonly declaresNoBeneficialOwner: boolean;
}

export interface ControllingParty {
  readonly recordId: string;
  readonly kind: 'person' | 'entity' | 'unknown';
  /** Absent where it is withheld or not described here. */
  readonly name?: string;
  /** The name of the entity in which the interests are held. */
  readonly subject?: string;
  readonly interests: readonly InterestSummary[];
}

export interface InterestSummary {
  readonly type: string;
  readonly title: string;
  readonly directOrIndirect: string;
  /** Per cent, in words: `25.1`, `more than 25 up to 50`. */
  readonly share?: string;
  readonly details?: string;
  readonly startDate?: string;
  readonly endDate?: string;
}

export interface UnspecifiedParty {
  readonly reason: string;
  readonly title: string;
  readonly description?: string;
}

export function summariseControl(statements: readonly BodsStatement[]): ControlSummary {
  const current = currentRecords(statements);
  const relationships = [...current.values()].filter(
    (statement): statement is RelationshipStatement =>
      // Of an indirect relationship, the components only tell how; the relationship itself says who.
      statement.recordType === 'relationship' && !statement.recordDetails.isComponent,
  );
  const parties = relationships.flatMap((relationship) => {
    const { interestedParty, subject, interests = [] } = relationship.recordDetails;
    if (typeof interestedParty !== 'string') return [];
    const party = describeParty(interestedParty, current.get(interestedParty));
    const about = typeof subject === 'string' ? nameOf(current.get(subject)) : undefined;
    return [{ ...party, ...(about === undefined ? {} : { subject: about }), interests }];
  });
  const withInterests = (choose: (interest: Interest) => boolean): ControllingParty[] =>
    parties
      .map((party) => ({ ...party, interests: party.interests.filter(choose).map(describeInterest) }))
      .filter(({ interests }) => interests.length > 0);
  const beneficialOwners = withInterests(isOwnership);
  const unspecified = relationships
    .map(({ recordDetails }) => recordDetails.interestedParty)
    .filter((party): party is UnspecifiedRecord => typeof party !== 'string')
    .map(describeReason);
  return {
    beneficialOwners,
    seniorManagingOfficials: withInterests((interest) => !isOwnership(interest) && isOffice(interest)),
    others: [
      ...withInterests((interest) => !isOwnership(interest) && !isOffice(interest)),
      ...parties
        .filter(({ interests }) => interests.length === 0)
        .map((party) => ({ ...party, interests: [] })),
    ],
    unspecified,
    declaresNoBeneficialOwner:
      beneficialOwners.length === 0 && unspecified.some(({ reason }) => reason === 'noBeneficialOwners'),
  };
}

const isOwnership = ({ beneficialOwnershipOrControl }: Interest) => beneficialOwnershipOrControl === true;
const isOffice = ({ type }: Interest) => type === 'seniorManagingOfficial';

/** Of each record the latest statement (of two of one day the later one), unless it closes the record. */
function currentRecords(statements: readonly BodsStatement[]): Map<string, BodsStatement> {
  const latest = new Map<string, BodsStatement>();
  for (const statement of statements) {
    const known = latest.get(statement.recordId);
    if (!known || dayOf(statement) >= dayOf(known)) latest.set(statement.recordId, statement);
  }
  return new Map([...latest].filter(([, { recordStatus }]) => recordStatus !== 'closed'));
}

function dayOf({ statementDate }: BodsStatement): string {
  return statementDate.slice(0, 10);
}

function describeParty(recordId: string, statement: BodsStatement | undefined) {
  const name = nameOf(statement);
  const kind =
    statement?.recordType === 'person' || statement?.recordType === 'entity'
      ? statement.recordType
      : ('unknown' as const);
  return { recordId, kind, ...(name === undefined ? {} : { name }) };
}

function nameOf(statement: BodsStatement | undefined): string | undefined {
  if (statement?.recordType === 'entity') return nameOfEntity(statement);
  return statement?.recordType === 'person' ? nameOfPerson(statement) : undefined;
}

function nameOfEntity({ recordDetails }: EntityStatement): string | undefined {
  return recordDetails.name;
}

function nameOfPerson({ recordDetails: { names = [] } }: PersonStatement): string | undefined {
  return (names.find(({ type }) => type === 'legal') ?? names[0])?.fullName;
}

function describeInterest(interest: Interest): InterestSummary {
  const type = interest.type ?? 'unknownInterest';
  const share = interest.share && describeShare(interest.share);
  return {
    type,
    title: codeTitle('interestType', type),
    directOrIndirect: interest.directOrIndirect ?? 'unknown',
    ...(share === undefined ? {} : { share }),
    ...(interest.details === undefined ? {} : { details: interest.details }),
    ...(interest.startDate === undefined ? {} : { startDate: interest.startDate }),
    ...(interest.endDate === undefined ? {} : { endDate: interest.endDate }),
  };
}

function describeShare({
  exact,
  minimum,
  maximum,
  exclusiveMinimum,
  exclusiveMaximum,
}: Share): string | undefined {
  if (exact !== undefined) return String(exact);
  const bounds = [
    exclusiveMinimum !== undefined && `more than ${exclusiveMinimum}`,
    minimum !== undefined && `at least ${minimum}`,
    exclusiveMaximum !== undefined && `less than ${exclusiveMaximum}`,
    maximum !== undefined && `up to ${maximum}`,
  ].filter((bound) => bound !== false);
  return bounds.length === 0 ? undefined : bounds.join(' ');
}

function describeReason({ reason, description }: UnspecifiedRecord): UnspecifiedParty {
  return {
    reason,
    title: codeTitle('unspecifiedReason', reason),
    ...(description === undefined ? {} : { description }),
  };
}
