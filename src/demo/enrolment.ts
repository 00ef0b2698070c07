import type { HttpClient } from './httpClient.js';
import { composeDossier, composeRules, REGULATOR, type HousingCoop } from './housingCoops.js';
import {
  COOP_STATUS,
  LEGAL_IDENTITY,
  registerCoop,
  type CheckFinding,
  type Coop,
  type IssuedCredential,
  type Registrar,
  type SignIn,
} from './roles.js';
import { measure } from './timing.js';

/** A co-op with its credentials, and how long each step on the way took, in milliseconds. */
export interface Passport {
  readonly register: HousingCoop;
  readonly coop: Coop;
  readonly credentials: readonly PassportCredential[];
  readonly members?: Members;
  readonly steps: { readonly [Step in 'join' | 'dossier' | 'apply' | 'check' | 'approve']: number };
}

export interface PassportCredential {
  readonly id: string;
  readonly type: string;
  readonly token: string;
}

export interface Members {
  readonly count: number;
  readonly countedOn: string;
}

/** From nothing to a passport; with `members` also that it is a genuine co-operative. */
export async function enrolCoop(
  http: HttpClient,
  registrar: Registrar,
  register: HousingCoop,
  signIn: SignIn,
  members?: Members,
): Promise<Passport> {
  const join = await measure(() => registerCoop(http, register.legalName, signIn));
  const coop = join.value;
  const dossier = await measure(async () => {
    await coop.fillInDossier(composeDossier(register, members));
    return members && uploadRules(coop, register, members);
  });
  const types = members ? [LEGAL_IDENTITY, COOP_STATUS] : [LEGAL_IDENTITY];
  const apply = await measure(() => coop.apply(registrar.organisation, types));
  const findings = [
    ...lookUpInRegister(register),
    CALLED_BACK,
    ...(dossier.value === undefined ? [] : inspectRules(dossier.value)),
  ];
  const check = await measure(async () => {
    for (const finding of findings) await registrar.recordCheck(apply.value, finding);
  });
  const approve = await measure(() => registrar.approve(apply.value));
  const credentials = await fetchAll(coop, approve.value);
  return {
    register,
    coop,
    credentials,
    ...(members && { members }),
    steps: {
      join: join.ms,
      dossier: dossier.ms,
      apply: apply.ms,
      check: check.ms,
      approve: approve.ms,
    },
  };
}

/** A version of the dossier is examined anew, with the rules at hand, for further credentials. */
export async function enrolFurther(
  registrar: Registrar,
  { coop, register }: Pick<Passport, 'coop' | 'register'>,
  members: Members,
  { dossier, types, findings }: Further,
): Promise<PassportCredential[]> {
  await coop.changeDossier(dossier);
  const rulesId = await uploadRules(coop, register, members);
  const application = await coop.apply(registrar.organisation, types);
  for (const finding of [...lookUpInRegister(register), CALLED_BACK, ...inspectRules(rulesId), ...findings])
    await registrar.recordCheck(application, finding);
  return fetchAll(coop, await registrar.approve(application));
}

export interface Further {
  readonly dossier: object;
  readonly types: readonly string[];
  /** Beside what is looked up, called back and read in the rules. */
  readonly findings: readonly CheckFinding[];
}

function uploadRules(coop: Coop, register: HousingCoop, members: Members): Promise<string> {
  return coop.uploadDocument('Rules and register of members', composeRules(register, members));
}

async function fetchAll(coop: Coop, issued: readonly IssuedCredential[]): Promise<PassportCredential[]> {
  const credentials: PassportCredential[] = [];
  for (const { id, type } of issued) credentials.push({ id, type, token: await coop.fetchCredential(id) });
  return credentials;
}

/** What stands in the public register is compared with the dossier, field by field. */
export function lookUpInRegister(register: HousingCoop): CheckFinding[] {
  const entry = {
    type: 'electronic_record',
    record: {
      type: 'company_register',
      source: { name: REGULATOR },
      record_number: register.registrationNumber,
    },
  };
  return ['legalName', 'registrationNumber', 'jurisdiction', 'legalForm'].map((member) => ({
    field: `/legalIdentity/${member}`,
    method: 'register_lookup',
    result: 'confirmed',
    evidence: entry,
  }));
}

const CALLBACK_EVIDENCE = {
  type: 'electronic_record',
  record: { type: 'company_register', source: { name: REGULATOR } },
};

/** The office is called on the number that the register gives, never on one that the applicant gives: do you know of this? */
export const CALLED_BACK: CheckFinding = {
  field: '/representation',
  method: 'callback',
  result: 'confirmed',
  evidence: CALLBACK_EVIDENCE,
  note: 'The secretary, reached on the telephone number in the register, confirmed the application.',
};

export const CALLED_BACK_IN_VAIN: CheckFinding = {
  ...CALLED_BACK,
  result: 'refuted',
  note: 'The secretary, reached on the telephone number in the register, knows nothing of this application.',
};

function inspectRules(evidenceId: string): CheckFinding[] {
  return ['category', 'votingRule', 'memberCount'].map((member) => ({
    field: `/democraticControl/${member}`,
    method: 'document_inspection',
    result: 'confirmed',
    evidence: { type: 'document', document_details: { type: 'bylaws' } },
    evidenceId,
  }));
}
