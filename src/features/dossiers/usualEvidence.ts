import { covers } from '../../kernel/jsonPointer.js';

/** What registrars usually ask to see. Nothing of it is demanded by this service: what is enough, the registrar decides. */
interface UsualEvidence {
  readonly title: string;
  readonly why: string;
  readonly fields: readonly string[];
}

const USUAL_EVIDENCE: readonly UsualEvidence[] = [
  {
    title: 'An extract from the register, not older than three months',
    why: 'It shows name, number, legal form and status as the register has them.',
    fields: ['/legalIdentity', '/addresses'],
  },
  {
    title: 'A mandate, signed by somebody whom the register names',
    why: 'It is one of the ways to show that you act for the co-op.',
    fields: ['/representation'],
  },
  {
    title: 'The by-laws in force',
    why: 'They say who may be a member, how votes are counted and what becomes of assets and surpluses.',
    fields: [
      '/democraticControl/votingRule',
      '/democraticControl/category',
      '/democraticControl/assetLock',
      '/democraticControl/surplusDistribution',
      '/democraticControl/byLaws',
    ],
  },
  {
    title: 'The minutes of the latest general meeting',
    why: 'They show that the members meet, and how many there are.',
    fields: ['/democraticControl/lastGeneralMeetingOn', '/democraticControl/memberCount'],
  },
  {
    title: 'A statement of members and votes by class, by the auditor or the secretary',
    why: 'It supports the shares of votes.',
    fields: [
      '/democraticControl/memberClasses',
      '/democraticControl/transactingVoteShare',
      '/democraticControl/largestVoteShare',
      '/democraticControl/investorVoteShare',
    ],
  },
  {
    title: 'The resolutions by which officers were elected',
    why: 'They show who holds which office, and since when.',
    fields: ['/officers'],
  },
  {
    title: 'The resolution or power that lets each signatory sign',
    why: 'It shows who may sign, alone or with whom, and up to which limit.',
    fields: ['/signatories'],
  },
  {
    title: 'A declaration about who controls the co-op',
    why: 'It supports that there is no beneficial owner, or who it is.',
    fields: ['/controlPersons'],
  },
  {
    title: 'A confirmation by the federation',
    why: 'It shows membership and standing.',
    fields: ['/recognition'],
  },
  {
    title: 'The report of the screening',
    why: 'It names lists, versions and time.',
    fields: ['/screening'],
  },
  {
    title: 'The latest annual accounts, audited where the law asks for it',
    why: 'They support turnover and the audit.',
    fields: ['/capacity'],
  },
];

/** What supports one of the fields that a credential rests on. */
export function usualEvidenceFor(pointers: readonly string[]): UsualEvidence[] {
  return USUAL_EVIDENCE.filter(({ fields }) => fields.some((field) => meets(field, pointers)));
}

/** Whether a field is, holds or lies in one of the others. */
export function meets(field: string, others: readonly string[]): boolean {
  return others.some((other) => covers(field, other) || covers(other, field));
}
