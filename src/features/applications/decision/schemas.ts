import { Type, type Static } from 'typebox';
import { ASSURANCE_LEVELS } from '../../../credentials/assurance.js';

const closed = { additionalProperties: false } as const;
const problem = Type.Object({ pointer: Type.String(), detail: Type.String() });

export const Confirmation = Type.Object(
  {
    proposalId: Type.String({
      format: 'uuid',
      description: '`proposal.id` of the application as you have read it',
    }),
  },
  { ...closed, title: 'ProposalConfirmation' },
);

export const ApplicationDraft = Type.Object(
  {
    draft: Type.Literal(true, { description: 'This is no credential: nothing is issued, stored or signed' }),
    dossierVersion: Type.Integer(),
    missingChecks: Type.Array(problem, { description: 'What an approval still needs' }),
    credentials: Type.Array(
      Type.Object({
        type: Type.String(),
        formats: Type.Array(Type.String()),
        assurance: Type.Enum([...ASSURANCE_LEVELS], {
          description: 'By the checks that are there; it counts once none is missing',
        }),
        validFrom: Type.String({ format: 'date-time' }),
        validUntil: Type.String({ format: 'date-time' }),
        credentialSubject: Type.Unsafe<Record<string, unknown>>({
          type: 'object',
          additionalProperties: true,
          description: 'What it would say, as far as it is confirmed; not what is about persons',
        }),
        evidence: Type.Array(Type.Unsafe<object>({ type: 'object', additionalProperties: true }), {
          description: 'What it would rest on; digests of documents are salted when it is issued',
        }),
        withheld: Type.Array(Type.String(), {
          description: 'Dossier fields about persons that it would say as well',
        }),
        problems: Type.Array(problem, { description: 'Why it could not be issued all the same' }),
      }),
    ),
  },
  { title: 'ApplicationDraft' },
);
export type ApplicationDraft = Static<typeof ApplicationDraft>;
