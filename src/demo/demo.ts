import { describeReport } from '../cli/reportText.js';
import { shareBoard, type Sharing } from './board.js';
import { enrolCoop, type Members, type Passport } from './enrolment.js';
import { EXPECTATIONS, requireVerdict, type Expectations } from './expectations.js';
import type { HousingCoop } from './housingCoops.js';
import { createHttpClient, type HttpClient } from './httpClient.js';
import { describeMs, type Output, type Printer } from './printing.js';
import { keepReceipt } from './keptReceipt.js';
import { createProgress } from './progress.js';
import {
  createVerifier,
  registerPartner,
  registerRegistrar,
  signInOperator,
  type Organisation,
  type Partner,
  type Registrar,
  type SignIn,
  type Verifier,
} from './roles.js';
import { contest, deepen, lapse, releaseField, requireExamined, showInspection } from './standing.js';
import { summarise } from './summary.js';
import { mapConcurrently, measure, median } from './timing.js';
import {
  identityOf,
  impersonate,
  revoke,
  signUnaccredited,
  suspendAndReinstate,
  tamper,
  type Outcome,
  type Stage,
} from './trials.js';

export interface StoryOptions {
  readonly publicUrl: string;
  readonly operator: SignIn;
  /** At least five: each cheat gets a co-op of its own. */
  readonly coops: readonly HousingCoop[];
  /** Of every account that the story makes. */
  readonly password: string;
  /** Of their e-mail addresses; nothing is ever sent. */
  readonly emailDomain: string;
  readonly printer: Printer;
  /** Where a long run shows how far it is. */
  readonly progress: Output & { readonly isTTY?: boolean };
  readonly expectations?: Partial<Expectations>;
  readonly signal?: AbortSignal;
}

export interface Story {
  readonly outcomes: readonly Outcome[];
  readonly registrar: Registrar;
  readonly partner: Partner;
  readonly passports: readonly Passport[];
  readonly sharing: Sharing;
  /** Of the co-op whose board is asked for. */
  readonly delegate: { readonly signIn: SignIn; readonly organisation: Organisation };
}

/**
 * The main job, told from founding a network to what must not be accepted, over HTTP against a service that is running. Rejects with
 * `UnexpectedOutcome` or `UnexpectedAnswer` as soon as anything is not as expected.
 */
export async function tellStory(options: StoryOptions): Promise<Story> {
  const { printer } = options;
  const http = createHttpClient(options.publicUrl, options.signal);
  const expectations = { ...EXPECTATIONS, ...options.expectations };
  const anybody = createVerifier(http);
  const { signal } = options;

  printer.chapter('A network is founded');
  const { registrar, partner } = await foundNetwork(http, options);

  printer.chapter(`${options.coops.length} housing co-operatives ask for a passport`);
  const passports = await enrolCoops(http, registrar, options);
  const [first, second, third, fourth, fifth] = passports;
  if (!first || !second || !third || !fourth || !fifth)
    throw new RangeError('the story needs at least five co-ops');

  const stage: Stage = { http, printer, registrar, anybody, expectations, ...(signal && { signal }) };
  const examined = requireExamined(first);

  printer.chapter('What a credential says');
  await showCredential(anybody, first, printer);
  await showInspection(stage, examined);

  printer.chapter('Everybody can check');
  const accepted = await verifyAll(anybody, partner, passports, expectations, printer);

  printer.chapter('What must not be accepted');
  const refused = [
    await tamper(stage, first),
    await signUnaccredited(stage, second),
    ...(await suspendAndReinstate(stage, third)),
    await revoke(stage, fourth),
    await impersonate(stage, fifth, {
      email: `impostor@${options.emailDomain}`,
      password: options.password,
    }),
  ];

  printer.chapter('One field, and not the dossier');
  const further = await deepen(stage, examined);
  const released = await releaseField(stage, examined, further);

  printer.chapter('What has been said is kept true');
  const kept = [await lapse(stage, examined, further), ...(await contest(stage, examined))];

  printer.chapter('The names of the board, if its delegates agree');
  const delegates = signInsOfDelegates(options);
  const shared = await shareBoard(stage, partner, second, delegates);

  printer.chapter('Who relied is told, and what was decided can be shown');
  const shown = await keepReceipt(stage, partner, shared.decision);

  printer.chapter('In short');
  const outcomes = [...accepted, ...refused, ...released, ...kept, ...shared.outcomes, ...shown];
  summarise(outcomes, shared.sharing, printer);
  const { organisation } = second.coop;
  return {
    outcomes,
    registrar,
    partner,
    passports,
    sharing: shared.sharing,
    delegate: { signIn: delegates[0], organisation },
  };
}

function signInsOfDelegates({ emailDomain, password }: StoryOptions): [SignIn, SignIn, SignIn] {
  const signIn = (number: number) => ({ email: `delegate${number}@${emailDomain}`, password });
  return [signIn(1), signIn(2), signIn(3)];
}

async function foundNetwork(
  http: HttpClient,
  { operator, password, emailDomain, printer }: StoryOptions,
): Promise<{ registrar: Registrar; partner: Partner }> {
  const { value, ms } = await measure(async () => {
    const registrar = await registerRegistrar(http, 'Federation of Housing Co-operatives', {
      email: `registrar@${emailDomain}`,
      password,
    });
    await (await signInOperator(http, operator)).accredit(registrar.organisation);
    const partner = await registerPartner(http, 'Mutual Savings and Loans', {
      email: `partner@${emailDomain}`,
      password,
    });
    return { registrar, partner };
  });
  const { registrar, partner } = value;
  printer.paragraph(
    'Every organisation registers itself, and gets a DID and its own signing keys. The operator accredits the registrar: it may vouch for co-operatives in GB, for their legal identity and their co-operative status, up to the assurance level "substantial".',
  );
  printer.line();
  printer.line(`   Registrar  ${registrar.organisation.name}, ${registrar.organisation.did}`);
  printer.line(`   Partner    ${partner.organisation.name}, ${partner.organisation.did}`);
  printer.line();
  printer.paragraph(`Done in ${describeMs(ms)}.`);
  return value;
}

/** More rows than this are no story any more; a bar shows how far it is. */
const MOST_ROWS = 30;
const AT_ONCE = 3;

async function enrolCoops(
  http: HttpClient,
  registrar: Registrar,
  { coops, password, emailDomain, printer, progress }: StoryOptions,
): Promise<Passport[]> {
  printer.paragraph(
    'Each joins, fills in its dossier and applies. The registrar looks up name, number, jurisdiction and legal form in the public register, and calls the office back on the number that the register gives, to hear whether the applicant acts for this co-op. Every third asks for the co-operative status too, and attaches its rules, which the registrar inspects. Then it approves: the credential is signed, verified by the service itself, and only then handed out.',
  );
  const showRow = coops.length <= MOST_ROWS ? openEnrolmentTable(printer) : undefined;
  const bar = showRow ? undefined : createProgress(progress, coops.length);
  const { value: passports, ms } = await measure(() =>
    mapConcurrently(coops, AT_ONCE, async (coop, index) => {
      const signIn = { email: `${coop.registrationNumber.toLowerCase()}@${emailDomain}`, password };
      const passport = await enrolCoop(http, registrar, coop, signIn, membersOf(index));
      showRow?.(passport);
      bar?.advance();
      return passport;
    }),
  );
  bar?.finish();
  const issued = passports.reduce((sum, { credentials }) => sum + credentials.length, 0);
  printer.line();
  printer.paragraph(
    `${issued} credentials for ${coops.length} co-operatives in ${describeMs(ms)}, ${AT_ONCE} co-operatives at a time.`,
  );
  return passports;
}

/** Made up, for every third; the register does not say how many members a co-op has. */
function membersOf(index: number): Members | undefined {
  if (index % 3 !== 0) return undefined;
  const monthAgo = new Date(Date.now() - 30 * 86_400_000);
  return { count: 18 + ((index * 7) % 60), countedOn: monthAgo.toISOString().slice(0, 10) };
}

const NAME_WIDTH = 42;

function openEnrolmentTable(printer: Printer): (passport: Passport) => void {
  const steps = ['join', 'dossier', 'apply', 'check', 'approve'] as const;
  const row = printer.openTable([
    { title: 'Co-operative', width: NAME_WIDTH },
    { title: 'Passport', width: 8 },
    ...steps.map((title) => ({ title, width: 7, align: 'right' as const })),
  ]);
  return ({ register, credentials, steps: taken }) =>
    row([
      shorten(register.legalName, NAME_WIDTH),
      credentials.length === 1 ? 'identity' : '+ status',
      ...steps.map((step) => describeMs(taken[step])),
    ]);
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

async function showCredential(
  anybody: Verifier,
  { register, credentials }: Passport,
  printer: Printer,
): Promise<void> {
  printer.paragraph(
    `Not "verified", but what was checked, how, when, and against what. This is what anybody reads who verifies the legal identity of ${register.legalName}:`,
  );
  printer.line();
  const report = await anybody.verify(identityOf(credentials).token);
  for (const line of describeReport(report).trimEnd().split('\n')) printer.line(`     ${line}`.trimEnd());
}

async function verifyAll(
  anybody: Verifier,
  partner: Partner,
  passports: readonly Passport[],
  expectations: Expectations,
  printer: Printer,
): Promise<Outcome[]> {
  const all = passports.flatMap(({ register, credentials }) =>
    credentials.map(({ type, token }) => ({ what: `${type} of ${register.legalName}`, token })),
  );
  const verifyAs = async (verifier: Verifier) => {
    const times: number[] = [];
    let reportId: string | undefined;
    for (const { what, token } of all) {
      const { value: report, ms } = await measure(() => verifier.verify(token));
      requireVerdict(what, report, expectations.genuine);
      times.push(ms);
      reportId = report.id;
    }
    return { times, reportId };
  };
  const anonymous = await verifyAs(anybody);
  const signedIn = await verifyAs(partner);
  printer.paragraph(
    `By anybody, without an account: all ${all.length} accepted, ${describeMs(median(anonymous.times))} each (median, over HTTP). Nothing is stored.`,
  );
  printer.paragraph(
    `By the partner, signed in: all ${all.length} accepted, ${describeMs(median(signedIn.times))} each. Every report is stored for it, to be filed and read again.`,
  );
  if (signedIn.reportId === undefined) throw new Error("the partner's report was not stored");
  const stored = await partner.readReport(signedIn.reportId);
  requireVerdict('The stored report', stored, expectations.genuine);
  const outcome = { result: expectations.genuine.verdict, reasons: [] };
  return [
    { what: `All ${all.length}, by anybody`, ...outcome, ms: median(anonymous.times) },
    { what: `All ${all.length}, by the partner`, ...outcome, ms: median(signedIn.times) },
  ];
}
