import { Type, type TSchema } from 'typebox';
import { organisationCaller } from '../../http/access.js';
import type { Server } from '../../http/server.js';
import type { ApplicationId } from '../../kernel/ids.js';
import {
  EnteredCode,
  Letter,
  NewCallback,
  NewDomainProof,
  NewLetter,
  NewMandate,
  Nothing,
  Representation,
} from './schemas.js';
import type { RepresentationService } from './service.js';

const Params = Type.Object({ id: Type.String({ format: 'uuid' }) });
const asApplicant = { access: { kind: 'organisation', scope: 'applications' } } as const;
const asRegistrar = { access: { kind: 'organisation', scope: 'review' } } as const;

const urlOf = (id: string) => `/v1/applications/${id}/representation`;

export function addRepresentationRoutes(server: Server, representation: RepresentationService): void {
  server.get(
    '/v1/applications/:id/representation',
    {
      config: { access: { kind: 'anyOrganisation' } },
      schema: {
        operationId: 'getRepresentation',
        tags: ['applications'],
        summary: 'Who acts for the co-op in this application, and how that was shown',
        description:
          'What a confirmed check of `/representation` binds is a person. It lapses when that person leaves or loses the role, when nobody administers the co-op any more who did then, when somebody else takes the application over, and with time.',
        params: Params,
        response: { 200: Representation },
      },
    },
    async (request) =>
      representation.readRepresentation(organisationCaller(request), request.params.id as ApplicationId),
  );

  server.post(
    '/v1/applications/:id/representation/callback',
    {
      config: asRegistrar,
      schema: created(
        'recordCallback',
        'Record a call to the contact that the register has',
        'Counts as a check of `/representation` by `callback`, for the person in whose name the application stands.',
        NewCallback,
        Representation,
      ),
    },
    async (request, reply) => {
      const { id } = request.params;
      const recorded = await representation.recordCallback(
        organisationCaller(request),
        id as ApplicationId,
        request.body,
      );
      return reply.code(201).header('location', urlOf(id)).send(recorded);
    },
  );

  server.post(
    '/v1/applications/:id/representation/mandate',
    {
      config: asRegistrar,
      schema: created(
        'recordMandate',
        'Record a signed mandate',
        'Counts as a check by `document_inspection`. The register must have the person who signed in a role that may grant it.',
        NewMandate,
        Representation,
      ),
    },
    async (request, reply) => {
      const { id } = request.params;
      const recorded = await representation.recordMandate(
        organisationCaller(request),
        id as ApplicationId,
        request.body,
      );
      return reply.code(201).header('location', urlOf(id)).send(recorded);
    },
  );

  server.post(
    '/v1/applications/:id/representation/letter',
    {
      config: { ...asRegistrar, secretAnswer: true },
      schema: created(
        'makeLetter',
        'Make a code for a letter to the address that the register has',
        'The code is shown this once and works for 30 days; a letter before it is void. Entered, it counts as a check by `callback`.',
        NewLetter,
        Letter,
      ),
    },
    async (request, reply) => {
      const { id } = request.params;
      const letter = await representation.makeLetter(
        organisationCaller(request),
        id as ApplicationId,
        request.body,
      );
      return reply
        .code(201)
        .headers({ location: urlOf(id), 'cache-control': 'no-store' })
        .send(letter);
    },
  );

  server.post(
    '/v1/applications/:id/representation/code',
    {
      config: asApplicant,
      schema: action(
        'enterCode',
        'Enter the code of the letter',
        'In person: whoever enters it is the one that was shown to act for the co-op. After three wrong codes there is a pause, after ten the letter is void.',
        EnteredCode,
      ),
    },
    async (request) =>
      representation.enterCode(
        organisationCaller(request),
        request.params.id as ApplicationId,
        request.body.code,
      ),
  );

  server.post(
    '/v1/applications/:id/representation/domain',
    {
      config: asRegistrar,
      schema: created(
        'startDomainProof',
        'Ask for a proof of the co-op’s domain',
        'For a name directly below .coop, or one that the register lists. `proofs[].publish` says what the applicant is to publish, and where. Shown, it counts as a check by `callback`; by `vouch` where only the .coop registry lists it.',
        NewDomainProof,
        Representation,
      ),
    },
    async (request, reply) => {
      const { id } = request.params;
      const started = await representation.startDomainProof(
        organisationCaller(request),
        id as ApplicationId,
        request.body,
      );
      return reply.code(201).header('location', urlOf(id)).send(started);
    },
  );

  server.post(
    '/v1/applications/:id/representation/domain/verification',
    {
      config: asApplicant,
      schema: action(
        'verifyDomainProof',
        'Have the domain looked at',
        'Looks in both places, for some seconds at the most, and follows no redirect.',
        Nothing,
      ),
    },
    async (request) =>
      representation.verifyDomainProof(organisationCaller(request), request.params.id as ApplicationId),
  );

  server.post(
    '/v1/applications/:id/representation/representative',
    {
      config: asApplicant,
      schema: action(
        'takeOverRepresentation',
        'Take the application over, in person',
        'From now on it stands in your name, and it is of you that representation has to be shown.',
        Nothing,
      ),
    },
    async (request) =>
      representation.takeOver(organisationCaller(request), request.params.id as ApplicationId),
  );
}

function created<Body extends TSchema, Response extends TSchema>(
  operationId: string,
  summary: string,
  description: string,
  body: Body,
  response: Response,
) {
  return {
    operationId,
    tags: ['applications'],
    summary,
    description,
    params: Params,
    body,
    response: { 201: response },
  };
}

function action<Body extends TSchema>(operationId: string, summary: string, description: string, body: Body) {
  return {
    operationId,
    tags: ['applications'],
    summary,
    description,
    params: Params,
    body,
    response: { 200: Representation },
  };
}
