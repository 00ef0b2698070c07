import type { Role, Scope } from '../../src/kernel/caller.js';
import type { Answer, ApiClient } from './api.js';
import type { TestApp } from './app.js';
import { expectStatus, type Organisation } from './network.js';

/** People and machine clients of an organisation, who come in over HTTP as everybody does. */

export interface Colleague {
  /** Of the membership. */
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly api: ApiClient;
}

const PASSWORD = 'another long enough password';
let invited = 0;

/** Somebody new joins in a role; with `existing`, a person who has an account already gets a further membership. */
export async function joinAs(
  { api }: Pick<TestApp, 'api'>,
  organisation: Organisation,
  role: Role,
  existing?: { readonly email: string; readonly password: string },
): Promise<Colleague> {
  const email = existing?.email ?? `colleague${(invited += 1)}@organisation.test`;
  const password = existing?.password ?? PASSWORD;
  const invitation = expectStatus(
    await organisation.api.post(`/v1/organisations/${organisation.id}/invitations`, { email, role }),
    201,
  );
  const joined = expectStatus(
    await api.post('/v1/invitations/acceptances', {
      token: invitation.body.token,
      password,
      ...(existing ? {} : { name: 'Cleo Colleague' }),
    }),
    201,
  );
  const { member, session } = joined.body;
  return { id: member.id, email, password, api: api.as(session.accessToken) };
}

/** A machine client of the organisation with these scopes and no others. */
export async function createMachine(
  { app, api }: Pick<TestApp, 'app' | 'api'>,
  organisation: Organisation,
  scopes: readonly Scope[],
): Promise<ApiClient> {
  const { body } = expectStatus(
    await organisation.api.post(`/v1/organisations/${organisation.id}/clients`, { name: 'Machine', scopes }),
    201,
  );
  const answer = await app.server.inject({
    method: 'POST',
    url: '/oauth2/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: `grant_type=client_credentials&client_id=${body.clientId}&client_secret=${encodeURIComponent(body.secret)}`,
  });
  if (answer.statusCode !== 200) throw new Error(`the token route answered ${answer.statusCode}`);
  return api.as(answer.json<{ access_token: string }>().access_token);
}

/** The administrator anew, after the clock has outlived the session. */
export async function signInAgain(
  { api }: Pick<TestApp, 'api'>,
  organisation: Organisation,
): Promise<Organisation> {
  const { email, password } = organisation;
  const { body } = expectStatus(await api.post('/v1/sessions', { email, password }), 201);
  return { ...organisation, api: api.as(body.accessToken) };
}

/** The refusal in short: status and code, as tests compare it. */
export function refusalOf(answer: Answer): string {
  return `${answer.status} ${answer.body?.code}`;
}
