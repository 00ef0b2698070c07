import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';

/** From the sources and from `dist` alike: the data are not compiled, they stay where they are. */
const REGISTER = fileURLToPath(new URL('../../src/demo/data/england-registered.csv', import.meta.url));

/** What the register of the Regulator of Social Housing says about a housing co-operative. */
export interface HousingCoop {
  readonly legalName: string;
  readonly registrationNumber: string;
  /** In words, such as `Registered society`. */
  readonly legalForm: string;
}

/** All of them, by name. */
export async function readHousingCoops(): Promise<HousingCoop[]> {
  const rows: Record<string, string>[] = parse(await readFile(REGISTER, 'utf8'), { columns: true });
  return rows.map((row) => ({
    legalName: cell(row, 'organisation_name'),
    registrationNumber: cell(row, 'registration_number'),
    legalForm: cell(row, 'corporate_form'),
  }));
}

function cell(row: Record<string, string>, column: string): string {
  const value = row[column];
  if (!value) throw new Error(`${REGISTER} lacks a value of ${column}`);
  return value;
}

export const REGULATOR = 'Regulator of Social Housing';

/** Its dossier: what the register says, and with `members` what only the co-op itself can say. */
export function composeDossier(coop: HousingCoop, members?: { count: number; countedOn: string }): object {
  return {
    legalIdentity: {
      legalName: coop.legalName,
      registrationNumber: coop.registrationNumber,
      registrationAuthority: { name: REGULATOR },
      jurisdiction: 'GB-ENG',
      legalForm: coop.legalForm,
    },
    ...(members && {
      democraticControl: {
        category: 'housing',
        votingRule: 'one_member_one_vote',
        memberCount: members.count,
        memberCountOn: members.countedOn,
        transactingVoteShare: 100,
      },
    }),
  };
}

/** Nobody's names: the register does not say who sits on a board, and the demonstration does not want to know. */
export const BOARD = [
  { fullName: 'Ada Example', role: 'chair' },
  { fullName: 'Ben Example', role: 'treasurer' },
  { fullName: 'Cleo Example', role: 'secretary' },
];

export function composeMinutes(coop: HousingCoop): string {
  return [
    `Minutes of the general meeting of ${coop.legalName} (made up for a demonstration)`,
    '',
    'Item 3. Elected to the board, each by a majority of the members present:',
    ...BOARD.map(({ fullName, role }) => `- ${fullName}, ${role}`),
    '',
  ].join('\n');
}

/** A text of the demonstration's own, for a file to look into; no co-op's real rules. */
export function composeRules(coop: HousingCoop, members: { count: number; countedOn: string }): string {
  return [
    `Rules of ${coop.legalName} (made up for a demonstration)`,
    '',
    '1. Its members are the tenants of its homes, and only they.',
    '2. At a general meeting every member has one vote.',
    `Register of members: ${members.count} on ${members.countedOn}.`,
    '',
  ].join('\n');
}
