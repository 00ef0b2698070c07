import { createHash, randomBytes, verify } from 'node:crypto';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { unlessThrown, verifying, type Comparison } from '../comparison.js';
import {
  createProfileCatalogue,
  createSeededRandom,
  parseDcSdJwt,
  prepareDcSdJwt,
  signDcSdJwt,
  verifyDcSdJwtSignature,
} from '../core.js';
import { createIssuer, eachSample } from '../samples.js';

/** `dc+sd-jwt` with ten disclosures, all of them disclosed: digests, places, claims and signature. */
export async function compareSdJwt(): Promise<Comparison> {
  const issuer = createIssuer('ES256');
  const { key } = issuer;
  const disclosedOf = (number: number) => ({
    legalName: `Abeona Housing Co-operative ${number} Limited`,
    tradingName: 'Abeona',
    registrationNumber: `C${3455 + number}`,
    registrationAuthority: { name: 'Regulator of Social Housing', code: 'RA000585' },
    jurisdiction: 'GB-ENG',
    incorporatedOn: '1983-12-05',
    registeredAddress: { street: '1 Mutual Way', locality: 'Leeds', postalCode: 'LS1 1AA', country: 'GB' },
    businessAddress: { street: '2 Mutual Way', locality: 'Leeds', country: 'GB' },
    category: 'housing',
    memberCount: 42 + number,
  });
  const seconds = Math.floor(Date.now() / 1000);
  const profiles = createProfileCatalogue('https://other.example');
  const issue = async (number: number): Promise<string> => {
    const disclosed = disclosedOf(number);
    const prepared = prepareDcSdJwt(
      {
        iss: issuer.did,
        iat: seconds - 60,
        exp: seconds + 86_400,
        vct: 'https://passport.example/types/CoopLegalIdentityCredential/v1',
        assuranceLevel: 'substantial',
        ...disclosed,
      },
      profiles,
      {
        disclosable: Object.keys(disclosed).map((member) => `/${member}`),
        random: createSeededRandom(randomBytes(32)),
      },
    );
    if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
    return signDcSdJwt(prepared.value, issuer, { sign: async (_, data) => issuer.sign(data) });
  };
  const good = await Promise.all(eachSample(issue));

  const accepts = (token: string) => {
    const parsed = parseDcSdJwt(token);
    return !('problem' in parsed) && verifyDcSdJwtSignature(parsed, key);
  };
  const theirs = new SDJwtVcInstance({
    hashAlg: 'sha-256',
    hasher: (data, algorithm) =>
      createHash(algorithm.replace('-', ''))
        .update(typeof data === 'string' ? data : Buffer.from(data))
        .digest(),
    verifier: (data, signature) =>
      verify(
        'sha256',
        Buffer.from(data),
        { key: key.keyObject, dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64url'),
      ),
  });
  const theyAccept = (token: string) =>
    unlessThrown(async () => {
      await theirs.verify(token);
      return true;
    });

  const samples = { good, tampered: good.map(changeIssuedAt) };
  return {
    title: 'verify dc+sd-jwt, ten disclosures, ES256',
    ours: verifying('ours', accepts, samples),
    others: [verifying('@sd-jwt/sd-jwt-vc verify', theyAccept, samples, 2.5)],
  };
}

/** A signed claim changed; that an altered disclosure has no digest is no two libraries' common ground. */
function changeIssuedAt(token: string): string {
  const [header, payload = '', ...rest] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iat: number };
  const changed = Buffer.from(JSON.stringify({ ...claims, iat: claims.iat - 1 })).toString('base64url');
  return [header, changed, ...rest].join('.');
}
