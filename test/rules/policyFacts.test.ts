import { describe, expect, test } from 'vitest';
import { presentSdJwt } from '../../src/credentials/securing/sdJwt/present.js';
import { VC_SD_JWT_PROFILE } from '../../src/credentials/securing/vcSdJwt.js';
import { gatherFacts } from '../../src/credentials/policies/facts.js';
import type { Credential } from '../../src/credentials/dataModel.js';
import { decideUnder, compilePolicy } from '../../src/credentials/policies/evaluate.js';
import type { PolicyRule } from '../../src/credentials/policies/policy.js';
import { createWorldOfForms, FORMATS } from '../support/forms.js';
import { accreditation, NOW, REGISTRAR_DID } from '../support/issuer.js';
import { verify, withSources } from '../support/reports.js';

const FULL: readonly PolicyRule[] = [
  { rule: 'credentials', anyOf: [['CoopLegalIdentityCredential']] },
  { rule: 'registrars', dids: [REGISTRAR_DID] },
  { rule: 'registrars', accreditation: { stillHeld: true, heldFor: 'P6M', upTo: 'substantial' } },
  { rule: 'jurisdictions', anyOf: ['GB'] },
  { rule: 'assurance', minimum: 'substantial' },
  {
    rule: 'checks',
    fields: ['/representation', '/legalIdentity/legalName'],
    provenance: 'official_register',
    evidenceTypes: ['electronic_record'],
    maximumAge: 'P30D',
  },
  { rule: 'recognition', maximumHops: 0 },
];

describe.each(FORMATS)('what policies go by in %s', (format) => {
  const isPartial = format.endsWith('sd-jwt');

  test('is what was verified and what the network knows', async () => {
    const { world, forms } = await createWorldOfForms();
    const { credential } = await verify(forms[format], world);
    expect(credential?.facts).toEqual({
      ...(isPartial && { isPartial: true }),
      jurisdiction: 'GB-ENG',
      accreditation: {
        since: accreditation.validFrom.toISOString(),
        isHeld: true,
        upTo: 'substantial',
        hops: 0,
      },
    });
  });

  test('meets a policy that asks for it', async () => {
    const { world, forms } = await createWorldOfForms();
    const report = decideUnder(compilePolicy(FULL), await verify(forms[format], world));
    expect(report.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    expect(report.verdict).toBe('accepted');
  });

  test('is nothing at all where it was not accepted', async () => {
    const { world, forms } = await createWorldOfForms();
    world.issuances.clear();
    const report = await verify(forms[format], world);
    expect(report.credential).toBeDefined();
    expect(report.credential).not.toHaveProperty('facts');
    const decided = decideUnder(compilePolicy(FULL), report);
    expect(decided.checks.slice(-FULL.length).map(({ outcome }) => outcome)).not.toContain('pass');
  });
});

test('an accreditation that has ended since says so', async () => {
  const { world, forms } = await createWorldOfForms();
  const issuedAt = [...world.issuances.values()][0]?.issuedAt ?? NOW;
  const endsAt = new Date(issuedAt.getTime() + 1);
  world.accreditations.set(REGISTRAR_DID, [{ ...accreditation, endsAt }]);
  const { credential, verdict } = await verify(forms['vc+jwt'], world);
  expect(verdict).toBe('accepted');
  expect(credential?.facts?.accreditation?.isHeld).toBe(false);
});

test('of several accreditations the earliest and the highest count, if they were held when it was issued', async () => {
  const { world, forms } = await createWorldOfForms();
  const later = {
    ...accreditation,
    validFrom: new Date('2026-06-01T00:00:00Z'),
    maxAssurance: 'high',
  } as const;
  const over = {
    ...accreditation,
    validFrom: new Date('2020-01-01T00:00:00Z'),
    endsAt: new Date('2021-01-01T00:00:00Z'),
  };
  const elsewhere = { ...accreditation, validFrom: new Date('2019-01-01T00:00:00Z'), jurisdictions: ['FR'] };
  world.accreditations.set(REGISTRAR_DID, [over, elsewhere, accreditation, later]);
  const { credential } = await verify(forms['vc+jwt'], world);
  expect(credential?.facts?.accreditation).toMatchObject({
    since: accreditation.validFrom.toISOString(),
    upTo: 'high',
  });
});

describe('contests', () => {
  const rule: PolicyRule = { rule: 'uncontested' };
  const judge = async (contests?: () => Promise<{ pointer: string; since: Date }[]>) => {
    const { world, forms } = await createWorldOfForms();
    const report = await verify(forms['vc+jwt'], contests ? withSources(world, { contests }) : world);
    return decideUnder(compilePolicy([rule]), report).checks.at(-1)?.code;
  };
  test('are none, or some', async () => {
    expect(await judge(async () => [])).toBe('policy/met');
    expect(await judge(async () => [{ pointer: '/credentialSubject/legalName', since: NOW }])).toBe(
      'policy/not-met',
    );
  });
  test('that nobody could ask about are not none', async () => {
    expect(await judge()).toBe('policy/not-shown');
    expect(await judge(() => Promise.reject(new Error('out of reach')))).toBe('policy/not-shown');
  });
});

test('an accreditation that comes from further away says so', async () => {
  const { world, forms } = await createWorldOfForms();
  const recognised = withSources(world, {
    accreditations: async () => ({ entries: [accreditation], hops: 2 }),
  });
  const { credential } = await verify(forms['vc+jwt'], recognised);
  expect(credential?.facts?.accreditation?.hops).toBe(2);
});

test('what the holder keeps back is not there', async () => {
  const { world, forms } = await createWorldOfForms();
  const shown = await presentSdJwt(forms['vc+sd-jwt'], VC_SD_JWT_PROFILE, {
    disclose: ['/credentialSubject/jurisdiction'],
  });
  if ('problem' in shown) throw new Error(shown.problem);
  const { credential } = await verify(shown.presentation, world);
  expect(credential?.facts).toMatchObject({ isPartial: true, jurisdiction: 'GB-ENG' });
  expect(credential?.subject).not.toHaveProperty('name');
});

describe('facts of a subject', () => {
  const circumstances = { isPartial: false, accreditation: undefined, openContests: undefined };
  const factsOf = (type: string, subject: object) =>
    gatherFacts(
      { type: ['VerifiableCredential', type], credentialSubject: subject } as unknown as Credential,
      circumstances,
    );

  test('hold figures and states, no names and no free text about a lock', () => {
    const facts = factsOf('CoopStatusCredential', {
      jurisdiction: 'GB',
      votingRule: 'one_member_one_vote',
      memberClasses: [{ name: 'The Ada Example class', memberCount: 3, votesPerMember: 1 }],
      assetLock: 'As Ada Example wrote in rule 14',
      byLaws: { digest: 'x' },
      surplusDistribution: 'As Ada Example says',
    });
    expect(facts).toEqual({
      jurisdiction: 'GB',
      democraticControl: {
        votingRule: 'one_member_one_vote',
        memberClasses: [{ memberCount: 3, votesPerMember: 1 }],
        assetLock: 'described',
      },
    });
  });
  test('are of their own type only', () => {
    const subject = {
      jurisdiction: 'GB',
      legalForm: 'FVGZ',
      status: 'active',
      memberCount: 3,
      result: 'clear',
    };
    expect(factsOf('FederationMembershipCredential', subject)).toEqual({
      jurisdiction: 'GB',
      memberships: [],
    });
    expect(factsOf('CoopLegalIdentityCredential', subject)).toEqual({
      jurisdiction: 'GB',
      legalForm: 'FVGZ',
      legalStatus: 'active',
    });
    expect(factsOf('AlienCredential', subject)).toEqual({ jurisdiction: 'GB' });
  });
  test('of several subjects are nobody’s', () => {
    const both = [{ jurisdiction: 'GB' }, { jurisdiction: 'FR' }];
    expect(factsOf('CoopLegalIdentityCredential', both)).toEqual({});
  });
});
