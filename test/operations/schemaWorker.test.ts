import { afterAll, describe, expect, it } from 'vitest';
import { createSchemaWorker } from '../../src/adapters/schemaWorker.js';

const $schema = 'https://json-schema.org/draft/2020-12/schema';
const worker = createSchemaWorker({ timeoutMs: 1_500, maxWaiting: 8 });
afterAll(() => worker.close());

const catastrophic = { $schema, properties: { a: { pattern: '^(a+)+$' } } };
const poison = { a: `${'a'.repeat(40)}!` };

describe('a foreign schema, in a thread of its own', () => {
  it('gives the verdict that it gives anywhere', async () => {
    const schema = { $schema, properties: { a: { type: 'integer' } } };
    expect(await worker.validate(schema, { a: 1 })).toMatchObject({ reason: 'conforms' });
    expect(await worker.validate(schema, { a: 'x' })).toMatchObject({ reason: 'violated', pointer: '/a' });
  });

  it('with a catastrophic pattern is ended, and the next one is checked all the same', async () => {
    const [first, second] = await Promise.all([
      worker.validate(catastrophic, poison),
      worker.validate({ $schema }, {}),
    ]);
    expect([first.reason, second.reason]).toEqual(['tooComplex', 'conforms']);
  });

  it.each([
    ['names of members', { $schema, patternProperties: { '^(a+)+$': true } }, { [poison.a]: 1 }],
    [
      'a format of its own',
      { $schema, properties: { a: { format: 'regex', pattern: '(x+x+)+y' } } },
      { a: 'x'.repeat(50) },
    ],
  ])('with a catastrophic pattern for %s is ended', async (_, schema, instance) => {
    expect(await worker.validate(schema, instance)).toMatchObject({ reason: 'tooComplex' });
  });

  it('that multiplies itself is ended', async () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        `d${index}`,
        { allOf: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/d${index + 1}` }] },
      ]),
    );
    const schema = { $schema, $ref: '#/$defs/d0', $defs: { ...$defs, d30: true } };
    expect(await worker.validate(schema, {})).toMatchObject({ outcome: 'indeterminate' });
  });

  it('a message that cannot be written is not checked', async () => {
    const loop: Record<string, unknown> = {};
    loop['loop'] = loop;
    expect(await worker.validate({ $schema }, loop)).toMatchObject({ outcome: 'indeterminate' });
  });

  it('beyond what may wait is refused', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => worker.validate({ $schema }, {})));
    expect(answers.filter(({ reason }) => reason === 'unavailable').length).toBeGreaterThan(0);
    expect(answers.filter(({ reason }) => reason === 'conforms').length).toBeGreaterThan(7);
  });

  it('after the end is not checked', async () => {
    const other = createSchemaWorker();
    await other.close();
    expect(await other.validate({ $schema }, {})).toMatchObject({ reason: 'unavailable' });
  });
});
