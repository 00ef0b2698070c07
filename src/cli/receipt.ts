import { Command } from 'commander';
import type { DidDocument } from '../credentials/did/document.js';
import type { ReceiptVerdict } from '../credentials/receipts/checkReceipt.js';
import type { VerificationSources } from '../credentials/verification/sources.js';
import { EXIT_OF_RECEIPT } from './exitCodes.js';
import { readInput } from './input.js';
import { toPlainJson } from './plainText.js';
import { describeReceipt } from './receiptText.js';

interface CheckOptions {
  readonly json?: true;
  readonly credential?: string;
  readonly didDocument?: string;
  readonly allowLoopback?: true;
}

export function receiptCommand(): Command {
  return new Command('receipt').description('look at a receipt of a verification').addCommand(checkCommand());
}

function checkCommand(): Command {
  return new Command('check')
    .description('check that a receipt of a verification is genuine, without the service that gave it')
    .argument(
      '<file>',
      'the receipt, or the JSON of a report that has one in "receipt"; - reads standard input',
    )
    .option('--credential <path>', 'the credential or presentation that the receipt is said to be of')
    .option(
      '--did-document <path>',
      "the verifier's DID document from a file: nothing is asked of the network then",
    )
    .option('--allow-loopback', 'resolve a DID of this machine; for trying out')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
It is genuine if the verifier that it names has signed exactly this, with a key that its DID document lists. Whether what the
report says was right, and still is, is for you to judge: the digests in it say what it rested on.

A key that was compromised later leaves the receipt undetermined: only the verifier's own record says that it is older.

Exit status: 0 genuine, 1 error, 2 wrong usage, 3 refused, 4 undetermined.

Examples:
  $ coop-passport receipt check receipt.jwt
  $ coop-passport receipt check report.json --credential credential.jwt
  $ coop-passport receipt check receipt.jwt --did-document did.json --json`,
    )
    .action(runCheck);
}

async function runCheck(file: string, options: CheckOptions): Promise<void> {
  const [{ checkReceipt }, { MAX_RECEIPT_LENGTH }] = await Promise.all([
    import('../credentials/receipts/checkReceipt.js'),
    import('../credentials/receipts/receipt.js'),
  ]);
  const token = findReceipt(await readInput(file, 2 * MAX_RECEIPT_LENGTH), file);
  const submitted = options.credential === undefined ? undefined : await readInput(options.credential);
  const verdict = await withResolver(options, (resolveDid) =>
    checkReceipt(token, { now: new Date(), sources: { resolveDid }, submitted }),
  );
  process.stdout.write(options.json ? `${toPlainJson(toWire(verdict))}\n` : describeReceipt(verdict));
  process.exitCode = EXIT_OF_RECEIPT[verdict.verdict];
}

/** As it stands, or out of the report with which it was answered. */
function findReceipt(text: string, file: string): string {
  if (!text.startsWith('{')) return text;
  const { receipt } = readJson(text, file) as { receipt?: unknown };
  if (typeof receipt !== 'string') throw new Error(`There is no receipt in ${file}.`);
  return receipt;
}

type ResolveDid = VerificationSources['resolveDid'];

/** By the network as the service itself does it: no private address, no redirect, bounded. Or from the file that was given. */
async function withResolver<T>(
  { didDocument, ...options }: CheckOptions,
  work: (resolveDid: ResolveDid) => Promise<T>,
): Promise<T> {
  if (didDocument !== undefined) {
    const document = readJson(await readInput(didDocument), didDocument);
    return work(async () => ({ document }));
  }
  const [{ createOutboundHttp }, { createDidResolver }, { FactCache }] = await Promise.all([
    import('../adapters/outboundHttp.js'),
    import('../adapters/didResolution.js'),
    import('../kernel/factCache.js'),
  ]);
  const allowLoopback = options.allowLoopback === true;
  const http = createOutboundHttp({ allowLoopback });
  const cache = () =>
    new FactCache<string, DidDocument>({ maxEntries: 1, ttlSeconds: 60, now: () => new Date().getTime() });
  const { resolveDid } = createDidResolver({
    own: async () => undefined,
    http,
    allowLoopback,
    ownDocuments: cache(),
    foreignDocuments: cache(),
  });
  try {
    return await work(resolveDid);
  } finally {
    await http.close();
  }
}

function readJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is not JSON.`);
  }
}

function toWire({ verdict, checks, receipt }: ReceiptVerdict): object {
  return {
    verdict,
    checks,
    ...(receipt && { receipt: { ...receipt, issuedAt: receipt.issuedAt.toISOString() } }),
  };
}
