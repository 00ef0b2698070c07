import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  ALL_TYPES,
  apply,
  approve,
  foundNetwork,
  IDENTITY_FIELDS,
  putDossier,
  readToken,
  recordChecks,
  STATUS_FIELDS,
  type Registered,
} from '../support/network.js';

describe('the main job: a registrar vouches for a real co-op, a partner verifies it', () => {
  let t: TestApp;
  let network: Registered;
  let tokens: Record<string, string>;
  let ids: Record<string, string>;

  beforeAll(async () => {
    t = await startApp();
    network = await foundNetwork(t);
    await putDossier(network.coop);
    const applicationId = await apply(network.coop, network.registrar, ALL_TYPES);
    await recordChecks(network.registrar, applicationId, [
      ...new Set([...IDENTITY_FIELDS, ...STATUS_FIELDS]),
    ]);
    const credentials = await approve(network.registrar, applicationId);
    ids = Object.fromEntries(credentials.map(({ id, type }) => [type, id]));
    tokens = {};
    for (const [type, id] of Object.entries(ids)) tokens[type] = await readToken(network.coop, id);
  });
  afterAll(() => t.close());

  test('both credentials are accepted by anybody, with every check passed', async () => {
    for (const type of ALL_TYPES) {
      const { status, body } = await t.api.post('/v1/verifications', { credential: tokens[type] });
      expect(status).toBe(200);
      expect(body.checks.map((check: { code: string }) => check.code)).toEqual([
        'format/well-formed',
        'signature/valid',
        'key/listed',
        'issuer/bound',
        'validity/current',
        'schema/conforms',
        'status/clear',
        'accreditation/accredited',
      ]);
      expect(body.verdict).toBe('accepted');
      expect(body.credential).toMatchObject({
        type: ['VerifiableCredential', type],
        issuer: { did: network.registrar.did, name: network.registrar.name },
        subject: { did: network.coop.did },
        assurance: 'substantial',
      });
    }
  });

  test('the registrar cannot take another name while partners rely on the one that was accredited', async () => {
    const { registrar, partner } = network;
    const rename = (who: typeof registrar) =>
      who.api.patch(`/v1/organisations/${who.id}`, { name: 'Financial Conduct Authority' });
    expect((await rename(registrar)).body.code).toBe('accounts/name-fixed');
    expect((await rename(partner)).status).toBe(200);
    const { body } = await t.api.post('/v1/verifications', { credential: tokens['CoopStatusCredential'] });
    expect(body.credential.issuer.name).toBe(registrar.name);
  });
});
