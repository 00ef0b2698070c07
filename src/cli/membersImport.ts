import { open, stat, type FileHandle } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProgress } from '../demo/progress.js';
import { EXIT_INCOMPLETE } from './exitCodes.js';
import type { ImportOptions } from './members.js';
import { toPlainJson, toPlainLines } from './plainText.js';
import { connectService, type ServiceClient } from './serviceClient.js';

/** What the answers of the service say, as far as it is told here. */
interface MemberImport {
  readonly id: string;
  readonly status: string;
  readonly counts: Readonly<Record<'lines' | 'added' | 'unchanged' | 'changed' | 'failed', number>>;
}
interface Issuance {
  readonly id: string;
  readonly status: string;
  readonly counts: Readonly<
    Record<'notJoined' | 'waiting' | 'issued' | 'proposed' | 'notReady' | 'failed', number>
  >;
}
interface Invited {
  readonly invited: number;
  readonly remaining: number;
  readonly withoutAddress: number;
  readonly invitations: readonly object[];
}
interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}
interface LineFault {
  readonly line: number;
  readonly errors: readonly { readonly pointer: string; readonly column?: string; readonly detail: string }[];
}
interface Left {
  readonly memberId: string;
  readonly reason?: string;
  readonly detail?: string;
}

interface Summary {
  import: MemberImport['counts'] & { readonly id: string };
  faults: LineFault[];
  invitations?: { invited: number; withoutAddress: number; handed: number };
  issuance?: Issuance['counts'] & { readonly id: string; readonly left: Left[] };
}

const POLL_MS = 500;
/** More than that many are no reading; `--json` has them all. */
const MOST_SHOWN = 20;

export async function importMembers(file: string, options: ImportOptions): Promise<void> {
  const service = await connectService(options.url, options);
  const imported = await upload(service, file, options);
  const summary: Summary = { import: { id: imported.id, ...imported.counts }, faults: [] };
  if (imported.counts.failed > 0)
    summary.faults = await readAll<LineFault>(
      service,
      `/v1/member-imports/${imported.id}/lines?outcome=failed`,
      options.json ? Infinity : MOST_SHOWN,
    );
  if (options.invite) summary.invitations = await invite(service, imported.id, options);
  if (options.issue) summary.issuance = await issue(service, imported.id, options);
  if (options.json) process.stdout.write(`${toPlainJson(summary)}\n`);
  else process.stderr.write(`${toPlainLines(describe(summary, options))}\n`);
  const { issuance } = summary;
  const isLeft = imported.counts.failed + (issuance ? issuance.notReady + issuance.failed : 0) > 0;
  process.exitCode = isLeft ? EXIT_INCOMPLETE : 0;
}

/** Registers that many federations have. */
const LAYOUTS: Readonly<Record<string, { map: Record<string, string>; set: Record<string, string> }>> = {
  'regulator-of-social-housing': {
    map: {
      name: 'organisation_name',
      registrationNumber: 'registration_number',
      registeredOn: 'registration_date',
      legalForm: 'corporate_form',
    },
    set: { registrationAuthority: 'Regulator of Social Housing', jurisdiction: 'GB-ENG' },
  },
};

async function upload(service: ServiceClient, file: string, options: ImportOptions): Promise<MemberImport> {
  const layout = LAYOUTS[options.layout ?? ''];
  const map = { ...layout?.map, ...options.map };
  const set = { ...layout?.set, ...options.set };
  const query = new URLSearchParams({
    ...(options.dryRun ? { dryRun: 'true' } : {}),
    ...(Object.keys(map).length > 0 ? { mapping: JSON.stringify(map) } : {}),
    ...(Object.keys(set).length > 0 ? { constants: JSON.stringify(set) } : {}),
    ...(options.delimiter === undefined ? {} : { delimiter: options.delimiter }),
  });
  const format = options.format ?? (/\.(ndjson|jsonl)$/i.test(file) ? 'ndjson' : 'csv');
  const { size } = await stat(file);
  const bar = createProgress(process.stderr, Math.max(1, Math.ceil(size / BLOCK)));
  const source = (await open(file)).createReadStream();
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bar.advance(Math.ceil(chunk.length / BLOCK));
      done(null, chunk);
    },
  });
  source.on('error', (error) => counted.destroy(error)).pipe(counted);
  const mediaType = format === 'csv' ? 'text/csv' : 'application/x-ndjson';
  let imported: MemberImport;
  try {
    const body = Readable.toWeb(counted) as ReadableStream;
    imported = await service.upload<MemberImport>(`/v1/member-imports?${query.toString()}`, body, mediaType);
  } finally {
    bar.finish();
  }
  while (imported.status !== 'finished') {
    await sleep(POLL_MS);
    imported = await service.get<MemberImport>(`/v1/member-imports/${imported.id}`);
  }
  return imported;
}

/** What the bar counts in. */
const BLOCK = 65_536;

async function invite(
  service: ServiceClient,
  importId: string,
  { invitationsFile }: ImportOptions,
): Promise<NonNullable<Summary['invitations']>> {
  // Opened before anybody is invited: a token that cannot be kept is lost.
  const file = invitationsFile === undefined ? undefined : await open(invitationsFile, 'a', 0o600);
  const sum = { invited: 0, withoutAddress: 0, handed: 0 };
  try {
    for (;;) {
      const answer = await service.post<Invited>('/v1/member-invitations', { importId });
      await keep(file, answer.invitations);
      sum.invited += answer.invited;
      sum.handed += answer.invitations.length;
      sum.withoutAddress = answer.withoutAddress;
      if (answer.remaining === 0 || answer.invited === 0) return sum;
    }
  } finally {
    await file?.close();
  }
}

async function keep(file: FileHandle | undefined, invitations: readonly object[]): Promise<void> {
  const lines = invitations.map((invitation) => `${JSON.stringify(invitation)}\n`).join('');
  if (!file) process.stdout.write(lines);
  else if (lines !== '') {
    await file.write(lines);
    await file.sync();
  }
}

async function issue(
  service: ServiceClient,
  importId: string,
  { validFor, sentByOurselves, json }: ImportOptions,
): Promise<NonNullable<Summary['issuance']>> {
  let issuance = await service.post<Issuance>('/v1/member-issuances', {
    importId,
    ...(validFor === undefined ? {} : { validFor }),
    ...(sentByOurselves ? { sentByOurselves } : {}),
  });
  const settledOf = ({ counts }: Issuance) =>
    counts.issued + counts.proposed + counts.notReady + counts.failed;
  const bar = createProgress(process.stderr, Math.max(1, settledOf(issuance) + issuance.counts.waiting));
  bar.advance(settledOf(issuance));
  while (issuance.status !== 'finished') {
    await sleep(POLL_MS);
    const before = settledOf(issuance);
    issuance = await service.get<Issuance>(`/v1/member-issuances/${issuance.id}`);
    if (settledOf(issuance) > before) bar.advance(settledOf(issuance) - before);
  }
  bar.finish();
  const items = `/v1/member-issuances/${issuance.id}/items`;
  const most = json ? Infinity : MOST_SHOWN;
  const left = [
    ...(await readAll<Left>(service, `${items}?outcome=not_ready`, most)),
    ...(await readAll<Left>(service, `${items}?outcome=failed`, most)),
  ];
  return { id: issuance.id, ...issuance.counts, left };
}

async function readAll<Item>(service: ServiceClient, path: string, most: number): Promise<Item[]> {
  const all: Item[] = [];
  let next: string | undefined;
  do {
    const page: Page<Item> = await service.get(
      `${path}&limit=100${next === undefined ? '' : `&after=${next}`}`,
    );
    all.push(...page.items);
    next = page.next;
  } while (next !== undefined && all.length < most);
  return all;
}

function describe(
  { import: counts, faults, invitations, issuance }: Summary,
  options: ImportOptions,
): string {
  const { lines, added, changed, unchanged, failed } = counts;
  return [
    `${lines} lines${options.dryRun ? ', tried only' : ''}: ${added} new, ${changed} changed, ${unchanged} unchanged, ${failed} with something wrong.`,
    ...faults
      .slice(0, MOST_SHOWN)
      .flatMap(({ line, errors }) =>
        errors.map(
          ({ pointer, column, detail }) => `  line ${line}: ${column ?? pointer.slice(1)} ${detail}`,
        ),
      ),
    ...(faults.length < failed || faults.length > MOST_SHOWN
      ? [`  … and more: GET /v1/member-imports/${counts.id}/lines?outcome=failed, or --json`]
      : []),
    ...(invitations ? [describeInvitations(invitations)] : []),
    ...(issuance
      ? [
          `${issuance.issued} have their credential, ${issuance.proposed} wait for a second reviewer, ${issuance.notReady} are for a person to examine, ${issuance.failed} failed, ${issuance.notJoined} have not joined yet.`,
          ...issuance.left
            .slice(0, MOST_SHOWN)
            .map(({ memberId, reason, detail }) => `  member ${memberId}: ${reason ?? ''} ${detail ?? ''}`),
        ]
      : []),
  ].join('\n');
}

function describeInvitations({
  invited,
  handed,
  withoutAddress,
}: NonNullable<Summary['invitations']>): string {
  const how = handed > 0 ? ' (the tokens are yours to take to them)' : '';
  const unreachable = withoutAddress > 0 ? `, ${withoutAddress} have no address in your register` : '';
  return `${invited} invited${how}${unreachable}.`;
}
