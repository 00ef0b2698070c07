import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { importJwk, type VerificationKey } from '../../src/credentials/keys.js';
import {
  DC_SD_JWT_PROFILE,
  parseDcSdJwt,
  prepareDcSdJwt,
  signDcSdJwt,
  verifyDcSdJwtSignature,
} from '../../src/credentials/securing/dcSdJwt.js';
import { createSeededRandom } from '../../src/credentials/securing/sdJwt/randomSource.js';
import { findKeyBindingProblem, readConfirmation } from '../../src/credentials/securing/sdJwt/keyBinding.js';
import { presentSdJwt } from '../../src/credentials/securing/sdJwt/present.js';
import type { ParsedSdJwt, SdJwtProfile } from '../../src/credentials/securing/sdJwt/sdJwt.js';
import {
  parseVcSdJwt,
  prepareVcSdJwt,
  signVcSdJwt,
  VC_SD_JWT_PROFILE,
  verifyVcSdJwtSignature,
} from '../../src/credentials/securing/vcSdJwt.js';
import { valueAt } from '../../src/kernel/jsonPointer.js';
import { sampleCredential } from '../support/dataIntegrity.js';
import {
  COOP_DID,
  createKey,
  NOW,
  profiles,
  registrarEdKey,
  registrarKey,
  signer,
  type TestKey,
} from '../support/issuer.js';
import {
  byteChange,
  changeCharacter,
  changeToken,
  characterChange,
  claims,
  pointersInto,
  PROPERTY_TIMEOUT_MS,
  runs,
} from '../support/properties.js';
import { AUDIENCE, NONCE } from '../support/sdJwt.js';

vi.setConfig({ testTimeout: PROPERTY_TIMEOUT_MS });

/**
 * What is issued and presented is accepted and says what was chosen; what is changed on the way is not accepted. Without key binding anybody may
 * leave disclosures out or order them otherwise, which is what they are for: then the rest says the same, or it is refused.
 */

type Content = Record<string, unknown>;

interface Format {
  readonly profile: SdJwtProfile;
  /** Where in the document the content is that may be concealed. */
  readonly at: string;
  readonly sign: (
    content: Content,
    concealed: readonly string[],
    issuer: TestKey,
    holder: TestKey,
  ) => Promise<string>;
  readonly read: (token: unknown, key: VerificationKey) => ParsedSdJwt | undefined;
}

const concealmentOf = (disclosable: readonly string[]) => ({
  disclosable,
  decoys: disclosable.length === 0 ? {} : { '': 2 },
  random: createSeededRandom(Buffer.alloc(32, 7)),
});

const FORMATS: Readonly<Record<string, Format>> = {
  'vc+sd-jwt': {
    profile: VC_SD_JWT_PROFILE,
    at: '/credentialSubject/facts',
    async sign(content, concealed, issuer, holder) {
      const credential = {
        ...sampleCredential(issuer.did),
        credentialSubject: { id: COOP_DID, facts: content },
        cnf: { jwk: holder.jwk },
      };
      const prepared = prepareVcSdJwt(credential, profiles, concealmentOf(concealed));
      if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
      return signVcSdJwt(prepared.value, issuer, signer);
    },
    read(token, key) {
      const parsed = parseVcSdJwt(token);
      return 'problem' in parsed || !verifyVcSdJwtSignature(parsed, key) ? undefined : parsed;
    },
  },
  'dc+sd-jwt': {
    profile: DC_SD_JWT_PROFILE,
    at: '/facts',
    async sign(content, concealed, issuer, holder) {
      const document = {
        iss: issuer.did,
        vct: 'https://a.example/types/1',
        cnf: { jwk: holder.jwk },
        facts: content,
      };
      const prepared = prepareDcSdJwt(document, profiles, concealmentOf(concealed));
      if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
      return signDcSdJwt(prepared.value, issuer, signer);
    },
    read(token, key) {
      const parsed = parseDcSdJwt(token);
      return 'problem' in parsed || !verifyDcSdJwtSignature(parsed, key) ? undefined : parsed;
    },
  },
};

const KEYS = [
  ['P-256', registrarKey, createKey(COOP_DID, 'EdDSA')],
  ['Ed25519', registrarEdKey, createKey(COOP_DID)],
] as const;
const CASES = Object.entries(FORMATS).flatMap(([name, format]) =>
  KEYS.map(([kind, issuer, holder]) => ({ name, kind, format, issuer, holder })),
);

const setting = claims.chain((content) =>
  fc.record({
    content: fc.constant(content),
    concealed: fc.subarray(pointersInto(content)),
    chosen: fc.subarray(pointersInto(content)),
  }),
);

describe.each(CASES)('$name by $kind', ({ format, issuer, holder }) => {
  const { profile, at, sign, read } = format;
  const key = keyOf(issuer);
  const keyBinding = { audience: AUDIENCE, nonce: NONCE, issuedAt: NOW, key: holder, signer };

  const present = async (token: string, disclose: readonly string[], isBound = true): Promise<string> => {
    const choice = { disclose, ...(isBound && { keyBinding }) };
    const outcome = await presentSdJwt(token, profile, choice);
    if ('problem' in outcome) throw new Error(outcome.problem);
    return outcome.presentation;
  };

  /** As a verifier that demands key binding does. */
  const accepts = (token: string, expected: { audience?: string; nonce?: string } = {}): boolean => {
    const parsed = read(token, key);
    const confirmation = parsed && readConfirmation(parsed.claims);
    if (!confirmation || !('key' in confirmation)) return false;
    const expectation = { audience: AUDIENCE, nonce: NONCE, now: NOW, ...expected };
    return findKeyBindingProblem(parsed, confirmation.key, expectation) === undefined;
  };

  const content = {
    legalName: 'Abeona',
    addresses: [{ street: '1 Mutual Way' }, { street: '2 Mutual Way' }],
  };
  const concealed = pointersInto(content).map((pointer) => at + pointer);
  let token: string;
  let presentation: string;
  beforeAll(async () => {
    token = await sign(content, concealed, issuer, holder);
    presentation = await present(token, [`${at}/legalName`, `${at}/addresses/1/street`]);
  });

  it('what was issued says everything, and what was presented what was chosen, to whom it is for', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async ({ content, concealed, chosen }) => {
        const issued = await sign(
          content,
          concealed.map((pointer) => at + pointer),
          issuer,
          holder,
        );
        const whole = read(issued, key);
        expect(valueAt(whole?.claims, at)).toEqual(content);
        const shown = await present(
          issued,
          chosen.map((pointer) => at + pointer),
        );
        expect(accepts(shown)).toBe(true);
        expect(accepts(shown, { audience: 'https://mallory.example' })).toBe(false);
        expect(accepts(shown, { nonce: 'another' })).toBe(false);
        expect(read(shown, keyOf(holder))).toBeUndefined();
        const pointers = read(shown, key)?.disclosed.length ?? NaN;
        const overlaps = (a: string, b: string) => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
        expect(pointers).toBe(concealed.filter((one) => chosen.some((other) => overlaps(one, other))).length);
      }),
      runs(15),
    );
  });

  it('no byte of a part can be changed: header, payload, signature, disclosure, key binding', () => {
    expect(accepts(presentation)).toBe(true);
    fc.assert(
      fc.property(fc.nat(99), byteChange, (part, change) => {
        expect(accepts(changeToken(presentation, part, change))).toBe(false);
      }),
      runs(100),
    );
  });

  it('no character can be changed, added or left out', () => {
    fc.assert(
      fc.property(characterChange, (change) => {
        const changed = changeCharacter(presentation, change);
        if (changed !== undefined) expect(accepts(changed)).toBe(false);
      }),
      runs(100),
    );
  });

  it('no disclosure of a presentation can be dropped, doubled, added or put in another place', async () => {
    const everything = await present(token, [at]);
    expect(accepts(everything)).toBe(true);
    const [jwt = '', ...rest] = everything.split('~');
    const keyBindingJwt = rest.pop() ?? '';
    const foreign = token.split('~').at(1) ?? '';
    const join = (disclosures: readonly string[]) => [jwt, ...disclosures, keyBindingJwt].join('~');
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.constantFrom('drop', 'double', 'move'), (from, to, kind) => {
        const index = from % rest.length;
        const chosen = rest[index] ?? '';
        const others = rest.toSpliced(index, 1);
        const target = to % rest.length;
        if (kind === 'move' && target === index) return;
        const changed =
          kind === 'drop' ? others : (kind === 'double' ? rest : others).toSpliced(target, 0, chosen);
        expect(accepts(join(changed))).toBe(false);
      }),
      runs(60),
    );
    expect(accepts(join([...rest, foreign]))).toBe(false);
  });

  it('without key binding, other or fewer disclosures never say anything else', async () => {
    const everything = await present(token, [at], false);
    const [jwt = '', ...rest] = everything.split('~').slice(0, -1);
    expect(read(everything, key)?.claims).toEqual(read(token, key)?.claims);
    fc.assert(
      fc.property(fc.shuffledSubarray(rest), (disclosures) => {
        const parsed = read([jwt, ...disclosures, ''].join('~'), key);
        // Refused where an inner one is there without its outer one.
        if (!parsed) expect(disclosures.length).toBeLessThan(rest.length);
        for (const { name, value, digest } of parsed?.disclosed ?? []) {
          const original = read(token, key)?.disclosed.find((one) => one.digest === digest);
          expect(original).toMatchObject({ name, value });
        }
      }),
      runs(40),
    );
  });

  it('no key binding can be put onto another presentation, or left out', async () => {
    const other = await present(token, [`${at}/addresses`]);
    const swapped =
      presentation.slice(0, presentation.lastIndexOf('~') + 1) + other.slice(other.lastIndexOf('~') + 1);
    expect(accepts(other)).toBe(true);
    expect(accepts(swapped)).toBe(false);
    expect(accepts(presentation.slice(0, presentation.lastIndexOf('~') + 1))).toBe(false);
  });

  it('none is one of the other format', () => {
    for (const { read: readAs } of Object.values(FORMATS)) {
      expect(readAs(presentation, key) !== undefined).toBe(readAs === read);
    }
  });
});

function keyOf({ jwk }: TestKey): VerificationKey {
  const key = importJwk(jwk);
  if (!key) throw new Error('a test key that cannot be imported');
  return key;
}
