import { issuerIdOf, listOf, type Credential } from '../dataModel.js';
import { readBit } from '../status/bitstring.js';
import { readStatusEntry, STATUS_PURPOSES, type StatusPlace } from '../status/statusEntry.js';
import { CHECK_CODES, resultOf, type CheckCode, type CheckResult } from './checks.js';
import { ask, type StatusListLoad, type StatusListProblem, type VerificationContext } from './sources.js';
import { verifyStatusList } from './statusList.js';

/** A credential of ours has two lists; more would let a token make this service fetch at will. */
const MAX_LISTS = 2;
const MAX_ENTRIES = 8;

const MEANINGS = {
  revocation: 'status/revoked',
  suspension: 'status/suspended',
} as const satisfies Record<StatusPlace['purpose'], CheckCode>;

const ENTRY_PROBLEMS = { malformed: 'status/malformed', unknownType: 'status/unknown-type' } as const;

const LIST_PROBLEMS = {
  unreachable: 'status/unreachable',
  invalid: 'status/list-invalid',
  mismatch: 'status/list-mismatch',
  stale: 'status/stale',
} as const satisfies Record<StatusListProblem, CheckCode>;

/** The `status` check: the worst answer over all entries. */
export async function checkStatus(
  credential: Credential,
  context: VerificationContext,
): Promise<CheckResult> {
  const isOurs = context.sources.profiles.claimedBy(credential).length > 0;
  const entries = listOf(credential.credentialStatus);
  if (entries.length === 0) return resultOf(isOurs ? 'status/missing' : 'status/none-declared');
  if (entries.length > MAX_ENTRIES) return resultOf('status/too-many');
  const read = entries.map(readStatusEntry);
  const places = read.filter((entry) => typeof entry === 'object');
  if (isOurs && !isRevocableAndSuspendable(places)) return resultOf('status/missing');
  const codes: CheckCode[] = read
    .filter((entry) => typeof entry === 'string')
    .map((problem) => ENTRY_PROBLEMS[problem]);
  const urls = new Set(places.map(({ listUrl }) => listUrl));
  if (urls.size > MAX_LISTS) return resultOf(worstOf([...codes, 'status/too-many']));
  const loads = new Map(
    await Promise.all([...urls].map(async (url) => [url, await recallList(url, context)] as const)),
  );
  const issuer = issuerIdOf(credential);
  for (const place of places) codes.push(judgePlace(place, issuer, loads.get(place.listUrl), context.now));
  return resultOf(worstOf(codes));
}

async function recallList(url: string, context: VerificationContext): Promise<StatusListLoad> {
  const { sources } = context;
  const load = async (): Promise<StatusListLoad> => {
    const fetched = await ask(() => sources.fetchStatusList(url), { problem: 'unreachable' as const });
    return 'problem' in fetched ? fetched : verifyStatusList(fetched.token, url, context);
  };
  const { recallStatusList } = sources;
  return recallStatusList ? ask(() => recallStatusList(url, load), { problem: 'unreachable' }) : load();
}

function judgePlace(
  { purpose, index }: StatusPlace,
  issuer: string,
  load: StatusListLoad | undefined,
  now: Date,
): CheckCode {
  if (!load) return 'status/not-checked';
  if ('problem' in load) return LIST_PROBLEMS[load.problem];
  const { list } = load;
  if (list.issuerDid !== issuer) return 'status/issuer-mismatch';
  if (!list.purposes.includes(purpose)) return 'status/purpose-mismatch';
  if (now > list.usableUntil) return 'status/stale';
  const bit = readBit(list.bits, index);
  if (bit === undefined) return 'status/out-of-range';
  return bit ? MEANINGS[purpose] : 'status/clear';
}

function isRevocableAndSuspendable(places: readonly StatusPlace[]): boolean {
  return STATUS_PURPOSES.every((purpose) => places.some((place) => place.purpose === purpose));
}

function worstOf(codes: readonly CheckCode[]): CheckCode {
  const first = (outcome: string) => codes.find((code) => CHECK_CODES[code][0] === outcome);
  return first('fail') ?? first('undetermined') ?? 'status/clear';
}
