import type { DossierSealing, SealedValue } from '../../adapters/database/dossierSealing.js';
import type { Executor } from '../../adapters/database/schema.js';
import { REPRESENTATION } from '../../credentials/profiles/profile.js';
import type { OrganisationId } from '../../kernel/ids.js';
import type { CheckEvidence } from '../../credentials/evidence/shapes.js';
import type { MessageRow } from './conversation/store.js';
import type { CheckRow } from './store.js';

/**
 * What people write may name people: messages and reviewers' notes always, the evidence of a check where its field is about persons or a
 * person vouches. All of it is sealed under the key of the applicant's dossier, and gone with it.
 */
export interface WordSealing {
  readonly sealing: DossierSealing;
  /** Whether a field of the dossier is about persons. */
  readonly isPersonal: (field: string) => boolean;
}

/** What is sealed of a check. */
interface Details {
  readonly evidence?: CheckEvidence;
  readonly note?: string;
}

/** As it is stored: with what it says of persons sealed. */
export async function sealCheck(
  { sealing, isPersonal }: WordSealing,
  trx: Executor,
  applicantId: OrganisationId,
  check: CheckRow,
): Promise<CheckRow> {
  const { note, ...rest } = check;
  const isAboutPersons =
    check.field === REPRESENTATION || isPersonal(check.field) || namesVoucher(check.evidence);
  if (note === undefined && !isAboutPersons) return check;
  const details: Details = {
    ...(isAboutPersons ? { evidence: check.evidence } : {}),
    ...(note === undefined ? {} : { note }),
  };
  const sealed = await seal(sealing, trx, applicantId, `check:${check.id}`, JSON.stringify(details));
  const evidence = isAboutPersons ? ({ type: check.evidence.type } as CheckEvidence) : check.evidence;
  return { ...rest, evidence, sealed };
}

/** An organisation that vouches is public; who does it for the organisation, and where they live, is not. */
function namesVoucher(evidence: CheckEvidence): boolean {
  const voucher = evidence.type === 'vouch' ? evidence.attestation?.voucher : undefined;
  return voucher !== undefined && Object.keys(voucher).some((member) => member !== 'organization');
}

/** Of an erased dossier they stay as they are stored: what was checked and how, without words. */
export async function openChecks(
  { sealing }: WordSealing,
  applicantId: OrganisationId,
  checks: readonly CheckRow[],
): Promise<CheckRow[]> {
  // What a renewal repeats is sealed as it was for the check that was made.
  const contextOf = ({ id, carriedFrom }: CheckRow) => `check:${carriedFrom ?? id}`;
  const opened = await openAll(sealing, applicantId, checks, contextOf);
  return checks.map((check) => {
    const { sealed: _sealed, ...rest } = check;
    const text = opened.get(check);
    return text === undefined ? rest : { ...rest, ...(JSON.parse(text) as Details) };
  });
}

export function sealMessage(
  { sealing }: WordSealing,
  trx: Executor,
  applicantId: OrganisationId,
  messageId: string,
  text: string,
): Promise<SealedValue> {
  return seal(sealing, trx, applicantId, `message:${messageId}`, text);
}

/** Of an erased dossier the text is empty. */
export async function openMessages(
  { sealing }: WordSealing,
  applicantId: OrganisationId,
  messages: readonly MessageRow[],
): Promise<MessageRow[]> {
  const opened = await openAll(sealing, applicantId, messages, ({ id }) => `message:${id}`);
  return messages.map((message) => {
    const { sealed: _sealed, ...rest } = message;
    return { ...rest, text: opened.get(message) ?? message.text };
  });
}

async function seal(
  sealing: DossierSealing,
  trx: Executor,
  applicantId: OrganisationId,
  context: string,
  text: string,
): Promise<SealedValue> {
  const plaintext = Buffer.from(text);
  const value = await sealing.seal(trx, applicantId, plaintext, context);
  plaintext.fill(0);
  return value;
}

async function openAll<Row extends { readonly sealed?: SealedValue }>(
  sealing: DossierSealing,
  applicantId: OrganisationId,
  rows: readonly Row[],
  contextOf: (row: Row) => string,
): Promise<ReadonlyMap<Row, string>> {
  const sealedRows = rows.flatMap((row) =>
    row.sealed ? [{ row, ...row.sealed, context: contextOf(row) }] : [],
  );
  const opened = await sealing.openAll(applicantId, sealedRows);
  return new Map(
    sealedRows.flatMap(({ row }, n) => {
      const plaintext = opened[n];
      return plaintext ? [[row, plaintext.toString()] as const] : [];
    }),
  );
}
