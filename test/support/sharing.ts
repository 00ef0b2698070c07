import type { Answer } from './api.js';
import type { TestApp } from './app.js';
import {
  accredit,
  apply,
  approve,
  DOSSIER,
  expectStatus,
  foundNetwork,
  putDossier,
  readToken,
  recordChecks,
  type Organisation,
  type Registered,
} from './network.js';
import { joinAs, type Colleague } from './people.js';

/** A co-op with delegates, and a partner that asks it for fields of its dossier. */

export const OFFICERS = [
  { fullName: 'Ada Example', role: 'secretary', birthDate: '1970-01-01' },
  { fullName: 'Ben Treasurer', role: 'treasurer', birthDate: '1980-02-02' },
];
export const SHARED_DOSSIER = {
  ...DOSSIER,
  officers: OFFICERS,
  capacity: { accountsYear: 2025, turnoverBand: '100k_to_1m' },
};

export interface SharingNetwork extends Registered {
  /** Of the co-op. */
  readonly delegates: readonly Colleague[];
}

export async function foundSharing(t: TestApp, delegates = 3): Promise<SharingNetwork> {
  const network = await foundNetwork(t);
  await putDossier(network.coop, SHARED_DOSSIER);
  const joined = [];
  for (let n = 0; n < delegates; n += 1) joined.push(await joinAs(t, network.coop, 'delegate'));
  return { ...network, delegates: joined };
}

export const WISH = {
  fields: ['/officers/0/fullName', '/officers/1/fullName'],
  purposes: ['dpv:CustomerSolvencyMonitoring'],
  retention: 'P1Y',
};

export const ask = (partner: Organisation, coop: Organisation, wish: object = {}): Promise<Answer> =>
  partner.api.post('/v1/access-requests', { holderId: coop.id, ...WISH, ...wish });

export async function asked(partner: Organisation, coop: Organisation, wish: object = {}): Promise<string> {
  return expectStatus(await ask(partner, coop, wish), 201).body.id;
}

export const approveAs = ({ api }: Pick<Colleague, 'api'>, id: string, body: object = {}): Promise<Answer> =>
  api.post(`/v1/access-requests/${id}/approvals`, body);

/** Asked, and approved by as many as are given; the id of the grant. */
export async function granted(
  { partner, coop, delegates }: SharingNetwork,
  wish: object = {},
  approvals = 2,
): Promise<string> {
  const id = await asked(partner, coop, wish);
  let last: Answer | undefined;
  for (const delegate of delegates.slice(0, approvals))
    last = expectStatus(await approveAs(delegate, id), 201);
  if (last?.body.grantId === undefined) throw new Error('the approvals were not enough');
  return last.body.grantId;
}

export const readData = ({ api }: Pick<Colleague, 'api'>, grantId: string): Promise<Answer> =>
  api.get(`/v1/grants/${grantId}/data`);

export const withdraw = (
  { api }: Pick<Colleague, 'api'>,
  grantId: string,
  body: object = {},
): Promise<Answer> => api.post(`/v1/grants/${grantId}/withdraw`, body);

/** What of a dossier was released, by pointer. */
export function releasedIn({ body }: Answer): Record<string, unknown> {
  const fields: { pointer: string; value?: unknown; length?: number }[] = body.fields;
  return Object.fromEntries(fields.map(({ pointer, value, length }) => [pointer, value ?? { length }]));
}

/** A `KycDossierCredential` over the newest version of the co-op's dossier. */
export async function issueDossierCredential({
  operator,
  registrar,
  coop,
}: Registered): Promise<{ id: string; token: string }> {
  const credentialTypes = ['KycDossierCredential'];
  await accredit(operator, registrar, { credentialTypes });
  const applicationId = await apply(coop, registrar, credentialTypes);
  await recordChecks(registrar, applicationId, [
    '/representation',
    '/legalIdentity/legalName',
    '/legalIdentity/registrationNumber',
    '/legalIdentity/jurisdiction',
    '/democraticControl/votingRule',
  ]);
  const [credential] = await approve(registrar, applicationId);
  if (!credential) throw new Error('no credential was issued');
  return { id: credential.id, token: await readToken(coop, credential.id) };
}

/** What an organisation was told since an event, or at all. */
export async function eventsOf({
  api,
}: Pick<Organisation, 'api'>): Promise<{ type: string; data: Record<string, unknown> }[]> {
  return expectStatus(await api.get('/v1/events?limit=100'), 200).body.items;
}
