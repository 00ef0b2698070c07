import { findCircles } from './cycles.js';
import type { BodsStatement, Interest, RelationshipStatement, Share } from './statement.js';

/**
 * What the standard asks of statements beside their schema, and what a reader trips over. An `error` makes the statements ambiguous or
 * contradictory; a `warning` is for a person to look at: a file may be one part of a larger publication, so what it refers to can be elsewhere.
 */
export interface Finding {
  /** Into the list of statements. */
  readonly pointer: string;
  readonly code: FindingCode;
  readonly severity: 'error' | 'warning';
  readonly detail: string;
}

const FINDINGS = {
  'duplicate-statement-id': ['error', 'has the statementId of an earlier statement; each needs its own'],
  'record-of-two-types': ['error', 'has the recordId of a record of another type'],
  'subject-not-an-entity': [
    'error',
    'refers to a record that is no entity; only an entity can be controlled',
  ],
  'party-not-a-party': ['error', 'refers to a relationship; an interested party is a person or an entity'],
  'declaration-about-a-relationship': [
    'error',
    'refers to a relationship; a declaration is about an entity or a person',
  ],
  'owner-not-a-person': [
    'error',
    'says that an entity is a beneficial owner; only a natural person can be one',
  ],
  'share-range-empty': ['error', 'has a lower bound above its upper bound'],
  'interest-ends-before-start': ['error', 'ends before it starts'],
  'record-elsewhere': ['warning', 'refers to a record that no statement here describes'],
  'component-not-listed': [
    'warning',
    'is a component, and no relationship here lists it in componentRecords',
  ],
  'component-after-primary': ['warning', 'comes after the relationship that it is a component of'],
  'listed-not-component': ['warning', 'is listed in componentRecords and does not say isComponent'],
  'reason-missing': ['warning', 'is anonymous or unknown and does not say why'],
  'several-subjects': ['warning', 'is about another subject than the first statement'],
  'circular-control': ['warning', 'is part of a circle of entities that control each other'],
} as const satisfies Record<string, readonly ['error' | 'warning', string]>;

export type FindingCode = keyof typeof FINDINGS;

function finding(code: FindingCode, pointer: string): Finding {
  const [severity, detail] = FINDINGS[code];
  return { pointer, code, severity, detail };
}

/** What the statements say of each record; the first statement decides its type. */
interface Records {
  readonly typeOf: ReadonlyMap<string, BodsStatement['recordType']>;
  readonly firstIndexOf: ReadonlyMap<string, number>;
}

export function judgeConsistency(statements: readonly BodsStatement[]): Finding[] {
  const typeOf = new Map<string, BodsStatement['recordType']>();
  const firstIndexOf = new Map<string, number>();
  for (const [index, { recordId, recordType }] of statements.entries()) {
    if (typeOf.has(recordId)) continue;
    typeOf.set(recordId, recordType);
    firstIndexOf.set(recordId, index);
  }
  const records = { typeOf, firstIndexOf };
  return [
    ...judgeIdentity(statements, records),
    ...statements.flatMap((statement, index) => [
      ...judgeReason(statement, `/${index}/recordDetails`),
      ...(statement.recordType === 'relationship' ? judgeRelationship(statement, index, records) : []),
    ]),
    ...judgeComponents(statements, records),
    ...judgeCircles(statements),
  ];
}

function judgeIdentity(statements: readonly BodsStatement[], { typeOf }: Records): Finding[] {
  const seen = new Set<string>();
  const subject = statements[0]?.declarationSubject;
  return statements.flatMap(({ statementId, recordId, recordType, declarationSubject }, index) => {
    const found: Finding[] = [];
    if (seen.has(statementId)) found.push(finding('duplicate-statement-id', `/${index}/statementId`));
    seen.add(statementId);
    if (typeOf.get(recordId) !== recordType) found.push(finding('record-of-two-types', `/${index}/recordId`));
    if (typeOf.get(declarationSubject) === 'relationship')
      found.push(finding('declaration-about-a-relationship', `/${index}/declarationSubject`));
    if (declarationSubject !== subject)
      found.push(finding('several-subjects', `/${index}/declarationSubject`));
    return found;
  });
}

function judgeReason(statement: BodsStatement, pointer: string): Finding[] {
  if (statement.recordType === 'person') {
    const { personType, unspecifiedPersonDetails } = statement.recordDetails;
    return personType !== 'knownPerson' && !unspecifiedPersonDetails
      ? [finding('reason-missing', `${pointer}/personType`)]
      : [];
  }
  if (statement.recordType !== 'entity') return [];
  const { entityType, unspecifiedEntityDetails } = statement.recordDetails;
  const isUnspecified = entityType.type === 'anonymousEntity' || entityType.type === 'unknownEntity';
  return isUnspecified && !unspecifiedEntityDetails
    ? [finding('reason-missing', `${pointer}/entityType`)]
    : [];
}

function judgeRelationship(
  { recordDetails }: RelationshipStatement,
  index: number,
  { typeOf }: Records,
): Finding[] {
  const at = `/${index}/recordDetails`;
  const { subject, interestedParty, interests = [] } = recordDetails;
  const found: Finding[] = [];
  if (typeof subject === 'string') {
    const type = typeOf.get(subject);
    if (type === undefined) found.push(finding('record-elsewhere', `${at}/subject`));
    else if (type !== 'entity') found.push(finding('subject-not-an-entity', `${at}/subject`));
  }
  const partyType = typeof interestedParty === 'string' ? typeOf.get(interestedParty) : undefined;
  if (typeof interestedParty === 'string') {
    if (partyType === undefined) found.push(finding('record-elsewhere', `${at}/interestedParty`));
    else if (partyType === 'relationship') found.push(finding('party-not-a-party', `${at}/interestedParty`));
  }
  for (const [number, interest] of interests.entries())
    found.push(...judgeInterest(interest, `${at}/interests/${number}`, partyType === 'entity'));
  return found;
}

function judgeInterest(interest: Interest, at: string, isOfEntity: boolean): Finding[] {
  const { share, startDate, endDate, beneficialOwnershipOrControl } = interest;
  const found: Finding[] = [];
  if (isOfEntity && beneficialOwnershipOrControl === true)
    found.push(finding('owner-not-a-person', `${at}/beneficialOwnershipOrControl`));
  if (share && isEmptyRange(share)) found.push(finding('share-range-empty', `${at}/share`));
  if (startDate !== undefined && endDate !== undefined && endDate < startDate)
    found.push(finding('interest-ends-before-start', `${at}/endDate`));
  return found;
}

function isEmptyRange({ exact, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Share): boolean {
  const lowest = Math.max(minimum ?? 0, exclusiveMinimum ?? 0);
  const highest = Math.min(maximum ?? 100, exclusiveMaximum ?? 100);
  if (lowest > highest) return true;
  return exact !== undefined && (exact < lowest || exact > highest);
}

function judgeComponents(statements: readonly BodsStatement[], { firstIndexOf }: Records): Finding[] {
  /** The first primary relationship that lists a record. */
  const listedBy = new Map<string, number>();
  const found: Finding[] = [];
  for (const [index, { recordType, recordDetails }] of statements.entries()) {
    if (recordType !== 'relationship') continue;
    for (const [number, recordId] of (recordDetails.componentRecords ?? []).entries()) {
      if (!listedBy.has(recordId)) listedBy.set(recordId, index);
      const pointer = `/${index}/recordDetails/componentRecords/${number}`;
      const described = firstIndexOf.get(recordId);
      if (described === undefined) found.push(finding('record-elsewhere', pointer));
      else if (statements[described]?.recordDetails.isComponent !== true)
        found.push(finding('listed-not-component', pointer));
    }
  }
  for (const [index, { recordId, recordDetails }] of statements.entries()) {
    if (!recordDetails.isComponent) continue;
    const primary = listedBy.get(recordId);
    const pointer = `/${index}/recordDetails/isComponent`;
    if (primary === undefined) found.push(finding('component-not-listed', pointer));
    else if (primary < index) found.push(finding('component-after-primary', `/${index}`));
  }
  return found;
}

function judgeCircles(statements: readonly BodsStatement[]): Finding[] {
  const edges: { from: string; to: string; index: number }[] = [];
  for (const [index, statement] of statements.entries()) {
    if (statement.recordType !== 'relationship' || statement.recordStatus === 'closed') continue;
    const { subject, interestedParty } = statement.recordDetails;
    if (typeof subject === 'string' && typeof interestedParty === 'string')
      edges.push({ from: interestedParty, to: subject, index });
  }
  const inCircle = findCircles(edges);
  return edges
    .filter(({ from, to }) => inCircle(from, to))
    .map(({ index }) => finding('circular-control', `/${index}/recordDetails/interestedParty`));
}
