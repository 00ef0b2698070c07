import { Type, type Static } from 'typebox';
import { ASSURANCE_LEVELS } from '../assurance.js';
import { listOf, typesOf, type Credential, type CredentialV1 } from '../dataModel.js';
import { coopLegalIdentity } from '../profiles/coopLegalIdentity.js';
import { coopStatus } from '../profiles/coopStatus.js';
import { federationMembership } from '../profiles/federationMembership.js';
import { screening } from '../profiles/screening.js';
import { readControl } from './control.js';
import { asObject, listIn, textsIn } from './values.js';

const closed = { additionalProperties: false } as const;
const optionalText = Type.Optional(Type.String());
const optionalShare = Type.Optional(Type.Number());

/**
 * What acceptance policies go by, beyond what a report says anyway: about an organisation, never about persons, and no free text but the legal form
 * and a status. Kept with a stored report, so that another policy can be tried on it later.
 */
export const PolicyFacts = Type.Object(
  {
    isPartial: Type.Optional(
      Type.Literal(true, {
        description: 'The holder may have kept something back, so what is not here may be so',
      }),
    ),
    jurisdiction: optionalText,
    legalForm: optionalText,
    legalStatus: optionalText,
    democraticControl: Type.Optional(
      Type.Object(
        {
          votingRule: optionalText,
          memberCount: Type.Optional(Type.Number()),
          memberClasses: Type.Optional(
            Type.Array(
              Type.Object(
                {
                  memberCount: Type.Number(),
                  votesPerMember: Type.Optional(Type.Number()),
                  voteShare: optionalShare,
                  isTransacting: Type.Optional(Type.Boolean()),
                  isInvestor: Type.Optional(Type.Boolean()),
                },
                closed,
              ),
            ),
          ),
          transactingVoteShare: optionalShare,
          largestVoteShare: optionalShare,
          investorVoteShare: optionalShare,
          assetLock: Type.Optional(
            Type.Union([Type.Boolean(), Type.Literal('described')], {
              description: 'The words in which a lock is described are left out',
            }),
          ),
          lastGeneralMeetingOn: optionalText,
        },
        closed,
      ),
    ),
    memberships: Type.Optional(
      Type.Array(Type.Object({ did: optionalText, standing: Type.String() }, closed)),
    ),
    screening: Type.Optional(
      Type.Object(
        { result: optionalText, kinds: Type.Array(Type.String()), screenedAt: optionalText },
        closed,
      ),
    ),
    accreditation: Type.Optional(
      Type.Object(
        {
          since: Type.String({ format: 'date-time' }),
          isHeld: Type.Boolean({ description: 'At the verification; at the issuance it was held' }),
          upTo: Type.Enum([...ASSURANCE_LEVELS]),
          hops: Type.Integer({ description: 'Recognitions between this network and the one that gave it' }),
        },
        closed,
      ),
    ),
    openContests: Type.Optional(
      Type.Integer({ description: 'What its holder contests of it; absent where nobody here could know' }),
    ),
  },
  {
    ...closed,
    title: 'PolicyFacts',
    description: 'What acceptance policies go by; of an accepted credential only',
  },
);
export type PolicyFacts = Static<typeof PolicyFacts>;

/** What is known of a credential beside what it says. */
export interface Circumstances {
  readonly isPartial: boolean;
  readonly accreditation: PolicyFacts['accreditation'];
  readonly openContests: number | undefined;
}

/**
 * Only for a credential that every check has passed: what it says is then its issuer's word, and conforms to its schema. Whatever does not,
 * as it may in a type that is not a profile's, is left out.
 */
export function gatherFacts(
  credential: Credential | CredentialV1,
  { isPartial, accreditation, openContests }: Circumstances,
): PolicyFacts {
  const types = typesOf(credential);
  const [first, ...others] = listOf(credential.credentialSubject);
  // Of several subjects none is the one whom it is about.
  const subject = others.length > 0 ? {} : asObject(first);
  const control = types.includes(coopStatus.type) ? readControl(subject) : undefined;
  return {
    ...(isPartial && { isPartial }),
    ...texts(subject, { jurisdiction: 'jurisdiction' }),
    ...(types.includes(coopLegalIdentity.type) &&
      texts(subject, { legalForm: 'legalForm', legalStatus: 'status' })),
    ...(control && { democraticControl: control }),
    ...(types.includes(federationMembership.type) && {
      memberships: readMemberships(subject['memberships']),
    }),
    ...(types.includes(screening.type) && { screening: readScreening(subject) }),
    ...(accreditation && { accreditation }),
    ...(openContests !== undefined && { openContests }),
  };
}

function texts<Name extends string>(
  source: Readonly<Record<string, unknown>>,
  members: Readonly<Record<Name, string>>,
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const [name, member] of Object.entries(members) as [Name, string][]) {
    const value = source[member];
    if (typeof value === 'string') found[name] = value;
  }
  return found;
}

function readMemberships(value: unknown): { did?: string; standing: string }[] {
  return listIn(value).flatMap((membership) => {
    const { standing, ...rest } = asObject(membership);
    return typeof standing === 'string' ? [{ standing, ...texts(rest, { did: 'did' }) }] : [];
  });
}

function readScreening(subject: Readonly<Record<string, unknown>>): NonNullable<PolicyFacts['screening']> {
  const { lists } = subject;
  const kinds = textsIn(listIn(lists).map((list) => asObject(list)['kind']));
  return {
    ...texts(subject, { result: 'result', screenedAt: 'screenedAt' }),
    kinds: [...new Set(kinds)],
  };
}
