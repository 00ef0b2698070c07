import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { EVIDENCE_SHAPES, SignatureOfCheck } from '../../src/credentials/evidence/shapes.js';
import { valuesOf } from '../support/fromSchema.js';
import { runs } from '../support/properties.js';

const DATA = new URL('../../../shared/data/oidc4ida/', import.meta.url);
const isThere = existsSync(DATA);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, DATA), 'utf8'));

/** The official schema of one piece of evidence. Its `date-time` is the specification's own, which may do without seconds. */
function officialValidator() {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv, ['date', 'uri', 'email', 'time']);
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/);
  ajv.addSchema(read('schema/claims_schema.json'));
  // Of requests, which no piece of evidence has anything to do with; it is not among the data.
  const requests = 'https://bitbucket.org/openid/ekyc-ida/raw/master/schema/verified_claims_request.json';
  ajv.addSchema({ $id: requests, $defs: { verified_claims_def: true } });
  const claims = read('schema/verified_claims.json');
  ajv.addSchema(claims);
  return ajv.compile({ $ref: `${claims.$id}#/$defs/evidence` });
}

const ours = Object.fromEntries(
  Object.entries(EVIDENCE_SHAPES).map(([type, shape]) => [type, Compile(shape as never)]),
) as unknown as Record<string, { Check(value: unknown): boolean }>;
const takes = (evidence: { type: string }) => ours[evidence.type]?.Check(evidence) ?? false;

describe.skipIf(!isThere)('OpenID Identity Assurance', () => {
  it.each(Object.keys(EVIDENCE_SHAPES))('takes whatever our shape of %s takes (property)', (type) => {
    const official = officialValidator();
    const shape = EVIDENCE_SHAPES[type as keyof typeof EVIDENCE_SHAPES];
    fc.assert(
      fc.property(valuesOf(shape), (evidence) => {
        expect(takes(evidence as { type: string })).toBe(true);
        official(evidence);
        expect(official.errors ?? []).toEqual([]);
      }),
      runs(100),
    );
  });

  it('wants three members of a signature that a check may leave out, and nothing else that we do not', () => {
    const official = officialValidator();
    const bare = { type: 'electronic_signature' };
    expect(Compile(SignatureOfCheck).Check(bare)).toBe(true);
    official(bare);
    expect(
      official.errors?.map(({ params }) => (params as { missingProperty?: string }).missingProperty),
    ).toEqual(expect.arrayContaining(['signature_type']));
    expect(takes(bare)).toBe(false);
    for (const type of ['document', 'electronic_record', 'vouch']) expect(takes({ type })).toBe(true);
  });

  const examples = isThere
    ? readdirSync(new URL('examples/', DATA)).flatMap((file) =>
        ((read(`examples/${file}`).verified_claims.verification.evidence ?? []) as { type: string }[]).map(
          (evidence, index): [string, Record<string, unknown> & { type: string }] => [
            `${file} ${index}`,
            evidence,
          ],
        ),
      )
    : [];

  it('gives examples of all four types', () => {
    expect(new Set(examples.map(([, { type }]) => type))).toEqual(new Set(Object.keys(EVIDENCE_SHAPES)));
  });

  it.each(examples)('%s is taken, but for claims about a person', (_name, evidence) => {
    const { derived_claims: personal, ...rest } = evidence;
    expect(takes(rest as { type: string })).toBe(true);
    if (personal !== undefined) expect(takes(evidence)).toBe(false);
  });
});

describe('what is left out on purpose', () => {
  const digest = { alg: 'sha-256', value: 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=' };
  const url = 'https://passport.test/v1/organisations/a/evidence/b';
  const withAttachment = (attachment: object) => ({ type: 'document', attachments: [attachment] });

  it('is not taken, and what stands for it is', () => {
    expect(takes(withAttachment({ url, digest }))).toBe(true);
    expect(takes(withAttachment({ content_type: 'text/plain', content: 'YQ==' }))).toBe(false);
    expect(takes(withAttachment({ url, digest, access_token: 'secret' }))).toBe(false);
    expect(takes(withAttachment({ url, digest, exp: 1 }))).toBe(false);
    expect(takes(withAttachment({ url }))).toBe(false);
    expect(takes(withAttachment({ url, digest: { ...digest, alg: 'md5' } }))).toBe(false);
    const voucher = { birthdate: '1956-01-28' };
    expect(takes({ type: 'vouch', attestation: { type: 'letter', voucher } } as never)).toBe(false);
  });

  it.each(['2026-13-01T10:00Z', '2026-11-01T24:00Z', '2026-11-01', '2026-11-01T10:00', '2026-11-01t10:00z'])(
    'an instant like %s',
    (created_at) => {
      expect(takes({ type: 'electronic_record', record: { type: 'register', created_at } } as never)).toBe(
        false,
      );
    },
  );
});
