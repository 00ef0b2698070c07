import { verify } from 'node:crypto';
import { compactVerify } from 'jose';
import { unlessThrown, verifying, type Comparison } from '../comparison.js';
import { parseVcJwt, verifyVcJwtSignature } from '../core.js';
import { createVeramoVerifier, verifyJWT } from '../peers.js';
import {
  createIssuer,
  eachSample,
  resolverFor,
  sampleClaims11,
  sampleCredential,
  signJwts,
  type Algorithm,
  type SignedJwt,
} from '../samples.js';

/** `vc+jwt`: format, data model and signature, next to the bare signature, and to libraries that verify JWTs. */
export function compareVcJwt(algorithm: Algorithm): Comparison {
  const issuer = createIssuer(algorithm);
  const { key } = issuer;
  const { did } = issuer;
  const vcJwts = signJwts(
    issuer,
    { typ: 'vc+jwt', cty: 'vc', iss: did },
    eachSample((number) => sampleCredential(did, number)),
  );
  const vcJwts11 = signJwts(
    issuer,
    { typ: 'JWT' },
    eachSample((number) => sampleClaims11(did, number)),
  );
  const resolver = resolverFor(issuer);
  const veramo = createVeramoVerifier(resolver);

  const accepts = ({ token }: SignedJwt) => {
    const parsed = parseVcJwt(token);
    return !('problem' in parsed) && verifyVcJwtSignature(parsed, key);
  };
  const digest = algorithm === 'ES256' ? 'sha256' : null;
  const bareKey =
    algorithm === 'ES256' ? ({ key: key.keyObject, dsaEncoding: 'ieee-p1363' } as const) : key.keyObject;
  const bare = ({ signingInput, signature }: SignedJwt) => verify(digest, signingInput, bareKey, signature);
  const joseAccepts = ({ token }: SignedJwt) =>
    unlessThrown(async () => {
      const { payload } = await compactVerify(token, key.keyObject, { algorithms: [algorithm] });
      return typeof JSON.parse(new TextDecoder().decode(payload)) === 'object';
    });
  const veramoAccepts = ({ token }: SignedJwt) => veramo(token);
  const didJwtAccepts = ({ token }: SignedJwt) =>
    unlessThrown(async () => (await verifyJWT(token, { resolver })).verified);

  return {
    title: `verify vc+jwt, ${algorithm}`,
    ours: verifying('ours', accepts, vcJwts),
    others: [
      verifying('node:crypto verify, alone', bare, vcJwts, 0.8),
      verifying('jose compactVerify, JSON.parse', joseAccepts, vcJwts),
      verifying('did-jwt verifyJWT', didJwtAccepts, vcJwts11, 10),
      verifying('Veramo verifyCredential', veramoAccepts, vcJwts11, 10),
    ],
  };
}
