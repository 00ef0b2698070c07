import { createHash } from 'node:crypto';
import { saltedDigest } from '../credentials/compose.js';
import type { TypedObject } from '../credentials/dataModel.js';
import { valueAt } from '../kernel/jsonPointer.js';
import { enrolFurther, type Members, type Passport, type PassportCredential } from './enrolment.js';
import { UnexpectedOutcome } from './expectations.js';
import { composeDossier, composeRules } from './housingCoops.js';
import { describeMs } from './printing.js';
import { COOP_STATUS, KYC_DOSSIER, SCREENING, type CheckFinding, type CredentialLife } from './roles.js';
import { measure } from './timing.js';
import { credentialOf, judge, type Outcome, type Stage } from './trials.js';

/** What a partner stands on: the evidence behind a credential, single fields of a dossier, and that both are kept true. */

/** A co-op whose status was examined, so that there are rules that somebody has read. */
interface Examined extends Passport {
  readonly members: Members;
}

export function requireExamined(passport: Passport): Examined {
  const { members } = passport;
  if (!members) throw new Error('the first passport lacks the co-operative status');
  return { ...passport, members };
}

/** Which file was read, without a word of it: whoever is given the file can tell that it is that one. */
export async function showInspection({ anybody, printer }: Stage, passport: Examined): Promise<void> {
  const { register, credentials, members } = passport;
  const report = await anybody.verify(credentialOf(credentials, COOP_STATUS).token);
  const evidence = 'credential' in report ? report.credential.evidence : [];
  const inspected = evidence.find(({ digest }) => digest !== undefined);
  if (!inspected) throw new UnexpectedOutcome('The report names no document that was inspected.');
  printer.line();
  printer.paragraph(
    `The co-operative status rests on a document that the co-op uploaded. Its report names the examiner (${issuerIn(report)}), and of each check the field, the method, the time and the document's digest, salted so that nobody can guess at it:`,
  );
  printer.line();
  for (const [name, pointer] of INSPECTION) {
    const value = valueAt(inspected, pointer);
    printer.line(`     ${name.padEnd(10)} ${typeof value === 'string' ? value : '(not named)'}`);
  }
  requireDigest(inspected, composeRules(register, members));
  printer.line();
  printer.paragraph(
    'The co-op hands its rules to the partner, who computes the digest with that salt: it is the document that the registrar read.',
  );
}

const INSPECTION = [
  ['Field', '/field'],
  ['Method', '/check_details/0/check_method'],
  ['Time', '/check_details/0/time'],
  ['Document', '/document_details/type'],
  ['Digest', '/digest/value'],
  ['Salt', '/digest/salt'],
] as const;

function issuerIn(report: object): string {
  const name = valueAt(report, '/credential/issuer/name');
  return typeof name === 'string' ? name : 'not named';
}

function requireDigest(inspected: TypedObject, file: string): void {
  const { salt, value } = inspected['digest'] as { salt: string; value: string };
  const sha256 = createHash('sha256').update(file).digest();
  if (saltedDigest({ sha256, salt: Buffer.from(salt, 'base64url') }) !== value)
    throw new UnexpectedOutcome('The digest in the report is not that of the document.');
}

/** Its whole dossier is examined, so that any field of it can be proven, and it is screened. */
export async function deepen(
  { registrar, printer }: Stage,
  passport: Examined,
): Promise<PassportCredential[]> {
  const { register, members } = passport;
  const { value: credentials, ms } = await measure(() =>
    enrolFurther(registrar, passport, members, {
      dossier: screenedDossier(passport, 'clear'),
      types: [KYC_DOSSIER, SCREENING],
      findings: [SCREENED],
    }),
  );
  printer.paragraph(
    `${register.legalName} asks for two more: a KycDossierCredential, which holds nothing of the dossier but a seal over this version of it (a Merkle root), and a ScreeningCredential, after a search in a sanctions list (${describeMs(ms)} from the dossier to both).`,
  );
  return credentials;
}

const SCREENED: CheckFinding = {
  field: '/screening',
  method: 'screening',
  result: 'confirmed',
  evidence: {
    type: 'electronic_record',
    record: { type: 'sanctions_list', source: { name: 'A sanctions list (made up)' } },
  },
};

const SCREENED_AT = new Date().toISOString();

function screenedDossier({ register, members }: Examined, result: 'clear' | 'possible_match'): object {
  const lists = [{ kind: 'sanctions', name: 'A sanctions list (made up)', version: '1' }];
  return { ...composeDossier(register, members), screening: { lists, screenedAt: SCREENED_AT, result } };
}

/** One field leaves the dossier, with a proof; the same proof with another value is worth nothing. */
export async function releaseField(
  stage: Stage,
  { coop, register, members }: Examined,
  credentials: readonly PassportCredential[],
): Promise<Outcome[]> {
  const { printer, expectations } = stage;
  const { token } = credentialOf(credentials, KYC_DOSSIER);
  const field = '/democraticControl/memberCount';
  const released = await coop.releaseFields([field]);
  printer.line();
  printer.paragraph(
    `A partner asks ${register.legalName} for its number of members, and for nothing else. The co-op releases that field (${members.count}), with the salt and the path that lead from it to the seal.`,
  );
  const proven = await judge(stage, 'One field released', token, expectations.released, released);
  const falsified = released.map((proof) => ({ ...proof, value: members.count + 100 }));
  printer.line();
  printer.paragraph(`The same, but it says ${members.count + 100}:`);
  return [proven, await judge(stage, 'Another value of it', token, expectations.falsified, falsified)];
}

/** What was checked changes, and nobody has to remember what rests on it. */
export async function lapse(
  stage: Stage,
  passport: Examined,
  credentials: readonly PassportCredential[],
): Promise<Outcome> {
  const { printer, expectations } = stage;
  const { coop, register } = passport;
  const screening = credentialOf(credentials, SCREENING);
  await coop.changeDossier(screenedDossier(passport, 'possible_match'));
  printer.paragraph(
    `Something changes. ${register.legalName} is screened anew, and now there is a possible match. It says so in its dossier. What rests on the old answer is in doubt at once; how long it stands all the same, each type says:`,
  );
  const lives = [];
  for (const { id, type } of credentials) lives.push({ type, life: await coop.watch(id) });
  const row = printer.openTable([
    { title: 'Credential', width: 22 },
    { title: 'Concern', width: 15 },
    { title: 'Field', width: 20 },
    { title: 'Is suspended', width: 0 },
  ]);
  for (const { type, life } of lives) {
    const { kind, pointer, since, suspendsAt } = requireConcern(type, life);
    const days = Math.round((Date.parse(suspendsAt) - Date.parse(since)) / 86_400_000);
    row([type, kind, pointer, days === 0 ? 'at once' : `in ${days} days, unless it is put right`]);
  }
  const waited = await measure(() => waitForSuspension(stage, passport, screening.id));
  printer.line();
  printer.paragraph(
    `Both were told. Nobody did anything more: after ${describeMs(waited.ms)} the service has suspended the screening by itself. (It looks every 10 s, in this demonstration every second.) Its reason: "${waited.value}".`,
  );
  return judge(stage, 'A checked field changed', screening.token, expectations.lapsed);
}

function requireConcern(type: string, { concerns }: CredentialLife): CredentialLife['concerns'][number] {
  const concern = concerns.find(({ kind }) => kind === 'field_changed');
  if (!concern) throw new UnexpectedOutcome(`${type}: expected a concern about the changed field, got none.`);
  return concern;
}

const LONGEST_WAIT_MS = 30_000;
const LOOK_AGAIN_MS = 100;

/** Answers with the reason that the record gives. */
async function waitForSuspension({ signal }: Stage, { coop }: Examined, id: string): Promise<string> {
  const until = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const { state, statusChanges } = await coop.watch(id);
    if (state === 'suspended') return statusChanges.at(-1)?.reason ?? '(none)';
    if (performance.now() > until)
      throw new UnexpectedOutcome(`Expected a credential to be suspended by the service, it is ${state}.`);
    signal?.throwIfAborted();
    await new Promise((looksAgain) => setTimeout(looksAgain, LOOK_AGAIN_MS));
  }
}

/** The co-op's own say about what is said of it: seen by every partner, without deciding for them. */
export async function contest(stage: Stage, { coop, register, credentials }: Examined): Promise<Outcome[]> {
  const { printer, registrar, expectations } = stage;
  const { id, token } = credentialOf(credentials, COOP_STATUS);
  const pointer = '/credentialSubject/memberCount';
  const contestId = await coop.contest(id, pointer, 'We count more members than that by now.');
  printer.line();
  printer.paragraph(
    `Contested. ${register.legalName} does not agree with the number of members in its credential, and says why to the registrar. Until that has answered, every report says that it is contested, and not in which words; the verdict stays.`,
  );
  const open = await judge(stage, 'Contested by its holder', token, expectations.contested);
  const contested = await readContested(stage, token);
  if (contested[0]?.pointer !== pointer)
    throw new UnexpectedOutcome(`Expected the report to say that ${pointer} is contested, and it does not.`);
  for (const { pointer: place, since } of contested)
    printer.line(`${' '.repeat(27)}contested: ${place}, since ${since}`);
  await registrar.answerContest(
    id,
    contestId,
    'It is true of the day that it names; renew it when you like.',
  );
  printer.line();
  printer.paragraph('The registrar answers: the number is true of its day. The note is gone.');
  const answered = await judge(stage, 'Answered by its issuer', token, expectations.contested);
  if ((await readContested(stage, token)).length > 0)
    throw new UnexpectedOutcome('Expected an answered contest to be gone from the report, and it is not.');
  return [open, answered];
}

async function readContested({ anybody }: Stage, token: string) {
  const report = await anybody.verify(token);
  return 'credential' in report ? (report.credential.contested ?? []) : [];
}
