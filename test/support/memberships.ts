import { readHousingCoops } from '../../src/demo/housingCoops.js';
import type { Answer, ApiClient } from './api.js';
import {
  accredit,
  expectStatus,
  registerOrganisation,
  signInOperator,
  type Organisation,
} from './network.js';

/** A federation that is accredited to say who its members are. */
export async function foundFederation(api: ApiClient, name = 'Housing Co-operative Federation') {
  const operator = await signInOperator(api);
  const federation = await registerOrganisation(api, name);
  await accredit(operator, federation, { credentialTypes: ['FederationMembershipCredential'] });
  return { federation, operator };
}

/** The register of a federation whose members are real co-ops; their addresses are made up. */
export async function composeRegister(members: number): Promise<string> {
  const coops = (await readHousingCoops()).slice(0, members);
  return coops
    .map(({ legalName, registrationNumber, legalForm }, index) =>
      JSON.stringify({
        name: legalName,
        registrationNumber,
        registrationAuthority: 'Regulator of Social Housing',
        jurisdiction: 'GB-ENG',
        legalForm,
        email: addressOf(registrationNumber),
        memberNumber: String(1000 + index),
        memberSince: '2001-05-01',
        standing: 'good_standing',
      }),
    )
    .join('\n');
}

export function addressOf(registrationNumber: string): string {
  return `office-${registrationNumber.toLowerCase()}@coop.test`;
}

export async function importRegister(federation: Organisation, content: string, query = ''): Promise<Answer> {
  return federation.api.post(`/v1/member-imports${query}`, undefined, {
    raw: content,
    headers: { 'content-type': 'application/x-ndjson' },
  });
}

export const ADMIN = { name: 'Ada Admin', password: 'a long enough password' };

/** Each by its own administrator. */
export async function accept(
  api: ApiClient,
  token: string,
  changes: { email?: string; applyForMembership?: boolean } = {},
): Promise<Answer> {
  const { email, ...consent } = changes;
  return api.post('/v1/member-invitations/acceptances', {
    token,
    admin: { ...ADMIN, ...(email === undefined ? {} : { email }) },
    ...consent,
  });
}

export function tokenIn(mail: { readonly text: string }): string {
  const [, token] = /#token=([\w-]+)/.exec(mail.text) ?? [];
  if (token === undefined) throw new Error('the mail has no link');
  return token;
}

/** Of an order to issue. */
export async function countsOf(answer: Answer): Promise<Record<string, number>> {
  return expectStatus(answer, 201).body.counts;
}
