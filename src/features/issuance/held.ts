import type { Executor } from '../../adapters/database/schema.js';
import type { SecuringFormat } from '../../credentials/profiles/profile.js';
import type { CredentialId, OrganisationId } from '../../kernel/ids.js';
import type { IssuanceDeps } from './deps.js';
import type { CredentialSummary } from './schemas.js';
import { listHeldForms } from './formStore.js';
import { openForm, type SealableCredential } from './sealedForms.js';
import { stateOf } from './state.js';

/** A credential in its holder's hands. */
export interface HeldCredential {
  readonly id: CredentialId;
  readonly type: string;
  readonly state: CredentialSummary['state'];
  readonly isPersonal: boolean;
  /** Of those that were asked for. */
  readonly forms: ReadonlyMap<SecuringFormat, string>;
}

/** Which of an organisation's credentials, and in which formats. Without `ids`, all that are valid now and say nothing of persons. */
export interface HeldWanted {
  readonly holderId: OrganisationId;
  readonly ids?: readonly CredentialId[];
  readonly formats: readonly SecuringFormat[];
}

/** Oldest first; what is not the organisation's is not among them, nor a form that was erased. In one statement, however many there are. */
export async function listHeldCredentials(
  { clock, sealing }: IssuanceDeps,
  executor: Executor,
  { holderId, ids, formats }: HeldWanted,
): Promise<HeldCredential[]> {
  const now = clock.now();
  const rows = await listHeldForms(executor, holderId, { formats, ...(ids ? { ids } : { publicAt: now }) });
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      type: row.type,
      state: stateOf(row, now),
      isPersonal: row.personal_generation !== null,
      forms: await openForms(sealing, row, row.forms ?? {}),
    })),
  );
}

/** Without those that were erased. */
async function openForms(
  sealing: IssuanceDeps['sealing'],
  credential: SealableCredential,
  stored: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<SecuringFormat, string>> {
  const opened = new Map<SecuringFormat, string>();
  for (const [format, text] of Object.entries(stored) as [SecuringFormat, string][]) {
    const secured = await openForm(sealing, credential, format, text);
    if (secured !== undefined) opened.set(format, secured);
  }
  return opened;
}

export async function exportCredentials(
  { sealing }: IssuanceDeps,
  executor: Executor,
  holderId: OrganisationId,
): Promise<unknown> {
  const exported = [];
  for (const row of await listHeldForms(executor, holderId)) {
    const { id, type, state, issued_at: issuedAt, valid_until: validUntil } = row;
    const forms = Object.fromEntries(await openForms(sealing, row, row.forms ?? {}));
    exported.push({ id, type, state, issuedAt, validUntil, forms });
  }
  return exported;
}
