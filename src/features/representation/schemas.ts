import { Type, type Static } from 'typebox';
import { ROLES } from '../../kernel/caller.js';
import { CODE_LENGTH, LAPSE_REASONS } from './rules.js';

const closed = { additionalProperties: false } as const;
const uuid = Type.String({ format: 'uuid' });
const instant = Type.String({ format: 'date-time' });
const text = (maxLength: number, description: string, example?: string) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: '\\S',
    description,
    ...(example === undefined ? {} : { examples: [example] }),
  });

const register = text(300, 'The register that the channel was taken from', 'Regulator of Social Housing');
const result = Type.Enum(['confirmed', 'refuted', 'inconclusive']);
const note = Type.Optional(text(2000, 'For the registrar only'));

export const NewCallback = Type.Object(
  {
    register,
    contact: text(300, 'Which number or address of the register’s was called; shown to the registrar only'),
    result,
    note,
  },
  { ...closed, title: 'NewCallback' },
);
export type NewCallback = Static<typeof NewCallback>;

export const NewMandate = Type.Object(
  {
    register,
    evidenceId: Type.String({ format: 'uuid', description: 'The signed mandate, among the evidence' }),
    signedBy: Type.Object(
      {
        name: text(200, 'Who signed it; shown to the registrar only'),
        registerRole: text(100, 'In which role the register has that person', 'secretary'),
      },
      closed,
    ),
    result,
    note,
  },
  { ...closed, title: 'NewMandate' },
);
export type NewMandate = Static<typeof NewMandate>;

export const NewLetter = Type.Object(
  { register: { ...register, description: 'The register whose address of the co-op the letter goes to' } },
  { ...closed, title: 'NewLetter' },
);
export type NewLetter = Static<typeof NewLetter>;

export const Letter = Type.Object(
  {
    id: uuid,
    code: Type.String({
      description: 'To print in the letter; shown this once',
      examples: ['7KQ2-M0XB-94TZ'],
    }),
    expiresAt: instant,
  },
  { title: 'RepresentationLetter' },
);
export type Letter = Static<typeof Letter>;

export const EnteredCode = Type.Object(
  {
    code: Type.String({
      minLength: CODE_LENGTH,
      maxLength: 40,
      description: 'From the letter; case, blanks and dashes do not matter',
    }),
  },
  { ...closed, title: 'EnteredCode' },
);

export const NewDomainProof = Type.Object(
  {
    domain: Type.String({ minLength: 4, maxLength: 253, examples: ['albion.coop'] }),
    listedBy: Type.Enum(['coop_registry', 'register'], {
      description: 'Who says that it is this co-op’s: the .coop registry, or the register that it stands in',
    }),
    register: Type.Optional(text(300, 'The register that lists it; with `register` only')),
  },
  { ...closed, title: 'NewDomainProof' },
);
export type NewDomainProof = Static<typeof NewDomainProof>;

export const Nothing = Type.Object({}, { ...closed, title: 'Nothing' });

const Publication = Type.Object(
  {
    url: Type.String({ description: 'Where to publish the content as text; redirects are not followed' }),
    txtName: Type.String({ description: 'Or as which TXT record' }),
    content: Type.String(),
  },
  { title: 'DomainPublication' },
);

const Proof = Type.Object(
  {
    id: uuid,
    method: Type.Enum(['callback', 'mandate', 'letter', 'domain']),
    register: Type.String(),
    status: Type.Enum(['open', 'confirmed', 'refuted', 'inconclusive', 'expired', 'superseded', 'exhausted']),
    startedAt: instant,
    expiresAt: Type.Optional(instant),
    endedAt: Type.Optional(instant),
    attempts: Type.Optional(Type.Integer({ description: 'Codes entered, or looks at the domain' })),
    domain: Type.Optional(Type.String()),
    listedBy: Type.Optional(Type.Enum(['coop_registry', 'register'])),
    publish: Type.Optional(Publication),
    evidenceId: Type.Optional(uuid),
    contact: Type.Optional(Type.String({ description: 'For the registrar only' })),
    signedBy: Type.Optional(
      Type.Object(
        { name: Type.String(), registerRole: Type.String() },
        { description: 'For the registrar only' },
      ),
    ),
  },
  { title: 'RepresentationProof' },
);
export type Proof = Static<typeof Proof>;

const Person = Type.Object(
  { memberId: uuid, name: Type.String(), role: Type.Enum([...ROLES]) },
  {
    title: 'RepresentingPerson',
    description:
      'As `representative`: in whose name the application stands; absent where a machine submitted it and nobody has taken it over, or where that person has left. As `standing.person`: of whom it was shown',
  },
);

export const Representation = Type.Object(
  {
    representative: Type.Optional(Person),
    standing: Type.Object(
      {
        status: Type.Enum(['not_shown', 'stands', 'lapsed']),
        detail: Type.Optional(Type.String({ description: 'Why it has lapsed' })),
        reason: Type.Optional(Type.Enum([...LAPSE_REASONS])),
        person: Type.Optional(Person),
        shownAt: Type.Optional(instant),
        expiresAt: Type.Optional(instant),
      },
      { title: 'RepresentationStanding' },
    ),
    proofs: Type.Array(Proof),
  },
  { title: 'Representation' },
);
export type Representation = Static<typeof Representation>;
