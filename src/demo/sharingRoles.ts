import type { FieldProof } from '../credentials/dossier/commitment.js';
import type { HttpClient } from './httpClient.js';
import type { SignIn } from './roles.js';

/** Both sides of a request for fields of a dossier: who decides at the co-op, and who asks, reads, relies and is told. */

export interface AccessWish {
  /** JSON Pointers. */
  readonly fields: readonly string[];
  /** Terms of the Data Privacy Vocabulary. */
  readonly purposes: readonly string[];
  /** ISO 8601. */
  readonly retention: string;
  /** For the co-op to read. */
  readonly note: string;
}

export interface AccessRequest {
  readonly id: string;
  readonly state: string;
  readonly grantId?: string;
  /** For the co-op only. */
  readonly consent?: { readonly needed: number; readonly approvals: readonly object[] };
}

/** One of those who decide at a co-op what is shared. */
export interface Delegate {
  readonly signIn: SignIn;
  readRequest(id: string): Promise<AccessRequest>;
  approve(id: string, minute: string): Promise<AccessRequest>;
  /** Who has read what under a grant. */
  listReadings(grantId: string): Promise<readonly { readonly fields: readonly string[] }[]>;
}

/**
 * Invited by the administrator, whose `api` it is, and joined with a password that the administrator does not know. No mail is sent here, so
 * the administrator hands the invitation over.
 */
export async function joinAsDelegate(
  http: HttpClient,
  { api, organisationId }: { readonly api: HttpClient; readonly organisationId: string },
  signIn: SignIn,
): Promise<Delegate> {
  const invitations = `/v1/organisations/${organisationId}/invitations`;
  const wanted = { email: signIn.email, role: 'delegate' };
  const { token } = await api.post<{ token: string }>(invitations, wanted, 201);
  const acceptance = { token, name: 'A delegate', password: signIn.password };
  const { session } = await http.post<{ session: { accessToken: string } }>(
    '/v1/invitations/acceptances',
    acceptance,
    201,
  );
  const own = http.as(session.accessToken);
  return {
    signIn,
    readRequest: (id) => own.get(`/v1/access-requests/${id}`),
    approve: (id, minute) => own.post(`/v1/access-requests/${id}/approvals`, { minute }, 201),
    listReadings: (grantId) => listItems(own, `/v1/grants/${grantId}/accesses`),
  };
}

export interface ReleasedData {
  readonly fields: readonly FieldProof[];
  /** Without it nothing is proven, and `unprovenBecause` says why. */
  readonly proof: { readonly credentialId: string; readonly credential: string } | null;
  readonly unprovenBecause?: string;
}

export interface ToldEvent {
  readonly id: string;
  readonly type: string;
  readonly data: {
    readonly credential?: { readonly id: string; readonly type: string };
    readonly relianceIds?: readonly string[];
  };
}

/** Asks for fields, reads what is granted, relies on it, and is told when something happens to it. */
export interface Asker {
  ask(holderId: string, wish: AccessWish): Promise<AccessRequest>;
  readRequest(id: string): Promise<AccessRequest>;
  listGrants(): Promise<readonly { readonly id: string }[]>;
  readData(grantId: string): Promise<ReleasedData>;
  /** Answers with the reliance's id. */
  rely(verificationId: string, purpose: string): Promise<string>;
  /** Has events of this type delivered to the address, and answers with the secret that they are signed with. */
  subscribe(url: string, type: string): Promise<string>;
  listEvents(): Promise<readonly ToldEvent[]>;
}

export function createAsker(api: HttpClient): Asker {
  return {
    ask: (holderId, wish) => api.post('/v1/access-requests', { holderId, ...wish }, 201),
    readRequest: (id) => api.get(`/v1/access-requests/${id}`),
    listGrants: () => listItems(api, '/v1/grants'),
    readData: (grantId) => api.get(`/v1/grants/${grantId}/data`),
    async rely(verificationId, purpose) {
      return (await api.post<{ id: string }>('/v1/reliances', { verificationId, purpose }, 201)).id;
    },
    async subscribe(url, type) {
      return (await api.post<{ secret: string }>('/v1/webhooks', { url, types: [type] }, 201)).secret;
    },
    listEvents: () => listItems(api, '/v1/events?limit=100'),
  };
}

async function listItems<Item>(api: HttpClient, path: string): Promise<readonly Item[]> {
  return (await api.get<{ items: readonly Item[] }>(path)).items;
}
