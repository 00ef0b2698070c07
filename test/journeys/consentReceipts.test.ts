import { compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContextCatalogue } from '../../src/credentials/contexts/catalogue.js';
import { createCanonizer } from '../../src/credentials/jsonLd/inProcessCanonizer.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectStatus, type Organisation } from '../support/network.js';
import { refusalOf } from '../support/people.js';
import { foundSharing, granted, WISH, withdraw, type SharingNetwork } from '../support/sharing.js';

let t: TestApp;
let network: SharingNetwork;
let grantId: string;

beforeAll(async () => {
  t = await startApp();
  network = await foundSharing(t);
  grantId = await granted(network, { note: 'For Ada Example' });
});
afterAll(() => t.close());

const receiptFor = ({ api }: Pick<Organisation, 'api'>, id = grantId) => api.get(`/v1/grants/${id}/receipt`);

/** With nothing but the DID document that everybody can read. */
async function verified(jws: string, by: Organisation): Promise<Record<string, unknown>> {
  const { kid, alg } = decodeProtectedHeader(jws);
  const document = expectStatus(await t.api.get(`/orgs/${by.slug}/did.json`), 200).body;
  const method = document.verificationMethod.find((one: { id: string }) => one.id === kid);
  expect(document.assertionMethod).toContain(kid);
  const { payload } = await compactVerify(jws, await importJWK(method.publicKeyJwk, alg));
  return JSON.parse(new TextDecoder().decode(payload));
}

describe('a consent receipt', () => {
  test('is the same for both sides, signed by the co-op, and of nobody else', async () => {
    const { coop, partner, registrar } = network;
    const own = expectStatus(await receiptFor(coop), 200).body;
    t.clock.advance(5);
    expect(expectStatus(await receiptFor(partner), 200).body).toEqual(own);
    expect(refusalOf(await receiptFor(registrar))).toBe('404 resource/not-found');
    expect(await verified(own.jws, coop)).toEqual(own.receipt);
    const [head, payload, signature] = own.jws.split('.');
    const forged = Buffer.from(payload, 'base64url').toString().replace('P1Y', 'P9Y');
    await expect(
      verified([head, Buffer.from(forged).toString('base64url'), signature].join('.'), coop),
    ).rejects.toThrow();
  });

  test('says what ISO/IEC TS 27560 asks for, in the terms of the DPV', async () => {
    const { coop, partner } = network;
    const { receipt } = expectStatus(await receiptFor(partner), 200).body;
    const record = receipt['dpv:hasRecordOfActivity'];
    expect([receipt['@type'], record['@type']]).toEqual(['dpv:ConsentReceipt', 'dpv:ConsentRecord']);
    expect([receipt['dct:conformsTo'], record['dct:conformsTo']]).toEqual([
      'dpv-27560:receipt-record',
      'dpv-27560:record',
    ]);
    expect(record['dpv:hasIdentifier']).toBe(grantId);
    expect(record['dpv:hasDataSubject']['dpv:hasIdentifier']).toBe(coop.did);
    expect(Object.keys(record['dpv:hasEntity']).sort()).toEqual([coop.did, partner.did].sort());
    const [process] = record['dpv:hasProcess'];
    expect(process['dpv:hasPurpose']).toMatchObject([
      { 'skos:broader': WISH.purposes[0], 'skos:prefLabel': 'Customer Solvency Monitoring' },
    ]);
    expect(
      process['dpv:hasPersonalData'].map((one: Record<string, unknown>) => one['dct:identifier']),
    ).toEqual(WISH.fields);
    expect(process).toMatchObject({
      'dpv:hasDataController': [partner.did],
      'dpv:hasRecipient': [partner.did],
      'dpv:hasLegalBasis': ['dpv:Consent'],
      'dpv:hasJurisdiction': ['loc:GB'],
    });
    expect(process['dpv:hasStorageCondition'][0]['dpv:hasDuration']['rdf:value']).toBe('P1Y');
    expect(process['dpv:hasConsentStatus']).toMatchObject([
      {
        '@type': ['dpv:ConsentGiven', 'dpv:ExpressedConsent'],
        'dpv:isIndicatedAtTime': '2026-11-20T09:00:00.000Z',
        'dpv:isIndicatedBy': coop.did,
      },
    ]);
    expect(JSON.stringify(receipt), 'no word and no value').not.toContain('Ada');
  });

  test('is JSON-LD that needs nothing from elsewhere, and means what it says', async () => {
    const { coop, partner } = network;
    const { receipt } = expectStatus(await receiptFor(partner), 200).body;
    const answer = await createCanonizer(createContextCatalogue()).canonize(receipt, 'sha256');
    const text = JSON.stringify(answer);
    expect(text, 'every term is one').not.toContain('problem');
    for (const part of [
      `<https://w3id.org/dpv#hasRecipient> <${partner.did}>`,
      `<https://w3id.org/dpv#isIndicatedBy> <${coop.did}>`,
      '<https://w3id.org/dpv#ConsentGiven>',
      '<http://www.w3.org/2004/02/skos/core#broader> <https://w3id.org/dpv#CustomerSolvencyMonitoring>',
      '<https://w3id.org/dpv/schema/dpv-27560#record>',
    ])
      expect(text).toContain(part);
  });

  test('is another one after the withdrawal, that says when; the first one stays good', async () => {
    const { coop, partner, delegates } = network;
    const before = expectStatus(await receiptFor(partner), 200).body;
    t.clock.advance(60);
    expectStatus(await withdraw(delegates[0]!, grantId), 200);
    const endedAt = t.clock.now().toISOString();
    const after = expectStatus(await receiptFor(partner), 200).body;
    expect(after.state).toBe('withdrawn');
    const [process] = after.receipt['dpv:hasRecordOfActivity']['dpv:hasProcess'];
    expect(process['dpv:hasConsentStatus']).toMatchObject([
      { '@type': ['dpv:ConsentGiven', 'dpv:ExpressedConsent'] },
      { '@type': ['dpv:ConsentWithdrawn'], 'dpv:isIndicatedAtTime': endedAt },
    ]);
    for (const { jws, receipt } of [before, after]) expect(await verified(jws, coop)).toEqual(receipt);
  });

  test('can be had of a co-op that has closed its account', async () => {
    const own = await foundSharing(t, 2);
    const id = await granted(own);
    expectStatus(await own.coop.api.delete(`/v1/organisations/${own.coop.id}`), 204);
    const { state, jws } = expectStatus(await receiptFor(own.partner, id), 200).body;
    expect(state).toBe('organisation_closed');
    await verified(jws, own.coop);
  });
});
