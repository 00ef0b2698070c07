import type { Executor } from '../../../adapters/database/schema.js';
import type { ProfileCatalogue } from '../../../credentials/profiles/catalogue.js';
import {
  identifyCredential,
  identifyPresentation,
  type IdentifiedCredential,
} from '../../../credentials/verification/identify.js';
import { isUuid, type CredentialId } from '../../../kernel/ids.js';
import type { Submission } from '../submission.js';
import type { History } from './history.js';
import { inOrder, listSince, listSincePresented, type Since } from './rules.js';

export interface SinceDeps {
  readonly db: Executor;
  readonly publicUrl: string;
  readonly profiles: ProfileCatalogue;
  readonly history: History;
}

/**
 * What was recorded after `asOf`, until `now`, about what was sent: of credentials of ours, each recognised by its digest and not by what it says
 * of itself, and of our keys.
 */
export async function findSince(
  deps: SinceDeps,
  submission: Submission,
  asOf: Date,
  now: Date,
): Promise<Since[]> {
  const { credentials, presentedWith } =
    'credential' in submission
      ? identifyCredential(submission.credential, deps.profiles)
      : identifyPresentation(submission.presentation, deps.profiles);
  const found = await Promise.all(credentials.map((one) => findSinceOf(deps, one, asOf, now)));
  const revocations =
    presentedWith.length === 0 ? [] : await deps.history.listRevocations(deps.db, presentedWith);
  return inOrder([...found.flat(), ...listSincePresented(revocations, asOf, now)]);
}

async function findSinceOf(
  { db, publicUrl, history }: SinceDeps,
  { id: url = '', types, issuerDid, signedDigest, methods }: IdentifiedCredential,
  asOf: Date,
  now: Date,
): Promise<Since[]> {
  const prefix = `${publicUrl}/v1/credentials/`;
  const id = url.startsWith(prefix) ? url.slice(prefix.length) : '';
  if (!isUuid(id)) return [];
  const credentialId = id as CredentialId;
  const record = await history.findIssuance(db, credentialId);
  const isOurs =
    record?.issuerDid === issuerDid && record.signedDigests.some((known) => signedDigest.equals(known));
  if (!isOurs) return [];
  const [statusEvents, contests, supersededAt, { entries }, revocations] = await Promise.all([
    history.listStatusEvents(db, credentialId),
    history.listContestHistory(db, credentialId),
    history.findSupersededAt(db, credentialId),
    history.findAccreditationsAsOf(db, issuerDid, now),
    history.listRevocations(db, methods),
  ]);
  const life = {
    id: url,
    types,
    issuedAt: record.issuedAt,
    statusEvents,
    contests,
    accreditations: entries,
    revocations,
    ...(supersededAt && { supersededAt }),
  };
  return listSince(life, asOf, now);
}
