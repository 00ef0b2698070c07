import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCommand } from '../support/commandLine.js';
import { createDidKeyIssuer, issue, sampleCredential } from '../support/dataIntegrity.js';
import { present } from '../support/forgery.js';
import {
  COOP_DID,
  coopKey,
  forgeToken,
  legalIdentityCredential,
  signCredential,
  signer,
} from '../support/issuer.js';
import { disclosure, digest, forgeSdJwt } from '../support/sdJwt.js';

// Each command is a process that must first be compiled, which takes long where much else is going on.
vi.setConfig({ testTimeout: 60_000 });

const EVIL = 'Evil\u001b[2J\u009b1A\u202eCo-op\r\nACCEPTED';
const ISSUED = new Date('2020-01-01T00:00:00Z');

let folder: string;
let token: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coop-passport-inspect-'));
  token = await signCredential({
    ...legalIdentityCredential(),
    validFrom: '2020-01-01T00:00:00Z',
    validUntil: '2020-12-31T00:00:00Z',
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const inspect = (input: string, ...options: string[]) =>
  runCommand(['credential', 'inspect', '-', ...options], { input });

describe('coop-passport credential inspect', () => {
  test('shows a credential from a file, what is not verified, and how to verify it, and exits 0', async () => {
    const path = join(folder, 'credential.jwt');
    await writeFile(path, `${token}\n`);
    // No service listens at this address, and none is asked.
    const environment = { COOP_PASSPORT_URL: 'http://127.0.0.1:9' };
    const result = await runCommand(['credential', 'inspect', path], { environment });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout.split('\n').slice(0, 2)).toEqual([
      'A credential secured as application/vc+jwt (VC-JOSE-COSE)',
      'NOT VERIFIED: this is what stands in it, and anybody can have written that.',
    ]);
    expect(result.stdout).toMatch(/^ {2}validFrom +2020-01-01T00:00:00.000Z {2}has begun$/m);
    expect(result.stdout).toMatch(/^ {2}validUntil +2020-12-31T00:00:00.000Z {2}IS OVER$/m);
    expect(result.stdout).toMatch(/^ {2}signature +whether it was signed at all/m);
    expect(result.stdout).toContain(`  coop-passport verify ${path}\n`);
  });

  test('prints JSON for machines, and says in it that nothing was verified', async () => {
    const { code, stdout } = await inspect(token, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      verified: false,
      notVerified: expect.arrayContaining(['signature', 'status']),
      format: 'vc+jwt',
      problems: [],
      content: { type: ['VerifiableCredential', 'CoopLegalIdentityCredential'] },
      dates: [
        { name: 'validFrom', at: ISSUED.toISOString(), state: 'begun' },
        { name: 'validUntil', state: 'over' },
      ],
    });
  });

  test('a presentation is verified for an audience and a nonce, which it says', async () => {
    const presentation = await present(
      { key: coopKey, signer },
      {
        audience: 'https://partner.example',
        nonce: 'n',
        credentials: [token],
        issuedAt: ISSUED,
        expiresAt: new Date('2020-01-02T00:00:00Z'),
      },
    );
    const { code, stdout } = await inspect(presentation);
    expect(code).toBe(0);
    expect(stdout).toContain(`Holder     ${COOP_DID}`);
    expect(stdout).toContain('Item 1 of 1: An enveloped credential');
    expect(stdout).toContain('coop-passport verify - --audience <you> --nonce <what you asked for>');
  });

  test('a document with a proof, and an SD-JWT with a disclosure', async () => {
    const issuer = createDidKeyIssuer('Ed25519');
    const secured = await issue(sampleCredential(issuer.did), issuer, { cryptosuite: 'eddsa-jcs-2022' });
    const document = await inspect(JSON.stringify(secured, null, 2));
    expect(document.code).toBe(0);
    expect(document.stdout).toMatch(/^ {2}1 +cryptosuite +eddsa-jcs-2022$/m);
    const name = disclosure('salt', 'legalName', 'Abeona');
    const claims = { iss: 'https://a.example', vct: 'https://a.example/t', _sd: [digest(name)] };
    const sdJwt = await inspect(forgeSdJwt(claims, [name], { typ: 'dc+sd-jwt' }));
    expect(sdJwt.code).toBe(0);
    expect(sdJwt.stdout).toMatch(/^ {2}\/legalName {2}"Abeona"$/m);
  });

  test.each<[string, () => string, string]>([
    ['100 dots', () => '.'.repeat(100), 'token must have three parts'],
    ['2 MB of nesting', () => `{"a":${'['.repeat(2_000_000)}`, 'document must be JSON with one meaning'],
    [
      'proof: null',
      () => '{"type":["VerifiableCredential"],"proof":null}',
      'document /proof must be an object',
    ],
    ['text', () => 'Dear bank, we are a genuine co-operative.', 'token must have three parts'],
  ])('exits 3 and says where and why: %s', async (_, input, words) => {
    const { code, stdout, stderr } = await inspect(input());
    expect(stdout).toContain('MALFORMED');
    expect(stdout).toContain(words);
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
  });

  test('exits 3 with JSON as well, and the problems in it', async () => {
    const { code, stdout } = await inspect('x.y.z', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      verified: false,
      format: 'unknown',
      problems: [{ code: 'malformed', part: 'header' }, { part: 'payload' }, { part: 'signature' }],
    });
  });

  test.each([[], ['--json']])('a credential cannot steer the terminal %j', async (...options) => {
    const header = { alg: 'ES256', typ: 'JWT', [EVIL]: EVIL };
    const vc = { issuer: { id: EVIL }, credentialSubject: { name: EVIL }, [EVIL]: EVIL };
    const { code, stdout } = await inspect(forgeToken(coopKey, header, { iss: EVIL, vc }), ...options);
    expect(code).toBe(3);
    expect(stdout).toContain('Evil');
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(stdout).not.toMatch(/^ *ACCEPTED/m);
    if (options.length > 0) expect(JSON.parse(stdout)).toMatchObject({ content: { iss: EVIL } });
  });

  test.each([
    ['an empty input', ['-'], 'There is nothing in standard input.'],
    ['a file that is not there', ['/nowhere/credential.jwt'], 'no such file'],
  ])('exits 1, and says why on standard error: %s', async (_, args, words) => {
    const result = await runCommand(['credential', 'inspect', ...args]);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain(words);
  });

  test.each([
    ['no sub-command', ['credential']],
    ['an unknown sub-command', ['credential', 'certify']],
    ['no file', ['credential', 'inspect']],
    ['an unknown option', ['credential', 'inspect', '-', '--verify']],
  ])('exits 2 for wrong usage: %s', async (_, args) => {
    const result = await runCommand(args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).not.toBe('');
  });
});
