import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importJwk } from '../../src/credentials/keys.js';
import { verifyJwsSignature } from '../../src/credentials/securing/jws.js';
import { concealDocument } from '../../src/credentials/securing/sdJwt/conceal.js';
import { parseDisclosure } from '../../src/credentials/securing/sdJwt/disclosure.js';
import { findKeyBindingProblem, readConfirmation } from '../../src/credentials/securing/sdJwt/keyBinding.js';
import { presentSdJwt } from '../../src/credentials/securing/sdJwt/present.js';
import { createSeededRandom } from '../../src/credentials/securing/sdJwt/randomSource.js';
import { parseSdJwt, signSdJwt, type ParsedSdJwt } from '../../src/credentials/securing/sdJwt/sdJwt.js';
import { coopKey, NOW, registrarKey, signer } from '../support/issuer.js';
import { AUDIENCE, NONCE, PROFILE, random } from '../support/sdJwt.js';
import { runs } from '../support/properties.js';

const vectors = JSON.parse(readFileSync('test/vectors/sd-jwt/rfc9901.json', 'utf8')) as {
  issuerKey: object;
  issued: { token: string; claims: object };
  presented: { token: string; claims: object; audience: string; nonce: string; iat: number };
  recursive: { token: string; claims: object };
  disclosureDigests: [string, string, string | null, unknown][];
};

function parsed(token: string, profile = PROFILE): ParsedSdJwt {
  const outcome = parseSdJwt(token, profile);
  if ('problem' in outcome) throw new Error(outcome.problem);
  return outcome;
}

function key(jwk: unknown) {
  const imported = importJwk(jwk);
  if (!imported) throw new Error('no key');
  return imported;
}

function concealed(
  document: Record<string, unknown>,
  disclosable: string[],
  decoys: Record<string, number> = {},
) {
  const outcome = concealDocument(document, { disclosable, decoys, random: random() }, PROFILE.reserved);
  if ('problems' in outcome) throw new Error(JSON.stringify(outcome.problems));
  return outcome.value;
}

async function issue(document: Record<string, unknown>, disclosable: string[], decoys = {}): Promise<string> {
  const { payload, disclosures } = concealed(document, disclosable, decoys);
  return signSdJwt({ typ: PROFILE.typ }, JSON.stringify(payload), disclosures, registrarKey, signer);
}

const claims = {
  iss: 'https://passport.example/orgs/registrar',
  cnf: { jwk: coopKey.jwk },
  legalName: 'Abeona',
  addresses: [
    { street: '1 Mutual Way', locality: 'Leeds' },
    { street: '2 Mutual Way', locality: 'York' },
  ],
};
const disclosable = [
  ...['/legalName', '/addresses', '/addresses/0', '/addresses/1'],
  ...['/addresses/0/street', '/addresses/0/locality', '/addresses/1/street', '/addresses/1/locality'],
];

describe("RFC 9901's examples", () => {
  const issuerKey = key(vectors.issuerKey);

  it.each([
    ['issued', vectors.issued],
    ['presented', vectors.presented],
    ['recursive', vectors.recursive],
  ])('%s: verifies, and gives the processed payload', (_, { token, claims: expected }) => {
    const sdJwt = parsed(token, { ...PROFILE, reserved: new Set(['iss', 'exp', 'cnf', 'status']) });
    expect(verifyJwsSignature(sdJwt, issuerKey)).toBe(true);
    expect(sdJwt.claims).toEqual(expected);
  });

  it('presented: is bound to the key of cnf, the audience, the nonce and the disclosures', () => {
    const { token, audience, nonce, iat } = vectors.presented;
    const sdJwt = parsed(token);
    const confirmation = readConfirmation(sdJwt.claims);
    if (!('key' in confirmation)) throw new Error('no key');
    const expected = { audience, nonce, now: new Date((iat + 10) * 1000) };
    expect(findKeyBindingProblem(sdJwt, confirmation.key, expected)).toBeUndefined();
    const withOneLess = token.replace(/~[^~]+~([^~]+)$/, '~$1');
    expect(findKeyBindingProblem(parsed(withOneLess), confirmation.key, expected)).toBe('keyBindingHash');
  });

  it.each(vectors.disclosureDigests)('the disclosure %s has its digest', (encoded, expected, name, value) => {
    expect(parseDisclosure(encoded, 'sha-256')).toEqual({
      encoded,
      digest: expected,
      name: name ?? undefined,
      value,
    });
  });

  it('a disclosure that was changed by one character is not called for', () => {
    const token = vectors.issued.token.replace('IkpvaG4iXQ', 'IkpvaG8iXQ').replace('Sm9obiJd', 'Sm9obyJd');
    expect(token).not.toBe(vectors.issued.token);
    expect(parseSdJwt(token, PROFILE)).toEqual({ problem: 'unreferencedDisclosure' });
  });
});

describe('concealDocument', () => {
  it('leaves nothing of what is disclosable in the payload', () => {
    const { payload, disclosures } = concealed(claims, disclosable);
    expect(Object.keys(payload).sort()).toEqual(['_sd', '_sd_alg', 'cnf', 'iss']);
    expect(disclosures).toHaveLength(disclosable.length);
    expect(JSON.stringify(payload)).not.toContain('Mutual');
  });

  it('gives the same text for the same seed, and another for another', () => {
    expect(concealed(claims, disclosable)).toEqual(concealed(claims, disclosable));
    const other = createSeededRandom(Buffer.alloc(32, 8));
    const outcome = concealDocument(claims, { disclosable, random: other }, PROFILE.reserved);
    expect(outcome).not.toEqual({ value: concealed(claims, disclosable) });
  });

  it('gives every disclosure a salt of 128 bits of its own', () => {
    const salts = concealed(claims, disclosable).disclosures.map(({ encoded }) => {
      const [salt] = JSON.parse(Buffer.from(encoded, 'base64url').toString()) as [string];
      return salt;
    });
    expect(new Set(salts).size).toBe(disclosable.length);
    expect(salts.every((salt) => Buffer.from(salt, 'base64url').length === 16)).toBe(true);
  });

  it('sorts the digests, so that their order says nothing', () => {
    const { payload } = concealed(claims, disclosable, { '': 5 });
    const digests = payload['_sd'] as string[];
    expect(digests).toEqual([...digests].sort());
    expect(digests).toHaveLength(7);
  });

  it('adds decoys to arrays, which vanish again', async () => {
    const decoys = { '': 3, '/addresses': 6 };
    const token = await issue(claims, disclosable, decoys);
    expect(parsed(token).claims).toEqual(claims);
    const shell = concealed(claims, ['/addresses/0'], decoys).payload['addresses'] as unknown[];
    expect(shell).toHaveLength(8);
  });

  it('adds nothing where nothing is disclosable', () => {
    expect(concealed(claims, []).payload).toEqual(claims);
  });

  it.each<[string, Record<string, unknown>, string[], Record<string, number>]>([
    ['a pointer that names nothing', claims, ['/nothing'], {}],
    ['the whole document', claims, [''], {}],
    ["an array's length", claims, ['/addresses/length'], {}],
    ['a reserved claim', claims, ['/iss'], {}],
    ['a part of a reserved claim', claims, ['/cnf/jwk'], {}],
    ['decoys in a reserved claim', claims, [], { '/cnf': 1 }],
    ['decoys in a text', claims, [], { '/legalName': 1 }],
    ['decoys without number', claims, [], { '': -1 }],
    ['a claim named _sd', { _sd: [] }, [], {}],
    ['a claim named ...', { list: [{ '...': 'x' }] }, [], {}],
    ['a nested claim named _sd_alg', { inner: { _sd_alg: 'sha-256' } }, ['/inner'], {}],
  ])('refuses %s', (_, document, pointers, decoys) => {
    const outcome = concealDocument(
      document,
      { disclosable: pointers, decoys, random: random() },
      PROFILE.reserved,
    );
    expect(outcome).toHaveProperty('problems');
  });

  it('refuses a seed that can be guessed', () => {
    expect(() => createSeededRandom(Buffer.alloc(16))).toThrow(RangeError);
  });
});

describe('presentSdJwt', () => {
  const keyBinding = { audience: AUDIENCE, nonce: NONCE, issuedAt: NOW, key: coopKey, signer };

  async function shown(disclose: string[]): Promise<unknown> {
    const outcome = await presentSdJwt(await issue(claims, disclosable), PROFILE, { disclose });
    if ('problem' in outcome) throw new Error(outcome.problem);
    return parsed(outcome.presentation).claims;
  }
  const { iss, cnf } = claims;

  it('keeps back everything that is not chosen', async () => {
    expect(await shown([])).toEqual({ iss, cnf });
  });

  it('discloses a single field, and what leads to it', async () => {
    expect(await shown(['/addresses/1/street'])).toEqual({
      iss,
      cnf,
      addresses: [{ street: '2 Mutual Way' }],
    });
  });

  it('discloses everything within what is chosen', async () => {
    expect(await shown(['/addresses/0'])).toEqual({ iss, cnf, addresses: [claims.addresses[0]] });
    expect(await shown([''])).toEqual(claims);
  });

  it('binds to the audience and nonce with the key that the issuer confirmed', async () => {
    const token = await issue(claims, disclosable);
    const outcome = await presentSdJwt(token, PROFILE, { disclose: ['/legalName'], keyBinding });
    if ('problem' in outcome) throw new Error(outcome.problem);
    const expected = { audience: AUDIENCE, nonce: NONCE, now: NOW };
    expect(findKeyBindingProblem(parsed(outcome.presentation), key(coopKey.jwk), expected)).toBeUndefined();
  });

  it('does not sign with another key', async () => {
    const choice = { disclose: [], keyBinding: { ...keyBinding, key: registrarKey } };
    await expect(presentSdJwt(await issue(claims, []), PROFILE, choice)).rejects.toThrow(TypeError);
  });

  it.each<[string, object, string[], string]>([
    ['an unknown pointer', claims, ['/nothing'], 'unknownClaim'],
    ['a credential without holder key', { legalName: 'x' }, [], 'notKeyBound'],
    ['a key that is only named', { cnf: { kid: 'did:web:a#1' } }, [], 'notKeyBound'],
  ])('refuses %s', async (_, document, disclose, problem) => {
    const token = await issue({ ...document }, []);
    expect(await presentSdJwt(token, PROFILE, { disclose, keyBinding })).toEqual({ problem });
  });

  it("refuses somebody's presentation", async () => {
    const { token } = vectors.presented;
    expect(await presentSdJwt(token, PROFILE, { disclose: [] })).toEqual({ problem: 'alreadyPresented' });
  });
});

describe('by property', () => {
  const name = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constantFrom('__proto__', 'constructor', 'a/b', 'a~b', ''),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(null, true, 0, -1.5, 'text', 'Möbius', '💶'),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const document = fc.dictionary(name, value, { maxKeys: 5, noNullPrototype: true });
  const reserved = new Set(['cnf']);
  const profile = { ...PROFILE, reserved };

  function allPointers(of: unknown, base = ''): string[] {
    if (typeof of !== 'object' || of === null) return [];
    return Object.entries(of).flatMap(([token, child]) => {
      const at = `${base}/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return [at, ...allPointers(child, at)];
    });
  }

  const setting = document.chain((content) =>
    fc.record({
      content: fc.constant(content),
      marked: fc.subarray(allPointers(content)),
      decoys: fc.nat(3),
      chosen: fc.array(fc.constantFrom('', ...allPointers(content)), { maxLength: 3 }),
    }),
  );

  it('what was signed and presented is accepted, and says what was chosen and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async ({ content, marked, decoys, chosen }) => {
        const holder = { ...content, cnf: { jwk: coopKey.jwk } };
        const outcome = concealDocument(
          holder,
          { disclosable: marked, decoys: { '': decoys }, random: random() },
          reserved,
        );
        if ('problems' in outcome) throw new Error(JSON.stringify(outcome.problems));
        const { payload, disclosures } = outcome.value;
        const token = await signSdJwt(
          { typ: PROFILE.typ },
          JSON.stringify(payload),
          disclosures,
          registrarKey,
          signer,
        );
        expect(parsed(token, profile).claims).toEqual(holder);
        const presentation = await presentSdJwt(token, profile, {
          disclose: chosen,
          keyBinding: { audience: AUDIENCE, nonce: NONCE, issuedAt: NOW, key: coopKey, signer },
        });
        if ('problem' in presentation) throw new Error(presentation.problem);
        const read = parsed(presentation.presentation, profile);
        expect(verifyJwsSignature(read, key(registrarKey.jwk))).toBe(true);
        const expected = { audience: AUDIENCE, nonce: NONCE, now: NOW };
        expect(findKeyBindingProblem(read, key(coopKey.jwk), expected)).toBeUndefined();
        const isShown = (pointer: string) =>
          chosen.some((choice) => overlaps(choice, pointer)) || !marked.includes(pointer);
        expect(read.disclosed).toHaveLength(marked.filter((pointer) => reaches(pointer, chosen)).length);
        if (marked.every(isShown)) expect(read.claims).toEqual(holder);
      }),
      runs(150),
    );
  });

  function overlaps(a: string, b: string): boolean {
    return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
  }
  function reaches(pointer: string, chosen: readonly string[]): boolean {
    return chosen.some((choice) => overlaps(choice, pointer));
  }

  it('any change of a character makes it refused', async () => {
    const token = await issue(claims, disclosable, { '': 2, '/addresses': 2 });
    const outcome = await presentSdJwt(token, PROFILE, {
      disclose: ['/legalName', '/addresses/0'],
      keyBinding: { audience: AUDIENCE, nonce: NONCE, issuedAt: NOW, key: coopKey, signer },
    });
    if ('problem' in outcome) throw new Error(outcome.problem);
    const { presentation } = outcome;
    const accepts = (text: string): boolean => {
      const read = parseSdJwt(text, PROFILE);
      if ('problem' in read || !verifyJwsSignature(read, key(registrarKey.jwk))) return false;
      const expected = { audience: AUDIENCE, nonce: NONCE, now: NOW };
      return findKeyBindingProblem(read, key(coopKey.jwk), expected) === undefined;
    };
    expect(accepts(presentation)).toBe(true);
    fc.assert(
      fc.property(
        fc.nat(presentation.length - 1),
        fc.constantFrom(...'ABab01-_~.= '),
        fc.constantFrom('replace', 'insert', 'remove'),
        (at, character, kind) => {
          const rest = presentation.slice(kind === 'insert' ? at : at + 1);
          const text = presentation.slice(0, at) + (kind === 'remove' ? '' : character) + rest;
          return text === presentation || !accepts(text);
        },
      ),
      runs(400),
    );
  });

  it('reads whatever comes without throwing', () => {
    const part = fc.oneof(
      fc.base64String(),
      fc.string(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.constantFrom('~', '.', '~~'), (parts, joint) => {
        expect(parseSdJwt(parts.join(joint), PROFILE)).toHaveProperty('problem');
      }),
      runs(200),
    );
    for (const value of [null, undefined, 7, {}, [], '~'.repeat(90_000), `${'a.'.repeat(100)}~`]) {
      expect(parseSdJwt(value, PROFILE)).toEqual({ problem: 'malformed' });
    }
  });
});
