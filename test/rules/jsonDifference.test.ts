import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differenceOf, type Difference } from '../../src/kernel/jsonDifference.js';
import { pointerTokens } from '../../src/kernel/jsonPointer.js';
import { runs } from '../support/properties.js';

const ALL = { limit: Infinity, isHidden: () => false };

interface Step {
  readonly tokens: readonly string[];
  readonly difference: Difference;
}

/** Written without looking at how differences are found: what they mean, as their description has it. */
function applied(before: unknown, steps: readonly Step[]): unknown {
  const here = steps.find(({ tokens }) => tokens.length === 0);
  if (here) return here.difference.after;
  if (steps.length === 0 || typeof before !== 'object' || before === null) return before;
  const below = (token: string) =>
    steps
      .filter(({ tokens }) => tokens[0] === token)
      .map(({ tokens, difference }) => ({ tokens: tokens.slice(1), difference }));
  const own = (change: Difference['change']) =>
    steps.filter(({ tokens, difference }) => tokens.length === 1 && difference.change === change);
  const removed = new Set(own('removed').map(({ tokens }) => tokens[0]));
  const added = new Map(own('added').map(({ tokens, difference }) => [tokens[0] ?? '', difference.after]));
  const inner = (token: string) =>
    below(token).filter(({ tokens, difference }) => tokens.length > 0 || difference.change === 'changed');
  if (!Array.isArray(before)) {
    const kept = Object.entries(before).filter(([name]) => !removed.has(name));
    const members = kept.map(([name, value]): [string, unknown] => [name, applied(value, inner(name))]);
    return Object.fromEntries([...members, ...added]);
  }
  const kept = before.filter((_, index) => !removed.has(String(index)));
  const result: unknown[] = [];
  for (let index = 0; index < kept.length + added.size; index += 1) {
    const token = String(index);
    const isNew = added.has(token);
    result.push(
      isNew
        ? added.get(token)
        : applied(kept[index - [...added.keys()].filter((at) => Number(at) < index).length], inner(token)),
    );
  }
  return result;
}

const applyAll = (before: unknown, differences: readonly Difference[]) =>
  applied(
    before,
    differences.map((difference) => ({ tokens: pointerTokens(difference.pointer), difference })),
  );

const name = fc.constantFrom('a', 'b', 'id', 'x/y', '~', '0');
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, 1, 'one', 'two'),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('a difference', () => {
  test('applied to what was before gives what is after, and is empty exactly between equals', () => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        const { differences } = differenceOf(before, after, ALL);
        expect(applyAll(before, differences)).toEqual(after);
        expect(differenceOf(before, structuredClone(before), ALL).differences).toEqual([]);
      }),
      runs(400),
    );
  });

  test('of lists that share most items, too', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 8 }), fc.nat(), fc.nat(), value, (list, cut, at, item) => {
        const after = list.filter((_, index) => index !== cut % (list.length + 1));
        after.splice(at % (after.length + 1), 0, item);
        expect(applyAll(list, differenceOf(list, after, ALL).differences)).toEqual(after);
      }),
      runs(200),
    );
  });

  const found = (before: unknown, after: unknown) =>
    differenceOf(before, after, ALL).differences.map(({ change, pointer }) => `${change} ${pointer}`);
  const address = (street: string) => ({ type: 'registered', street });

  test.each<[string, unknown, unknown, string[]]>([
    ['a member that changed', { a: 1 }, { a: 2 }, ['changed /a']],
    ['members that came and went', { a: 1 }, { b: 1 }, ['removed /a', 'added /b']],
    ['an item put before others', ['x', 'y'], ['w', 'x', 'y'], ['added /0']],
    ['an item taken from among others', ['x', 'y', 'z'], ['x', 'z'], ['removed /1']],
    [
      'an item that changed where it is',
      [address('A'), address('B')],
      [address('A'), address('C')],
      ['changed /1/street'],
    ],
    ['what bears another name', [{ id: '1', n: 1 }], [{ id: '2', n: 1 }], ['removed /0', 'added /0']],
    [
      'what bears the same name elsewhere',
      [{ id: '1', n: 1 }],
      [{ id: '0' }, { id: '1', n: 2 }],
      ['added /0', 'changed /1/n'],
    ],
    ['another kind of value', { a: [1] }, { a: { b: 1 } }, ['changed /a']],
  ])('names %s', (_what, before, after, expected) => {
    expect(found(before, after)).toEqual(expected);
  });

  test('is bounded, says so, and keeps hidden values to itself', () => {
    const [before, after] = [
      { officers: ['Ada'], b: 1, c: 1 },
      { officers: ['Ben'], b: 2, c: 2 },
    ];
    const options = { limit: 2, isHidden: (pointer: string) => pointer.startsWith('/officers') };
    expect(differenceOf(before, after, options)).toEqual({
      differences: [
        { pointer: '/officers/0', change: 'changed', withheld: true },
        { pointer: '/b', change: 'changed', before: 1, after: 2 },
      ],
      isTruncated: true,
    });
  });

  test('of lists of thousands takes no square of them', () => {
    const long = Array.from({ length: 5_000 }, (_, index) => index);
    const other = long.map((index) => index + 5_000);
    expect(differenceOf(long, other, ALL).differences).toHaveLength(5_000);
  });
});
