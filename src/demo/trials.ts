import { decidingChecks } from '../cli/reportText.js';
import type { Report } from '../cli/verificationRequest.js';
import type { FieldProof } from '../credentials/dossier/commitment.js';
import type { Verdict } from '../credentials/verification/checks.js';
import {
  CALLED_BACK_IN_VAIN,
  lookUpInRegister,
  type Passport,
  type PassportCredential,
} from './enrolment.js';
import { requireRefusal, requireVerdict, type Expectations, type ExpectedVerdict } from './expectations.js';
import { changeClaim, signAsStranger } from './forgery.js';
import { composeDossier } from './housingCoops.js';
import type { HttpClient } from './httpClient.js';
import { describeMs, type Printer } from './printing.js';
import { LEGAL_IDENTITY, registerCoop, type Registrar, type SignIn, type Verifier } from './roles.js';
import { measure, type Timed } from './timing.js';

/** One line of the summary. */
export interface Outcome {
  readonly what: string;
  /** Of a verification its verdict; of everything else what came of it. */
  readonly result: Verdict | 'refused' | 'withheld' | 'released' | 'told';
  /** Codes of what decided, none where it was accepted; or what there is to count. */
  readonly reasons: readonly string[];
  readonly ms: number;
}

/** Who and what a trial needs. */
export interface Stage {
  readonly http: HttpClient;
  readonly printer: Printer;
  readonly registrar: Registrar;
  readonly anybody: Verifier;
  readonly expectations: Expectations;
  readonly signal?: AbortSignal;
}

export async function tamper(stage: Stage, { register, credentials }: Passport): Promise<Outcome> {
  const { legalName, registrationNumber } = register;
  const changed = changeClaim(identityOf(credentials).token, 'registrationNumber', 'C9999');
  stage.printer.line();
  stage.printer.paragraph(
    `Tampered with. Somebody changes one claim in the credential of ${legalName}: the registration number, from ${registrationNumber} to C9999.`,
  );
  return judge(stage, 'One claim changed', changed, stage.expectations.tampered);
}

export async function signUnaccredited(stage: Stage, { register, credentials }: Passport): Promise<Outcome> {
  const forged = await signAsStranger(identityOf(credentials).token, stage.http.publicUrl);
  stage.printer.line();
  stage.printer.paragraph(
    `Signed by a body that nobody accredited. It says the same of ${register.legalName}, and signs it properly with a key of its own (a did:key). The signature is good; the signer's word is not.`,
  );
  return judge(stage, 'Signed by an unaccredited body', forged, stage.expectations.unaccredited);
}

export async function suspendAndReinstate(
  stage: Stage,
  { register, credentials }: Passport,
): Promise<Outcome[]> {
  const { printer, registrar, expectations } = stage;
  const { id, token } = identityOf(credentials);
  const suspended = await measure(() => registrar.suspend(id, 'The register shows a change of name'));
  printer.line();
  printer.paragraph(
    `Suspended. The registrar suspends the credential of ${register.legalName}, pending a question (${describeMs(suspended.ms)}, until the signed status list that says so was being served).`,
  );
  const first = await judge(stage, 'Suspended', token, expectations.suspended);
  const reinstated = await measure(() => registrar.reinstate(id, 'The question is settled'));
  printer.line();
  printer.paragraph(
    `Reinstated. The question is settled, and the same credential is good again (${describeMs(reinstated.ms)}).`,
  );
  return [first, await judge(stage, 'Reinstated', token, expectations.reinstated)];
}

export async function revoke(stage: Stage, { register, credentials }: Passport): Promise<Outcome> {
  const { id, token } = identityOf(credentials);
  const revoked = await measure(() => stage.registrar.revoke(id, 'Removed from the register'));
  stage.printer.line();
  stage.printer.paragraph(
    `Revoked. The registrar revokes the credential of ${register.legalName}, for good (${describeMs(revoked.ms)}).`,
  );
  return judge(stage, 'Revoked', token, stage.expectations.revoked);
}

/** A real co-op's name and number are public, so anybody can apply with them; what they cannot do is answer its telephone. */
export async function impersonate(stage: Stage, { register }: Passport, signIn: SignIn): Promise<Outcome> {
  const { printer, registrar, expectations } = stage;
  printer.line();
  printer.paragraph(
    `An impostor registers as ${register.legalName} and applies with its real name and number. The register confirms both, for they are real. Then the registrar calls the office on the number in the register, and there nobody knows of it: the check of /representation is refuted. The registrar tries to approve all the same:`,
  );
  const impostor = await registerCoop(stage.http, register.legalName, signIn);
  await impostor.fillInDossier(composeDossier(register));
  const application = await impostor.apply(registrar.organisation, [LEGAL_IDENTITY]);
  for (const finding of [...lookUpInRegister(register), CALLED_BACK_IN_VAIN]) {
    await registrar.recordCheck(application, finding);
  }
  const attempt = await measure(() => registrar.failToApprove(application, expectations.impostor.status));
  const problem = attempt.value;
  requireRefusal('The impostor', problem, expectations.impostor);
  const fields = (problem.errors ?? []).map(({ pointer, detail }) => `${pointer}: ${detail}`);
  printer.line(
    `     ${printer.paint(`${problem.status} REFUSED`.padEnd(12), 'bad')}  ${describeMs(attempt.ms).padStart(6)}  ${problem.code}: ${problem.title}`,
  );
  for (const field of fields) printer.line(`${' '.repeat(27)}${field}`);
  await registrar.refuse(application, 'You do not act for this co-operative.');
  return { what: 'An impostor applies', result: 'refused', reasons: [problem.code], ms: attempt.ms };
}

export async function judge(
  stage: Stage,
  what: string,
  token: string,
  expected: ExpectedVerdict,
  fields?: readonly FieldProof[],
): Promise<Outcome> {
  const verified = await measure(() => stage.anybody.verify(token, fields));
  return pronounce(stage.printer, what, verified, expected);
}

/** Tells a verdict with its reasons. Throws where it is not the expected one. */
export function pronounce(
  printer: Printer,
  what: string,
  { value: report, ms }: Timed<Report>,
  expected: ExpectedVerdict,
): Outcome {
  // The one that the story is about comes first.
  const reasons = decidingChecks(report).sort(
    (a, b) => Number(b.code === expected.reason) - Number(a.code === expected.reason),
  );
  const style = report.verdict === 'accepted' ? 'good' : 'bad';
  const verdict = printer.paint(report.verdict.toUpperCase().padEnd(12), style);
  const [first = 'every check passed', ...others] = reasons.map(({ code, detail }) => `${code}: ${detail}`);
  printer.line(`     ${verdict}  ${describeMs(ms).padStart(6)}  ${first}`);
  for (const other of others) printer.line(`${' '.repeat(27)}${other}`);
  requireVerdict(what, report, expected);
  return { what, result: report.verdict, reasons: reasons.map(({ code }) => code), ms };
}

export function identityOf(credentials: readonly PassportCredential[]): PassportCredential {
  return credentialOf(credentials, LEGAL_IDENTITY);
}

export function credentialOf(credentials: readonly PassportCredential[], wanted: string): PassportCredential {
  const found = credentials.find(({ type }) => type === wanted);
  if (!found) throw new Error(`a passport lacks the ${wanted}`);
  return found;
}
