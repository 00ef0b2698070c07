import { describe, expect, it } from 'vitest';
import { ANY_KEYS, type DidDocument } from '../../src/credentials/did/document.js';
import { findSoleMethodOf } from '../../src/credentials/did/soleMethod.js';
import { COOP_DID, createKey, registrarEdKey, registrarKey, REGISTRAR_DID } from '../support/issuer.js';
import { documentInBothForms } from '../support/jwt11.js';

const find = (document: DidDocument, algorithm = 'ES256') =>
  findSoleMethodOf(ANY_KEYS, document, algorithm, 'assertionMethod');
const [method] = documentInBothForms(REGISTRAR_DID, [registrarKey]).verificationMethod ?? [];
const another = createKey(REGISTRAR_DID);

describe('the key that a token without kid can mean', () => {
  const document = documentInBothForms(REGISTRAR_DID, [registrarKey, registrarEdKey]);

  it('is the only one of its algorithm, in however many forms', () => {
    expect(find(document)).toMatchObject({ state: 'listed', methodId: registrarKey.kid });
    expect(find(document, 'EdDSA')).toMatchObject({ state: 'listed', methodId: registrarEdKey.kid });
    expect(find(document, 'ES256K')).toEqual({ state: 'notFound' });
  });

  it('is one that the document embeds under a relative id', () => {
    const embedded = { ...method, id: '#key-1' } as NonNullable<typeof method>;
    expect(find({ id: REGISTRAR_DID, assertionMethod: [embedded] })).toMatchObject({
      methodId: `${REGISTRAR_DID}#key-1`,
    });
  });

  it('is not one among several', () => {
    expect(find(documentInBothForms(REGISTRAR_DID, [registrarKey, another]))).toEqual({ state: 'ambiguous' });
    expect(find({ ...document, assertionMethod: Array<string>(51).fill(registrarKey.kid) })).toEqual({
      state: 'ambiguous',
    });
  });

  it('is none that is listed for another purpose, revoked, or under another controller', () => {
    expect(find({ ...document, assertionMethod: [] })).toEqual({ state: 'notFound' });
    for (const change of [{ revoked: '2026-01-01T00:00:00Z' }, { controller: COOP_DID }]) {
      const changed = documentInBothForms(REGISTRAR_DID, [registrarKey]);
      const verificationMethod = changed.verificationMethod?.map((entry) => ({ ...entry, ...change })) ?? [];
      expect(find({ ...changed, verificationMethod })).toEqual({ state: 'notFound' });
    }
  });
});
