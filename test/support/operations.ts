import type { InstanceId } from '../../src/kernel/ids.js';
import type { Server } from '../../src/http/server.js';
import type { Answer, ApiClient } from './api.js';
import type { TestApp } from './app.js';
import { addEvidence, filePart, metadataPart } from './multipart.js';
import {
  accredit,
  ALL_TYPES,
  apply,
  checkOf,
  CONTROL_DECLARATION,
  CONTROL_STATEMENTS,
  DOSSIER,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  putDossier,
  rely,
  type Organisation,
  type Registered,
} from './network.js';
import { joinAs, type Colleague } from './people.js';
import { asked, approveAs } from './sharing.js';
import { createInstance, credentialV2, issue } from './vcApi.js';

/** All that the running server offers, as its own description says, so that a new route is tested from its first day. */
export interface Operation {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{parameters}`. */
  readonly path: string;
  readonly isPublic: boolean;
  /** Anonymous callers are served, and others known. */
  readonly isForAnyone: boolean;
  readonly bodyType: string | undefined;
  readonly queryNames: readonly string[];
}

interface Described {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: object };
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
}

export function listOperations(server: Server): Operation[] {
  const paths = server.swagger().paths as Record<string, Record<string, Described>>;
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase() as Operation['method'],
      path,
      isPublic: operation.security?.length === 0,
      isForAnyone: (operation.security?.length ?? 0) > 1,
      bodyType: Object.keys(operation.requestBody?.content ?? {})[0],
      queryNames: (operation.parameters ?? []).filter((p) => p.in === 'query').map((p) => p.name),
    })),
  );
}

const HOLD = { until: '2027-01-01T00:00:00.000Z', legalBasis: 'A law, section 1' };
const HOOK = 'https://hooks.example/coop-passport';
const PURPOSE = 'Opening a business account';
const RETENTION = { afterDecision: 'P5Y', legalBasis: 'A law, section 1' };

const AGREEMENT = {
  title: 'An agreement',
  text: 'What members tell each other.',
  terms: {
    fields: ['legalIdentity'],
    purposes: ['dpv:CustomerSolvencyMonitoring'],
    longestRetention: 'P1Y',
    longestGrant: 'P90D',
    until: '2027-11-01T00:00:00Z',
  },
};

/** With every rule and every member that one may have, but for numbers that may be any. */
export const POLICY = {
  name: 'A policy',
  description: 'A description',
  rules: [
    { rule: 'credentials', anyOf: [ALL_TYPES] },
    {
      rule: 'registrars',
      credentialTypes: ALL_TYPES,
      dids: ['did:web:registrar.example'],
      accreditation: { stillHeld: true, heldFor: 'P1Y', upTo: 'substantial' },
    },
    { rule: 'jurisdictions', anyOf: ['GB'] },
    { rule: 'legalForms', anyOf: ['FVGZ'] },
    { rule: 'legalStatus', anyOf: ['active'] },
    { rule: 'assurance', credentialTypes: ALL_TYPES, minimum: 'low' },
    {
      rule: 'checks',
      fields: ['/representation'],
      provenance: 'verified',
      assurance: 'low',
      evidenceTypes: ['document'],
      methods: ['callback'],
      documented: true,
      maximumAge: 'P1Y',
    },
    { rule: 'coopTest', test: 'generalMeetingHeld', within: 'P1Y' },
    { rule: 'membership', bodies: ['did:web:federation.example'], standings: ['good_standing'] },
    { rule: 'screening', results: ['clear'], kinds: ['sanctions'], maximumAge: 'P7D' },
    { rule: 'recognition', maximumHops: 1 },
    { rule: 'uncontested' },
  ],
};

/** An id of every kind of object, all of the same co-op and its registrar. */
export interface Populated extends Registered {
  readonly ids: Readonly<Record<string, string>>;
}

/** A network in which there is one of everything; a second one needs another number for its co-op. */
export async function populate(t: TestApp, number?: string): Promise<Populated> {
  const network = await foundNetwork(t);
  const { coop, registrar, operator, partner } = network;
  const { credentialId, token } = await issueLegalIdentity(
    coop,
    registrar,
    number === undefined ? DOSSIER : dossierNumbered(number),
  );
  const evidenceId = await addEvidence(coop);
  await putDossier(coop, dossierNumbered(`${number ?? 'C'}2`), '"1"');
  const applicationId = await apply(coop, registrar, ['CoopStatusCredential']);
  const checks = `/v1/applications/${applicationId}/checks`;
  expectStatus(await registrar.api.post(checks, checkOf('/representation')), 201);
  const contests = `/v1/credentials/${credentialId}/contests`;
  const contest = expectStatus(await coop.api.post(contests, CONTEST), 201).body;
  const notices = expectStatus(await coop.api.get('/v1/notices'), 200).body;
  const member = await joinAs(t, coop, 'delegate');
  const created = async (path: string, body: object): Promise<string> =>
    expectStatus(await coop.api.post(`/v1/organisations/${coop.id}/${path}`, body), 201).body.id;
  const invitation = { email: 'guest@organisation.test', role: 'viewer' };
  const client = { name: 'Machine', scopes: ['verify'] };
  const keys = expectStatus(await coop.api.get(`/v1/organisations/${coop.id}/keys`), 200).body;
  const verification = expectStatus(
    await coop.api.post('/v1/verifications', { credential: token }),
    200,
  ).body;
  const webhook = expectStatus(await coop.api.post('/v1/webhooks', { url: HOOK }), 201).body;
  expectStatus(await t.api.get('/v1/network/statistics'), 200);
  expectStatus(await coop.api.put('/v1/me/event-digest', { choice: 'daily' }), 200);
  const relied = await rely(partner, token, PURPOSE);
  const shown = await populatePresentations(coop, credentialId);
  const shared = await populateSharing(partner, coop, member);
  // What is read for the first time is given its place.
  for (const { api } of [coop, registrar, partner]) expectStatus(await api.get('/v1/events'), 200);
  const hold = await registrar.api.post(`/v1/organisations/${coop.id}/holds`, HOLD);
  const retention = `/v1/organisations/${coop.id}/retention`;
  expectStatus(await coop.api.put(retention, RETENTION), 200);
  const memberships = await populateRegister(coop);
  const [list] = await t.connection.db.selectFrom('status_lists').select('id').execute();
  const ids = {
    organisations: coop.id,
    ...(t.config.vcApi ? await populateInstance(t, coop) : {}),
    ...memberships,
    ...shared,
    applications: applicationId,
    credentials: credentialId,
    contestId: contest.id,
    notices: notices.items[0].id,
    verifications: verification.id,
    reliances: relied.id,
    webhooks: webhook.id,
    ...shown,
    accreditations: await accredit(operator, registrar, { credentialTypes: ['CoopStatusCredential'] }),
    memberId: member.id,
    invitationId: await created('invitations', invitation),
    clientId: await created('clients', client),
    keyId: keys.items[0].id,
    evidenceId,
    requestId: await created('vouch-requests', {
      voucherId: partner.id,
      fields: ['/legalIdentity/legalName'],
    }),
    holdId: expectStatus(hold, 201).body.id,
    slug: coop.slug,
    did: coop.did,
    listId: list?.id ?? '',
    type: 'CoopStatusCredential',
    version: 'v1',
    policyVersion: '1',
    block: 'legalIdentity',
    blockVersion: 'v1',
    area: 'auth',
    reason: 'required',
  };
  return { ...network, ids };
}

/** What the co-op presents, asks for and shows by link. */
async function populatePresentations(
  { api, did }: Organisation,
  credentialId: string,
): Promise<Record<string, string>> {
  const made = async (path: string, body: object) => expectStatus(await api.post(path, body), 201).body;
  const codeIn = ({ link }: { link: string }): string => link.slice(link.lastIndexOf('/') + 1);
  const presentation = { credentialIds: [credentialId], audience: did, nonce: 'a nonce' };
  const { id: policyId } = await made('/v1/policies', POLICY);
  const request = await made('/v1/presentation-requests', { policyId, purpose: PURPOSE });
  const link = await made('/v1/share-links', {});
  return {
    policies: policyId,
    presentations: (await made('/v1/presentations', presentation)).id,
    'presentation-requests': request.id,
    requestCode: codeIn(request),
    'share-links': link.id,
    linkCode: codeIn(link),
  };
}

/** A grant that was used, and a request that is open. */
async function populateSharing(
  partner: Organisation,
  coop: Organisation,
  delegate: Colleague,
): Promise<Record<string, string>> {
  const rules = { rules: { personal: { kind: 'anyDelegate' } } };
  expectStatus(await coop.api.put(`/v1/organisations/${coop.id}/consent-rules`, rules), 200);
  const wish = { fields: ['/legalIdentity/legalName'], evidence: true };
  const metadata = { type: 'document', title: 'A document', fields: wish.fields };
  const evidenceId = await addEvidence(coop, [metadataPart(metadata), filePart()]);
  const requestId = await asked(partner, coop, wish);
  const { grantId } = expectStatus(await approveAs(delegate, requestId), 201).body;
  for (const part of ['data', 'receipt'])
    expectStatus(await partner.api.get(`/v1/grants/${grantId}/${part}`), 200);
  const content = { ...AGREEMENT, terms: { ...AGREEMENT.terms, parties: [coop.id] } };
  const agreement = expectStatus(await coop.api.post('/v1/agreements', content), 201).body;
  const acceptances = `/v1/agreements/${agreement.id}/acceptances`;
  expectStatus(await delegate.api.post(acceptances, { version: 1 }), 201);
  const links = `/v1/grants/${grantId}/evidence-links`;
  expectStatus(await partner.api.post(links, { evidenceId }), 201);
  const document = { grantId, pointer: '/legalIdentity', reason: 'To see it' };
  return {
    'access-requests': await asked(partner, coop, wish),
    grants: grantId,
    agreements: agreement.id,
    agreementVersion: '1',
    // A real one lets in whoever has it.
    linkToken: 'a-link-that-there-is-not',
    'document-requests': expectStatus(await partner.api.post('/v1/document-requests', document), 201).body.id,
  };
}

/** A co-op may be a federation too. */
async function populateRegister(coop: Organisation): Promise<Record<string, string>> {
  const raw =
    'name,registrationNumber,registrationAuthority,jurisdiction,standing\nMember,M1,Register,GB,good';
  const imported = await coop.api.post('/v1/member-imports', undefined, {
    raw,
    headers: { 'content-type': 'text/csv' },
  });
  const importId = expectStatus(imported, 201).body.id;
  const [member] = expectStatus(await coop.api.get('/v1/members'), 200).body.items;
  const issuance = expectStatus(await coop.api.post('/v1/member-issuances', { importId }), 201).body;
  return { 'member-imports': importId, members: member.id, 'member-issuances': issuance.id };
}

/** An issuer of the VC API with all that belongs to one. */
async function populateInstance(t: TestApp, coop: Organisation): Promise<Record<string, string>> {
  const wish = { format: 'vc', cryptosuite: 'eddsa-rdfc-2022', keyType: 'Ed25519' };
  const instance = await createInstance(coop, { ...wish, did: 'web', statusList: true });
  expectStatus(await issue(coop.api, instance, credentialV2()), 201);
  const [list] = await t.connection.db
    .selectFrom('instance_status_lists')
    .select('id')
    .where('instance_id', '=', instance.id as InstanceId)
    .execute();
  return { instance: instance.id, instanceId: instance.id, instanceListId: list?.id ?? '' };
}

/** With real ids; `changes` puts others in their place. Throws for a parameter that nobody has told it of. */
export function fillPath({ path }: Pick<Operation, 'path'>, ids: Readonly<Record<string, string>>): string {
  return path.replaceAll(/([^/]*)\/\{([^}]+)\}/g, (_all, before: string, name: string) => {
    const value = ids[name === 'id' ? before : name];
    if (value === undefined) throw new Error(`test/support/operations.ts knows no ${name} for ${path}`);
    return `${before}/${value}`;
  });
}

/** With a body of good form where it takes one. */
export function callOperation(
  api: ApiClient,
  operation: Operation,
  ids: Readonly<Record<string, string>>,
  bodies: Readonly<Record<string, object>>,
): Promise<Answer> {
  const url = fillPath(operation, ids);
  const body = bodies[operation.id];
  switch (operation.method) {
    case 'GET':
      return api.get(url);
    case 'DELETE':
      return api.delete(url);
    case 'POST':
      return api.post(url, body);
    case 'PUT':
      return api.put(url, body, { headers: { 'if-match': '*' } });
    case 'PATCH':
      return api.patch(url, body);
  }
}

export type Side = 'coop' | 'registrar' | 'operator' | 'nobody';

const REVIEW = new Set([
  'recordCallback',
  'recordMandate',
  'makeLetter',
  'startDomainProof',
  'placeHold',
  'releaseHold',
  'recordCheck',
  'recordChecks',
  'claimNextApplication',
  'assignApplication',
  'releaseApplication',
  'compareHandedInVersions',
  'draftCredentials',
  'decideApplication',
  'confirmDecision',
  'withdrawProposal',
  'retryIssuance',
  'reissueCredentials',
]);
const CONTEST = { pointer: '/credentialSubject/legalName', statement: 'Not our name' };
/** Of the routes below a credential those that are its holder's. */
const CONTESTING = new Set(['openContest', 'withdrawContest']);

/** Who would be let in with good input. */
export function sideOf({ id, path, isPublic }: Operation): Side {
  if (isPublic) return 'nobody';
  if (path.startsWith('/v1/accreditations')) return 'operator';
  if (CONTESTING.has(id)) return 'coop';
  if (REVIEW.has(id) || /^\/v1\/credentials\/\{id\}\/./.test(path)) return 'registrar';
  return 'coop';
}

/** A body that each operation would take, as far as its form goes. */
export function goodBodies({ registrar }: { readonly registrar: Organisation }): Record<string, object> {
  const password = 'a long enough password';
  const email = 'somebody@organisation.test';
  const token = 'a token that nobody was sent';
  const reason = 'A reason';
  return {
    registerOrganisation: {
      organisation: {
        name: 'Fuzzed Co-op',
        jurisdiction: 'GB',
        registrationNumber: 'C1',
        website: 'https://coop.example',
      },
      admin: { name: 'Ada', email, password },
    },
    confirmRegistration: { token },
    changeOrganisation: { name: 'Changed Co-op', website: 'https://coop.example', listed: true },
    signIn: { email, password, organisationId: crypto.randomUUID() },
    refreshSession: { refreshToken: token },
    changePassword: { currentPassword: 'wrong', newPassword: password },
    requestPasswordReset: { email },
    confirmPasswordReset: { token, newPassword: password },
    changeMemberRole: { role: 'viewer' },
    createInvitation: { email, role: 'viewer' },
    acceptInvitation: { token, name: 'Ada', password },
    createClient: { name: 'Machine', scopes: ['verify'] },
    rotateKey: { algorithm: 'ES256' },
    revokeKey: { compromisedAt: '2026-11-01T00:00:00Z', reason },
    putDossier: DOSSIER,
    proveFields: { version: 1, fields: ['/legalIdentity'] },
    putBodsFile: CONTROL_STATEMENTS,
    declareControlPersons: CONTROL_DECLARATION,
    holdEvidence: { until: '2029-01-01T00:00:00Z', reason },
    requestVouch: { voucherId: registrar.id, fields: ['/legalIdentity/legalName'], note: 'A note' },
    giveVouch: { requestId: crypto.randomUUID(), statement: 'A member of ours', validFor: 'P1Y' },
    addForeignVouch: { token, title: 'A vouch' },
    eraseDossier: { confirm: 'a-slug', ground: 'request' },
    placeHold: HOLD,
    putRetention: RETENTION,
    submitApplication: {
      registrarId: registrar.id,
      credentialTypes: ALL_TYPES,
      renews: [crypto.randomUUID()],
    },
    openContest: CONTEST,
    answerContest: { outcome: 'dismissed', reason },
    withdrawContest: {},
    rely: { verificationId: crypto.randomUUID(), purpose: PURPOSE },
    createWebhook: { url: HOOK, types: ['credential.revoked'] },
    changeWebhook: { url: HOOK, types: ['credential.revoked'], isEnabled: false },
    rotateWebhookSecret: { previousValidFor: 'PT1H' },
    testWebhook: {},
    chooseEventDigest: { choice: 'never' },
    replayDeliveries: { deliveryId: crypto.randomUUID() },
    present: {
      credentialIds: [crypto.randomUUID()],
      disclose: [{ credentialId: crypto.randomUUID(), pointers: ['/legalName'] }],
      audience: 'did:web:partner.example',
      nonce: 'a nonce',
      format: 'vp+jwt',
    },
    askForPresentation: {
      policyId: crypto.randomUUID(),
      policyVersion: 1,
      purpose: PURPOSE,
      validFor: 'P7D',
    },
    answerPresentationRequest: { credentialIds: [crypto.randomUUID()] },
    makeShareLink: { credentialIds: [crypto.randomUUID()], validFor: 'P7D', maxUses: 5 },
    openShareLink: {},
    offerAgreement: {
      ...AGREEMENT,
      terms: { ...AGREEMENT.terms, parties: [registrar.id], mayAsk: [registrar.id] },
    },
    offerAgreementVersion: AGREEMENT,
    closeAgreement: {},
    acceptAgreement: { version: 1, minute: 'GM 2026/11' },
    leaveAgreement: {},
    putConsentRules: {
      rules: { internal: { kind: 'anyDelegate' }, personal: { kind: 'mOfN', m: 2, requireMinute: true } },
      documentsWithin: 'P5D',
    },
    askForAccess: {
      holderId: registrar.id,
      fields: ['/officers/0/fullName', 'legalIdentity'],
      purposes: ['dpv:CustomerSolvencyMonitoring'],
      retention: 'P1Y',
      grantFor: 'P30D',
      evidence: true,
      policyId: crypto.randomUUID(),
      note: 'A note',
    },
    approveAccess: { minute: 'GM 2026/11' },
    refuseAccess: { reason },
    withdrawAccessRequest: {},
    withdrawGrant: { reason },
    makeEvidenceLink: { evidenceId: crypto.randomUUID() },
    askForDocument: {
      grantId: crypto.randomUUID(),
      to: 'holder',
      pointer: '/legalIdentity',
      evidenceDigest: 'sha256-AAAAAAAAAAAAAAAA',
      reason,
    },
    answerDocumentRequest: { evidenceId: crypto.randomUUID() },
    refuseDocumentRequest: { reason },
    readNotice: {},
    recordCheck: {
      ...checkOf('/legalIdentity/legalName'),
      evidenceId: crypto.randomUUID(),
      note: 'A note',
    },
    recordChecks: { checks: [checkOf('/legalIdentity/legalName')] },
    addMessage: {
      text: 'Hello',
      kind: 'answer',
      answers: crypto.randomUUID(),
      about: '/addresses/0',
      attachments: [crypto.randomUUID()],
    },
    claimNextApplication: {},
    confirmDecision: { proposalId: crypto.randomUUID() },
    putReviewSettings: {
      fourEyes: [ALL_TYPES[0]],
      dueIn: 'P7D',
      dueInByType: { CoopStatusCredential: 'P3D' },
      templates: {
        CoopStatusCredential: [
          {
            field: '/addresses',
            methods: ['site_visit'],
            evidenceTypes: ['document'],
            maximumAge: 'P30D',
          },
        ],
      },
    },
    recordCallback: {
      register: 'The register',
      contact: '0113 496 0000',
      result: 'confirmed',
      note: 'A note',
    },
    recordMandate: {
      register: 'The register',
      evidenceId: crypto.randomUUID(),
      signedBy: { name: 'Sam Secretary', registerRole: 'secretary' },
      result: 'confirmed',
      note: 'A note',
    },
    makeLetter: { register: 'The register' },
    enterCode: { code: '0000-0000-0000' },
    startDomainProof: { domain: 'albion.coop', listedBy: 'register', register: 'The register' },
    verifyDomainProof: {},
    takeOverRepresentation: {},
    assignApplication: { memberId: crypto.randomUUID() },
    decideApplication: {
      outcome: 'refused',
      reason,
      reasons: [{ pointer: '/addresses', code: 'outdated', detail: 'Out of date' }],
    },
    retryIssuance: {},
    resubmitApplication: {},
    withdrawApplication: {},
    reissueCredentials: { credentialIds: [crypto.randomUUID()] },
    suspendCredential: { reason },
    reinstateCredential: { reason },
    revokeCredential: { reason },
    createIssuerInstance: {
      name: 'Tests',
      format: 'vc',
      cryptosuite: 'eddsa-rdfc-2022',
      keyType: 'Ed25519',
      did: 'key',
      statusList: false,
    },
    // Nothing in it that may be otherwise: what an instance is to say is for its owner to choose.
    issueThroughInstance: {
      credential: {
        '@context': ['https://www.w3.org/ns/credentials/v2'],
        type: ['VerifiableCredential'],
        credentialSubject: { id: 'did:example:alice' },
      },
      options: { credentialId: 'urn:uuid:0190' },
    },
    updateStatusThroughInstance: {
      credentialId: 'urn:uuid:0190',
      credentialStatus: { type: 'BitstringStatusListEntry', statusPurpose: 'revocation' },
    },
    importMembers: {},
    changeFederationMember: { standing: 'suspended', memberNumber: '17' },
    inviteMembers: { memberIds: [crypto.randomUUID()], again: true },
    readMemberInvitation: { token },
    acceptMemberInvitation: {
      token,
      organisation: { name: 'Fuzzed Co-op', website: 'https://coop.example' },
      admin: { name: 'Ada', email, password },
      applyForMembership: false,
    },
    acceptMembership: { token, applyForMembership: false },
    issueToMembers: { importId: crypto.randomUUID(), validFor: 'P6M', sentByOurselves: true },
    createPolicy: POLICY,
    putPolicy: { name: 'Other', rules: [{ rule: 'uncontested' }] },
    archivePolicy: {},
    tryPolicy: {
      rules: [{ rule: 'uncontested' }],
      from: '2026-01-01T00:00:00Z',
      until: '2026-12-01T00:00:00Z',
      decidedUnder: 'this',
    },
    accreditRegistrar: {
      organisationId: registrar.id,
      credentialTypes: ALL_TYPES,
      jurisdictions: ['GB'],
      maxAssurance: 'substantial',
      expiresAt: '2030-01-01T00:00:00Z',
    },
  };
}
