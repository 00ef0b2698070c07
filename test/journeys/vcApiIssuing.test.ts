import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { expectStatus, registerOrganisation, type Organisation } from '../support/network.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';
import {
  createInstance,
  credentialV1,
  credentialV2,
  foundIssuer,
  issue,
  startVcApi,
  type Instance,
  type InstanceWish,
} from '../support/vcApi.js';

let t: TestApp;
let organisation: Organisation;
let instance: Instance;

beforeAll(async () => {
  t = await startVcApi();
  ({ organisation, instance } = await foundIssuer(t, EDDSA));
});
afterAll(() => t.close());

const EDDSA: InstanceWish = { format: 'vc', cryptosuite: 'eddsa-rdfc-2022', keyType: 'Ed25519' };

const pointersOf = (answer: { body: { errors?: { pointer: string }[] } }) =>
  answer.body.errors?.map(({ pointer }) => pointer);

describe('the VC API', () => {
  test('is not there unless the operator has switched it on', async () => {
    const without = await startApp();
    try {
      const stranger = await registerOrganisation(without.api, 'Without');
      const paths = [
        `/v1/organisations/${stranger.id}/issuer-instances`,
        instance.issuePath,
        '/vc-api/credentials/verify',
        '/vc-api/presentations/verify',
        '/vc-api/credentials/derive',
      ];
      for (const path of paths)
        expect(refusalOf(await stranger.api.post(path, {}))).toBe('404 request/no-such-route');
    } finally {
      await without.close();
    }
  });
});

describe('an issuer instance', () => {
  const path = () => `/v1/organisations/${organisation.id}/issuer-instances`;
  const wish = { name: 'Tests', did: 'key', statusList: false, ...EDDSA };

  test('says where it is and what it is', async () => {
    const answer = expectStatus(await organisation.api.post(path(), wish), 201);
    expect(answer.headers['location']).toBe(`${path()}/${answer.body.id}`);
    expect(answer.body).toMatchObject({
      ...wish,
      did: expect.stringMatching(/^did:key:z6Mk/),
      issueUrl: `${t.config.publicUrl}/vc-api/${answer.body.id}/credentials/issue`,
    });
    expect((await organisation.api.get(`${path()}/${answer.body.id}`)).body).toEqual(answer.body);
    const list = expectStatus(await organisation.api.get(path()), 200).body.items;
    expect(list[0]).toEqual(answer.body);
  });

  test('has a DID of its own, and never one of the organisation', async () => {
    const dids = await Promise.all(
      (['web', 'key'] as const).map(
        async (did) => (await createInstance(organisation, { ...EDDSA, did })).did,
      ),
    );
    expect(new Set([...dids, instance.did, organisation.did]).size).toBe(4);
  });

  test.each([
    ['a cryptosuite of another key', { cryptosuite: 'eddsa-jcs-2022', keyType: 'P-256' }, ['/keyType']],
    ['selective disclosure with P-384', { cryptosuite: 'ecdsa-sd-2023', keyType: 'P-384' }, ['/keyType']],
    ['no cryptosuite', { cryptosuite: undefined }, ['/cryptosuite']],
    ['a cryptosuite for a token', { format: 'vc+jwt' }, ['/cryptosuite']],
  ])('is refused with %s', async (_what, change, pointers) => {
    const answer = await organisation.api.post(path(), { ...wish, ...change });
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(pointersOf(answer)).toEqual(pointers);
  });

  test('publishes the document of a did:web, which everybody resolves', async () => {
    const own = await createInstance(organisation, { ...EDDSA, keyType: 'Ed25519', did: 'web' });
    expect(own.did).toBe(`did:web:passport.test:vc-api:${own.id}`);
    const document = expectStatus(await t.api.get(`/vc-api/${own.id}/did.json`), 200);
    expect(document.body).toMatchObject({ id: own.did });
    const resolved = expectStatus(await t.api.get(`/1.0/identifiers/${own.did}`), 200);
    expect(JSON.parse(resolved.text).didDocument).toEqual(document.body);
    expect((await t.api.get(`/vc-api/${instance.id}/did.json`)).status).toBe(404);
  });

  test('issues nothing once it has ended, and is still there to see', async () => {
    const own = await createInstance(organisation, EDDSA);
    expect((await organisation.api.delete(`${path()}/${own.id}`)).status).toBe(204);
    expect(refusalOf(await issue(organisation.api, own, credentialV2()))).toBe('409 vc-api/instance-ended');
    expect(refusalOf(await organisation.api.delete(`${path()}/${own.id}`))).toBe('409 vc-api/instance-ended');
    expect((await organisation.api.get(`${path()}/${own.id}`)).body.endedAt).toBeDefined();
  });

  test('leaves no private key behind when it ends', async () => {
    const own = await createInstance(organisation, EDDSA);
    const sealed = () =>
      t.connection.db
        .selectFrom('signing_keys')
        .select('sealed_private_key')
        .where('did', '=', own.did)
        .executeTakeFirstOrThrow();
    expect((await sealed()).sealed_private_key).not.toBeNull();
    await organisation.api.delete(`${path()}/${own.id}`);
    expect((await sealed()).sealed_private_key).toBeNull();
  });
});

describe('who may issue', () => {
  test('an administrator, a reviewer, and a machine with the scope', async () => {
    const reviewer = await joinAs(t, organisation, 'reviewer');
    const machine = await createMachine(t, organisation, ['credentials']);
    for (const api of [organisation.api, reviewer.api, machine])
      expectStatus(await issue(api, instance, credentialV2()), 201);
  });

  test('nobody else', async () => {
    const viewer = await joinAs(t, organisation, 'viewer');
    const machine = await createMachine(t, organisation, ['verify']);
    const stranger = await registerOrganisation(t.api, 'Stranger');
    const answers = await Promise.all(
      [t.api, viewer.api, machine, stranger.api].map((api) => issue(api, instance, credentialV2())),
    );
    expect(answers.map(refusalOf)).toEqual([
      '401 auth/required',
      '403 auth/forbidden',
      '403 auth/forbidden',
      '404 resource/not-found',
    ]);
  });
});

describe('what is issued', () => {
  test('is what was sent, with the issuer and the proof, and nothing invented', async () => {
    const credential = credentialV2();
    const { verifiableCredential } = expectStatus(
      await issue(organisation.api, instance, credential),
      201,
    ).body;
    const { proof, ...document } = verifiableCredential;
    expect(document).toEqual({ ...credential, issuer: instance.did });
    const created = t.clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
    expect(proof).toEqual({
      type: 'DataIntegrityProof',
      cryptosuite: 'eddsa-rdfc-2022',
      verificationMethod: `${instance.did}#${instance.did.slice('did:key:'.length)}`,
      proofPurpose: 'assertionMethod',
      created,
      proofValue: expect.stringMatching(/^z/),
    });
  });

  test('takes the issuer as text and as an object, with its name', async () => {
    for (const issuer of [instance.did, { id: instance.did, name: 'Us' }, { name: 'Us' }]) {
      const answer = expectStatus(await issue(organisation.api, instance, credentialV2({ issuer })), 201);
      expect(answer.body.verifiableCredential.issuer.id ?? answer.body.verifiableCredential.issuer).toBe(
        instance.did,
      );
    }
  });

  test('may be of version 1.1, which gets the context that defines the proof', async () => {
    const answer = expectStatus(await issue(organisation.api, instance, credentialV1()), 201);
    expect(answer.body.verifiableCredential['@context']).toEqual([
      'https://www.w3.org/2018/credentials/v1',
      'https://w3id.org/security/data-integrity/v2',
    ]);
  });

  test('may name status and schema types that nobody here knows', async () => {
    const credential = credentialV2({
      credentialStatus: {
        id: 'https://elsewhere.example/status#1',
        type: 'https://elsewhere.example/Status',
      },
      credentialSchema: { id: 'https://elsewhere.example/schema', type: 'https://elsewhere.example/Schema' },
    });
    expectStatus(await issue(organisation.api, instance, credential), 201);
  });

  test('as a token comes in an envelope', async () => {
    const own = await createInstance(organisation, { format: 'vc+jwt', keyType: 'P-384' });
    const credential = credentialV2();
    const { verifiableCredential } = expectStatus(await issue(organisation.api, own, credential), 201).body;
    const { id, ...envelope } = verifiableCredential;
    expect(envelope).toEqual({
      '@context': 'https://www.w3.org/ns/credentials/v2',
      type: 'EnvelopedVerifiableCredential',
    });
    const [prefix, token] = id.split(',');
    expect(prefix).toBe('data:application/vc+jwt');
    const [header, payload] = token.split('.').slice(0, 2).map(decode);
    expect(header).toMatchObject({
      alg: 'ES384',
      typ: 'vc+jwt',
      kid: `${own.did}#${own.did.slice('did:key:'.length)}`,
    });
    expect(payload).toEqual({ ...credential, issuer: own.did });
  });

  test('is never stored for replay, since a base proof is for its holder alone', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const body = { credential: credentialV2() };
    expectStatus(await organisation.api.post(instance.issuePath, body, { headers }), 201);
    expect(refusalOf(await organisation.api.post(instance.issuePath, body, { headers }))).toBe(
      '409 idempotency/answer-not-kept',
    );
  });
});

const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());

describe('what is not issued', () => {
  const others = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK';
  const url = 'https://passport.test';
  test.each<[string, unknown, string[]]>([
    ["in another's name", credentialV2({ issuer: others }), ['/credential/issuer']],
    ["in another's name, as an object", credentialV2({ issuer: { id: others } }), ['/credential/issuer/id']],
    ['without the context', { ...credentialV2(), '@context': undefined }, ['/credential/@context']],
    ['without a type', { ...credentialV2(), type: undefined }, ['/credential/type']],
    ['with a date that is none', credentialV2({ validFrom: 'today' }), ['/credential/validFrom']],
    ['with no subject', credentialV2({ credentialSubject: {} }), ['/credential/credentialSubject']],
    ['with a proof already', credentialV2({ proof: { type: 'DataIntegrityProof' } }), ['/credential/proof']],
    ['with a proof of null', credentialV2({ proof: null }), ['/credential/proof']],
    ['that is text', 'a credential', ['/credential']],
    ['that is null', null, ['/credential']],
    ['that is a list', [credentialV2()], ['/credential']],
    [
      'in a type of this network',
      credentialV2({ type: ['VerifiableCredential', 'CoopStatusCredential'] }),
      ['/credential/type/1'],
    ],
    [
      'that names a schema of this network',
      credentialV2({
        credentialSchema: { id: `${url}/schemas/CoopStatusCredential/v1`, type: 'JsonSchema' },
      }),
      ['/credential/credentialSchema/id'],
    ],
    [
      'that names a credential of this network',
      credentialV2({ id: `${url}/v1/credentials/0190` }),
      ['/credential/id'],
    ],
    [
      'under the terms of use of this network',
      credentialV2({ termsOfUse: [{ type: 'AssertionLimits' }] }),
      ['/credential/termsOfUse/0/type'],
    ],
    [
      'with a context that spells such a name otherwise',
      credentialV2({ '@context': ['https://www.w3.org/ns/credentials/v2', { coop: `${url}/` }] }),
      ['/credential/@context/1/coop'],
    ],
  ])('%s', async (_what, credential, pointers) => {
    const answer = await issue(organisation.api, instance, credential);
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(pointersOf(answer)).toEqual(pointers);
    expect(answer.body.problemDetails).toHaveLength(pointers.length);
  });

  test.each<[string, InstanceWish]>([
    ['a proof over RDF', EDDSA],
    ['a proof over JSON', { ...EDDSA, cryptosuite: 'eddsa-jcs-2022' }],
    ['a token', { format: 'vc+jwt', keyType: 'Ed25519' }],
    ['a token with disclosures', { format: 'vc+sd-jwt', keyType: 'P-256' }],
  ])('with a term that no context defines, as %s', async (_what, wish) => {
    const own = await createInstance(organisation, wish);
    const credential = credentialV2({
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      type: ['VerifiableCredential'],
    });
    const answer = await issue(organisation.api, own, credential);
    expect(answer.body.problemDetails?.[0].type).toBe('https://w3id.org/security#DATA_LOSS_DETECTION_ERROR');
    expect(refusalOf(answer)).toBe('400 request/invalid');
  });

  test('with an option that nobody knows', async () => {
    const answer = await issue(organisation.api, instance, credentialV2(), { type: 'Ed25519Signature2018' });
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(pointersOf(answer)).toEqual(['/options/type']);
  });

  test('with pointers where everything is disclosed', async () => {
    for (const wish of [EDDSA, { format: 'vc+jwt', keyType: 'P-256' }]) {
      const own = await createInstance(organisation, wish);
      const answer = await issue(organisation.api, own, credentialV2(), { mandatoryPointers: ['/issuer'] });
      expect(pointersOf(answer)).toEqual(['/options/mandatoryPointers']);
    }
  });

  test.each(['/nothing/there', 'issuer', '/issuer~', '/@context', '/credentialSubject/invalid'])(
    'with the mandatory pointer %j, which names nothing',
    async (pointer) => {
      const own = await createInstance(organisation, {
        ...EDDSA,
        cryptosuite: 'ecdsa-sd-2023',
        keyType: 'P-256',
      });
      const answer = await issue(organisation.api, own, credentialV2(), { mandatoryPointers: [pointer] });
      expect(refusalOf(answer)).toBe('400 request/invalid');
      expect(pointersOf(answer)).toEqual(['/options/mandatoryPointers/0']);
    },
  );
});
