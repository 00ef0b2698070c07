import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FieldProof } from '../../src/credentials/dossier/commitment.js';
import { PROFILES } from '../../src/credentials/profiles/index.js';
import { DC_SD_JWT_PROFILE } from '../../src/credentials/securing/dcSdJwt.js';
import { presentSdJwt } from '../../src/credentials/securing/sdJwt/present.js';
import { startApp, type TestApp } from '../support/app.js';
import { borrowKey } from '../support/forgery.js';
import { addEvidence, filePart, metadataPart, TEXT_FILE, upload } from '../support/multipart.js';
import {
  accredit,
  apply,
  approve,
  checkOf,
  CONTROL_DECLARATION,
  DOSSIER,
  expectStatus,
  foundNetwork,
  IDENTITY_FIELDS,
  putDossier,
  STATUS_FIELDS,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { joinAs, refusalOf } from '../support/people.js';

const TYPES = PROFILES.map(({ type }) => type);
const BY_LAWS = '/democraticControl/byLaws';
const INSPECTED_FIELDS = ['/officers', '/signatories', '/controlPersons', BY_LAWS, '/capacity'];
const REGISTERED_FIELDS = [
  ...new Set([
    ...IDENTITY_FIELDS,
    ...STATUS_FIELDS,
    '/addresses',
    '/identifiers',
    '/recognition/federations',
  ]),
].filter((field) => field !== '/representation');

/** Every block but the control persons, which are declared in a call of their own. */
const fullDossier = (byLawsDigest: string) => ({
  ...DOSSIER,
  identifiers: [{ scheme: 'LEI', id: '5493001KJTIIGC8Y1R12' }],
  contacts: [{ purpose: 'general', email: 'office@albion.example', phone: '+441130000000' }],
  democraticControl: {
    ...DOSSIER.democraticControl,
    memberClasses: [{ name: 'Tenants', memberCount: 42, votesPerMember: 1, isTransacting: true }],
    largestVoteShare: 2.4,
    investorVoteShare: 0,
    assetLock: true,
    surplusDistribution: 'Reserves',
    lastGeneralMeetingOn: '2026-05-09',
    byLaws: { digest: byLawsDigest, adoptedOn: '2020-01-01' },
  },
  officers: [
    { fullName: 'Ada Example', role: 'secretary', appointedOn: '2024-05-01', birthDate: '1970-01-01' },
  ],
  signatories: [
    {
      fullName: 'Ben Treasurer',
      role: 'treasurer',
      authority: 'joint',
      jointWith: ['secretary'],
      signaturesRequired: 2,
      limits: [{ matter: 'Loans', amount: 10_000, currency: 'GBP' }],
      grantedBy: { body: 'General meeting', grantedOn: '2026-05-09' },
    },
  ],
  recognition: {
    federations: [{ body: 'Housing Co-operative Federation', memberSince: '1990-01-01', standing: 'good' }],
    coopDomain: 'albion.coop',
  },
  screening: {
    lists: [{ kind: 'sanctions', name: 'UK Sanctions List', version: '2026-11-19' }],
    screenedAt: '2026-11-20T08:00:00Z',
    result: 'clear',
    personsScreened: 2,
  },
  capacity: { accountsYear: 2025, auditor: { name: 'Example Auditors' }, turnoverBand: '100k_to_1m' },
});

/** From the empty dossier to all seven credentials and what partners do with them; the tests stand in the order of the work. */
describe('the main job: a registrar vouches for a real co-op, a partner verifies it', () => {
  let t: TestApp;
  let network: Registered;
  let coop: Organisation;
  let registrar: Organisation;
  let byLaws: { id: string; digest: string };
  let applicationId: string;
  let ids: Record<string, string>;

  const dossierUrl = (part = '') => `/v1/organisations/${coop.id}/dossier${part}`;
  const applicationUrl = (part = '') => `/v1/applications/${applicationId}${part}`;
  const credentialUrl = (type: string) => `/v1/credentials/${ids[type]}`;
  const read = async (who: Organisation, url: string) => expectStatus(await who.api.get(url), 200).body;
  const verify = async (body: object) => expectStatus(await t.api.post('/v1/verifications', body), 200).body;
  const fetchForm = async (type: string, format: string): Promise<string> =>
    expectStatus(await coop.api.get(credentialUrl(type), { accept: `application/${format}` }), 200).text;

  beforeAll(async () => {
    t = await startApp();
    network = await foundNetwork(t);
    ({ coop, registrar } = network);
    await accredit(network.operator, registrar, { credentialTypes: TYPES });
  });
  afterAll(() => t.close());

  test('the co-op fills in every block, with evidence, until nothing is missing for any credential', async () => {
    const metadata = { type: 'document', title: 'Rules of the society', fields: ['/democraticControl'] };
    const parts = [metadataPart(metadata), filePart(TEXT_FILE, 'text/plain')];
    byLaws = expectStatus(await upload(coop, parts), 201).body;
    await putDossier(coop, fullDossier(byLaws.digest));
    const declared = await coop.api.post(dossierUrl('/control-persons'), CONTROL_DECLARATION, {
      headers: { 'if-match': '"1"' },
    });
    expect(expectStatus(declared, 200).body).toEqual({ version: 2 });
    const dossier = await read(coop, dossierUrl());
    expect(dossier.warnings, 'of a genuine co-op without gaps').toBeUndefined();
    const outcomes = dossier.coopTests.map(({ outcome }: { outcome: string }) => outcome);
    expect(new Set(outcomes)).toEqual(new Set(['met']));
    const { credentials } = await read(coop, dossierUrl('/completeness'));
    const ready = credentials.filter(({ isReady }: { isReady: boolean }) => isReady);
    expect(ready.map(({ credentialType }: { credentialType: string }) => credentialType).sort()).toEqual(
      [...TYPES].sort(),
    );
    applicationId = await apply(coop, registrar, TYPES);
  });

  test('the registrar claims it and asks; the co-op answers with a file', async () => {
    const claimed = expectStatus(await registrar.api.post('/v1/applications/claims', {}), 200).body;
    expect([claimed.id, claimed.status]).toEqual([applicationId, 'in_review']);
    const question = { text: 'Who elected them?', kind: 'question', about: '/officers' };
    const asked = expectStatus(await registrar.api.post(applicationUrl('/messages'), question), 201).body;
    const [answers] = asked.openQuestions;
    const minutes = await addEvidence(coop);
    const answer = { text: 'The general meeting.', answers, attachments: [minutes] };
    const { openQuestions } = expectStatus(
      await coop.api.post(applicationUrl('/messages'), answer),
      201,
    ).body;
    expect(openQuestions).toEqual([]);
    expectStatus(await registrar.api.get(`/v1/organisations/${coop.id}/evidence/${minutes}`), 200);
  });

  test('and examines it: a call to whom the register names, the register, the documents, the lists', async () => {
    const callback = { register: 'Regulator of Social Housing', contact: 'office', result: 'confirmed' };
    expectStatus(await registrar.api.post(applicationUrl('/representation/callback'), callback), 201);
    const inspection = {
      method: 'document_inspection',
      evidence: { type: 'document', document_details: { type: 'bylaws' } },
      evidenceId: byLaws.id,
    };
    const checks = [
      ...REGISTERED_FIELDS.map((field) => checkOf(field)),
      ...INSPECTED_FIELDS.map((field) => checkOf(field, inspection)),
      checkOf('/screening', { method: 'screening' }),
    ];
    expectStatus(await registrar.api.post(applicationUrl('/checks/batch'), { checks }), 201);
    expect((await read(registrar, applicationUrl())).missingChecks).toEqual([]);
  });

  test('the draft shows all seven, and no person; the approval issues them', async () => {
    const answer = await registrar.api.get(applicationUrl('/draft'));
    const draft = expectStatus(answer, 200).body;
    expect(draft.missingChecks).toEqual([]);
    expect(draft.credentials.flatMap(({ problems }: { problems: unknown[] }) => problems)).toEqual([]);
    expect(draft.credentials).toHaveLength(TYPES.length);
    for (const name of ['Ada Example', 'Ben Treasurer']) expect(answer.text).not.toContain(name);
    const issued = await approve(registrar, applicationId);
    ids = Object.fromEntries(issued.map(({ type, id }) => [type, id]));
    expect(Object.keys(ids).sort()).toEqual([...TYPES].sort());
  });

  test.each(PROFILES)('$type is accepted by anybody, in every format of its own', async (profile) => {
    for (const format of profile.formats) {
      const form = await fetchForm(profile.type, format);
      const report = await verify({ credential: format === 'vc' ? JSON.parse(form) : form });
      expect(
        report.checks.map(({ code }: { code: string }) => code),
        format,
      ).toEqual([
        'format/well-formed',
        'signature/valid',
        'key/listed',
        'issuer/bound',
        'validity/current',
        'schema/conforms',
        'status/clear',
        'accreditation/accredited',
      ]);
      expect(report.verdict).toBe('accepted');
      expect(report.credential).toMatchObject({
        issuer: { did: registrar.did, name: registrar.name },
        subject: { did: coop.did },
        assurance: 'substantial',
      });
    }
  });

  test('what holds persons comes as SD-JWT only, and is presented field by field by its holder', async () => {
    const reply = { audience: 'https://partner.test', nonce: 'n-1', issuedAt: t.clock.now() };
    const keyBinding = { ...reply, ...(await borrowKey(t, coop)) };
    for (const { type, isPersonal } of PROFILES) {
      const asJwt = await coop.api.get(credentialUrl(type), { accept: 'application/vc+jwt' });
      expect([type, asJwt.status]).toEqual([type, isPersonal ? 406 : 200]);
      if (!isPersonal) continue;
      const form = await fetchForm(type, 'dc+sd-jwt');
      const shown = await presentSdJwt(form, DC_SD_JWT_PROFILE, { disclose: ['/jurisdiction'], keyBinding });
      if ('problem' in shown) throw new Error(shown.problem);
      const { audience, nonce } = reply;
      const report = await verify({ presentation: shown.presentation, audience, nonce });
      expect([report.verdict, report.holder?.did]).toEqual(['accepted', coop.did]);
    }
  });

  test('two fields of the dossier are proven, one of a person; another value of either is not', async () => {
    const credential = await fetchForm('KycDossierCredential', 'vc+jwt');
    const wanted = ['/legalIdentity/legalName', '/officers/0/fullName'];
    const proofs = expectStatus(await coop.api.post(dossierUrl('/proofs'), { fields: wanted }), 200).body;
    const fields: FieldProof[] = proofs.fields;
    expect(fields.map((proof) => 'value' in proof && proof.value)).toEqual([
      DOSSIER.legalIdentity.legalName,
      'Ada Example',
    ]);
    const report = await verify({ credential, fields });
    expect([report.verdict, report.checks.at(-1).code]).toEqual(['accepted', 'dossier/proven']);
    expect(report.fields).toEqual(wanted.map((pointer) => ({ pointer, isProven: true })));
    for (const pointer of wanted) {
      const twin = fields.map((proof) => (proof.pointer === pointer ? { ...proof, value: 'Other' } : proof));
      const refused = await verify({ credential, fields: twin });
      expect([refused.verdict, refused.checks.at(-1).code]).toEqual(['rejected', 'dossier/not-proven']);
    }
  });

  test('a stranger, a viewer of it and nobody see none of it', async () => {
    const viewer = await joinAs(t, network.partner, 'viewer');
    const paths = [
      dossierUrl(),
      dossierUrl('/control-persons'),
      `/v1/organisations/${coop.id}/evidence`,
      `/v1/organisations/${coop.id}/evidence/${byLaws.id}`,
      applicationUrl(),
      ...TYPES.map(credentialUrl),
    ];
    for (const path of paths) {
      for (const { api } of [network.partner, viewer])
        expect(refusalOf(await api.get(path)), path).toBe('404 resource/not-found');
      expect(refusalOf(await t.api.get(path)), path).toBe('401 auth/required');
    }
    for (const list of ['/v1/applications', '/v1/credentials'])
      expect(expectStatus(await viewer.api.get(list), 200).body.items).toEqual([]);
  });

  test('the registrar cannot take another name while partners rely on the one that was accredited', async () => {
    const { partner } = network;
    const rename = (who: typeof registrar) =>
      who.api.patch(`/v1/organisations/${who.id}`, { name: 'Financial Conduct Authority' });
    expect((await rename(registrar)).body.code).toBe('accounts/name-fixed');
    expect((await rename(partner)).status).toBe(200);
    const { credential } = await verify({ credential: await fetchForm('CoopStatusCredential', 'vc+jwt') });
    expect(credential.issuer.name).toBe(registrar.name);
  });
});
