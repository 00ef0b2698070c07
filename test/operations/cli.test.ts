import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { confirmInstallation } from '../../src/adapters/database/settings.js';
import { describeReport } from '../../src/cli/reportText.js';
import type { Report } from '../../src/cli/verificationRequest.js';
import { readConfig } from '../../src/config.js';
import { importJwk, toMultikey } from '../../src/credentials/keys.js';
import { prepareVpJwt, signVpJwt } from '../../src/credentials/securing/vpJwt.js';
import { changeClaim } from '../../src/demo/forgery.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { openInstallation } from '../../src/start.js';
import { silentLogger, startApp, type TestApp } from '../support/app.js';
import { seedDataDir } from '../support/dataDirectory.js';
import { runCommand } from '../support/commandLine.js';
import { createDidKeyIssuer, issue, sampleCredential } from '../support/dataIntegrity.js';
import { createKey, forgeToken, signer } from '../support/issuer.js';
import { foundNetwork, issueLegalIdentity, type Registered } from '../support/network.js';
import { AUDIENCE, forgeKeyBinding, forgeSdJwt, NONCE } from '../support/sdJwt.js';

// Each command is a process that must first be compiled, which takes long where much else is going on.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
const inFolder = async (name: string, text: string) => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coop-passport-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('coop-passport verify, against a service that listens', () => {
  let t: TestApp;
  let network: Registered;
  let token: string;
  let url: string;

  beforeAll(async () => {
    t = await startApp();
    network = await foundNetwork(t);
    ({ token } = await issueLegalIdentity(network.coop, network.registrar));
    await t.app.server.listen({ port: 0, host: '127.0.0.1' });
    url = `http://127.0.0.1:${(t.app.server.server.address() as AddressInfo).port}`;
  });
  afterAll(() => t.close());

  test('prints verdict, checks, issuer, subject and evidence of a good credential, and exits 0', async () => {
    const result = await runCommand(['verify', await inFolder('good.jwt', token), '--url', url]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout.split('\n')[0]).toBe('ACCEPTED');
    expect(result.stdout).toMatch(/^ {2}pass +status\/clear +Neither revoked nor suspended\.$/m);
    expect(result.stdout).toContain(`${network.registrar.name}  ${network.registrar.did}`);
    expect(result.stdout).toContain(`Albion Housing Co-operative Limited  ${network.coop.did}`);
    expect(result.stdout).toMatch(
      /^ {2}\/representation +callback +Regulator of Social Housing +2026-11-20T/m,
    );
  });

  test('reads standard input, takes the address from the environment, and prints the report as JSON', async () => {
    const result = await runCommand(['verify', '-', '--json'], {
      input: `${token}\n`,
      environment: { COOP_PASSPORT_URL: url },
    });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toMatchObject({ verdict: 'accepted' });
  });

  test('exits 3 for a rejected credential, the reason on top', async () => {
    const input = changeClaim(token, 'registrationNumber', 'C9999');
    const { code, stdout } = await runCommand(['verify', '-', '--url', url], { input });
    expect(code).toBe(3);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'REJECTED',
      '  The signature does not fit this content and key. (signature/invalid)',
    ]);
  });

  test('exits 4 where it could not be checked', async () => {
    const key = createKey('did:example:somebody');
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object;
    const input = forgeToken(
      key,
      { alg: 'ES256', typ: 'vc+jwt', kid: key.kid },
      { ...payload, issuer: key.did },
    );
    const { code, stdout } = await runCommand(['verify', '-', '--url', url], { input });
    expect(stdout).toContain('key/method-not-supported');
    expect(code).toBe(4);
  });

  test('verifies signed in with a token from a file, so that the report is stored', async () => {
    const session = await t.api.post('/v1/sessions', {
      email: network.partner.email,
      password: network.partner.password,
    });
    const tokenFile = await inFolder('access-token', `${session.body.accessToken}\n`);
    const { code, stdout } = await runCommand(
      ['verify', '-', '--url', url, '--json', '--token-file', tokenFile],
      { input: token },
    );
    expect(code).toBe(0);
    const { id } = JSON.parse(stdout) as { id: string };
    expect((await network.partner.api.get(`/v1/verifications/${id}`)).status).toBe(200);
  });

  test('signed in, has the report signed, and asks what was to be said before', async () => {
    const { email, password } = network.partner;
    const session = await t.api.post('/v1/sessions', { email, password });
    const tokenFile = await inFolder('another-token', session.body.accessToken);
    const asked = ['verify', '-', '--url', url, '--token-file', tokenFile];
    const receipt = join(folder, 'receipt.jwt');
    const signed = await runCommand([...asked, '--receipt', receipt], { input: token });
    expect(signed).toMatchObject({ code: 0, stderr: '' });
    const document = await t.api.get(`/orgs/${network.partner.slug}/did.json`);
    const did = await inFolder('did.json', document.text);
    const credential = await inFolder('checked.jwt', token);
    const check = ['receipt', 'check', receipt, '--did-document', did, '--credential', credential];
    expect((await runCommand(check)).stdout).toMatch(/^GENUINE/);
    // It is evidence: nothing is written over it.
    expect((await runCommand([...asked, '--receipt', receipt], { input: token })).code).toBe(1);
    const past = await runCommand([...asked, '--as-of', '2020-01-01T00:00:00Z'], { input: token });
    expect(past.code).toBe(3);
    expect(past.stdout).toContain('As of 2020-01-01T00:00:00.000Z');
    expect(past.stdout).toMatch(/Learned since\n {2}\S+ {2}It was issued only then\. \(credential\.issued\)/);
  });

  test('verifies a presentation for an audience and a nonce', async () => {
    const stranger = createKey('did:key:pending');
    const imported = importJwk(stranger.jwk);
    if (!imported) throw new Error('a fresh key is not usable');
    const did = `did:key:${toMultikey(imported)}`;
    const key = { ...stranger, did, kid: `${did}#${did.slice('did:key:'.length)}` };
    const presentation = prepareVpJwt({
      holder: did,
      audience: 'https://bank.example',
      nonce: 'fresh',
      credentials: [token],
      issuedAt: t.clock.now(),
      expiresAt: addSeconds(t.clock.now(), 300),
    });
    const input = await signVpJwt(presentation, key, signer);
    const { code, stdout } = await runCommand(
      ['verify', '-', '--url', url, '--audience', 'https://bank.example', '--nonce', 'other'],
      { input },
    );
    expect(stdout).toMatch(/pass +audience\/matches/);
    expect(stdout).toMatch(/fail +nonce\/mismatch/);
    expect(code).toBe(3);
  });

  test('verifies a JSON document, and sends its text, so that a member that stands twice is seen', async () => {
    const issuer = createDidKeyIssuer('Ed25519');
    const secured = await issue(sampleCredential(issuer.did), issuer, {
      cryptosuite: 'eddsa-jcs-2022',
      created: '2026-11-20T08:00:00Z',
    });
    const good = await inFolder('good.json', JSON.stringify(secured, null, 2));
    expect((await runCommand(['verify', good, '--url', url])).stdout).toMatch(/^ {2}pass +signature\/valid/m);
    const input = JSON.stringify(secured).replace('{', '{"issuer":"did:web:mallory.example",');
    const { code, stdout } = await runCommand(['verify', '-', '--url', url], { input });
    expect(stdout).toMatch(/fail +format\/malformed/);
    expect(code).toBe(3);
  });

  test('verifies an SD-JWT with its key binding as a presentation', async () => {
    const holder = createKey('did:example:holder');
    const claims = { iss: network.registrar.did, vct: 'https://a.example/types/1', cnf: { jwk: holder.jwk } };
    const presented = forgeSdJwt(claims, [], { typ: 'dc+sd-jwt', key: createKey(network.registrar.did) });
    const input = presented + forgeKeyBinding(presented, { key: holder });
    const { code, stdout } = await runCommand(
      ['verify', '-', '--url', url, '--audience', AUDIENCE, '--nonce', NONCE],
      { input },
    );
    expect(stdout).toMatch(/pass +format\/well-formed/);
    expect(stdout).toMatch(/fail +key\/not-found/);
    expect(code).toBe(3);
  });

  test('exits 1 and prints the problem when the service refuses the request', async () => {
    const tokenFile = await inFolder('bad-token', 'not-a-token');
    const result = await runCommand(['verify', '-', '--url', url, '--token-file', tokenFile], {
      input: token,
    });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('Sign in first');
    expect(result.stderr).not.toContain('not-a-token');
  });
});

describe('a command that cannot do its work', () => {
  test.each([
    ['no command', []],
    ['an unknown command', ['certify']],
    ['a missing argument', ['verify']],
    ['half of a presentation', ['verify', '-', '--audience', 'https://bank.example']],
    ['a receipt without signing in', ['verify', '-', '--receipt', 'receipt.jwt']],
    ['an address that is none', ['verify', '-', '--url', 'passport.example']],
    ['a token over plain http', ['verify', '-', '--url', 'http://passport.example', '--token-file', 'token']],
  ])('exits 2 for wrong usage: %s', async (_what, args) => {
    const result = await runCommand(args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).not.toBe('');
  });

  test.each([
    [
      'a service that does not run',
      ['verify', '-', '--url', 'http://127.0.0.1:9'],
      'Is the service running?',
    ],
    ['a file that is not there', ['verify', '/nowhere/credential.jwt'], 'no such file'],
  ])('exits 1, and says why on standard error: %s', async (_what, args, words) => {
    const result = await runCommand(args, { input: 'a credential' });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain(words);
  });

  test('exits 1 for an empty input, which is not a verdict', async () => {
    const result = await runCommand(['verify', '-']);
    expect(result).toEqual({ code: 1, stdout: '', stderr: 'There is nothing in standard input.\n' });
  });
});

test('a credential cannot steer the terminal', () => {
  const report: Report = {
    verdict: 'accepted',
    verifiedAt: '2026-11-20T09:00:00.000Z',
    checks: [],
    credential: {
      type: ['VerifiableCredential', 'Something'],
      issuer: { did: 'did:web:passport.test' },
      subject: { name: 'Evil\u001b[2J\u009b1A\u202eCo-op\nACCEPTED' },
      evidence: [],
    },
  };
  expect(describeReport(report)).toContain('Subject    Evil\ufffd[2J\ufffd1A\ufffdCo-op\ufffdACCEPTED\n');
});

describe('commands that work on an installation', () => {
  const OPERATOR = { email: 'operator@passport.test', password: 'what it was before' };
  let environment: { DATA_DIR: string; PUBLIC_URL: string };
  const open = () =>
    openInstallation(readConfig({ ...environment, LOG_LEVEL: 'silent' }), silentLogger, confirmInstallation);

  beforeAll(async () => {
    environment = { DATA_DIR: join(folder, 'data'), PUBLIC_URL: 'https://passport.test' };
    await seedDataDir(environment.DATA_DIR);
  });

  test('refuse to touch an embedded database that the service has open', async () => {
    const service = await open();
    try {
      await service.app.accounts.people.ensureOperator(OPERATOR);
      const result = await runCommand(['migrate'], { environment });
      expect(result).toMatchObject({ code: 1, stdout: '' });
      expect(result.stderr).toContain(`Another process is using ${environment.DATA_DIR}.`);
    } finally {
      await service.close();
    }
  });

  test('reset-password takes the new password from standard input, and the old one is good no more', async () => {
    const password = 'what it is from now on';
    const result = await runCommand(['reset-password', OPERATOR.email, '--password-stdin'], {
      environment,
      input: `${password}\n`,
    });
    expect(result).toMatchObject({ code: 0, stdout: 'The password has been changed.\n' });
    const { app, close } = await open();
    const signIn = (payload: object) => app.server.inject({ method: 'POST', url: '/v1/sessions', payload });
    try {
      expect((await signIn(OPERATOR)).statusCode).toBe(401);
      expect((await signIn({ ...OPERATOR, password })).statusCode).toBe(201);
    } finally {
      await close();
    }
  });
});
