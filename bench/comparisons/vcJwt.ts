import { verify } from 'node:crypto';
import { compactVerify } from 'jose';
import { unlessThrown, verifying, type Comparison } from '../comparison.js';
import { parseVcJwt, verifyVcJwtSignature } from '../core.js';
import { createVeramoVerifier, verifyJWT } from '../peers.js';
import {
  createIssuer,
  resolverFor,
  sampleClaims11,
  sampleCredential,
  signJwt,
  type Algorithm,
} from '../samples.js';

/** `vc+jwt`: format, data model and signature, next to the bare signature, and to libraries that verify JWTs. */
export function compareVcJwt(algorithm: Algorithm): Comparison {
  const issuer = createIssuer(algorithm);
  const { key } = issuer;
  const vcJwt = signJwt(issuer, { typ: 'vc+jwt', cty: 'vc', iss: issuer.did }, sampleCredential(issuer.did));
  const vcJwt11 = signJwt(issuer, { typ: 'JWT' }, sampleClaims11(issuer.did));
  const resolver = resolverFor(issuer);
  const veramo = createVeramoVerifier(resolver);

  const accepts = (token: string) => {
    const parsed = parseVcJwt(token);
    return !('problem' in parsed) && verifyVcJwtSignature(parsed, key);
  };
  const digest = algorithm === 'ES256' ? 'sha256' : null;
  const bareKey =
    algorithm === 'ES256' ? ({ key: key.keyObject, dsaEncoding: 'ieee-p1363' } as const) : key.keyObject;
  const bare = (data: Uint8Array) => verify(digest, data, bareKey, vcJwt.signature);
  const joseAccepts = (token: string) =>
    unlessThrown(async () => {
      const { payload } = await compactVerify(token, key.keyObject, { algorithms: [algorithm] });
      return typeof JSON.parse(new TextDecoder().decode(payload)) === 'object';
    });
  const didJwtAccepts = (token: string) =>
    unlessThrown(async () => (await verifyJWT(token, { resolver })).verified);

  return {
    title: `verify vc+jwt, ${algorithm}`,
    ours: verifying('ours', accepts, vcJwt.tokens),
    others: [
      verifying('node:crypto verify, alone', bare, vcJwt.signingInputs, 0.8),
      verifying('jose compactVerify, JSON.parse', joseAccepts, vcJwt.tokens),
      verifying('did-jwt verifyJWT', didJwtAccepts, vcJwt11.tokens, 10),
      verifying('Veramo verifyCredential', veramo, vcJwt11.tokens, 10),
    ],
  };
}
