import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  trackFieldVersions,
  versionOf,
  type FieldVersions,
} from '../../src/features/dossiers/fieldVersions.js';
import { computeProvenance } from '../../src/features/dossiers/rules.js';
import type { DossierBlocks } from '../../src/features/dossiers/schemas.js';
import { isDeepStrictEqual } from 'node:util';
import { covers, leafPointers, valueAt } from '../../src/kernel/jsonPointer.js';
import { runs } from '../support/properties.js';

/** How old values are, and what the fields of a dossier stand on. */
const scalar = fc.constantFrom('a', 'b', 1, true);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('x', 'y', 'a/b', '~', 'constructor'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
}));
const blocks = fc.dictionary(fc.constantFrom('legalIdentity', 'addresses', 'capacity'), value, {
  maxKeys: 3,
  noNullPrototype: true,
});
const histories = fc.array(blocks, { minLength: 1, maxLength: 6 });

/** The first version of the unbroken run of equal values at the end, found by looking at all of them. */
function sinceByHistory(history: readonly unknown[], pointer: string): number {
  const now = valueAt(history.at(-1), pointer);
  let version = history.length;
  while (version > 1 && isDeepStrictEqual(valueAt(history[version - 2], pointer), now)) version -= 1;
  return version;
}

function follow(history: readonly unknown[]): FieldVersions {
  let since: FieldVersions = {};
  history.forEach((saved, n) => {
    since = trackFieldVersions({ version: n, blocks: n === 0 ? {} : history[n - 1], since }, saved, n + 1);
  });
  return since;
}

describe('the version since which a value is what it is', () => {
  test('is the one that the whole history shows, for leaves and for what they lie in', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const since = follow(history);
        for (const [pointer, version] of Object.entries(since))
          expect([pointer, version]).toEqual([pointer, sinceByHistory(history, pointer)]);
        for (const pointer of leafPointers(history.at(-1)).filter((leaf) => leaf !== ''))
          expect(since).toHaveProperty([pointer]);
      }),
      runs(150),
    );
  });

  test('of a list whose last entry went is the version in which it went, though the others are older', () => {
    const [before, after] = [
      { addresses: [{ street: 'a' }, { street: 'b' }] },
      { addresses: [{ street: 'a' }] },
    ];
    const since = follow([before, before, after]);
    expect(since).toMatchObject({ '/addresses': 3, '/addresses/0': 1, '/addresses/0/street': 1 });
  });

  test('is kept of persons only by entry, never by what their entries say', () => {
    const statement = { statementId: '1', recordType: 'person', 'Jane Doe': { born: '1960-01-01' } };
    const since = follow([{ controlPersons: [statement], officers: [{ fullName: 'Jane' }] }]);
    expect(Object.keys(since).sort()).toEqual([
      '/controlPersons',
      '/controlPersons/0',
      '/officers',
      '/officers/0',
    ]);
    expect(versionOf(since, '/controlPersons/0/Jane Doe/born')).toBe(1);
  });

  test('where it was not kept before, is the version that was there', () => {
    const saved = { version: 7, blocks: { capacity: { x: 1, y: 1 } } };
    expect(trackFieldVersions(saved, { capacity: { x: 1, y: 2 } }, 8)).toEqual({
      '/capacity': 8,
      '/capacity/x': 7,
      '/capacity/y': 8,
    });
  });
});

describe('provenance', () => {
  const SAVED = new Date('2026-01-01T00:00:00Z');
  const CHECKED = new Date('2026-02-01T00:00:00Z');
  const LATER = new Date('2026-03-01T00:00:00Z');
  const dossier = { legalIdentity: { legalName: 'A', registrationNumber: '1' } } as DossierBlocks;
  const provenanceOf = (
    checks: Parameters<typeof computeProvenance>[1],
    uploads: Parameters<typeof computeProvenance>[2] = [],
  ) => computeProvenance(dossier, checks, uploads, () => SAVED)['/legalIdentity/legalName'];
  const check = (changes: object = {}) => ({
    field: '/legalIdentity/legalName',
    tier: 'official_register' as const,
    checkedAt: CHECKED,
    evidenceId: 'looked at',
    ...changes,
  });

  test('without a check is as old as the value', () => {
    expect(provenanceOf([])).toEqual({ tier: 'self_declared', asOf: SAVED.toISOString() });
  });

  test('is as old as the latest check that gives the tier, and rests on what those looked at', () => {
    const checks = [
      check(),
      check({ field: '/legalIdentity', checkedAt: LATER, evidenceId: 'looked at later' }),
      check({ tier: 'third_party', evidenceId: 'heard', checkedAt: LATER }),
      check({ field: '/legalIdentity/registrationNumber', tier: 'verified' }),
    ];
    expect(provenanceOf(checks)).toEqual({
      tier: 'official_register',
      asOf: LATER.toISOString(),
      evidence: ['looked at', 'looked at later'],
    });
  });

  test('names the uploads that name the field or what it lies in, each once', () => {
    const uploads = [
      { id: 'extract', fields: ['/legalIdentity', '/legalIdentity/legalName'] },
      { id: 'accounts', fields: ['/capacity'] },
      { id: 'near', fields: ['/legalIdentity/legalNam', '/legalIdentity/legalName/x'] },
    ];
    expect(provenanceOf([], uploads)?.evidence).toEqual(['extract']);
  });

  test('is what looking at every check for every field gives', () => {
    const field = fc.constantFrom(
      '/legalIdentity',
      '/legalIdentity/x',
      '/legalIdentity/x/y',
      '/capacity',
      '/cap',
    );
    const tier = fc.constantFrom('self_declared', 'third_party', 'official_register', 'verified');
    const order = ['self_declared', 'third_party', 'official_register', 'verified'];
    fc.assert(
      fc.property(
        blocks,
        fc.array(fc.record({ field, tier, checkedAt: fc.constant(CHECKED) })),
        (saved, checks) => {
          const given = checks as Parameters<typeof computeProvenance>[1];
          for (const [pointer, entry] of Object.entries(
            computeProvenance(saved as DossierBlocks, given, [], () => SAVED),
          )) {
            const ranks = given
              .filter((one) => covers(one.field, pointer))
              .map((one) => order.indexOf(one.tier));
            expect(order.indexOf(entry.tier)).toBe(Math.max(0, ...ranks));
          }
        },
      ),
      runs(100),
    );
  });
});
