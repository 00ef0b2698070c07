import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentProblems } from '../../src/features/dossiers/contentProblems.js';
import { leiCheckDigits } from '../../src/reference/identifiers/lei.js';
import { findScheme, identifierProblem } from '../../src/reference/identifiers/schemes.js';
import { runs } from '../support/properties.js';

const problem = (scheme: string, id: string, country?: string) => identifierProblem(scheme, id, country);

/** Of real bodies: the LEI's own examples, banks, co-operative federations. */
const LEIS = ['506700GE1G29325QX363', '213800WSGIIZCXF1P572', '5493001KJTIIGC8Y1R12', 'F3JS33DEI6XQ4ZBPTN86'];

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const leis = fc
  .array(fc.constantFrom(...(DIGITS + LETTERS)), { minLength: 18, maxLength: 18 })
  .map((characters) => characters.join(''))
  .map((first) => first + leiCheckDigits(first));

describe('an LEI', () => {
  test.each(LEIS)('%s is one', (lei) => {
    expect(problem('LEI', lei)).toBeUndefined();
  });

  test('with the check digits of the standard is one, and with no others', () => {
    fc.assert(
      fc.property(leis, fc.integer({ min: 0, max: 99 }), (lei, other) => {
        const changed = lei.slice(0, 18) + String(other).padStart(2, '0');
        expect(problem('LEI', changed) === undefined).toBe(changed === lei);
      }),
      runs(300),
    );
  });

  test('with one digit or one letter changed is none', () => {
    fc.assert(
      fc.property(leis, fc.nat({ max: 19 }), fc.integer({ min: 1, max: 25 }), (lei, at, by) => {
        const kind = DIGITS.includes(lei[at] ?? '') ? DIGITS : LETTERS;
        const step = ((by - 1) % (kind.length - 1)) + 1;
        const character = kind[(kind.indexOf(lei[at] ?? '') + step) % kind.length] ?? '';
        expect(problem('LEI', lei.slice(0, at) + character + lei.slice(at + 1))).toBeDefined();
      }),
      runs(300),
    );
  });

  test('with two different neighbours of a kind swapped is none', () => {
    fc.assert(
      fc.property(leis, fc.nat({ max: 18 }), (lei, at) => {
        const [a = '', b = ''] = lei.slice(at, at + 2);
        fc.pre(a !== b && DIGITS.includes(a) === DIGITS.includes(b));
        expect(problem('LEI', lei.slice(0, at) + b + a + lei.slice(at + 2))).toBeDefined();
      }),
      runs(300),
    );
  });

  test.each([
    ['lower case', '506700ge1g29325qx363'],
    ['a space', '506700GE1G29325QX 363'],
    ['a line after it', '506700GE1G29325QX363\n'],
    ['one character too few', '506700GE1G29325QX36'],
    ['letters for check digits', '506700GE1G29325QX3AA'],
    ['digits of another script', '٥06700GE1G29325QX363'],
  ])('with %s is none', (_what, id) => {
    expect(problem('LEI', id)).toMatch(/^is no LEI/);
  });
});

test.each(['LEI', 'lei', 'Legal Entity Identifier', 'L.E.I.'])('%s means an LEI', (scheme) => {
  expect(findScheme(scheme)).toBe('LEI');
});

test.each(['GB-COH', 'leisure', 'constructor', '__proto__', 'VATICAN', ''])(
  '%j is somebody else’s scheme',
  (scheme) => {
    expect(problem(scheme, 'anything at all')).toBeUndefined();
  },
);

describe('an EUID', () => {
  test.each([
    'DEK1101R.HRB116737',
    'FR7501.552144503',
    'NLNHR.33031431',
    'FIFPRO.0112038-9',
    'ELGEMI.1234567_A1',
  ])('%s is one', (euid) => {
    expect(problem('EUID', euid)).toBeUndefined();
  });
  test.each([
    'GBCOH.01234567',
    'USDE.1',
    'DEK1101R',
    'DEK1101R.',
    'de.HRB1',
    'DEK1101R.HRB1_TOOLONG',
    'DE.HRB1 ',
  ])('%s is none', (euid) => {
    expect(problem('EUID', euid)).toMatch(/^is no EUID/);
  });
});

describe('a VAT number', () => {
  /** Published ones, of a company or as an example of the tax office. */
  const NUMBERS = [
    'ATU13585627',
    'BE0403170701',
    'BG175074752',
    'CHE-107.787.577 IVA',
    'CY10259033P',
    'CZ25123891',
    'DE136695976',
    'DK13585628',
    'EE100931558',
    'EL094259216',
    'ESA13585625',
    'FI20774740',
    'FR40303265045',
    'GB980780684',
    'HR33392005961',
    'HU12892312',
    'IE6433435F',
    'IT00743110157',
    'LT119511515',
    'LU15027442',
    'LV40003521600',
    'MT11679112',
    'NL004495445B01',
    'NO995525828MVA',
    'PL8567346215',
    'PT501964843',
    'RO18547290',
    'SE556188840401',
    'SI50223054',
    'SK2022749619',
    'XI980780684',
  ];
  test.each(NUMBERS)('%s is one', (number) => {
    expect(problem('VAT', number)).toBeUndefined();
  });

  test.each(NUMBERS.filter((number) => !number.startsWith('CH')))(
    '%s with another digit is none',
    (number) => {
      // The last one before what is no digit: in some countries a suffix follows that no check covers.
      const at = number.search(/\d(?=\D|$)/);
      const refused = [...DIGITS].filter((digit) =>
        problem('VAT', number.slice(0, at) + digit + number.slice(at + 1)),
      );
      expect(refused.length).toBeGreaterThanOrEqual(8);
    },
  );

  test('without its country is judged by the jurisdiction, and passes where nothing is known of it', () => {
    expect(problem('VAT', '980780684', 'GB')).toBeUndefined();
    expect(problem('VAT', '980780685', 'GB')).toBeDefined();
    expect(problem('VAT', '980780685', 'US')).toBeUndefined();
    expect(problem('VAT', '980780685')).toBeUndefined();
  });

  test.each(['gb980780684', 'GB 98<0>', '', 'GB'.padEnd(40, '1')])('%j is none', (number) => {
    expect(problem('VAT', number)).toBeDefined();
  });
});

describe('a .coop domain', () => {
  test.each(['albion.coop', 'ALBION.coop', 'co-op-1.coop', 'köln.coop', 'xn--kln-sna.coop'])(
    '%s is one',
    (domain) => {
      expect(problem('coop-domain', domain)).toBeUndefined();
    },
  );
  test.each([
    'https://albion.coop',
    'albion.coop/',
    'albion.coop:443',
    'a@albion.coop',
    'www.albion.coop',
    'albion.coop.',
    'coop',
    '.coop',
    '-a.coop',
    'a-.coop',
    'albion.com',
    'albion.coop.uk',
    'al bion.coop',
    'albion。com',
    `${'a'.repeat(64)}.coop`,
    'xn--a.coop',
    'xn--abc-.coop',
  ])('%s is none', (domain) => {
    expect(problem('coop-domain', domain)).toBeDefined();
  });
});

describe('of a dossier', () => {
  const identity = {
    legalName: 'Albion',
    registrationNumber: 'C1',
    registrationAuthority: { name: 'Register' },
    jurisdiction: 'GB-ENG',
  };
  const pointers = (blocks: Parameters<typeof contentProblems>[0]) =>
    contentProblems(blocks).map(({ pointer }) => pointer);

  test('all is well', () => {
    expect(
      contentProblems({
        legalIdentity: { ...identity, registrationAuthority: { name: 'Register', code: 'RA000585' } },
        identifiers: [
          { scheme: 'LEI', id: LEIS[0]! },
          { scheme: 'Charity', id: '1' },
        ],
        addresses: [{ type: 'registered', street: '1 Mill Lane', locality: 'Prishtina', country: 'XK' }],
      }),
    ).toEqual([]);
  });

  test.each(['GB', 'GB-ENG', 'GB-EAW', 'FR-974', 'CA-QC', 'XK', 'US-PR'])(
    '%s is a jurisdiction',
    (jurisdiction) => {
      expect(pointers({ legalIdentity: { ...identity, jurisdiction } })).toEqual([]);
    },
  );

  test.each(['ZZ', 'UK', 'EU', 'GB-XXX', 'DE-ENG', 'XK-01'])('%s is none', (jurisdiction) => {
    expect(pointers({ legalIdentity: { ...identity, jurisdiction } })).toEqual([
      '/legalIdentity/jurisdiction',
    ]);
  });

  test('each fault is told where it is, and nothing of what was sent', () => {
    const problems = contentProblems({
      legalIdentity: {
        ...identity,
        registrationAuthority: { name: 'Register', code: 'RA12' },
        legalForm: 'QQQQ',
      },
      addresses: [{ type: 'registered', street: 's', locality: 'l', country: 'QX' }],
      identifiers: [
        { scheme: 'Charity', id: 'SECRET' },
        { scheme: 'LEI', id: 'SECRETSECRETSECRET12' },
      ],
    });
    expect(problems.map(({ pointer }) => pointer)).toEqual([
      '/legalIdentity/registrationAuthority/code',
      '/legalIdentity/legalForm',
      '/addresses/0/country',
      '/identifiers/1/id',
    ]);
    expect(JSON.stringify(problems)).not.toMatch(/SECRET|QQQQ|QX/);
  });
});
