import type { Answer, ApiClient } from './api.js';
import { OPERATOR, type TestApp } from './app.js';

/** Roles of a network, each acting over HTTP; every step asserts that it was accepted. */

export interface Organisation {
  readonly id: string;
  readonly slug: string;
  readonly did: string;
  readonly name: string;
  /** Speaks as its administrator. */
  readonly api: ApiClient;
  readonly email: string;
  readonly password: string;
}

export interface Registered {
  readonly registrar: Organisation;
  readonly coop: Organisation;
  readonly partner: Organisation;
  readonly operator: ApiClient;
}

const PASSWORD = 'a long enough password';
let registered = 0;

export function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`);
  return answer;
}

export async function registerOrganisation(
  api: ApiClient,
  name: string,
  jurisdiction = 'GB',
): Promise<Organisation> {
  const email = `admin${(registered += 1)}@organisation.test`;
  const { body } = expectStatus(
    await api.post('/v1/organisations', {
      organisation: { name, jurisdiction },
      admin: { name: 'Ada Admin', email, password: PASSWORD },
    }),
    201,
  );
  const { id, slug, did } = body.organisation;
  return { id, slug, did, name, api: api.as(body.session.accessToken), email, password: PASSWORD };
}

export async function signInOperator(api: ApiClient): Promise<ApiClient> {
  return api.as(expectStatus(await api.post('/v1/sessions', OPERATOR), 201).body.accessToken);
}

export const ALL_TYPES = ['CoopLegalIdentityCredential', 'CoopStatusCredential'];

export async function accredit(
  operator: ApiClient,
  registrar: Organisation,
  terms: object = {},
): Promise<string> {
  const answer = await operator.post('/v1/accreditations', {
    organisationId: registrar.id,
    credentialTypes: ALL_TYPES,
    jurisdictions: ['GB'],
    maxAssurance: 'substantial',
    ...terms,
  });
  return expectStatus(answer, 201).body.id;
}

/** A registrar with its accreditation, a co-op and a partner. */
export async function foundNetwork({ api }: Pick<TestApp, 'api'>): Promise<Registered> {
  const operator = await signInOperator(api);
  const registrar = await registerOrganisation(api, 'Housing Co-operative Federation');
  const coop = await registerOrganisation(api, 'Albion Housing Co-operative Limited');
  const partner = await registerOrganisation(api, 'Partner Co-operative Bank');
  await accredit(operator, registrar);
  return { operator, registrar, coop, partner };
}

export const DOSSIER = {
  legalIdentity: {
    legalName: 'Albion Housing Co-operative Limited',
    registrationNumber: 'C3719',
    registrationAuthority: { name: 'Regulator of Social Housing' },
    jurisdiction: 'GB-ENG',
    incorporatedOn: '1987-03-23',
  },
  addresses: [
    { type: 'registered', street: '1 Mill Lane', locality: 'Leeds', postalCode: 'LS1 1AA', country: 'GB' },
  ],
  democraticControl: {
    category: 'housing',
    votingRule: 'one_member_one_vote',
    memberCount: 42,
    memberCountOn: '2026-10-01',
    transactingVoteShare: 100,
  },
};

export const CONTROL_DECLARATION = {
  noBeneficialOwner: { reason: 'noBeneficialOwners', description: 'Each of 42 members has one vote.' },
  seniorManagingOfficials: [
    { name: 'Ada Example', role: 'Secretary', birthDate: '1970-01-01', nationalities: ['GB'] },
  ],
};

/** A BODS file: somebody, and nothing that they own. */
export const CONTROL_STATEMENTS = [
  {
    statementId: '9f1d3b58-5f0c-4f0c-8f2b-7d8c2a6f4e11',
    statementDate: '2026-11-01',
    declarationSubject: 'ada',
    recordId: 'ada',
    recordType: 'person',
    recordStatus: 'new',
    recordDetails: { isComponent: false, personType: 'knownPerson', names: [{ fullName: 'Ada Example' }] },
  },
];

export async function putDossier(
  organisation: Organisation,
  dossier: object = DOSSIER,
  ifMatch?: string,
): Promise<Answer> {
  const answer = await organisation.api.put(`/v1/organisations/${organisation.id}/dossier`, dossier, {
    headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
  });
  return expectStatus(answer, 200);
}

export const IDENTITY_FIELDS = [
  '/representation',
  '/legalIdentity/legalName',
  '/legalIdentity/registrationNumber',
  '/legalIdentity/jurisdiction',
];
export const STATUS_FIELDS = [
  '/representation',
  '/democraticControl/category',
  '/democraticControl/votingRule',
  '/democraticControl/memberCount',
];

export function checkOf(field: string, changes: object = {}): object {
  return {
    field,
    method: field === '/representation' ? 'callback' : 'register_lookup',
    result: 'confirmed',
    evidence: {
      type: 'electronic_record',
      record: { type: 'company_register', source: { name: 'Regulator of Social Housing' } },
    },
    ...changes,
  };
}

export async function apply(
  coop: Organisation,
  registrar: Organisation,
  credentialTypes: readonly string[] = ['CoopLegalIdentityCredential'],
): Promise<string> {
  const answer = await coop.api.post('/v1/applications', { registrarId: registrar.id, credentialTypes });
  return expectStatus(answer, 201).body.id;
}

export async function recordChecks(
  registrar: Organisation,
  applicationId: string,
  fields: readonly string[] = IDENTITY_FIELDS,
): Promise<void> {
  for (const field of fields) {
    expectStatus(await registrar.api.post(`/v1/applications/${applicationId}/checks`, checkOf(field)), 201);
  }
}

export async function approve(
  registrar: Organisation,
  applicationId: string,
): Promise<{ id: string; type: string }[]> {
  const answer = await registrar.api.post(`/v1/applications/${applicationId}/decision`, {
    outcome: 'approved',
  });
  const { body } = expectStatus(answer, 200);
  if (body.status !== 'issued')
    throw new Error(`expected the application to be issued, it is ${body.status}`);
  return body.credentials;
}

/** From the dossier to the token, the whole way. */
export async function issueLegalIdentity(
  coop: Organisation,
  registrar: Organisation,
  dossier: object = DOSSIER,
): Promise<{ applicationId: string; credentialId: string; token: string }> {
  await putDossier(coop, dossier);
  const applicationId = await apply(coop, registrar);
  await recordChecks(registrar, applicationId);
  const [credential] = await approve(registrar, applicationId);
  if (!credential) throw new Error('no credential was issued');
  return { applicationId, credentialId: credential.id, token: await readToken(coop, credential.id) };
}

export async function readToken(organisation: Organisation, credentialId: string): Promise<string> {
  const answer = await organisation.api.get(`/v1/credentials/${credentialId}`, {
    accept: 'application/vc+jwt',
  });
  return expectStatus(answer, 200).text;
}

/** A dossier like the others', under a registration number of its own. */
export function dossierNumbered(registrationNumber: string): typeof DOSSIER {
  return { ...DOSSIER, legalIdentity: { ...DOSSIER.legalIdentity, registrationNumber } };
}

/** Verifies a credential, and relies on that. */
export async function rely(
  partner: Organisation,
  credential: string,
  purpose = 'Opening a business account',
): Promise<{ readonly id: string; readonly verificationId: string }> {
  const report = expectStatus(await partner.api.post('/v1/verifications', { credential }), 200).body;
  const body = { verificationId: report.id, purpose };
  return expectStatus(await partner.api.post('/v1/reliances', body), 201).body;
}
