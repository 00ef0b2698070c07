import { spawn, type ChildProcess } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent, fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Conformance } from '../../src/conformance/conformanceService.js';
import { createSelfSignedCertificate } from '../../src/conformance/selfSignedCertificate.js';
import { COMPILED_CLI } from '../support/compiled.js';
import { runCommand } from '../support/commandLine.js';
import { credentialV1, credentialV2 } from '../support/vcApi.js';

describe('a certificate that was just signed', () => {
  test.each(Array.from({ length: 20 }, (_, index) => index))('is good for localhost (%i)', () => {
    const now = new Date();
    const { certificate, privateKey } = createSelfSignedCertificate(now);
    const read = new X509Certificate(certificate);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.checkHost('localhost')).toBe('localhost');
    expect(read.checkHost('elsewhere.example')).toBeUndefined();
    expect([read.checkIP('127.0.0.1'), read.checkIP('::1')]).toEqual(['127.0.0.1', '::1']);
    expect(new Date(read.validFrom) < now && now < new Date(read.validTo)).toBe(true);
    expect(privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });
});

describe('coop-passport conformance', () => {
  let child: ChildProcess;
  let folder: string;
  let stderr = '';
  let service: Conformance;
  let agent: Agent;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coop-passport-conformance-test-'));
    const { PATH, HOME } = process.env;
    child = spawn(process.execPath, [COMPILED_CLI, 'conformance'], {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      env: { PATH, HOME, TMPDIR: folder, DATABASE_URL: 'postgres://nowhere.invalid/none' },
    });
    child.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
    service = await readJson(child);
    agent = new Agent({ connect: { ca: service.certificate } });
  }, 120_000);
  afterAll(async () => {
    child.kill('SIGKILL');
    await agent.close();
    await rm(folder, { recursive: true, force: true });
  });

  const post = async (url: string, body: object, token?: string) => {
    const answer = await fetch(url, {
      method: 'POST',
      dispatcher: agent,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks wherever it wants
    return { status: answer.status, body: (await answer.json()) as any };
  };

  test('names an issuer for every suite, each with a DID of its own', () => {
    expect(service.publicUrl).toMatch(/^https:\/\/localhost:\d+$/);
    const issuers = Object.values(service.issuers);
    expect(issuers.length).toBeGreaterThan(10);
    expect(new Set(issuers.map(({ did }) => did)).size).toBe(issuers.length);
  });

  test('issues with every one of them, and verifies what they issue', async () => {
    for (const [name, { did, issueUrl }] of Object.entries(service.issuers)) {
      const credential = credentialV2({ issuer: did });
      const issued = await post(issueUrl, { credential, options: {} }, service.bearerToken);
      expect(issued.status, `${name}: ${JSON.stringify(issued.body)}`).toBe(201);
      const { verifiableCredential } = issued.body;
      const shown =
        name === 'ecdsa-sd-2023'
          ? (
              await post(service.deriveUrl, {
                verifiableCredential,
                options: { selectivePointers: ['/credentialSubject/id'] },
              })
            ).body
          : issued.body;
      const verified = await post(service.verifyCredentialUrl, shown);
      expect([name, verified.status, verified.body.verified]).toEqual([name, 200, true]);
    }
  });

  test('takes version 1.1 where it is secured with a proof', async () => {
    const issuer = service.issuers['ecdsa-rdfc-2019-P-384'];
    const issued = await post(issuer?.issueUrl ?? '', { credential: credentialV1() }, service.bearerToken);
    expect(issued.status).toBe(201);
    expect((await post(service.verifyCredentialUrl, issued.body)).status).toBe(200);
  });

  test('issues nothing without its token', async () => {
    const url = service.issuers['vc+jwt']?.issueUrl ?? '';
    expect((await post(url, { credential: credentialV2() })).status).toBe(401);
    expect((await post(url, { credential: credentialV2() }, `${service.bearerToken}x`)).status).toBe(401);
  });

  test('gives a token to a suite that fetches it by itself', async () => {
    const { tokenEndpoint, clientId, clientSecret, scope } = service.oauth2;
    const answer = await fetch(tokenEndpoint, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope,
      }).toString(),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const url = service.issuers['eddsa-jcs-2022']?.issueUrl ?? '';
    expect((await post(url, { credential: credentialV2() }, token)).status).toBe(201);
  });

  test('stops when it is told to, and leaves nothing behind', async () => {
    const closed = once(child, 'close') as Promise<[number | null]>;
    child.kill('SIGTERM');
    expect((await closed)[0]).toBe(0);
    expect(stderr).toContain(`Serving on ${service.publicUrl}`);
    expect((await readdir(folder)).filter((name) => name.startsWith('coop-passport'))).toEqual([]);
  }, 60_000);

  test.each([['--port', 'x'], ['--port', '70000'], ['--surprise']])(
    '%s %s is a usage error',
    async (...args) => {
      const result = await runCommand(['conformance', ...args]);
      expect(result).toMatchObject({ code: 2, stdout: '' });
    },
    60_000,
  );
});

/** What a process has printed once it is a JSON document. */
function readJson(child: ChildProcess): Promise<Conformance> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    child.stdout?.on('data', (text: Buffer) => {
      stdout += text.toString();
      if (stdout.endsWith('}\n')) resolve(JSON.parse(stdout) as Conformance);
    });
    child.once('close', (code) => reject(new Error(`it ended with ${code}`)));
  });
}
