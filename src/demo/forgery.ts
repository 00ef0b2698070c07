import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { importJwk, toMultikey } from '../credentials/keys.js';
import { createProfileCatalogue } from '../credentials/profiles/catalogue.js';
import { prepareVcJwt, signVcJwt } from '../credentials/securing/vcJwt.js';
import type { Signer, SigningKey } from '../kernel/ports.js';

/** What cheats would do with a credential that they have seen. */

interface CredentialContent {
  readonly credentialSubject: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

/** The same token with another value of one claim; header and signature stay as they were. */
export function changeClaim(token: string, claim: string, value: string): string {
  const [header, , signature] = token.split('.');
  const content = readContent(token);
  const changed = { ...content, credentialSubject: { ...content.credentialSubject, [claim]: value } };
  return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
}

/**
 * The same content in the name of somebody with a real key and a resolvable did:key, well formed and properly signed, but accredited by
 * nobody.
 */
export async function signAsStranger(token: string, publicUrl: string): Promise<string> {
  const { key, signer } = createStranger();
  const forged = { ...readContent(token), id: `urn:uuid:${randomUUID()}`, issuer: key.did };
  const prepared = prepareVcJwt(forged, createProfileCatalogue(publicUrl));
  if ('problems' in prepared) throw new Error('the stranger could not compose a well-formed credential');
  return signVcJwt(prepared.value, key, signer);
}

function createStranger(): { key: SigningKey; signer: Signer } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const imported = importJwk(publicKey.export({ format: 'jwk' }));
  if (!imported) throw new Error('a fresh P-256 key could not be imported');
  const multikey = toMultikey(imported);
  const did = `did:key:${multikey}`;
  return {
    key: { did, kid: `${did}#${multikey}`, algorithm: 'ES256' },
    signer: {
      sign: (_key, data) =>
        Promise.resolve(sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })),
    },
  };
}

function readContent(token: string): CredentialContent {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  return JSON.parse(payload) as CredentialContent;
}
