import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { VerificationKey } from '../../src/credentials/keys.js';
import {
  parseVcJwt,
  prepareVcJwt,
  signVcJwt,
  verifyVcJwtSignature,
} from '../../src/credentials/securing/vcJwt.js';
import {
  parseVcJwt11,
  prepareVcJwt11,
  signVcJwt11,
  verifyVcJwt11Signature,
} from '../../src/credentials/securing/vcJwt11.js';
import {
  parseVpJwt11,
  prepareVpJwt11,
  signVpJwt11,
  verifyVpJwt11Signature,
} from '../../src/credentials/securing/vpJwt11.js';
import {
  parseVpJwt,
  prepareVpJwt,
  signVpJwt,
  verifyVpJwtSignature,
} from '../../src/credentials/securing/vpJwt.js';
import {
  parseStatusListToken,
  prepareStatusListToken,
  signStatusListToken,
  verifyStatusListTokenSignature,
} from '../../src/credentials/status/statusListToken.js';
import { createTokenStatusList, setStatus } from '../../src/credentials/status/tokenStatusList.js';
import { addSeconds } from '../../src/kernel/instants.js';
import type { Signer, SigningKey } from '../../src/kernel/ports.js';
import { createDidKeyIssuer, sampleCredential, type DidKeyIssuer } from '../support/dataIntegrity.js';
import { NOW, profiles } from '../support/issuer.js';
import {
  byteChange,
  changeCharacter,
  changeLeaf,
  changeToken,
  characterChange,
  claims,
  leaf,
  PROPERTY_TIMEOUT_MS,
  runs,
} from '../support/properties.js';

vi.setConfig({ testTimeout: PROPERTY_TIMEOUT_MS });

/**
 * What is signed is accepted; what is signed and then changed is not. A signature is over the text of the token, so that any other text is
 * another content. The exception, of which no change here is one: of an ECDSA signature (r, s) anybody can make (r, n − s).
 */

interface Party {
  readonly key: VerificationKey;
  readonly signingKey: SigningKey;
  readonly signer: Signer;
}

function partyOf({ did, verificationMethod, key, signer }: DidKeyIssuer): Party {
  // P-384 is for verifying only, which a signer of the product never is asked for.
  const algorithm = key.algorithm;
  return {
    key,
    signingKey: { did, kid: verificationMethod, algorithm },
    signer: { sign: (_, data) => signer.sign(data) },
  };
}

interface Format {
  /** Different content for a different number. */
  readonly sign: (content: Record<string, unknown>, number: number, party: Party) => Promise<string>;
  readonly accepts: (token: unknown, key: VerificationKey) => boolean;
}

const FORMATS: Readonly<Record<string, Format>> = {
  'vc+jwt': {
    async sign(content, number, { signingKey, signer }) {
      const credential = {
        ...sampleCredential(signingKey.did),
        id: `urn:x:${number}`,
        credentialSubject: { id: 'did:example:coop', ...content },
      };
      const prepared = prepareVcJwt(credential, profiles);
      if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
      return signVcJwt(prepared.value, signingKey, signer);
    },
    accepts(token, key) {
      const parsed = parseVcJwt(token);
      return !('problem' in parsed) && verifyVcJwtSignature(parsed, key);
    },
  },
  'vp+jwt': {
    async sign(content, number, { signingKey, signer }) {
      const parts = {
        holder: signingKey.did,
        audience: 'https://partner.example',
        nonce: String(number),
        credentials: Object.keys(content),
        issuedAt: NOW,
        expiresAt: addSeconds(NOW, 300),
      };
      return signVpJwt(prepareVpJwt(parts), signingKey, signer);
    },
    accepts(token, key) {
      const parsed = parseVpJwt(token);
      return !('problem' in parsed) && verifyVpJwtSignature(parsed, key);
    },
  },
  'VC-JWT 1.1': {
    async sign(content, number, { signingKey, signer }) {
      const credential = {
        ...sampleCredential(signingKey.did),
        id: `urn:x:${number}`,
        credentialSubject: { id: 'did:example:coop', ...content },
      };
      const prepared = prepareVcJwt11(credential, profiles);
      if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
      return signVcJwt11(prepared.value, signingKey, signer);
    },
    accepts(token, key) {
      const parsed = parseVcJwt11(token);
      return !('problem' in parsed) && verifyVcJwt11Signature(parsed, key);
    },
  },
  'VP-JWT 1.1': {
    async sign(content, number, { signingKey, signer }) {
      const prepared = prepareVpJwt11({
        holder: signingKey.did,
        audience: 'https://partner.example',
        nonce: String(number),
        credentials: Object.keys(content).map((name) => `e30.${name}.e30`),
        issuedAt: NOW,
        expiresAt: addSeconds(NOW, 300),
      });
      if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
      return signVpJwt11(prepared.value, signingKey, signer);
    },
    accepts(token, key) {
      const parsed = parseVpJwt11(token);
      return !('problem' in parsed) && verifyVpJwt11Signature(parsed, key);
    },
  },
  'statuslist+jwt': {
    async sign(content, number, { signingKey, signer }) {
      const list = createTokenStatusList(2, 100);
      setStatus(list, JSON.stringify(content).length % 100, 1);
      const parts = {
        uri: `https://a.example/status/${number}`,
        iss: signingKey.did,
        list,
        issuedAt: NOW,
        expiresAt: addSeconds(NOW, 300),
        ttlSeconds: 60,
      };
      return signStatusListToken(prepareStatusListToken(parts), signingKey, signer);
    },
    accepts(token, key) {
      const parsed = parseStatusListToken(token);
      return !('problem' in parsed) && verifyStatusListTokenSignature(parsed, key);
    },
  },
};

const KEYS = (['P-256', 'P-384', 'Ed25519'] as const).map((kind) => ({
  kind,
  party: partyOf(createDidKeyIssuer(kind)),
  other: partyOf(createDidKeyIssuer(kind)),
}));
const CASES = Object.entries(FORMATS).flatMap(([name, format]) =>
  // did-jwt, and so VC-JWT 1.1, knows no P-384.
  KEYS.filter(({ kind }) => kind !== 'P-384' || !name.endsWith('1.1')).map((keys) => ({
    name,
    format,
    ...keys,
  })),
);

describe.each(CASES)('$name by $kind', ({ format, party, other }) => {
  let token: string;
  beforeAll(async () => {
    token = await format.sign({ legalName: 'Abeona', members: 42 }, 0, party);
  });

  it('any content is accepted after signing, by its key only, and not once a leaf of it is changed', async () => {
    await fc.assert(
      fc.asyncProperty(claims, fc.nat(), leaf, fc.constantFrom(0, 1), async (content, seed, value, part) => {
        const signed = await format.sign(content, 1, party);
        expect(format.accepts(signed, party.key)).toBe(true);
        expect(format.accepts(signed, other.key)).toBe(false);
        const parts = signed.split('.');
        const changed = changeLeaf(JSON.parse(decode(parts[part])) as object, seed, value);
        if (!changed) return;
        const text = parts.with(part, Buffer.from(JSON.stringify(changed)).toString('base64url')).join('.');
        expect(format.accepts(text, party.key)).toBe(false);
      }),
      runs(15),
    );
  });

  it('no byte of a part can be changed', () => {
    fc.assert(
      fc.property(fc.nat(2), byteChange, (part, change) => {
        expect(format.accepts(changeToken(token, part, change), party.key)).toBe(false);
      }),
      runs(60),
    );
  });

  it('no character can be changed, added or left out', () => {
    fc.assert(
      fc.property(characterChange, (change) => {
        const changed = changeCharacter(token, change);
        if (changed !== undefined) expect(format.accepts(changed, party.key)).toBe(false);
      }),
      runs(60),
    );
  });

  it('no part can be put into another token', async () => {
    await fc.assert(
      fc.asyncProperty(claims, fc.constantFrom(1, 2), async (content, part) => {
        const [one, two] = await Promise.all([1, 2].map((number) => format.sign(content, number, party)));
        const [mine, foreign] = [one?.split('.') ?? [], two?.split('.') ?? []];
        expect(format.accepts(mine.with(part, foreign[part] ?? '').join('.'), party.key)).toBe(false);
      }),
      runs(8),
    );
  });

  it('no token of one format is one of another', async () => {
    for (const { accepts } of Object.values(FORMATS)) {
      expect(accepts(token, party.key)).toBe(accepts === format.accepts);
    }
  });
});

function decode(part = ''): string {
  return Buffer.from(part, 'base64url').toString();
}
