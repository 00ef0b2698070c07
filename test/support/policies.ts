import type { AssuranceLevel, CheckMethod } from '../../src/credentials/assurance.js';
import { tierOf } from '../../src/credentials/assurance.js';
import { compilePolicy, evaluatePolicy, type PolicyCheck } from '../../src/credentials/policies/evaluate.js';
import type { PolicyFacts } from '../../src/credentials/policies/facts.js';
import type { PolicyRule } from '../../src/credentials/policies/policy.js';
import type { TypedObject } from '../../src/credentials/dataModel.js';
import { resultOf, type Verdict } from '../../src/credentials/verification/checks.js';
import type { CredentialReport, PresentationReport } from '../../src/credentials/verification/report.js';

/** Reports as the verifier gives them, for what policies make of them. */
export const VERIFIED_AT = '2026-11-20T12:00:00.000Z';
export const REGISTRAR = 'did:web:passport.example:orgs:registrar';
export const FEDERATION = 'did:web:passport.example:orgs:federation';

export interface Entry {
  readonly field: string;
  readonly method?: CheckMethod;
  readonly type?: string;
  readonly time?: string;
  readonly digest?: boolean;
  readonly provenance?: string;
}

export function evidenceOf(entry: Entry): TypedObject {
  const { field, method = 'register_lookup', type = 'electronic_record', digest = false } = entry;
  return {
    type,
    field,
    check_details: [{ check_method: method, time: entry.time ?? '2026-11-01T09:30:00Z' }],
    provenance: entry.provenance ?? tierOf(method),
    ...(digest && { digest: { alg: 'sha-256', salt: 'salt', value: 'value' } }),
  };
}

export const ACCREDITATION: NonNullable<PolicyFacts['accreditation']> = {
  since: '2025-01-01T00:00:00.000Z',
  isHeld: true,
  upTo: 'high',
  hops: 0,
};

export interface Changes {
  readonly verdict?: Verdict;
  readonly issuer?: string;
  readonly assurance?: AssuranceLevel;
  readonly evidence?: readonly Entry[];
  readonly facts?: PolicyFacts;
  readonly contested?: readonly { pointer: string; since: string }[];
}

export function credentialReport(type: string, changes: Changes = {}): CredentialReport {
  const { verdict = 'accepted', issuer = REGISTRAR, assurance = 'substantial', contested } = changes;
  const code = {
    accepted: 'status/clear',
    rejected: 'status/revoked',
    undetermined: 'status/unreachable',
  } as const;
  return {
    verdict,
    verifiedAt: VERIFIED_AT,
    checks: [resultOf(code[verdict])],
    credential: {
      type: ['VerifiableCredential', type],
      issuer: { did: issuer },
      subject: { did: 'did:web:passport.example:orgs:coop' },
      assurance,
      evidence: (changes.evidence ?? []).map(evidenceOf),
      ...(contested && { contested }),
      ...(verdict === 'accepted' && {
        facts: { jurisdiction: 'GB-ENG', accreditation: ACCREDITATION, openContests: 0, ...changes.facts },
      }),
    },
  };
}

export function presentationReport(credentials: readonly CredentialReport[]): PresentationReport {
  const verdicts = credentials.map(({ verdict }) => verdict);
  const verdict = verdicts.includes('rejected')
    ? 'rejected'
    : verdicts.every((one) => one === 'accepted')
      ? 'accepted'
      : 'undetermined';
  return { verdict, verifiedAt: VERIFIED_AT, checks: [resultOf('holder/bound')], credentials };
}

export const GENUINE: NonNullable<PolicyFacts['democraticControl']> = {
  votingRule: 'one_member_one_vote',
  memberCount: 42,
  memberClasses: [{ memberCount: 42, votesPerMember: 1, isTransacting: true, isInvestor: false }],
  transactingVoteShare: 100,
  largestVoteShare: 2.38,
  investorVoteShare: 0,
  assetLock: true,
  lastGeneralMeetingOn: '2026-05-01',
};

const REPRESENTATION: Entry = { field: '/representation', method: 'callback' };
const byDocument = (field: string): Entry => ({
  field,
  method: 'document_inspection',
  type: 'document',
  digest: true,
});

export const IDENTITY_EVIDENCE: readonly Entry[] = [
  REPRESENTATION,
  { field: '/legalIdentity/legalName' },
  byDocument('/legalIdentity/legalName'),
  { field: '/legalIdentity/registrationNumber' },
  { field: '/legalIdentity/jurisdiction' },
];
export const STATUS_EVIDENCE: readonly Entry[] = [
  REPRESENTATION,
  { field: '/democraticControl/category' },
  byDocument('/democraticControl/votingRule'),
  { field: '/democraticControl/memberCount' },
];

/** Every credential of a passport that no ready-made policy finds fault with; `changes` by type. */
export function passport(changes: Readonly<Record<string, Changes>> = {}): CredentialReport[] {
  const whole: Readonly<Record<string, Changes>> = {
    CoopLegalIdentityCredential: {
      evidence: IDENTITY_EVIDENCE,
      facts: { legalForm: 'FVGZ', legalStatus: 'active' },
    },
    CoopStatusCredential: { evidence: STATUS_EVIDENCE, facts: { democraticControl: GENUINE } },
    FederationMembershipCredential: {
      issuer: FEDERATION,
      evidence: [REPRESENTATION, { field: '/recognition/federations/0' }],
      facts: { memberships: [{ did: FEDERATION, standing: 'good_standing' }] },
    },
    KycDossierCredential: { evidence: [...IDENTITY_EVIDENCE, ...STATUS_EVIDENCE] },
    ControlPersonsCredential: {
      evidence: [REPRESENTATION, byDocument('/controlPersons')],
      facts: { isPartial: true },
    },
    AuthorisedSignatoryCredential: {
      evidence: [REPRESENTATION, byDocument('/signatories')],
      facts: { isPartial: true },
    },
    ScreeningCredential: {
      evidence: [REPRESENTATION, { field: '/screening', method: 'screening' }],
      facts: {
        screening: { result: 'clear', kinds: ['sanctions', 'pep'], screenedAt: '2026-11-19T10:00:00Z' },
      },
    },
  };
  return Object.entries(whole).map(([type, usual]) =>
    credentialReport(type, {
      ...usual,
      ...changes[type],
      facts: { ...usual.facts, ...changes[type]?.facts },
    }),
  );
}

export function judge(rule: PolicyRule, report: unknown): PolicyCheck {
  const [check] = evaluatePolicy(compilePolicy([rule]), report);
  if (!check) throw new Error('a rule without a check');
  return check;
}
