import { Type, type Static } from 'typebox';
import { Problem } from '../../http/problem.js';

const closed = { additionalProperties: false } as const;
const text = (description: string) => Type.Optional(Type.String({ maxLength: 2000, description }));
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));

const sharedOptions = {
  checks: Type.Optional(
    Type.Array(Type.String({ maxLength: 200 }), {
      maxItems: 20,
      description: 'Everything is checked, whatever is named here',
    }),
  ),
  domain: text('What the proof has to be made for'),
  challenge: text('What the proof has to answer'),
  expectedProofPurpose: text('The purpose that the proof has to be made for'),
  returnProblemDetails: flag('They are always in the answer'),
};

export const VerifyCredentialRequest = Type.Object(
  {
    verifiableCredential: Type.Unknown({
      description:
        'A credential with proofs, an `EnvelopedVerifiableCredential`, or a token as text; any value is looked at',
    }),
    options: Type.Optional(
      Type.Object({ ...sharedOptions, returnCredential: flag('Send the credential back') }, closed),
    ),
  },
  { ...closed, title: 'VerifyCredentialRequest' },
);
export type VerifyCredentialRequest = Static<typeof VerifyCredentialRequest>;

export const VerifyPresentationRequest = Type.Object(
  {
    verifiablePresentation: Type.Unknown({
      description:
        'A presentation with proofs, an `EnvelopedVerifiablePresentation`, or a token as text; any value is looked at',
    }),
    options: Type.Optional(
      Type.Object({ ...sharedOptions, returnPresentation: flag('Send the presentation back') }, closed),
    ),
  },
  { ...closed, title: 'VerifyPresentationRequest' },
);
export type VerifyPresentationRequest = Static<typeof VerifyPresentationRequest>;

const ProblemDetails = Type.Array(
  Type.Object(
    {
      type: Type.String({ description: 'A URL of VC Data Model 2.0 or one of its sister specifications' }),
      title: Type.String(),
      detail: Type.String(),
    },
    { title: 'ProblemDetails' },
  ),
);

const verified = {
  verified: Type.Literal(true),
  problemDetails: ProblemDetails,
};
export const CredentialVerified = Type.Object(
  { ...verified, credential: Type.Optional(Type.Unknown()) },
  { title: 'CredentialVerified' },
);
export const PresentationVerified = Type.Object(
  { ...verified, verifiablePresentation: Type.Optional(Type.Unknown()) },
  { title: 'PresentationVerified' },
);

/** Of a request that was understood; one that was not has `errors` as everywhere. */
export const NotVerified = Type.Object(
  {
    ...Problem.properties,
    verified: Type.Optional(Type.Literal(false)),
    problemDetails: Type.Optional(ProblemDetails),
  },
  { title: 'NotVerified' },
);
