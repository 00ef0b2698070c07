import fc from 'fast-check';

interface Schema {
  readonly type?: string;
  readonly const?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

const two = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).map((n) => String(n).padStart(2, '0'));
const day = fc
  .tuple(fc.integer({ min: 1000, max: 9999 }), two(1, 12), two(1, 28))
  .map(([year, month, date]) => `${year}-${month}-${date}`);

/** Values of a closed shape, as far as the shapes of evidence need it: every member that may be left out is, now and then. */
export function valuesOf(schema: object): fc.Arbitrary<unknown> {
  const { type, const: only, format, pattern, ...rest } = schema as Schema;
  if (only !== undefined) return fc.constant(only);
  if (type === 'array')
    return fc.array(valuesOf(rest.items ?? {}), { minLength: rest.minItems ?? 0, maxLength: 3 });
  if (type === 'object') {
    const members = Object.entries(rest.properties ?? {}).map(([name, member]) => [name, valuesOf(member)]);
    return fc.record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: [...(rest.required ?? [])],
    });
  }
  if (format === 'date') return day;
  if (format === 'uri')
    return fc.uuid().map((id) => `https://passport.test/v1/organisations/${id}/evidence/${id}`);
  // Whatever is text of any kind, and whatever has a form of its own.
  if (pattern === '\\S')
    return fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: Math.min(rest.maxLength ?? 20, 20) })
      .map((text) => (/\S/.test(text) ? text : 'x').slice(0, rest.maxLength));
  return fc.stringMatching(new RegExp(pattern ?? '^x$'));
}
