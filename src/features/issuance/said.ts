import type { Executor } from '../../adapters/database/schema.js';
import type { Profile, SecuringFormat } from '../../credentials/profiles/profile.js';
import { restate, type Restated } from '../../credentials/restate.js';
import { AppError } from '../../kernel/errors.js';
import type { CredentialId, OrganisationId } from '../../kernel/ids.js';
import type { IssuanceDeps } from './deps.js';
import { openForm } from './sealedForms.js';
import { findForm } from './formStore.js';
import { listLiveAbout, type CredentialRow, type LiveAbout } from './store.js';

/** One of them every credential has, and whoever keeps it has all that was said. */
const WHOLE_FORMS: readonly SecuringFormat[] = ['vc+jwt', 'vc+sd-jwt'];

/** What a credential says; `undefined` where that was under another version of its profile. Throws `credentials/erased`. */
export async function readWhatIsSaid(
  { tools: { profiles }, sealing }: Pick<IssuanceDeps, 'tools' | 'sealing'>,
  executor: Executor,
  row: CredentialRow,
): Promise<(Restated & { readonly profile: Profile }) | undefined> {
  const profile = profiles.profiles.find(({ type }) => type === row.type);
  if (!profile) throw new Error(`no profile for ${row.type}`);
  for (const format of WHOLE_FORMS) {
    const stored = await findForm(executor, row.id, format);
    if (stored === undefined) continue;
    const secured = await openForm(sealing, row, format, stored);
    if (secured === undefined)
      throw new AppError('credentials/erased', 'What this credential says was erased with its dossier.');
    const said = restate(secured, profile, profiles);
    if (said) return { ...said, profile };
  }
  return undefined;
}

export interface SaidOfSubject {
  readonly id: CredentialId;
  readonly holderId: OrganisationId;
  readonly subjectKeys: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What the live credentials of an issuer and type say of any of these subjects. */
export async function listSaid(
  deps: Pick<IssuanceDeps, 'tools' | 'sealing'>,
  executor: Executor,
  wanted: LiveAbout,
): Promise<SaidOfSubject[]> {
  const said: SaidOfSubject[] = [];
  for (const row of await listLiveAbout(executor, wanted)) {
    const { claims } = (await readWhatIsSaid(deps, executor, row)) ?? {};
    if (claims) said.push({ id: row.id, holderId: row.holder_id, subjectKeys: row.subject_keys, claims });
  }
  return said;
}
