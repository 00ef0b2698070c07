import { checkReceipt } from '../credentials/receipts/checkReceipt.js';
import { digestOf } from '../credentials/receipts/digest.js';
import type { Decision } from './board.js';
import { requireVerdict, UnexpectedOutcome } from './expectations.js';
import { describeMs } from './printing.js';
import { startReceiver, type Receiver } from './receiver.js';
import type { Partner } from './roles.js';
import { measure } from './timing.js';
import { judge, type Outcome, type Stage } from './trials.js';

/** The partner is told that what it relied on is over, and can show why it decided as it did. */
export async function keepReceipt(stage: Stage, partner: Partner, decision: Decision): Promise<Outcome[]> {
  const receiver = await startReceiver();
  try {
    const told = await revokeAndTell(stage, partner, decision, receiver);
    const { token } = decision.credential;
    stage.printer.line();
    stage.printer.paragraph('Whoever verifies it from now on reads:');
    const now = await judge(stage, 'Revoked after the receipt', token, stage.expectations.revoked);
    return [told, now, await showReceipt(stage, decision), await showPast(stage, partner, decision)];
  } finally {
    await receiver.close();
  }
}

const REVOKED = 'credential.revoked';

async function revokeAndTell(
  { printer, registrar, signal }: Stage,
  partner: Partner,
  { credential, relianceId }: Decision,
  receiver: Receiver,
): Promise<Outcome> {
  const secret = await partner.subscribe(receiver.url, REVOKED);
  printer.paragraph(
    'Later the registrar learns that the election was void, and revokes the KycDossierCredential. The partner does not have to ask; it has given an address at which it is told, and checks the signature of what comes there:',
  );
  const { value: event, ms } = await measure(async () => {
    await registrar.revoke(credential.id, 'The election of the board was void');
    return receiver.receive(secret, signal);
  });
  const { type, data } = event;
  const isAboutIt =
    type === REVOKED && data.credential?.id === credential.id && data.relianceIds?.includes(relianceId);
  if (!isAboutIt)
    throw new UnexpectedOutcome(`Expected to be told of ${REVOKED} under the reliance, got ${type}.`);
  const verdict = printer.paint('TOLD'.padEnd(12), 'good');
  printer.line(`     ${verdict}  ${describeMs(ms).padStart(6)}  ${type}: ${credential.type}`);
  if (!(await partner.listEvents()).some(({ id }) => id === event.id))
    throw new UnexpectedOutcome('Expected the event that was delivered in /v1/events, and it is not there.');
  printer.line(`${' '.repeat(27)}the same, by the same id, in GET /v1/events`);
  return { what: 'The partner is told', result: 'told', reasons: [type], ms };
}

async function showReceipt(stage: Stage, decision: Decision): Promise<Outcome> {
  const { value: checked, ms } = await measure(() => checkByAnybody(stage, decision));
  stage.printer.line();
  stage.printer.paragraph(
    `The receipt is what it was. Anybody checks it, with the partner's DID document and nothing else: ${checked.join(', ')} (${describeMs(ms)}). It is of this credential and of these three names.`,
  );
  return { what: 'The receipt of before', result: 'accepted', reasons: [], ms };
}

/** @returns what was checked; rejects where the receipt is not genuine */
async function checkByAnybody({ http }: Stage, { receipt, credential, fields }: Decision): Promise<string[]> {
  const result = await checkReceipt(receipt, {
    now: new Date(),
    submitted: credential.token,
    sources: {
      resolveDid: async (did) => ({
        document: await http.get(`/orgs/${did.split(':').at(-1) ?? ''}/did.json`),
      }),
    },
  });
  if (result.verdict !== 'genuine')
    throw new UnexpectedOutcome(`The receipt: expected genuine, got ${result.verdict}.`);
  if (JSON.stringify(result.receipt?.submitted.fields) !== JSON.stringify(digestOf(fields)))
    throw new UnexpectedOutcome('The receipt: expected it to be of the names, and it is of something else.');
  return result.checks.map(({ check, outcome }) => `${check} ${outcome}`);
}

async function showPast(
  { printer, expectations }: Stage,
  partner: Partner,
  { credential, fields, report }: Decision,
): Promise<Outcome> {
  const { value: past, ms } = await measure(() =>
    partner.verifyAsOf(credential.token, fields, report.verifiedAt),
  );
  requireVerdict('As of before', past, expectations.genuine);
  const since = past.since.map(({ code, at }) => `${code} at ${at}`);
  if (!since.some((text) => text.startsWith(REVOKED)))
    throw new UnexpectedOutcome(
      `As of before: expected the revocation in since[], got ${since.join(', ') || 'nothing'}.`,
    );
  printer.line();
  printer.paragraph('And the service says again what an honest verifier would have said at that instant:');
  const verdict = printer.paint(past.verdict.toUpperCase().padEnd(12), 'good');
  printer.line(`     ${verdict}  ${describeMs(ms).padStart(6)}  as of ${past.asOf}`);
  for (const text of since) printer.line(`${' '.repeat(27)}since then: ${text}`);
  return { what: 'As of before', result: past.verdict, reasons: [], ms };
}
