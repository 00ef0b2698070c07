import { checkReceipt } from '../credentials/receipts/checkReceipt.js';
import type { Passport } from './enrolment.js';
import { requireVerdict, UnexpectedOutcome } from './expectations.js';
import { describeMs } from './printing.js';
import type { Partner } from './roles.js';
import { measure } from './timing.js';
import { identityOf, judge, type Outcome, type Stage } from './trials.js';

/** Years later somebody asks why: the receipt says what was decided, and what would have been said then is said again. */
export async function keepReceipt(
  stage: Stage,
  partner: Partner,
  { register, credentials }: Passport,
): Promise<Outcome[]> {
  const { printer, registrar, expectations } = stage;
  const { id, token } = identityOf(credentials);
  const { report, receipt } = await partner.verifyForReceipt(token);
  requireVerdict('With a receipt', report, expectations.genuine);
  printer.paragraph(
    `The partner verifies the legal identity of ${register.legalName}, and has the report signed with its own key, with digests of everything that it rested on. Then the registrar revokes the credential.`,
  );
  await registrar.revoke(id, 'Dissolved by its members');
  const now = await judge(stage, 'Revoked after the receipt', token, expectations.revoked);

  const { value: checked, ms } = await measure(() => checkByAnybody(stage, receipt, token));
  printer.line();
  printer.paragraph(
    `The receipt is what it was. Anybody checks it, with the partner's DID document and nothing else: ${checked.join(', ')} (${describeMs(ms)}).`,
  );
  const { value: past, ms: pastMs } = await measure(() => partner.verifyAsOf(token, report.verifiedAt));
  requireVerdict('As of before', past, expectations.genuine);
  const since = past.since.map(({ code, at }) => `${code} at ${at}`);
  if (!since.some((text) => text.startsWith('credential.revoked')))
    throw new UnexpectedOutcome(
      `As of before: expected the revocation in since[], got ${since.join(', ') || 'nothing'}.`,
    );
  printer.line();
  printer.paragraph('And the service says again what an honest verifier would have said at that instant:');
  const verdict = printer.paint(past.verdict.toUpperCase().padEnd(12), 'good');
  printer.line(`     ${verdict}  ${describeMs(pastMs).padStart(6)}  as of ${past.asOf}`);
  for (const text of since) printer.line(`${' '.repeat(27)}since then: ${text}`);
  return [
    now,
    { what: 'The receipt of before', result: 'accepted', reasons: [], ms },
    { what: 'As of before', result: past.verdict, reasons: [], ms: pastMs },
  ];
}

/** @returns what was checked; rejects where the receipt is not genuine */
async function checkByAnybody({ http }: Stage, receipt: string, credential: string): Promise<string[]> {
  const result = await checkReceipt(receipt, {
    now: new Date(),
    submitted: credential,
    sources: {
      resolveDid: async (did) => ({
        document: await http.get(`/orgs/${did.split(':').at(-1) ?? ''}/did.json`),
      }),
    },
  });
  if (result.verdict !== 'genuine')
    throw new UnexpectedOutcome(`The receipt: expected genuine, got ${result.verdict}.`);
  return result.checks.map(({ check, outcome }) => `${check} ${outcome}`);
}
