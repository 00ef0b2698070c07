import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXIT_OF_VERDICT } from './exitCodes.js';
import { readInput } from './input.js';
import { toPlainJson } from './plainText.js';
import { describeReport } from './reportText.js';
import { requestVerification, type Report, type Submission } from './verificationRequest.js';

export const DEFAULT_URL = 'http://localhost:3000';

interface VerifyOptions {
  readonly url: URL;
  readonly json?: true;
  readonly tokenFile?: string;
  readonly audience?: string;
  readonly nonce?: string;
  readonly fields?: string;
  readonly asOf?: string;
  readonly receipt?: string;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('verify a credential or a presentation against a running service')
    .argument(
      '<file>',
      'the secured credential or presentation: a token of any format, or a JSON document; - reads standard input',
    )
    .addOption(
      new Option('--url <url>', 'the service to ask')
        .env('COOP_PASSPORT_URL')
        .argParser(parseServiceUrl)
        .default(new URL(DEFAULT_URL), DEFAULT_URL),
    )
    .option('--json', 'print the report as JSON')
    .option(
      '--token-file <path>',
      'verify signed in, with the access token in this file; the report is then stored',
    )
    .option('--audience <audience>', 'verify a presentation that was made for this audience; with --nonce')
    .option('--nonce <nonce>', 'the nonce that the presentation must carry; with --audience')
    .option(
      '--fields <path>',
      'fields of a dossier with their proofs (JSON), to be proven against the KycDossierCredential in <file>',
    )
    .option(
      '--as-of <instant>',
      'what an honest verifier would have said then (RFC 3339), and what was learned since; with --token-file',
    )
    .option(
      '--receipt <path>',
      'have the report signed by your organisation, and write the receipt to this file; with --token-file',
    )
    .addHelpText(
      'after',
      `
A credential is a vc+jwt, vc+sd-jwt, dc+sd-jwt or VC-JWT 1.1, a document with Data Integrity proofs, or one of these in an envelope.
A presentation is a vp+jwt or VP-JWT 1.1, a document with proofs, one of these in an envelope, or an SD-JWT with its key binding.

The report goes to standard output, everything else to standard error.
Exit status: 0 accepted, 1 error, 2 wrong usage, 3 rejected, 4 undetermined.

Examples:
  $ coop-passport verify credential.jwt
  $ coop-passport verify credential.json
  $ curl -s … | coop-passport verify - --json --url https://passport.example
  $ coop-passport verify presentation.jwt --audience https://bank.example --nonce n-0S6_WzA2Mj
  $ coop-passport verify dossier.jwt --fields board.json
  $ coop-passport verify credential.jwt --token-file ~/.coop-passport-token --receipt receipt.jwt
  $ coop-passport verify credential.jwt --token-file ~/.coop-passport-token --as-of 2026-03-01T12:00:00Z`,
    )
    .action(runVerify);
}

async function runVerify(file: string, options: VerifyOptions, command: Command): Promise<void> {
  const { url, audience, nonce, tokenFile, fields, asOf, receipt } = options;
  if ((audience === undefined) !== (nonce === undefined)) {
    command.error('error: a presentation needs both --audience and --nonce');
  }
  if (fields !== undefined && audience !== undefined) {
    command.error('error: fields are proven against a credential, not against a presentation');
  }
  if (tokenFile === undefined && (asOf !== undefined || receipt !== undefined)) {
    command.error('error: --as-of and --receipt are for who signs in, with --token-file');
  }
  if (tokenFile !== undefined && !isPrivate(url)) {
    command.error('error: an access token is sent over https only, or to this machine');
  }
  const accessToken = tokenFile === undefined ? undefined : await readInput(tokenFile);
  const text = await readInput(file);
  const submission: Submission =
    audience === undefined || nonce === undefined
      ? { credential: text, ...(fields !== undefined && { fields: await readFields(fields) }) }
      : { presentation: text, audience, nonce };
  if (!isPrivate(url))
    process.stderr.write(`Anybody on the way could have changed what ${url.origin} answers.\n`);
  const wanted = {
    ...(asOf !== undefined && { asOf }),
    ...(receipt !== undefined && { receipt: true as const }),
  };
  const report = await requestVerification(url, { ...submission, ...wanted }, accessToken);
  if (receipt !== undefined) await writeReceipt(receipt, report);
  process.stdout.write(options.json ? `${toPlainJson(report)}\n` : describeReport(report));
  process.exitCode = EXIT_OF_VERDICT[report.verdict];
}

async function writeReceipt(path: string, { receipt }: Report): Promise<void> {
  if (receipt === undefined) throw new Error('The service gave no receipt.');
  // It holds what the report shows. One that is there already is somebody's evidence, and is not written over.
  await writeFile(path, `${receipt}\n`, { mode: 0o600, flag: 'wx' });
}

/** As the dossier's proofs are answered, or the list of them alone; what they hold, the service judges. */
async function readFields(path: string): Promise<unknown> {
  const text = await readInput(path);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error(`${path} is not JSON.`);
  }
  return Array.isArray(content) ? content : (content as { fields?: unknown } | null)?.fields;
}

export function parseServiceUrl(text: string): URL {
  // An empty variable means an absent one, as everywhere in the configuration.
  const url = URL.canParse(text === '' ? DEFAULT_URL : text)
    ? new URL(text === '' ? DEFAULT_URL : text)
    : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.username || url.password) {
    throw new InvalidArgumentError('It must be an address such as https://passport.example, without a path.');
  }
  return url;
}

export function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
