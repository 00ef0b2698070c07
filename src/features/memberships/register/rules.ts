import { isDeepStrictEqual } from 'node:util';
import type { LineError, MemberRecord } from '../../../adapters/database/membershipTables.js';
import type { FieldError } from '../../../kernel/errors.js';
import type { FederationMemberId } from '../../../kernel/ids.js';
import { JURISDICTION_PATTERN } from '../../../credentials/profiles/subjectSchemas.js';

/** Pure decisions about what a federation's register says of its members. */

export const MEMBER_COLUMNS = [
  'name',
  'registrationNumber',
  'registrationAuthority',
  'registrationAuthorityCode',
  'jurisdiction',
  'legalForm',
  'registeredOn',
  'email',
  'memberNumber',
  'memberSince',
  'standing',
] as const satisfies readonly (keyof MemberRecord)[];
export type MemberColumn = (typeof MEMBER_COLUMNS)[number];

/** What tells one co-op from another, so that every line needs them. */
const IDENTITY = ['registrationNumber', 'registrationAuthority', 'jurisdiction'] as const;
const REQUIRED: readonly MemberColumn[] = ['name', ...IDENTITY, 'standing'];

/** At most as long as the dossier's blocks take them. */
const LONGEST = {
  name: 200,
  registrationNumber: 100,
  registrationAuthority: 200,
  registrationAuthorityCode: 20,
  legalForm: 200,
  email: 254,
  memberNumber: 100,
  standing: 100,
} as const;

/** The cells of a line; `undefined` where the file has no such column, `null` or blanks where the cell is empty. */
export type MemberCells = Partial<Record<MemberColumn, string | null>>;

/** What a line changes: a value that it says, `null` for one that it takes away. What it lacks stays as it is. */
export type MemberPatch = Partial<Record<MemberColumn, string | null>>;

/** A line of a register as it was written: tidied, and each cell judged by itself. */
export function readCells(cells: MemberCells, now: Date): { patch: MemberPatch; errors: LineError[] } {
  const errors: LineError[] = [];
  const patch: MemberPatch = {};
  for (const column of MEMBER_COLUMNS) {
    const cell = cells[column];
    if (cell === undefined) continue;
    const value = tidy(cell);
    const fault = value === null ? undefined : findFault(column, value, now);
    if (fault !== undefined) errors.push({ pointer: `/${column}`, detail: fault });
    else patch[column] = value;
  }
  for (const column of REQUIRED) {
    const isGiven = cells[column] !== undefined || IDENTITY.some((name) => name === column);
    const isFaulty = errors.some(({ pointer }) => pointer === `/${column}`);
    if (isGiven && !isFaulty && (patch[column] ?? null) === null)
      errors.push({ pointer: `/${column}`, detail: 'is required' });
  }
  return { patch, errors };
}

/** Blanks at either end, and several in a row, are nobody's intention. */
function tidy(cell: string | null): string | null {
  const text = (cell ?? '')
    .normalize('NFC')
    .replaceAll(/[ \u00a0]+/g, ' ')
    .trim();
  return text === '' ? null : text;
}

// What a spreadsheet would run as a formula, should somebody open there what was imported here; some read the wide forms as well.
const FORMULA = /^[=+\-@\uff1d\uff0b\uff0d\uff20]/;
const UNSHOWN = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;
const JURISDICTION = new RegExp(JURISDICTION_PATTERN);
const EMAIL =
  /^[^\s@"<>(),:;\\[\]]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,62}$/i;

function findFault(column: MemberColumn, value: string, now: Date): string | undefined {
  if (UNSHOWN.test(value)) return 'holds a character that cannot be shown';
  if (FORMULA.test(value)) return 'begins with a character that spreadsheets take for a formula';
  if (column === 'jurisdiction')
    return JURISDICTION.test(value) ? undefined : 'must be an ISO 3166 code such as GB or GB-ENG';
  if (column === 'registeredOn' || column === 'memberSince') return findDateFault(value, now);
  if (value.length > LONGEST[column]) return `must have ${LONGEST[column]} characters at the most`;
  if (column === 'email' && !EMAIL.test(value)) return 'must be one e-mail address';
  return undefined;
}

function findDateFault(value: string, now: Date): string | undefined {
  const instant = /^[1-9]\d{3}-\d\d-\d\d$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : NaN;
  // `Date.parse` takes 30 February for 2 March.
  if (Number.isNaN(instant) || new Date(instant).toISOString().slice(0, 10) !== value)
    return 'must be a date such as 1987-03-23';
  return instant > now.getTime() ? 'must not lie in the future' : undefined;
}

export type Judgement =
  | { readonly outcome: 'added' | 'changed' | 'unchanged'; readonly record: MemberRecord }
  | { readonly outcome: 'failed'; readonly errors: LineError[] };

/** What a line comes to, beside what the register has about that member. */
export function judgePatch(existing: MemberRecord | undefined, patch: MemberPatch): Judgement {
  const merged = Object.fromEntries(
    MEMBER_COLUMNS.flatMap((column) => {
      const value = patch[column] === undefined ? existing?.[column] : patch[column];
      return value === undefined || value === null ? [] : [[column, value]];
    }),
  );
  const errors = REQUIRED.filter((column) => !(column in merged)).map((column) => ({
    pointer: `/${column}`,
    detail: existing ? 'is required' : 'is required of a member who is not in the register yet',
  }));
  if (errors.length > 0) return { outcome: 'failed', errors };
  const record = merged as unknown as MemberRecord;
  if (!existing) return { outcome: 'added', record };
  return { outcome: isDeepStrictEqual(existing, record) ? 'unchanged' : 'changed', record };
}

/** Another address takes back what was sent to the one before. */
export function hasNewAddress(before: MemberRecord, after: MemberRecord): boolean {
  return before.email?.toLowerCase() !== after.email?.toLowerCase();
}

export interface StandingChange {
  /** Under its keys of before and of now. */
  readonly subjectKeys: readonly string[];
  readonly standing?: string;
  readonly isNew?: true;
}

interface KnownEntry {
  readonly id: FederationMemberId;
  readonly subject_keys: readonly string[];
  readonly record: MemberRecord;
}

/** Of those who stand in the register otherwise than before, or anew. */
export function findStandingChanges(
  known: readonly KnownEntry[],
  {
    added,
    changed,
  }: { readonly added: readonly RegisterEntry[]; readonly changed: readonly RegisterEntry[] },
): StandingChange[] {
  const before = new Map(known.map((member) => [member.id, member]));
  const differing = changed.flatMap(({ id, keys, record: { standing } }): StandingChange[] => {
    const former = before.get(id);
    if (!former || former.record.standing === standing) return [];
    return [{ subjectKeys: [...new Set([...former.subject_keys, ...keys])], standing }];
  });
  const entered = added.map(({ keys: subjectKeys, record: { standing } }): StandingChange => {
    return { subjectKeys, standing, isNew: true };
  });
  return [...differing, ...entered];
}

/** The legal entity, as `subjectKeys` takes it. */
export function entityOf(
  record: Pick<MemberRecord, (typeof IDENTITY)[number] | 'registrationAuthorityCode'>,
) {
  const { registrationNumber, registrationAuthority, registrationAuthorityCode, jurisdiction } = record;
  return {
    registrationNumber,
    registrationAuthority: {
      name: registrationAuthority,
      ...(registrationAuthorityCode === undefined ? {} : { code: registrationAuthorityCode }),
    },
    jurisdiction,
  };
}

/** The columns whose values a dossier checks beyond their shape. */
const COLUMN_OF: Readonly<Record<string, MemberColumn>> = {
  '/legalIdentity/jurisdiction': 'jurisdiction',
  '/legalIdentity/registrationAuthority/code': 'registrationAuthorityCode',
  '/legalIdentity/legalForm': 'legalForm',
};

/** Finds what of a record no dossier could begin with, by the column that says so. */
export type FindContentFaults = (record: MemberRecord) => LineError[];

export function contentFaults(
  record: MemberRecord,
  contentProblems: (blocks: ReturnType<typeof composeDossier>) => readonly FieldError[],
): LineError[] {
  // Who the federation is makes no difference to that.
  return contentProblems(composeDossier(record, { name: 'Federation', did: 'did:web:federation' })).map(
    ({ pointer, detail }) => ({ pointer: COLUMN_OF[pointer] ? `/${COLUMN_OF[pointer]}` : pointer, detail }),
  );
}

interface Federation {
  readonly name: string;
  readonly did: string;
}

/** The dossier that a co-op begins with: what its federation's register says, for itself to look at and complete. */
export function composeDossier(record: MemberRecord, federation: Federation) {
  return {
    legalIdentity: {
      legalName: record.name,
      ...entityOf(record),
      ...(record.legalForm === undefined ? {} : { legalForm: record.legalForm }),
      ...(record.registeredOn === undefined ? {} : { incorporatedOn: record.registeredOn }),
    },
    recognition: { federations: [composeMembership(record, federation)] },
  };
}

function composeMembership(record: MemberRecord, federation: Federation) {
  return {
    body: federation.name,
    did: federation.did,
    ...(record.memberNumber === undefined ? {} : { memberNumber: record.memberNumber }),
    ...(record.memberSince === undefined ? {} : { memberSince: record.memberSince }),
    standing: record.standing,
  };
}

/** A member as it is to stand in the register. */
export interface RegisterEntry {
  readonly id: FederationMemberId;
  readonly keys: readonly string[];
  readonly record: MemberRecord;
}

export type SubjectKeys = (entity: ReturnType<typeof entityOf>) => string[];

/** Of a line or a record that has all that tells one co-op from another, as every line must that gets this far. */
export function keysOf(patch: MemberPatch, subjectKeys: SubjectKeys): string[] {
  const { registrationAuthorityCode: code } = patch;
  return subjectKeys(
    entityOf({
      registrationNumber: patch.registrationNumber ?? '',
      registrationAuthority: patch.registrationAuthority ?? '',
      jurisdiction: patch.jurisdiction ?? '',
      ...(code === undefined || code === null ? {} : { registrationAuthorityCode: code }),
    }),
  );
}

/** Where a dossier says that the co-op is a member of this federation; `undefined` unless it says so once. */
export function findMembership(
  dossier: Readonly<Record<string, unknown>>,
  { did }: Pick<Federation, 'did'>,
): { index: number; entry: Readonly<Record<string, unknown>> } | undefined {
  const { federations } = (dossier['recognition'] ?? {}) as { federations?: Record<string, unknown>[] };
  const found = (federations ?? []).flatMap((entry, index) =>
    entry['did'] === did ? [{ index, entry }] : [],
  );
  return found.length === 1 ? found[0] : undefined;
}

/** Where a dossier says something else than the federation's register. */
export function findDifferences(
  record: MemberRecord,
  dossier: Readonly<Record<string, unknown>>,
  federation: Federation,
  subjectKeys: SubjectKeys,
): string[] {
  const membership = findMembership(dossier, federation);
  if (!membership) return ['/recognition/federations'];
  const { index, entry } = membership;
  const expected: Readonly<Record<string, unknown>> = composeMembership(record, federation);
  const members = ['memberNumber', 'memberSince', 'standing'].filter(
    (name) => entry[name] !== expected[name],
  );
  return [
    ...findEntityDifferences(record, dossier, subjectKeys),
    ...members.map((name) => `/recognition/federations/${index}/${name}`),
  ];
}

function findEntityDifferences(
  record: MemberRecord,
  dossier: Readonly<Record<string, unknown>>,
  subjectKeys: SubjectKeys,
): string[] {
  const identity = dossier['legalIdentity'] as
    (ReturnType<typeof entityOf> & { legalName: string }) | undefined;
  if (!identity) return ['/legalIdentity'];
  const keys = subjectKeys(entityOf(record));
  return [
    ...(subjectKeys(identity).some((key) => keys.includes(key)) ? [] : ['/legalIdentity/registrationNumber']),
    ...(identity.jurisdiction === record.jurisdiction ? [] : ['/legalIdentity/jurisdiction']),
    ...(sameName(identity.legalName, record.name) ? [] : ['/legalIdentity/legalName']),
  ];
}

function sameName(one: string, other: string): boolean {
  const fold = (name: string) =>
    name
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]/gu, '');
  return fold(one) === fold(other);
}
