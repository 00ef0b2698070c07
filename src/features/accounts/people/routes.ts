import { Type } from 'typebox';
import { callerOf } from '../../../http/access.js';
import type { Server } from '../../../http/server.js';
import type { MemberCaller, OperatorCaller } from '../../../kernel/caller.js';
import type { PasswordService } from './passwords.js';
import {
  Me,
  PasswordChange,
  PasswordReset,
  PasswordResetAccepted,
  PasswordResetConfirmation,
} from './schemas.js';
import type { PeopleService } from './service.js';

const PUBLIC = { access: { kind: 'public' } } as const;
const PERSON = { access: { kind: 'person' } } as const;

export function addPeopleRoutes(server: Server, people: PeopleService): void {
  server.get(
    '/v1/me',
    {
      config: { access: { kind: 'signedIn' } },
      schema: {
        operationId: 'getMe',
        tags: ['accounts'],
        summary: 'Who am I, in which organisation, with which rights',
        response: { 200: Me },
      },
    },
    async (request) => people.whoAmI(callerOf(request)),
  );

  server.delete(
    '/v1/me',
    {
      config: PERSON,
      schema: {
        operationId: 'deleteMe',
        tags: ['accounts'],
        summary: 'Leave all organisations and erase the own account',
        description: 'Not possible for the only administrator of an organisation.',
        response: { 204: Type.Null({ description: 'Erased' }) },
      },
    },
    async (request, reply) => {
      await people.deleteMe(callerOf(request) as MemberCaller | OperatorCaller);
      return reply.code(204).send(null);
    },
  );
}

export function addPasswordRoutes(server: Server, passwords: PasswordService): void {
  server.put(
    '/v1/me/password',
    {
      config: PERSON,
      schema: {
        operationId: 'changePassword',
        tags: ['accounts'],
        summary: 'Change the own password',
        description: 'Ends all other sessions of the person.',
        body: PasswordChange,
        response: { 204: Type.Null({ description: 'Changed' }) },
      },
    },
    async (request, reply) => {
      await passwords.changePassword(
        callerOf(request) as MemberCaller | OperatorCaller,
        request.body,
        request.ip,
      );
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/v1/password-resets',
    {
      config: PUBLIC,
      schema: {
        operationId: 'requestPasswordReset',
        tags: ['accounts'],
        summary: 'Ask for a link that sets a new password',
        description: 'Sent to the address if it has an account; at most three mails an hour.',
        body: PasswordReset,
        response: { 202: PasswordResetAccepted },
      },
    },
    async (request, reply) => {
      await passwords.requestPasswordReset(request.body.email);
      return reply.code(202).send({ status: 'accepted' as const });
    },
  );

  server.post(
    '/v1/password-resets/confirmations',
    {
      config: PUBLIC,
      schema: {
        operationId: 'confirmPasswordReset',
        tags: ['accounts'],
        summary: 'Set a new password with the token from the mail',
        description: 'The token works once, for an hour. Ends all sessions of the person.',
        body: PasswordResetConfirmation,
        response: { 204: Type.Null({ description: 'Set' }) },
      },
    },
    async (request, reply) => {
      await passwords.confirmPasswordReset(request.body.token, request.body.newPassword);
      return reply.code(204).send(null);
    },
  );
}
