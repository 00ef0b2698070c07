import { createEnvelope } from '../../src/adapters/envelope.js';
import { inWork } from '../../src/adapters/database/context.js';
import { createKeyCustody } from '../../src/adapters/keys/keyCustody.js';
import { prepareVpJwt, signVpJwt, type PresentationParts } from '../../src/credentials/securing/vpJwt.js';
import type { Signer, SigningKey } from '../../src/kernel/ports.js';
import { TEST_KEY_ENCRYPTION_KEY, type TestApp } from './app.js';
import { serviceOf } from './database.js';
import { createKey, type TestKey } from './issuer.js';
import { expectStatus, type Organisation } from './network.js';

/** What the service never signs, for tests that show what becomes of it. */

/** A key that is its own DID. */
export function createJwkKey(): TestKey {
  const key = createKey('did:jwk:unnamed');
  const did = `did:jwk:${Buffer.from(JSON.stringify(key.jwk)).toString('base64url')}`;
  return { ...key, did, kid: `${did}#0` };
}

export interface OrganisationSigner {
  readonly key: SigningKey;
  readonly signer: Signer;
}

/** The organisation's own key, used behind the back of the service: a stolen key, or an organisation that signs by itself. */
export async function borrowKey(
  { api, connection, config }: Pick<TestApp, 'api' | 'connection' | 'config'>,
  organisation: Organisation,
): Promise<OrganisationSigner> {
  const { body } = expectStatus(await api.get(`/orgs/${organisation.slug}/did.json`), 200);
  // The newest: those before it are listed, and gone.
  const method = body.verificationMethod.findLast(
    ({ publicKeyJwk, revoked }: { publicKeyJwk?: { alg: string }; revoked?: string }) =>
      publicKeyJwk?.alg === 'ES256' && revoked === undefined,
  );
  const custody = createKeyCustody({
    db: serviceOf(connection).db,
    envelope: createEnvelope(Buffer.from(TEST_KEY_ENCRYPTION_KEY)),
    publicUrl: config.publicUrl,
  });
  const signer: Signer = { sign: (key, data) => inWork('issuance', () => custody.sign(key, data)) };
  return { key: { kid: method.id, did: organisation.did, algorithm: 'ES256' }, signer };
}

/** Any payload under any key; the header is a credential's unless it says otherwise. */
export async function signAs(
  { key, signer }: OrganisationSigner,
  payload: object,
  header: object = {},
): Promise<string> {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const protectedHeader = { alg: key.algorithm, kid: key.kid, typ: 'vc+jwt', ...header };
  const signingInput = `${encode(protectedHeader)}.${encode(payload)}`;
  const signature = await signer.sign(key, Buffer.from(signingInput));
  return `${signingInput}.${Buffer.from(signature).toString('base64url')}`;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks wherever it wants
export function payloadOf(token: string): any {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

export function present(
  { key, signer }: OrganisationSigner,
  parts: Omit<PresentationParts, 'holder'> & { readonly holder?: string },
): Promise<string> {
  return signVpJwt(prepareVpJwt({ holder: key.did, ...parts }), key, signer);
}
