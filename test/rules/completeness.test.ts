import { createHash } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { PROFILES } from '../../src/credentials/profiles/index.js';
import { BLOCKS } from '../../src/features/dossiers/blocks/index.js';
import { blockSchemaUrl, publishBlockSchema } from '../../src/features/dossiers/blockSchemas.js';
import { computeCompleteness, describeField } from '../../src/features/dossiers/completeness.js';
import { valueAt } from '../../src/kernel/jsonPointer.js';
import { PUBLIC_URL } from '../support/issuer.js';
import { DOSSIER } from '../support/network.js';

const profilesOf = (...types: string[]) => PROFILES.filter(({ type }) => types.includes(type));
const BOTH = profilesOf('CoopLegalIdentityCredential', 'CoopStatusCredential');

describe('completeness', () => {
  test('of an empty dossier begins with what most of the wanted credentials say', () => {
    const { credentials, next } = computeCompleteness(BOTH, {}, []);
    expect(next).toMatchObject({ action: 'fill_in', pointer: '/legalIdentity/jurisdiction' });
    expect(next?.text).toContain(
      'a CoopLegalIdentityCredential and a CoopStatusCredential you still need “Jurisdiction”',
    );
    for (const { missing, have, need, isReady } of credentials) {
      expect([have, isReady, missing.length]).toEqual([0, false, need]);
      expect(missing[0]?.pointer).toBe('/legalIdentity/jurisdiction');
      expect(missing.map(({ neededBy }) => neededBy.length)).toEqual(
        missing.map(({ neededBy }) => neededBy.length).toSorted((a, b) => b - a),
      );
    }
  });

  test('goes on with the credential that lacks least, in the words of the field’s own schema', () => {
    const { registrationNumber: _left, ...identity } = DOSSIER.legalIdentity;
    const blocks = { legalIdentity: identity } as never;
    const { credentials, next } = computeCompleteness(BOTH, blocks, []);
    expect(next).toEqual({
      action: 'fill_in',
      pointer: '/legalIdentity/registrationNumber',
      text: 'To get a CoopLegalIdentityCredential you still need “Registration number”: As the authority writes it, for example C3719.',
    });
    expect(credentials[0]).toMatchObject({ isReady: false, have: 3, need: 4 });
  });

  test('ends with an application, and the evidence that is usually asked for', () => {
    const { credentials, next } = computeCompleteness(BOTH, DOSSIER as never, [
      '/democraticControl/byLaws/digest',
    ]);
    expect(credentials.every(({ isReady, missing }) => isReady && missing.length === 0)).toBe(true);
    expect(next?.action).toBe('apply');
    const status = credentials.find(({ credentialType }) => credentialType === 'CoopStatusCredential');
    const there = status?.usualEvidence.filter(({ isThere }) => isThere).map(({ title }) => title);
    expect(there).toEqual(['The by-laws in force']);
  });

  test.each(PROFILES.map((profile) => [profile.type, profile] as const))(
    'of a %s: each field has a name and help, some evidence is usual, and filled in it is ready',
    (_type, profile) => {
      const [credential] = computeCompleteness([profile], {}, []).credentials;
      for (const { title, help, pointer } of credential?.missing ?? []) {
        expect(title).not.toBe('');
        expect([pointer, help.length > 0 || valueAt(DOSSIER, pointer) !== 'text']).toEqual([pointer, true]);
      }
      expect(credential?.usualEvidence.length).toBeGreaterThan(0);
    },
  );

  test('describes what lies in lists and what does not exist', () => {
    expect(describeField('/addresses/0/postalCode')).toEqual({ title: 'Postal code', help: 'Postal code' });
    expect(describeField('/nothing/of/this')).toEqual({ title: 'This', help: '' });
    expect(describeField('/representation').help).not.toBe('');
  });
});

describe('the published schema of a block', () => {
  /**
   * SHA-256 of what is published. A released schema never changes: where a line fails, the block has got another meaning, and needs a
   * `version` of its own beside the old one.
   */
  const RELEASED: Readonly<Record<string, string>> = {
    'legalIdentity/v1': '6917cee3a043584ed616b95e0e50f4cda8ca535a4e30c3f11d065820d51a2908',
    'addresses/v1': 'fa7274c1fbf35f4b30899d4dc5c6833ac3f6e89a569888e090f69d04728fe172',
    'contacts/v1': '29884c805c0801a51c62ee609d7b280018979e4b138efdbbeac50f348217101e',
    'identifiers/v1': '669b9bf7ae60ae8a9f95567afdc7c062805448a6695df0f3fe5ca9a5e81bd64c',
    'democraticControl/v1': 'ac6070cb6be1f380def7114f8d5206a5031fda2f1ad44664d5899c2457281a6e',
    'officers/v1': '974cccb11de04fccb6bdae1a09f9be4cb3ad9cd04dd0137d7c9d30863d208edb',
    'signatories/v1': 'bc01f80a1ea541e38d2cc1b1d2ce675c0ba989df3cc47ff67cb32dd30757a2a7',
    'controlPersons/v1': '499fde7922e0373db54d0ada8939cdc8c9cfd7eda96122336b0d8e15b189fd96',
    'recognition/v1': 'f4734d781eeafd37a7bf8080225bcb185ee1c48e5e508f07f4619dd5a3abfa3d',
    'screening/v1': '37361bd2514feaa536b2af1192bd0b92cae08a62bbab3c568648a23b55a94e6c',
    'capacity/v1': '73979a168ad8bcf2d415a515562d8d4892c34b096162324964a0f0ceac9dd810',
  };

  test.each(BLOCKS.map((block) => [`${block.name}/v${block.version}`, block] as const))(
    '%s',
    (name, block) => {
      const text = publishBlockSchema(block, PUBLIC_URL);
      expect({ [name]: createHash('sha256').update(text).digest('hex') }).toEqual({ [name]: RELEASED[name] });
      const schema = JSON.parse(text);
      expect(schema.$id).toBe(blockSchemaUrl(block, PUBLIC_URL));
      const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
      const example = (DOSSIER as Record<string, unknown>)[block.name];
      expect(example === undefined || validate(example)).toBe(true);
      expect(validate('not a block')).toBe(false);
    },
  );
});
