import { issuerIdOf } from '../dataModel.js';
import { readListedStatus, type ListedStatusProblem } from '../status/listCredential.js';
import { INFORMING_PURPOSES, STATUS_PURPOSES } from '../status/statusEntry.js';
import type { StatusReference } from '../status/statusReference.js';
import { readStatus, STATUS_TYPES } from '../status/tokenStatusList.js';
import { CHECK_CODES, resultOf, type CheckCode, type CheckResult } from './checks.js';
import type { SecuredCredential } from './secured.js';
import {
  ask,
  type DecodedList,
  type StatusListKind,
  type StatusListLoad,
  type StatusListProblem,
  type VerificationContext,
} from './sources.js';
import { verifyStatusList } from './statusList.js';

/** A credential of ours has two lists; more would let a token make this service fetch at will. */
const MAX_LISTS = 2;
const MAX_ENTRIES = 8;

/** Of a value that is not 0, by purpose (Bitstring Status List 1.0 §2.1); of a purpose that is not here nobody knows. */
const MEANINGS: ReadonlyMap<string, CheckCode> = new Map([
  ['revocation', 'status/revoked'],
  ['suspension', 'status/suspended'],
  ...INFORMING_PURPOSES.map((purpose) => [purpose, 'status/informative'] as const),
]);

const ENTRY_IN_LIST_PROBLEMS = {
  purposeMismatch: 'status/purpose-mismatch',
  sizeMismatch: 'status/list-invalid',
  tooShort: 'status/list-invalid',
  outOfRange: 'status/out-of-range',
} as const satisfies Record<ListedStatusProblem, CheckCode>;

/** draft-ietf-oauth-status-list §7.1; what is not named there is the application's, and never means "valid". */
const TOKEN_MEANINGS: ReadonlyMap<number, CheckCode> = new Map([
  [STATUS_TYPES.VALID, 'status/clear'],
  [STATUS_TYPES.INVALID, 'status/revoked'],
  [STATUS_TYPES.SUSPENDED, 'status/suspended'],
]);

const ENTRY_PROBLEMS = { malformed: 'status/malformed', unknown: 'status/unknown-type' } as const;

const LIST_PROBLEMS = {
  unreachable: 'status/unreachable',
  invalid: 'status/list-invalid',
  mismatch: 'status/list-mismatch',
  stale: 'status/stale',
  notArchived: 'status/not-archived',
} as const satisfies Record<StatusListProblem, CheckCode>;

type Located = Extract<StatusReference, { readonly listUrl: string }>;

/** The `status` check: the worst answer over all entries. */
export async function checkStatus(
  { credential, statuses }: SecuredCredential,
  context: VerificationContext,
): Promise<CheckResult> {
  const isOurs = context.sources.profiles.claimedBy(credential).length > 0;
  if (statuses.length === 0) return resultOf(isOurs ? 'status/missing' : 'status/none-declared');
  if (statuses.length > MAX_ENTRIES) return resultOf('status/too-many');
  if (isOurs && !isRevocableAndSuspendable(statuses)) return resultOf('status/missing');
  const located = statuses.filter((status): status is Located => 'listUrl' in status);
  const codes: CheckCode[] = statuses.flatMap((status) =>
    'listUrl' in status ? [] : [ENTRY_PROBLEMS[status.kind]],
  );
  const lists = new Map(located.map((status) => [keyOf(status), status]));
  if (lists.size > MAX_LISTS) return resultOf(worstOf([...codes, 'status/too-many']));
  const loads = new Map(
    await Promise.all([...lists].map(async ([key, list]) => [key, await recallList(list, context)] as const)),
  );
  const issuer = issuerIdOf(credential);
  for (const status of located) codes.push(judgeEntry(status, issuer, loads.get(keyOf(status)), context.now));
  return resultOf(worstOf(codes));
}

function keyOf({ kind, listUrl }: Located): string {
  return `${kind} ${listUrl}`;
}

async function recallList(
  { listUrl: url, kind }: { readonly listUrl: string; readonly kind: StatusListKind },
  context: VerificationContext,
): Promise<StatusListLoad> {
  const { sources } = context;
  const load = async (): Promise<StatusListLoad> => {
    const fetched = await ask(() => sources.fetchStatusList(url, kind), { problem: 'unreachable' as const });
    return 'problem' in fetched ? fetched : verifyStatusList(fetched.content, url, kind, context);
  };
  const { recallStatusList } = sources;
  return recallStatusList ? ask(() => recallStatusList(url, kind, load), { problem: 'unreachable' }) : load();
}

function judgeEntry(status: Located, issuer: string, load: StatusListLoad | undefined, now: Date): CheckCode {
  if (!load) return 'status/not-checked';
  if ('problem' in load) return LIST_PROBLEMS[load.problem];
  const { list } = load;
  if (list.issuerDid !== issuer) return 'status/issuer-mismatch';
  if (now > list.usableUntil) return 'status/stale';
  return readEntry(status, list);
}

function readEntry(status: Located, list: DecodedList): CheckCode {
  if (status.kind === 'token') {
    if (list.kind !== 'token') return 'status/list-mismatch';
    const value = readStatus(list.list, status.index);
    if (value === undefined) return 'status/out-of-range';
    return TOKEN_MEANINGS.get(value) ?? 'status/invalid-value';
  }
  if (list.kind !== 'bitstring') return 'status/list-mismatch';
  const listed = readListedStatus(list, status);
  if (typeof listed === 'string') return ENTRY_IN_LIST_PROBLEMS[listed];
  if (listed.value === 0) return 'status/clear';
  return MEANINGS.get(status.purpose) ?? 'status/unknown-type';
}

/** One entry of a token list tells of both. */
function isRevocableAndSuspendable(statuses: readonly StatusReference[]): boolean {
  if (statuses.some(({ kind }) => kind === 'token')) return true;
  return STATUS_PURPOSES.every((purpose) =>
    statuses.some((status) => status.kind === 'bitstring' && status.purpose === purpose),
  );
}

function worstOf(codes: readonly CheckCode[]): CheckCode {
  const first = (outcome: string) => codes.find((code) => CHECK_CODES[code][0] === outcome);
  return (
    first('fail') ?? first('undetermined') ?? codes.find((code) => code !== 'status/clear') ?? 'status/clear'
  );
}
