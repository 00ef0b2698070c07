import type { CheckMethod } from '../credentials/assurance.js';
import type { FieldProof } from '../credentials/dossier/commitment.js';
import type { Report } from '../cli/verificationRequest.js';
import type { HttpClient, Problem } from './httpClient.js';
import { createAsker, joinAsDelegate, type Asker, type Delegate } from './sharingRoles.js';

/** The people of the story. Each knows the service's address and its own sign-in, and shares nothing with the others. */

export interface SignIn {
  readonly email: string;
  readonly password: string;
}

export interface Organisation {
  readonly id: string;
  readonly slug: string;
  readonly did: string;
  readonly name: string;
}

export interface IssuedCredential {
  readonly id: string;
  readonly type: string;
}

export const LEGAL_IDENTITY = 'CoopLegalIdentityCredential';
export const COOP_STATUS = 'CoopStatusCredential';
export const SCREENING = 'ScreeningCredential';
export const KYC_DOSSIER = 'KycDossierCredential';

/** Runs the installation, and accredits the first registrars. */
export interface Operator {
  accredit(registrar: Organisation): Promise<void>;
}

export async function signInOperator(http: HttpClient, signIn: SignIn): Promise<Operator> {
  const { accessToken } = await http.post<{ accessToken: string }>('/v1/sessions', signIn, 201);
  const api = http.as(accessToken);
  return {
    async accredit(registrar) {
      const terms = {
        organisationId: registrar.id,
        credentialTypes: [LEGAL_IDENTITY, COOP_STATUS, SCREENING, KYC_DOSSIER],
        jurisdictions: ['GB'],
        maxAssurance: 'substantial',
      };
      await api.post('/v1/accreditations', terms, 201);
    },
  };
}

/** Asks for a passport. */
export interface Coop {
  readonly organisation: Organisation;
  readonly signIn: SignIn;
  fillInDossier(dossier: object): Promise<void>;
  /** Saves a further version. */
  changeDossier(dossier: object): Promise<void>;
  /** Attaches a document to the dossier and answers with its id. */
  uploadDocument(title: string, text: string): Promise<string>;
  /** Answers with the application's id. */
  apply(registrar: Organisation, credentialTypes: readonly string[]): Promise<string>;
  /** The secured credential, to be shown to anybody. */
  fetchCredential(credentialId: string): Promise<string>;
  /** What is known of a credential, and of what it rests on. */
  watch(credentialId: string): Promise<CredentialLife>;
  /** Fields of the dossier with what proves them, to be handed to a partner. */
  releaseFields(fields: readonly string[]): Promise<FieldProof[]>;
  /** Answers with the contest's id. */
  contest(credentialId: string, pointer: string, statement: string): Promise<string>;
  /** Somebody joins it who decides what it shares. */
  admitDelegate(signIn: SignIn): Promise<Delegate>;
}

export interface CredentialLife {
  readonly state: string;
  readonly concerns: readonly {
    readonly kind: string;
    readonly pointer: string;
    readonly since: string;
    readonly suspendsAt: string;
  }[];
  readonly statusChanges: readonly { readonly change: string; readonly reason: string }[];
}

export async function registerCoop(http: HttpClient, name: string, signIn: SignIn): Promise<Coop> {
  const { organisation, api } = await register(http, { name, jurisdiction: 'GB-ENG' }, signIn);
  const own = `/v1/organisations/${organisation.id}`;
  return {
    organisation,
    signIn,
    fillInDossier: (dossier) => api.put(`${own}/dossier`, dossier),
    changeDossier: (dossier) => api.put(`${own}/dossier`, dossier, '*'),
    async uploadDocument(title, text) {
      const form = new FormData();
      form.set('metadata', JSON.stringify({ type: 'document', title }));
      form.set('file', new Blob([text], { type: 'text/plain' }), 'document.txt');
      return (await api.upload<{ id: string }>(`${own}/evidence`, form)).id;
    },
    async apply(registrar, credentialTypes) {
      const wanted = { registrarId: registrar.id, credentialTypes };
      return (await api.post<{ id: string }>('/v1/applications', wanted, 201)).id;
    },
    fetchCredential: (id) => api.getText(`/v1/credentials/${id}`, 'application/vc+jwt'),
    watch: (id) => api.get<CredentialLife>(`/v1/credentials/${id}`),
    async releaseFields(fields) {
      return (await api.post<{ fields: FieldProof[] }>(`${own}/dossier/proofs`, { fields }, 200)).fields;
    },
    async contest(id, pointer, statement) {
      const contest = { pointer, statement };
      return (await api.post<{ id: string }>(`/v1/credentials/${id}/contests`, contest, 201)).id;
    },
    admitDelegate: (delegate) => joinAsDelegate(http, { api, organisationId: organisation.id }, delegate),
  };
}

export interface CheckFinding {
  /** JSON Pointer into the dossier, or `/representation`. */
  readonly field: string;
  readonly method: CheckMethod;
  readonly result: 'confirmed' | 'refuted';
  readonly evidence: object;
  readonly evidenceId?: string;
  /** For the registrar's own file. */
  readonly note?: string;
}

/** Examines applications, decides, and keeps the status of what it has issued. */
export interface Registrar {
  readonly organisation: Organisation;
  readonly signIn: SignIn;
  recordCheck(applicationId: string, finding: CheckFinding): Promise<void>;
  approve(applicationId: string): Promise<IssuedCredential[]>;
  /** Tries to approve what must not be approved, and answers with the refusal. */
  failToApprove(applicationId: string, expectedStatus: number): Promise<Problem>;
  refuse(applicationId: string, reason: string): Promise<void>;
  suspend(credentialId: string, reason: string): Promise<void>;
  reinstate(credentialId: string, reason: string): Promise<void>;
  revoke(credentialId: string, reason: string): Promise<void>;
  answerContest(credentialId: string, contestId: string, reason: string): Promise<void>;
}

export async function registerRegistrar(http: HttpClient, name: string, signIn: SignIn): Promise<Registrar> {
  const { organisation, api } = await register(http, { name, jurisdiction: 'GB' }, signIn);
  const decide = <Body>(id: string, decision: object, expectedStatus = 200) =>
    api.post<Body>(`/v1/applications/${id}/decision`, decision, expectedStatus);
  const changeStatus = async (id: string, action: string, reason: string) => {
    await api.post(`/v1/credentials/${id}/${action}`, { reason }, 200);
  };
  return {
    organisation,
    signIn,
    async recordCheck(id, finding) {
      await api.post(`/v1/applications/${id}/checks`, finding, 201);
    },
    async approve(id) {
      const approval = { outcome: 'approved' };
      const application = await decide<{ status: string; credentials: IssuedCredential[] }>(id, approval);
      if (application.status !== 'issued')
        throw new Error(`an approved application is ${application.status}, not issued`);
      return application.credentials;
    },
    failToApprove: (id, expectedStatus) => decide<Problem>(id, { outcome: 'approved' }, expectedStatus),
    async refuse(id, reason) {
      await decide(id, { outcome: 'refused', reason });
    },
    suspend: (id, reason) => changeStatus(id, 'suspend', reason),
    reinstate: (id, reason) => changeStatus(id, 'reinstate', reason),
    revoke: (id, reason) => changeStatus(id, 'revoke', reason),
    async answerContest(id, contestId, reason) {
      const answer = { outcome: 'dismissed', reason };
      await api.post(`/v1/credentials/${id}/contests/${contestId}/resolution`, answer, 200);
    },
  };
}

/** Whoever is shown a credential: nobody needs an account to check one. */
export interface Verifier {
  verify(credential: string, fields?: readonly FieldProof[]): Promise<Report>;
}

export function createVerifier(http: HttpClient): Verifier {
  return {
    verify: (credential, fields) =>
      http.post<Report>('/v1/verifications', { credential, ...(fields && { fields }) }, 200),
  };
}

/** Verifies signed in, so that its reports are stored for it. */
export interface Partner extends Verifier, Asker {
  readonly organisation: Organisation;
  readonly signIn: SignIn;
  readReport(id: string): Promise<Report>;
  /** The report, and the same signed. */
  verifyForReceipt(
    credential: string,
    fields: readonly FieldProof[],
  ): Promise<{ readonly report: Report; readonly receipt: string }>;
  verifyAsOf(credential: string, fields: readonly FieldProof[], asOf: string): Promise<PastReport>;
}

/** A report as of an instant, with what was learned since. */
export type PastReport = Report & {
  readonly asOf: string;
  readonly since: readonly { readonly code: string; readonly at: string }[];
};

export async function registerPartner(http: HttpClient, name: string, signIn: SignIn): Promise<Partner> {
  const { organisation, api } = await register(http, { name, jurisdiction: 'GB' }, signIn);
  return {
    ...createVerifier(api),
    ...createAsker(api),
    organisation,
    signIn,
    readReport: (id) => api.get<Report>(`/v1/verifications/${id}`),
    async verifyForReceipt(credential, fields) {
      const wanted = { credential, fields, receipt: true };
      const report = await api.post<Report & { receipt: string }>('/v1/verifications', wanted, 200);
      return { report, receipt: report.receipt };
    },
    verifyAsOf: (credential, fields, asOf) =>
      api.post<PastReport>('/v1/verifications', { credential, fields, asOf }, 200),
  };
}

async function register(
  http: HttpClient,
  organisation: { name: string; jurisdiction: string },
  signIn: SignIn,
): Promise<{ organisation: Organisation; api: HttpClient }> {
  const admin = { name: 'Administrator', ...signIn };
  const joined = await http.post<{ organisation: Organisation; session: { accessToken: string } }>(
    '/v1/organisations',
    { organisation, admin },
    201,
  );
  return { organisation: joined.organisation, api: http.as(joined.session.accessToken) };
}
