import { describe, expect, it } from 'vitest';
import type { CheckCode } from '../../src/credentials/verification/checks.js';
import { addSeconds } from '../../src/kernel/instants.js';
import {
  CREDENTIAL_ID,
  COOP_DID,
  coopKey,
  createKey,
  documentOf,
  forgeToken,
  issueInWorld,
  legalIdentityCredential,
  recordOf,
  registrarEdKey,
  registrarKey,
  REGISTRAR_DID,
  REVOCATION_URL,
  signCredential,
  signList,
  SUSPENSION_URL,
} from '../support/issuer.js';
import { HEADER, verify, withSources, expectReason } from '../support/reports.js';

describe('the key and the issuer', () => {
  it('a credential in the name of another issuer is refused without asking anybody', async () => {
    const { world } = await issueInWorld();
    const token = forgeToken(coopKey, { ...HEADER, kid: coopKey.kid }, legalIdentityCredential());
    const silent = withSources(world, { resolveDid: () => expect.unreachable('asked for a DID') });
    expectReason(await verify(token, silent), 'issuer/mismatch', 'rejected');
  });

  it("another issuer's signature under the issuer's kid is invalid", async () => {
    const { world } = await issueInWorld();
    const token = forgeToken(coopKey, HEADER, legalIdentityCredential());
    expectReason(await verify(token, world), 'signature/invalid', 'rejected');
  });

  const document = documentOf(REGISTRAR_DID, [registrarKey]);
  const [method] = document.verificationMethod ?? [];
  const cases: [name: string, document: unknown, code: CheckCode][] = [
    ['listed for authentication only', { ...document, assertionMethod: [] }, 'key/not-listed-for-purpose'],
    ['not in the document', documentOf(REGISTRAR_DID, []), 'key/not-found'],
    ['of a document with another id', { ...document, id: COOP_DID }, 'key/did-invalid'],
    [
      'embedded with a foreign controller',
      { id: REGISTRAR_DID, assertionMethod: [{ ...method, controller: COOP_DID }] },
      'key/foreign-controller',
    ],
    ['described twice', { ...document, assertionMethod: [method] }, 'key/did-invalid'],
    ['in a document whose lists are not lists', { ...document, assertionMethod: {} }, 'key/did-invalid'],
    [
      'with private members',
      { ...document, verificationMethod: [{ ...method, publicKeyJwk: { ...registrarKey.jwk, d: 'AA' } }] },
      'key/unusable',
    ],
    [
      'of two forms at once',
      { ...document, verificationMethod: [{ ...method, publicKeyMultibase: 'z6Mk' }] },
      'key/unusable',
    ],
    [
      'for encryption',
      { ...document, verificationMethod: [{ ...method, publicKeyJwk: { ...registrarKey.jwk, use: 'enc' } }] },
      'key/unusable',
    ],
  ];
  it.each(cases)('a key %s is refused', async (_, changed, code) => {
    const { world, token } = await issueInWorld();
    world.documents.set(REGISTRAR_DID, changed);
    expectReason(await verify(token, world), code, 'rejected');
  });

  it('a key embedded under assertionMethod with a relative id is found', async () => {
    const { world, token } = await issueInWorld();
    const relative = { ...method, id: registrarKey.kid.slice(REGISTRAR_DID.length) };
    world.documents.set(REGISTRAR_DID, { id: REGISTRAR_DID, assertionMethod: [relative] });
    expect((await verify(token, world)).verdict).toBe('accepted');
  });

  it('a DID out of reach leaves it undetermined, and so does a resolver that fails', async () => {
    const { world, token } = await issueInWorld();
    const unreachable = withSources(world, { resolveDid: () => Promise.resolve({ problem: 'unreachable' }) });
    const failing = withSources(world, { resolveDid: () => Promise.reject(new Error('boom')) });
    expectReason(await verify(token, unreachable), 'key/unresolvable', 'undetermined');
    expectReason(await verify(token, failing), 'key/unresolvable', 'undetermined');
  });
});

describe('a key that was compromised', () => {
  const revokedAt = new Date('2026-11-19T00:00:00Z');

  async function compromisedWorld() {
    const { world, token } = await issueInWorld();
    // The lists are signed again by the key that is left.
    world.lists.set(REVOCATION_URL, await signList('revocation', { key: registrarEdKey }));
    world.lists.set(SUSPENSION_URL, await signList('suspension', { key: registrarEdKey }));
    const document = documentOf(REGISTRAR_DID, [registrarKey, registrarEdKey]);
    const methods = document.verificationMethod ?? [];
    world.documents.set(REGISTRAR_DID, {
      ...document,
      verificationMethod: methods.map((method) =>
        method.id === registrarKey.kid ? { ...method, revoked: revokedAt.toISOString() } : method,
      ),
      assertionMethod: [registrarEdKey.kid],
    });
    return { world, token };
  }

  it('still verifies what our record shows to be older', async () => {
    const { world, token } = await compromisedWorld();
    world.issuances.set(CREDENTIAL_ID, recordOf(token, addSeconds(revokedAt, -1)));
    expectReason(await verify(token, world), 'key/issued-before-revocation', 'accepted');
  });

  it('is refused at the instant itself and after', async () => {
    const { world, token } = await compromisedWorld();
    world.issuances.set(CREDENTIAL_ID, recordOf(token, revokedAt));
    expectReason(await verify(token, world), 'key/revoked', 'rejected');
  });

  it('is refused for a backdated token, also under the id of a recorded one', async () => {
    const { world, token } = await compromisedWorld();
    world.issuances.set(CREDENTIAL_ID, recordOf(token, addSeconds(revokedAt, -1)));
    const stolen = { ...legalIdentityCredential(), validFrom: '2026-01-02T00:00:00Z' };
    expectReason(await verify(await signCredential(stolen), world), 'key/revoked', 'rejected');
  });

  it('leaves it undetermined where the record cannot be asked', async () => {
    const { world, token } = await compromisedWorld();
    const silent = withSources(world, { issuance: () => Promise.reject(new Error('down')) });
    expectReason(await verify(token, silent), 'key/revocation-unconfirmed', 'undetermined');
  });

  it('has no say over a status list', async () => {
    const { world, token } = await compromisedWorld();
    world.issuances.set(CREDENTIAL_ID, recordOf(token, addSeconds(revokedAt, -1)));
    world.lists.set(REVOCATION_URL, await signList('revocation'));
    expectReason(await verify(token, world), 'status/list-invalid', 'undetermined');
  });
});

describe('did:key issuers', () => {
  it('a DID of another curve than the algorithm is refused', async () => {
    const { world } = await issueInWorld();
    const key = createKey(REGISTRAR_DID, 'EdDSA');
    world.documents.set(REGISTRAR_DID, documentOf(REGISTRAR_DID, [key]));
    const token = forgeToken(registrarKey, { ...HEADER, kid: key.kid }, legalIdentityCredential());
    expectReason(await verify(token, world), 'signature/algorithm-mismatch', 'rejected');
  });
});
