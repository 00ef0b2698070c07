import { randomUUID } from 'node:crypto';
import type { TestApp } from './app.js';
import { addEvidence, filePart, metadataPart } from './multipart.js';
import {
  accredit,
  ALL_TYPES,
  apply,
  approve,
  checkOf,
  DOSSIER,
  expectStatus,
  foundNetwork,
  IDENTITY_FIELDS,
  putDossier,
  type Registered,
} from './network.js';

/** Words that stand nowhere but in what a journey says of persons: one for each way in. */
export const PERSONAL = {
  officer: 'Zephyrine Quillfeather',
  signatory: 'Barnabas Thistlewood',
  controlPerson: 'Wilhelmina Oxenbridge',
  file: 'Passport of Cornelius Drinkwater',
  note: 'Peregrine Applegarth sounded unsure',
  message: 'Please ask Eglantine Marchbanks instead',
  voucher: 'Archibald Nettleship',
  publicVoucher: 'Theodosia Wrigglesworth',
  attestation: 'Ignatius Featherstonehaugh',
  contest: 'Leopoldina Carbuncle has left the board',
  answer: 'Hyacinth Bramblewick confirms it',
} as const;
export const PERSONAL_WORDS = Object.values(PERSONAL);

export const PERSONAL_BLOCKS = {
  officers: [
    { fullName: PERSONAL.officer, role: 'secretary', birthDate: '1961-02-28', appointedOn: '2020-01-01' },
  ],
  signatories: [
    {
      fullName: PERSONAL.signatory,
      role: 'treasurer',
      authority: 'sole',
      grantedBy: { body: 'General meeting', grantedOn: '2026-03-01' },
    },
  ],
  controlPersons: [
    {
      statementId: '1dc0e987-5c57-4a1c-b3ad-61353b66a9b7',
      declarationSubject: 'c359f58d2977',
      statementDate: '2026-03-01',
      recordId: 'person-1',
      recordType: 'person',
      recordStatus: 'new',
      recordDetails: {
        isComponent: false,
        personType: 'knownPerson',
        names: [{ type: 'legal', fullName: PERSONAL.controlPerson }],
      },
    },
  ],
};

export interface PersonalJourney extends Registered {
  readonly applicationId: string;
  readonly evidenceId: string;
  /** By type. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly key: string;
}

function vouchBy(name: string) {
  return { type: 'vouch', attestation: { type: 'written_attestation', voucher: { name } } };
}

const PERSONAL_TYPES = ['ControlPersonsCredential', 'AuthorisedSignatoryCredential'];
export const JOURNEY_TYPES = ['CoopLegalIdentityCredential', ...PERSONAL_TYPES];

/** From the dossier to credentials about persons, with all that people write on the way, each step with an Idempotency-Key. */
export async function walkPersonalJourney(
  t: TestApp,
): Promise<PersonalJourney & { decide(): Promise<PersonalJourney> }> {
  const network = await foundNetwork(t);
  const { coop, registrar, operator } = network;
  await accredit(operator, registrar, { credentialTypes: [...ALL_TYPES, ...PERSONAL_TYPES] });
  await putDossier(coop, { ...DOSSIER, ...PERSONAL_BLOCKS });
  const evidenceId = await addEvidence(coop, [
    metadataPart({ type: 'vouch', title: 'Letter', details: vouchBy(PERSONAL.attestation) }),
    filePart(`${PERSONAL.file}\n`, 'text/plain'),
  ]);
  const applicationId = await apply(coop, registrar, JOURNEY_TYPES);
  const key = randomUUID();
  const once = (): { headers: Record<string, string> } => ({ headers: { 'idempotency-key': key } });
  const application = `/v1/applications/${applicationId}`;
  const evidence = vouchBy(PERSONAL.voucher);
  const ofAnAddress = checkOf('/addresses/0', { evidence: vouchBy(PERSONAL.publicVoucher), method: 'vouch' });
  expectStatus(await registrar.api.post(`${application}/checks`, ofAnAddress), 201);
  for (const field of [...IDENTITY_FIELDS, '/signatories', '/controlPersons']) {
    const isAboutPersons = !field.startsWith('/legalIdentity');
    const check = checkOf(field, {
      note: PERSONAL.note,
      ...(isAboutPersons ? { evidence, method: 'vouch' } : {}),
    });
    const headers = { 'idempotency-key': `${key}-${field.replaceAll('/', '.')}` };
    expectStatus(await registrar.api.post(`${application}/checks`, check, { headers }), 201);
  }
  // However an address is spelled, it is the same one.
  const spelled = (id: string) => id.replace('-', '%2d').toUpperCase();
  const messages = `/v1/applications/${spelled(applicationId)}/messages`;
  expectStatus(await registrar.api.post(messages, { text: PERSONAL.message }, once()), 201);
  const journey = { ...network, applicationId, evidenceId, credentials: {}, key };
  return {
    ...journey,
    async decide() {
      const issued = await approve(registrar, applicationId);
      const credentials = Object.fromEntries(issued.map(({ type, id }) => [type, id]));
      const contests = `/v1/credentials/${spelled(credentials['ControlPersonsCredential'] ?? '')}/contests`;
      const contest = { pointer: '/credentialSubject/statements', statement: PERSONAL.contest };
      const { id } = expectStatus(await coop.api.post(contests, contest, once()), 201).body;
      const answer = { outcome: 'dismissed', reason: PERSONAL.answer };
      expectStatus(await registrar.api.post(`${contests}/${spelled(id)}/resolution`, answer, once()), 200);
      return { ...journey, credentials };
    },
  };
}
