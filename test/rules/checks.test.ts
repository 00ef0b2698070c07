import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHECK_CODES,
  CHECKS,
  completeResults,
  CREDENTIAL_CHECKS,
  foldVerdict,
  lowestVerdict,
  resultOf,
  SKIPS_ALLOWED,
  type CheckCode,
} from '../../src/credentials/verification/checks.js';
import { runs } from '../support/properties.js';

const codes = Object.keys(CHECK_CODES) as CheckCode[];
const anyResult = fc.constantFrom(...codes).map((code) => resultOf(code));
const anyResults = fc.array(anyResult, { maxLength: 14 });
const passing = CREDENTIAL_CHECKS.map((check) => {
  const code = codes.find(
    (candidate) => candidate.startsWith(`${check}/`) && CHECK_CODES[candidate][0] === 'pass',
  );
  return resultOf(code ?? 'policy/not-checked');
});

describe('the table of codes', () => {
  it('says for every check that it was not checked, which is undetermined', () => {
    for (const check of CHECKS) expect(CHECK_CODES[`${check}/not-checked`][0]).toBe('undetermined');
  });

  it('allows exactly the skips that it has', () => {
    const skips = codes.filter((code) => CHECK_CODES[code][0] === 'skipped');
    expect(new Set(skips)).toEqual(SKIPS_ALLOWED);
  });
});

describe('foldVerdict', () => {
  it('accepts when every expected check has passed', () => {
    expect(foldVerdict(passing, CREDENTIAL_CHECKS)).toBe('accepted');
  });

  it('rejects exactly when something failed', () => {
    fc.assert(
      fc.property(anyResults, (results) => {
        const failed = results.some(({ outcome }) => outcome === 'fail');
        expect(foldVerdict(results, CREDENTIAL_CHECKS) === 'rejected').toBe(failed);
      }),
      runs(100),
    );
  });

  it('accepts only a complete set of passes and allowed skips', () => {
    fc.assert(
      fc.property(anyResults, (more) => {
        const results = [...passing, ...more];
        const settled = more.every(({ outcome }) => outcome === 'pass' || outcome === 'skipped');
        expect(foldVerdict(results, CREDENTIAL_CHECKS) === 'accepted').toBe(settled);
      }),
      runs(100),
    );
  });

  it('does not accept when any one expected check is missing', () => {
    for (const missing of CREDENTIAL_CHECKS) {
      const results = passing.filter(({ check }) => check !== missing);
      expect(foldVerdict(results, CREDENTIAL_CHECKS)).toBe('undetermined');
    }
  });

  it('does not let a skip pass that is not allowed', () => {
    const results = [...passing, resultOf('status/none-declared')];
    expect(foldVerdict(results, CREDENTIAL_CHECKS, new Set())).toBe('undetermined');
  });

  it('never rises by a further result', () => {
    const rank = { rejected: 0, undetermined: 1, accepted: 2 };
    fc.assert(
      fc.property(anyResults, anyResult, (results, more) => {
        const complete = completeResults(CREDENTIAL_CHECKS, results);
        const before = rank[foldVerdict(complete, CREDENTIAL_CHECKS)];
        expect(rank[foldVerdict([...complete, more], CREDENTIAL_CHECKS)]).toBeLessThanOrEqual(before);
      }),
      runs(100),
    );
  });
});

it.each([
  [['accepted', 'accepted'], 'accepted'],
  [['accepted', 'undetermined'], 'undetermined'],
  [['undetermined', 'rejected', 'accepted'], 'rejected'],
] as const)('the lowest of %j is %s', (verdicts, lowest) => {
  expect(lowestVerdict(verdicts)).toBe(lowest);
});
