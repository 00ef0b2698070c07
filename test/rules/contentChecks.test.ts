import { describe, expect, it } from 'vitest';
import type { CheckCode } from '../../src/credentials/verification/checks.js';
import type { CredentialReport } from '../../src/credentials/verification/report.js';
import { addSeconds } from '../../src/kernel/instants.js';
import {
  accreditation,
  CREDENTIAL_ID,
  forgeToken,
  issueInWorld,
  legalIdentityCredential,
  NOW,
  recordOf,
  registrarKey,
  REGISTRAR_DID,
  signCredential,
} from '../support/issuer.js';
import { HEADER, verify, withSources, codesOf, expectReason } from '../support/reports.js';

describe('validity', () => {
  const until = addSeconds(NOW, 365 * 86_400);
  const from = addSeconds(NOW, -86_400);
  it.each([
    ['60 s after the end', addSeconds(until, 60), 'validity/current'],
    ['61 s after the end', addSeconds(until, 61), 'validity/expired'],
    ['60 s before the start', addSeconds(from, -60), 'validity/current'],
    ['61 s before the start', addSeconds(from, -61), 'validity/not-yet-valid'],
  ])('%s', async (_, now, code) => {
    const { world, token } = await issueInWorld();
    expect(codesOf(await verify(token, world, now))).toContain(code);
  });

  it.each([
    ['an expired signature', { exp: NOW.getTime() / 1000 - 61 }, 'validity/signature-expired'],
    ['a signature of the future', { iat: NOW.getTime() / 1000 + 61 }, 'validity/signature-not-yet-valid'],
  ] as const)('%s', async (_, claims, code) => {
    const { world } = await issueInWorld();
    const token = forgeToken(registrarKey, HEADER, { ...legalIdentityCredential(), ...claims });
    expectReason(await verify(token, world), code, 'rejected');
  });
});

describe('schema', () => {
  const cases: [name: string, change: object, code: CheckCode][] = [
    [
      'a member that the profile does not name',
      { credentialSubject: { ...subjectOf(), creditRating: 'AAA' } },
      'schema/violated',
    ],
    [
      "another schema than the type's",
      { credentialSchema: { id: 'https://other.example/s', type: 'JsonSchema' } },
      'schema/violated',
    ],
    ['no schema', { credentialSchema: undefined }, 'schema/violated'],
    ['a member beside the subject', { trusted: true }, 'schema/violated'],
    [
      'two types at once',
      { type: ['VerifiableCredential', 'CoopLegalIdentityCredential', 'CoopStatusCredential'] },
      'schema/violated',
    ],
    ['a foreign type under our schema', { type: ['VerifiableCredential', 'Diploma'] }, 'schema/violated'],
  ];
  it.each(cases)('%s', async (_, change, code) => {
    const { world } = await issueInWorld();
    const token = forgeToken(registrarKey, HEADER, { ...legalIdentityCredential(), ...change });
    expectReason(await verify(token, world), code, 'rejected');
  });

  it('a foreign schema is not guessed at', async () => {
    const { world } = await issueInWorld();
    const token = forgeToken(registrarKey, HEADER, {
      ...legalIdentityCredential(),
      type: ['VerifiableCredential', 'Diploma'],
      credentialSchema: { id: 'https://other.example/s', type: 'JsonSchema' },
    });
    expect(codesOf(await verify(token, world))).toContain('schema/unknown');
  });

  function subjectOf(): object {
    return legalIdentityCredential().credentialSubject;
  }
});

describe('accreditation', () => {
  const issuedAt = new Date('2026-06-01T00:00:00Z');
  const cases: [
    name: string,
    entries: (typeof accreditation)[],
    code: CheckCode,
    verdict: CredentialReport['verdict'],
  ][] = [
    ['none', [], 'accreditation/not-accredited', 'rejected'],
    [
      'of another type',
      [{ ...accreditation, credentialTypes: ['CoopStatusCredential'] }],
      'accreditation/not-accredited',
      'rejected',
    ],
    [
      'of another jurisdiction',
      [{ ...accreditation, jurisdictions: ['NZ', 'GB-SCT', 'G'] }],
      'accreditation/not-accredited',
      'rejected',
    ],
    [
      'up to a lower level',
      [{ ...accreditation, maxAssurance: 'low' }],
      'accreditation/insufficient',
      'rejected',
    ],
    [
      'that ended before',
      [{ ...accreditation, endsAt: issuedAt }],
      'accreditation/not-accredited',
      'rejected',
    ],
    [
      'that began after',
      [{ ...accreditation, validFrom: addSeconds(issuedAt, 1) }],
      'accreditation/not-accredited',
      'rejected',
    ],
    [
      'that ended since',
      [{ ...accreditation, endsAt: addSeconds(issuedAt, 1) }],
      'accreditation/accredited',
      'accepted',
    ],
    [
      'of the very jurisdiction',
      [{ ...accreditation, jurisdictions: ['GB-ENG'] }],
      'accreditation/accredited',
      'accepted',
    ],
    [
      'enough only later',
      [
        { ...accreditation, maxAssurance: 'low' },
        { ...accreditation, validFrom: addSeconds(issuedAt, 1) },
      ],
      'accreditation/insufficient',
      'rejected',
    ],
  ];
  it.each(cases)('one %s', async (_, entries, code, verdict) => {
    const { world, token } = await issueInWorld();
    world.issuances.set(CREDENTIAL_ID, recordOf(token, issuedAt));
    world.accreditations.set(REGISTRAR_DID, entries);
    expectReason(await verify(token, world), code, verdict);
  });

  it('an issuance that nobody recorded is undetermined', async () => {
    const { world, token } = await issueInWorld();
    world.issuances.clear();
    expectReason(await verify(token, world), 'accreditation/issuance-unrecorded', 'undetermined');
  });

  it("a record of another token under the credential's id does not count", async () => {
    const { world } = await issueInWorld();
    const other = { ...legalIdentityCredential(), validFrom: '2026-01-02T00:00:00Z' };
    expectReason(
      await verify(await signCredential(other), world),
      'accreditation/issuance-unrecorded',
      'undetermined',
    );
  });

  it.each(['accreditations', 'issuance'] as const)(
    '%s that cannot be asked are another answer',
    async (source) => {
      const { world, token } = await issueInWorld();
      for (const answer of [
        () => Promise.resolve('unavailable' as const),
        () => Promise.reject(new Error('down')),
      ]) {
        const report = await verify(token, withSources(world, { [source]: answer }));
        expectReason(report, 'accreditation/unavailable', 'undetermined');
      }
    },
  );
});
