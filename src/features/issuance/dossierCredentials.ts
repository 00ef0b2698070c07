import type { Executor } from '../../adapters/database/schema.js';
import { kycDossier } from '../../credentials/profiles/kycDossier.js';
import { parseVcJwt } from '../../credentials/securing/vcJwt.js';
import type { CredentialId, OrganisationId } from '../../kernel/ids.js';

/** A credential that commits to a version of a dossier, and stands. */
export interface DossierCredential {
  readonly id: CredentialId;
  readonly dossierVersion: number;
  readonly token: string;
}

/** Of a holder, newest first; as `vc+jwt`, which says of itself over which version it was issued. */
export async function listDossierCredentials(
  executor: Executor,
  holderId: OrganisationId,
  now: Date,
): Promise<DossierCredential[]> {
  const rows = await executor
    .selectFrom('credentials')
    .innerJoin('credential_forms', 'credential_forms.credential_id', 'credentials.id')
    .select(['credentials.id', 'credential_forms.secured'])
    .where('credentials.holder_id', '=', holderId)
    .where('credentials.type', '=', kycDossier.type)
    .where('credentials.state', '=', 'issued')
    .where('credentials.revoked_at', 'is', null)
    .where('credentials.suspended_at', 'is', null)
    .where('credentials.valid_until', '>', now)
    .where('credential_forms.format', '=', 'vc+jwt')
    .orderBy('credentials.id', 'desc')
    .execute();
  return rows.flatMap(({ id, secured: token }) => {
    const dossierVersion = versionIn(token);
    return dossierVersion === undefined ? [] : [{ id, dossierVersion, token }];
  });
}

function versionIn(token: string): number | undefined {
  const parsed = parseVcJwt(token);
  if (typeof parsed === 'string' || !('payload' in parsed)) return undefined;
  const subject = parsed.payload['credentialSubject'] as { readonly dossierVersion?: unknown } | undefined;
  return typeof subject?.dossierVersion === 'number' ? subject.dossierVersion : undefined;
}
