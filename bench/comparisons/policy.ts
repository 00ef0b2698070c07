import type { PolicyRule } from '../../src/credentials/policies/policy.js';
import type { CredentialReport, PresentationReport } from '../../src/credentials/verification/report.js';
import { verifying, type Comparison } from '../comparison.js';
import { compilePolicy, decideUnder, parseVcJwt, verifyVcJwtSignature } from '../core.js';
import {
  createIssuer,
  eachSample,
  sampleCredential,
  signJwts,
  type Algorithm,
  type SignedJwt,
} from '../samples.js';

const IDENTITY = 'CoopLegalIdentityCredential';
const STATUS = 'CoopStatusCredential';
const NAME = '/legalIdentity/legalName';
const NUMBER = '/legalIdentity/registrationNumber';
const VOTING = '/democraticControl/votingRule';
const REGISTRAR = 'did:web:passport.example:orgs:registrar';

/** Every kind that two credentials can meet, and the kind that takes longest most often. */
const RULES: readonly PolicyRule[] = [
  {
    rule: 'credentials',
    anyOf: [
      [IDENTITY, 'KycDossierCredential'],
      [IDENTITY, STATUS],
    ],
  },
  { rule: 'registrars', dids: [REGISTRAR] },
  { rule: 'registrars', accreditation: { stillHeld: true } },
  { rule: 'registrars', credentialTypes: [IDENTITY], accreditation: { heldFor: 'P1Y', upTo: 'substantial' } },
  { rule: 'jurisdictions', anyOf: ['IE', 'GB'] },
  { rule: 'legalForms', anyOf: ['7VVZ', 'XLZV'] },
  { rule: 'legalStatus', anyOf: ['active'] },
  { rule: 'assurance', minimum: 'substantial' },
  { rule: 'assurance', minimum: 'substantial', credentialTypes: [IDENTITY] },
  ...[NAME, NUMBER, VOTING].flatMap((field): PolicyRule[] => [
    { rule: 'checks', fields: [field], provenance: 'official_register' },
    { rule: 'checks', fields: [field], evidenceTypes: ['document', 'electronic_record'] },
    { rule: 'checks', fields: [field], maximumAge: 'P1Y' },
  ]),
  { rule: 'checks', fields: ['/representation'], provenance: 'verified', maximumAge: 'P1Y' },
  { rule: 'checks', fields: [NAME, NUMBER, VOTING], assurance: 'substantial' },
  { rule: 'coopTest', test: 'oneMemberOneVote' },
  { rule: 'coopTest', test: 'sixtyPercentTest' },
  { rule: 'coopTest', test: 'voteConcentration', atMost: 10 },
  { rule: 'coopTest', test: 'investorInfluence' },
  { rule: 'coopTest', test: 'assetLock' },
  { rule: 'coopTest', test: 'generalMeetingHeld' },
  { rule: 'coopTest', test: 'minimumMembers', atLeast: 7 },
  { rule: 'coopTest', test: 'consistency' },
  { rule: 'recognition', maximumHops: 0 },
  { rule: 'uncontested' },
];

/** What a policy costs next to the one thing that no verification can do without. */
export function comparePolicy(algorithm: Algorithm): Comparison {
  const issuer = createIssuer(algorithm);
  const tokens = signJwts(
    issuer,
    { typ: 'vc+jwt' },
    eachSample((number) => sampleCredential(issuer.did, number)),
  );
  const parse = ({ token }: SignedJwt) => {
    const parsed = parseVcJwt(token);
    if ('problem' in parsed) throw new Error(parsed.problem);
    return parsed;
  };
  const policy = compilePolicy(RULES);
  const decide = (report: PresentationReport) => decideUnder(policy, report).verdict === 'accepted';
  return {
    title: `a policy of ${RULES.length} rules and ${algorithm}`,
    ours: verifying('ours: deciding on two credentials', decide, {
      good: eachSample((number) => sampleReport(number, 'GB-ENG')),
      tampered: eachSample((number) => sampleReport(number, 'FR')),
    }),
    others: [
      verifying(
        'checking one signature',
        (parsed: ReturnType<typeof parse>) => verifyVcJwtSignature(parsed, issuer.key),
        { good: tokens.good.map(parse), tampered: tokens.tampered.map(parse) },
        10,
      ),
    ],
  };
}

function sampleReport(number: number, jurisdiction: string): PresentationReport {
  const verifiedAt = '2026-11-20T12:00:00.000Z';
  const checked = (field: string, method: string, type = 'electronic_record') => ({
    type,
    field,
    check_details: [{ check_method: method, time: '2026-11-01T09:30:00Z' }],
    provenance: method === 'register_lookup' ? 'official_register' : 'verified',
  });
  const report = (type: string, facts: object, evidence: readonly object[]) => ({
    verdict: 'accepted',
    verifiedAt,
    checks: ['format', 'signature', 'key', 'issuer', 'validity', 'schema', 'status', 'accreditation'].map(
      (check) => ({
        check,
        outcome: 'pass',
        code: `${check}/passed`,
        detail: 'In order.',
      }),
    ),
    credential: {
      id: `https://passport.example/v1/credentials/01941f29-7c00-7000-8000-${String(number).padStart(12, '0')}`,
      type: ['VerifiableCredential', type],
      issuer: { did: REGISTRAR, name: 'Federation of Co-ops' },
      subject: { did: `did:web:passport.example:orgs:coop-${number}` },
      validFrom: '2026-11-01T10:00:00Z',
      validUntil: '2027-11-01T10:00:00Z',
      assurance: 'substantial',
      evidence: [checked('/representation', 'callback'), ...evidence],
      facts: {
        jurisdiction,
        accreditation: { since: '2025-01-01T00:00:00.000Z', isHeld: true, upTo: 'substantial', hops: 0 },
        openContests: 0,
        ...facts,
      },
    },
  });
  const democraticControl = {
    votingRule: 'one_member_one_vote',
    memberCount: 42 + number,
    memberClasses: [{ memberCount: 42 + number, votesPerMember: 1, isTransacting: true, isInvestor: false }],
    transactingVoteShare: 100,
    largestVoteShare: 100 / (42 + number),
    investorVoteShare: 0,
    assetLock: true,
    lastGeneralMeetingOn: '2026-05-01',
  };
  return {
    verdict: 'accepted',
    verifiedAt,
    checks: [],
    credentials: [
      report(IDENTITY, { legalForm: 'XLZV', legalStatus: 'active' }, [
        checked(NAME, 'register_lookup'),
        checked(NUMBER, 'register_lookup'),
        checked('/legalIdentity/jurisdiction', 'register_lookup'),
      ]),
      report(STATUS, { democraticControl }, [
        checked('/democraticControl/category', 'register_lookup'),
        checked(VOTING, 'document_inspection', 'document'),
        checked('/democraticControl/memberCount', 'register_lookup'),
      ]),
    ] as unknown as CredentialReport[],
  };
}
