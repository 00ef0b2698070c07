import type { Executor } from '../../adapters/database/schema.js';
import { invalidField } from '../../kernel/errors.js';
import type { ApplicationId, CredentialId } from '../../kernel/ids.js';
import type { ApplicationDeps, DossierVersion, RenewedCredential } from './deps.js';
import { profilesOf } from './profiles.js';
import { corroborationOf, standingChecks } from './review/rules.js';
import { carriedFields } from './rules.js';
import { openChecks } from './sealedWords.js';
import { copyChecks } from './renewalStore.js';
import { findApplication, listChecks, type ApplicationRow, type CheckRow } from './store.js';

/**
 * The credentials that an application is to renew: the applicant's own, of the registrar that issued them, of the types applied for.
 *
 * Throws `credentials/not-renewable`.
 */
export async function requireRenewed(
  deps: ApplicationDeps,
  trx: Executor,
  application: Pick<ApplicationRow, 'applicant_id' | 'registrar_id' | 'credential_types' | 'renews'>,
  at: Date,
): Promise<RenewedCredential[]> {
  const { renews } = application;
  const found = await deps.holdCredentials(trx, renews);
  const renewed = renews.map((id, n) => {
    const credential = found.find((one) => one.id === id && one.holderId === application.applicant_id);
    const at = `/renews/${n}`;
    if (!credential) throw invalidField(at, 'names no credential that you hold');
    if (credential.issuerId !== application.registrar_id)
      throw invalidField(at, 'was issued by another registrar, and can be renewed there only');
    if (!application.credential_types.includes(credential.type))
      throw invalidField(at, 'is of a type that the application does not ask for');
    return credential;
  });
  for (const [n, { type }] of renewed.entries()) {
    if (renewed.findIndex((one) => one.type === type) !== n)
      throw invalidField(`/renews/${n}`, 'is of the same type as one before it');
  }
  for (const { id } of renewed) await deps.requireRenewable(trx, id, at);
  return renewed;
}

/**
 * Takes over from the applications in which the renewed credentials were examined the checks that still say what they said: of fields that
 * have not changed since, with evidence that is not over, young enough for every profile; with each the one that corroborates it. What is
 * left is missing, as in any application.
 */
export async function carryFormerChecks(
  deps: ApplicationDeps,
  trx: Executor,
  application: ApplicationRow,
  dossier: DossierVersion,
  renewed: readonly RenewedCredential[],
  at: Date,
): Promise<void> {
  const profiles = profilesOf(application.credential_types);
  const carried = new Map<string, { latest: CheckRow; earlier: CheckRow | undefined }>();
  for (const id of new Set(renewed.map(({ applicationId }) => applicationId))) {
    const { standing, before } = await readFormer(deps, trx, id);
    const stillStands = (check: CheckRow) =>
      carriedFields(profiles, [check], before.blocks, dossier.blocks, at).length > 0;
    for (const [field, checks] of standing) {
      const latest = checks.at(-1);
      const known = carried.get(field)?.latest;
      if (!latest || !stillStands(latest) || (known && known.checkedAt >= latest.checkedAt)) continue;
      carried.set(field, { latest, earlier: corroborationOf(checks.filter(stillStands)) });
    }
  }
  const ids = [...carried.values()].flatMap(({ latest, earlier }) => [
    ...(earlier ? [earlier.id] : []),
    latest.id,
  ]);
  await copyChecks(trx, ids, { applicationId: application.id, dossierVersion: dossier.version });
}

/** The confirmed checks on which an application was decided, and the dossier that it was about. */
async function readFormer(
  deps: ApplicationDeps,
  trx: Executor,
  id: ApplicationId,
): Promise<{ standing: ReadonlyMap<string, CheckRow[]>; before: DossierVersion }> {
  const former = await findApplication(trx, id);
  if (!former) throw new Error('a credential names an application that is not there');
  const before = await deps.findDossierVersion(trx, former.applicant_id, former.dossier_version);
  const checks = await openChecks(deps, former.applicant_id, await listChecks(trx, id));
  return { standing: standingChecks(checks, former.dossier_version), before };
}

/** By type, what a credential that is issued now takes the place of. */
export async function holdSuperseded(
  deps: ApplicationDeps,
  trx: Executor,
  { renews }: Pick<ApplicationRow, 'renews'>,
): Promise<ReadonlyMap<string, CredentialId>> {
  const renewed = await deps.holdCredentials(trx, renews);
  // What was replaced already has no place left to take.
  const live = renewed.filter(({ isSuperseded }) => !isSuperseded);
  return new Map(live.map(({ type, id, reissuedAs }) => [type, reissuedAs ?? id]));
}
