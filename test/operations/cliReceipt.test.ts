import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { digestOf } from '../../src/credentials/receipts/digest.js';
import { signReceipt, type Receipt } from '../../src/credentials/receipts/receipt.js';
import { resultOf, CREDENTIAL_CHECKS, type CheckCode } from '../../src/credentials/verification/checks.js';
import { runCommand } from '../support/commandLine.js';
import { createKey, documentOf, signer, type TestKey } from '../support/issuer.js';

// Each command is a process that must first be compiled, which takes long where much else is going on.
vi.setConfig({ testTimeout: 60_000 });

const PASSES = {
  format: 'format/well-formed',
  signature: 'signature/valid',
  key: 'key/listed',
  issuer: 'issuer/bound',
  validity: 'validity/current',
  schema: 'schema/conforms',
  status: 'status/clear',
  accreditation: 'accreditation/accredited',
} as const satisfies Record<(typeof CREDENTIAL_CHECKS)[number], CheckCode>;
const CREDENTIAL = 'a.b.c';
const AT = new Date('2026-01-02T03:04:05.000Z');

let folder: string;
let host: Server;
let key: TestKey;
let document: object;
let receipt: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coop-passport-receipt-'));
  host = createServer((request, response) => {
    if (request.url !== '/orgs/partner/did.json') return void response.writeHead(404).end();
    response.setHeader('content-type', 'application/did+json');
    response.end(JSON.stringify(document));
  });
  await once(host.listen(0, '127.0.0.1'), 'listening');
  const { port } = host.address() as AddressInfo;
  key = createKey(`did:web:localhost%3A${port}:orgs:partner`);
  document = documentOf(key.did, [key]);
  receipt = await signed();
});
afterAll(async () => {
  host.close();
  await rm(folder, { recursive: true, force: true });
});

function signed(changes: Partial<Receipt> = {}): Promise<string> {
  const checks = CREDENTIAL_CHECKS.map((check) => resultOf(PASSES[check]));
  const grounds = { didDocuments: [], accreditations: [], issuances: [], documents: [] };
  return signReceipt(
    {
      verifierDid: key.did,
      id: 'https://passport.example/v1/verifications/1',
      issuedAt: AT,
      submitted: { kind: 'credential', digest: digestOf(CREDENTIAL) },
      restsOn: { ...grounds, statusLists: [{ url: 'https://x.example/\u001b[2J', digest: digestOf('x') }] },
      report: { verdict: 'accepted', verifiedAt: AT.toISOString(), checks },
      ...changes,
    },
    key,
    signer,
  );
}

async function put(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}
const check = (input: string, ...options: string[]) =>
  runCommand(['receipt', 'check', '-', ...options], { input });

test('resolves the verifier by the network, and says what was checked and what it rested on', async () => {
  const { code, stdout, stderr } = await check(receipt, '--allow-loopback');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^GENUINE\n/);
  for (const name of ['format', 'key', 'signature', 'date', 'report'])
    expect(stdout).toMatch(new RegExp(`^ {2}pass +${name} `, 'm'));
  expect(stdout).toContain(`Signed by  ${key.did} at 2026-01-02T03:04:05.000Z`);
  expect(stdout).toContain(digestOf(CREDENTIAL).value);
  expect(stdout).not.toContain('\u001b');
});

test('reaches no private address unless it is told to, and then cannot say', async () => {
  const { code, stdout } = await check(receipt);
  expect(code).toBe(4);
  expect(stdout).toMatch(/^UNDETERMINED/);
});

test('works offline with the DID document that was kept', async () => {
  const path = await put('did.json', JSON.stringify(document));
  const { code, stdout } = await check(receipt, '--did-document', path, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    verdict: 'genuine',
    receipt: { verifierDid: key.did, report: { verdict: 'accepted' } },
  });
  const other = createKey('did:web:other.example');
  const wrong = await put('other.json', JSON.stringify(documentOf(other.did, [other])));
  expect((await check(receipt, '--did-document', wrong)).code).toBe(3);
});

test('compares the credential, and takes a report that holds its receipt', async () => {
  const did = await put('did.json', JSON.stringify(document));
  const report = JSON.stringify({ verdict: 'accepted', receipt });
  const same = await put('credential.jwt', `${CREDENTIAL}\n`);
  const another = await put('another.jwt', 'a.b.d\n');
  expect((await check(report, '--did-document', did, '--credential', same)).code).toBe(0);
  const refused = await check(report, '--did-document', did, '--credential', another);
  expect(refused.code).toBe(3);
  expect(refused.stdout).toMatch(/^REFUSED/);
  // What is not genuine is not shown as if somebody had said it.
  expect(refused.stdout).not.toContain('Signed by');
});

test('refuses every twin that was tampered with', async () => {
  const did = await put('did.json', JSON.stringify(document));
  const [header = '', payload = '', signature = ''] = receipt.split('.');
  const edit = (part: string, from: string, to: string) =>
    Buffer.from(Buffer.from(part, 'base64url').toString().replace(from, to)).toString('base64url');
  const twins = [
    [header, edit(payload, '"verdict":"accepted"', '"verdict":"rejected"'), signature],
    [header, edit(payload, '03:04:05', '03:04:06'), signature],
    [edit(header, 'verification-receipt+jwt', 'vc+jwt'), payload, signature],
    [header, payload, `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`],
    [header, payload, ''],
  ].map((parts) => parts.join('.'));
  const lying = await signed({
    report: {
      verdict: 'accepted',
      verifiedAt: AT.toISOString(),
      checks: [resultOf('signature/invalid')],
    },
  });
  for (const twin of [...twins, lying, 'garbage'])
    expect((await check(twin, '--did-document', did)).code, twin).toBe(3);
});

test('says what is wrong with the files that it is given', async () => {
  const empty = await check('{}');
  expect(empty).toMatchObject({ code: 1, stdout: '' });
  expect(empty.stderr).toContain('There is no receipt in -.');
  expect((await check(receipt, '--did-document', join(folder, 'missing.json'))).code).toBe(1);
  expect((await runCommand(['receipt', 'check'])).code).toBe(2);
  const help = await runCommand(['receipt', 'check', '--help']);
  expect(help.code).toBe(0);
  expect(help.stdout).toContain('0 genuine, 1 error, 2 wrong usage, 3 refused, 4 undetermined');
});
