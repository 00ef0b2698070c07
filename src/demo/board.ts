import type { FieldProof } from '../credentials/dossier/commitment.js';
import type { Report } from '../cli/verificationRequest.js';
import { enrolFurther, type Passport, type PassportCredential } from './enrolment.js';
import { UnexpectedOutcome } from './expectations.js';
import { BOARD, composeDossier, composeMinutes } from './housingCoops.js';
import { describeMs } from './printing.js';
import { KYC_DOSSIER, type Partner, type SignIn } from './roles.js';
import type { Delegate, ReleasedData } from './sharingRoles.js';
import { measure } from './timing.js';
import { credentialOf, judge, pronounce, type Outcome, type Stage } from './trials.js';

/** A partner asks who sits on a co-op's board; the co-op's delegates decide together, and the partner proves what it reads. */

/** What the partner goes by, and can be asked about later. */
export interface Decision {
  readonly credential: PassportCredential;
  readonly fields: readonly FieldProof[];
  readonly report: Report;
  readonly receipt: string;
  readonly relianceId: string;
}

/** In numbers. */
export interface Sharing {
  readonly delegates: number;
  readonly approvalsNeeded: number;
  readonly approvals: number;
  /** Names that the partner could read after the first approval, and after the last. */
  readonly namesAfterFirst: number;
  readonly namesReleased: number;
  readonly namesProven: number;
}

export interface SharedBoard {
  readonly outcomes: readonly Outcome[];
  readonly decision: Decision;
  readonly sharing: Sharing;
}

const WISH = {
  fields: BOARD.map((_, index) => `/officers/${index}/fullName`),
  purposes: ['dpv:CustomerSolvencyMonitoring'],
  retention: 'P1Y',
  note: 'Your application for a loan',
};
const MINUTE = "Delegates' meeting, item 2";
const MEMBERS = { count: 31, countedOn: new Date(Date.now() - 20 * 86_400_000).toISOString().slice(0, 10) };

/** @param signIns of the co-op's delegates to be, of whom the first two approve */
export async function shareBoard(
  stage: Stage,
  partner: Partner,
  passport: Passport,
  signIns: readonly SignIn[],
): Promise<SharedBoard> {
  const { credential, delegates } = await prepare(stage, passport, signIns);
  const granted = await decide(stage, partner, passport, delegates);
  const { data } = granted;
  stage.printer.line();
  for (const [pointer, name] of namesIn(data)) stage.printer.line(`     ${pointer.padEnd(22)} ${name}`);
  const readings = await granted.first.listReadings(granted.grantId);
  if (readings.length !== 1)
    throw new UnexpectedOutcome(`Expected one reading on the co-op's record, got ${readings.length}.`);
  const proven = await prove(stage, partner, data, credential);
  return {
    outcomes: [...granted.outcomes, ...proven.outcomes],
    decision: proven.decision,
    sharing: { ...granted.sharing, namesProven: proven.namesProven },
  };
}

/** The board stands in the dossier, was examined, and there are people who decide whether its names leave. */
async function prepare(
  { registrar, printer }: Stage,
  passport: Passport,
  signIns: readonly SignIn[],
): Promise<{ credential: PassportCredential; delegates: readonly Delegate[] }> {
  const { coop, register } = passport;
  const { value, ms } = await measure(async () => {
    const evidenceId = await coop.uploadDocument('Minutes of the election', composeMinutes(register));
    const credentials = await enrolFurther(registrar, passport, MEMBERS, {
      dossier: { ...composeDossier(register, MEMBERS), officers: BOARD },
      types: [KYC_DOSSIER],
      findings: [
        {
          field: '/officers',
          method: 'document_inspection',
          result: 'confirmed',
          evidence: { type: 'document', document_details: { type: 'minutes' } },
          evidenceId,
        },
      ],
    });
    const delegates = [];
    for (const signIn of signIns) delegates.push(await coop.admitDelegate(signIn));
    return { credential: credentialOf(credentials, KYC_DOSSIER), delegates };
  });
  printer.paragraph(
    `${register.legalName} writes its board into its dossier (the names are made up). The registrar compares it with the minutes of the election, and seals this version with a KycDossierCredential. Three members become delegates: each is invited, and joins with a password of their own. They decide what leaves the dossier; the administrator cannot (${describeMs(ms)}).`,
  );
  return value;
}

interface Granted {
  readonly outcomes: readonly Outcome[];
  readonly grantId: string;
  readonly data: ReleasedData;
  readonly first: Delegate;
  readonly sharing: Omit<Sharing, 'namesProven'>;
}

async function decide(
  { printer }: Stage,
  partner: Partner,
  { coop }: Passport,
  delegates: readonly Delegate[],
): Promise<Granted> {
  const [first, second] = delegates;
  if (!first || !second) throw new RangeError('the story needs two delegates who approve');
  const { id } = await partner.ask(coop.organisation.id, WISH);
  const needed = (await first.readRequest(id)).consent?.needed ?? 0;
  printer.line();
  printer.paragraph(
    `The co-op wants a loan, and the partner asks for the names of its board: to assess credit (${WISH.purposes.join()}), to be kept for a year. Names are personal, so by the co-op's rule ${needed} different delegates have to approve:`,
  );
  const row = printer.openTable([
    { title: 'What happens', width: 30 },
    { title: 'Approvals', width: 9 },
    { title: 'The partner can read', width: 0 },
  ]);
  row(['The partner asks', `0 of ${needed}`, 'nothing']);
  const once = await measure(() => first.approve(id, MINUTE));
  const namesAfterFirst = await requireNothingReadable(partner, id);
  const afterFirst = `${once.value.consent?.approvals.length ?? 0} of ${needed}`;
  row(['The first delegate approves', afterFirst, { text: 'nothing', style: 'bad' }]);

  const { grantId, consent } = await second.approve(id, MINUTE);
  if (grantId === undefined)
    throw new UnexpectedOutcome('Expected the second approval to release the names, and it did not.');
  const read = await measure(() => partner.readData(grantId));
  const approvals = consent?.approvals.length ?? 0;
  const afterSecond = `${approvals} of ${needed}`;
  const names = `${namesIn(read.value).length} names`;
  row(['The second delegate approves', afterSecond, { text: names, style: 'good' }]);
  printer.line();
  printer.paragraph(
    `The third was not asked any more. This is what the partner reads, and nothing else; that it has read it (${describeMs(read.ms)}) is on record at the co-op:`,
  );
  return {
    outcomes: [
      {
        what: 'One delegate approves',
        result: 'withheld',
        reasons: [`${afterFirst} approvals`],
        ms: once.ms,
      },
      { what: 'Two delegates approve', result: 'released', reasons: [names], ms: read.ms },
    ],
    grantId,
    data: read.value,
    first,
    sharing: {
      delegates: delegates.length,
      approvalsNeeded: needed,
      approvals,
      namesAfterFirst,
      namesReleased: read.value.fields.length,
    },
  };
}

/** How many names the partner can read before the last approval. Throws where it is not none. */
async function requireNothingReadable(partner: Partner, requestId: string): Promise<number> {
  const { state, grantId } = await partner.readRequest(requestId);
  let names = 0;
  for (const { id } of await partner.listGrants()) names += (await partner.readData(id)).fields.length;
  if (state === 'open' && grantId === undefined && names === 0) return names;
  throw new UnexpectedOutcome(
    `After one approval: expected an open request and nothing to read, got ${state} and ${names} fields.`,
  );
}

/** Pointers and names. Throws where anything but the names of the board was released. */
function namesIn({ fields }: ReleasedData): [pointer: string, name: string][] {
  const released = fields.map((field): [string, unknown] => [
    field.pointer,
    'value' in field ? field.value : undefined,
  ]);
  const wanted = BOARD.map(({ fullName }, index): [string, string] => [WISH.fields[index] ?? '', fullName]);
  const isExact =
    released.length === wanted.length &&
    wanted.every(([pointer, name]) => released.some(([place, value]) => place === pointer && value === name));
  if (!isExact)
    throw new UnexpectedOutcome(
      `Expected the names of the board, got ${released.map(([p]) => p).join(', ')}.`,
    );
  return wanted;
}

/** What was read is worth as much as the seal that proves it; the partner has that signed, and relies on it. */
async function prove(
  stage: Stage,
  partner: Partner,
  { fields, proof, unprovenBecause = 'no reason' }: ReleasedData,
  credential: PassportCredential,
): Promise<{ outcomes: Outcome[]; decision: Decision; namesProven: number }> {
  const { printer, expectations } = stage;
  if (proof?.credentialId !== credential.id)
    throw new UnexpectedOutcome(`Expected the names with their proof, got none: ${unprovenBecause}.`);
  printer.line();
  printer.paragraph(
    'Reading is not yet knowing. The partner has the three names proven against the seal, and the report signed with its own key, with digests of everything that it rested on: its receipt.',
  );
  const { value, ms } = await measure(() => partner.verifyForReceipt(proof.credential, fields));
  const { report, receipt } = value;
  const proven = pronounce(printer, 'The names proven', { value: report, ms }, expectations.released);
  const namesProven = ('fields' in report ? (report.fields ?? []) : []).filter((one) => one.isProven).length;
  printer.line();
  printer.paragraph('The same proof, with another name in it:');
  const altered = fields.map((field, index) => (index === 0 ? { ...field, value: 'Dan Example' } : field));
  const refused = await judge(stage, 'Another name', proof.credential, expectations.falsified, altered);
  if (report.id === undefined) throw new Error("the partner's report was not stored");
  const relianceId = await partner.rely(report.id, 'A loan for new roofs');
  printer.line();
  printer.paragraph(
    'The partner lends, and says that it relies on this: "A loan for new roofs". The co-op can see that, and the partner is told of changes from now on.',
  );
  return {
    outcomes: [proven, refused],
    decision: { credential: { ...credential, token: proof.credential }, fields, report, receipt, relianceId },
    namesProven,
  };
}
