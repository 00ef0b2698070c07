import { describe, expect, it } from 'vitest';
import { compilePolicy, decideUnder } from '../../src/credentials/policies/evaluate.js';
import { READY_MADE_POLICIES } from '../../src/credentials/policies/readyMade/index.js';
import {
  ACCREDITATION,
  GENUINE,
  IDENTITY_EVIDENCE,
  passport,
  presentationReport,
  type Changes,
} from '../support/policies.js';

const IDENTITY = 'CoopLegalIdentityCredential';
const STATUS = 'CoopStatusCredential';
const verdicts = (changes: Readonly<Record<string, Changes>>, without: readonly string[] = []) => {
  const shown = passport(changes).filter(({ credential }) => !without.includes(credential?.type[1] ?? ''));
  const report = presentationReport(shown);
  return READY_MADE_POLICIES.map(({ rules }) => decideUnder(compilePolicy(rules), report).verdict);
};
const [YES, NO, UNSAID] = ['accepted', 'rejected', 'undetermined'] as const;

const LONG_AGO = IDENTITY_EVIDENCE.map((entry) => ({ ...entry, time: '2023-11-01T09:30:00Z' }));

/** Simple trade, credit or housing partner, regulated entity, federation eligibility. */
describe('the ready-made policies', () => {
  it.each<[string, Readonly<Record<string, Changes>>, readonly string[]]>([
    ['a whole passport', {}, [YES, YES, YES, YES]],
    [
      'a vote of 12 %',
      { [STATUS]: { facts: { democraticControl: { ...GENUINE, largestVoteShare: 12 } } } },
      [YES, NO, YES, YES],
    ],
    [
      'votes by capital',
      {
        [STATUS]: {
          facts: { democraticControl: { ...GENUINE, votingRule: 'votes_by_capital', memberClasses: [] } },
        },
      },
      [YES, NO, YES, NO],
    ],
    [
      'a match in a screening',
      {
        ScreeningCredential: {
          facts: {
            screening: { result: 'match', kinds: ['sanctions', 'pep'], screenedAt: '2026-11-19T09:00:00Z' },
          },
        },
      },
      [YES, YES, NO, YES],
    ],
    [
      'a registrar that is accredited no more',
      { [IDENTITY]: { facts: { accreditation: { ...ACCREDITATION, isHeld: false } } } },
      [YES, NO, NO, YES],
    ],
    [
      'a look into the register of three years ago',
      { [IDENTITY]: { evidence: LONG_AGO }, KycDossierCredential: { evidence: LONG_AGO } },
      [NO, NO, NO, YES],
    ],
    [
      'something contested',
      {
        [STATUS]: {
          contested: [{ pointer: '/credentialSubject/memberCount', since: '2026-11-01T00:00:00Z' }],
        },
      },
      [YES, NO, NO, NO],
    ],
    ['a credential that is revoked', { [IDENTITY]: { verdict: 'rejected' } }, [NO, NO, NO, NO]],
  ])('decide on %s', (_name, changes, expected) => {
    expect(verdicts(changes)).toEqual(expected);
  });

  it('accept nobody by what is not there', () => {
    expect(verdicts({}, [IDENTITY])).toEqual([NO, NO, NO, NO]);
    expect(verdicts({}, ['ScreeningCredential'])).toEqual([YES, YES, NO, YES]);
    const { memberClasses: _kept, largestVoteShare: _back, ...control } = GENUINE;
    expect(verdicts({ [STATUS]: { facts: { democraticControl: control } } })).toEqual([
      YES,
      UNSAID,
      UNSAID,
      UNSAID,
    ]);
  });
});
