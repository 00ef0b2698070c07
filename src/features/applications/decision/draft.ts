import type { CredentialDraft } from '../../../credentials/credentialOrder.js';
import { isAtMost } from '../../../credentials/assurance.js';
import { mayRead, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, missingRight, notFound, type FieldError } from '../../../kernel/errors.js';
import type { ApplicationId } from '../../../kernel/ids.js';
import type { ApplicationDeps } from '../deps.js';
import { isParty } from '../guards.js';
import { isDecided } from '../rules.js';
import { findApplication, type ApplicationRow } from '../store.js';
import { findAccreditation } from './accreditation.js';
import { planCredentials, type PlannedOrder } from './orders.js';
import type { ApplicationDraft } from './schemas.js';

/**
 * What an approval now would issue, made by the functions that would make it; nothing is taken, stored or signed. Values of persons are
 * named and not shown: they stand in the application itself.
 */
export async function draftCredentials(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  validFor: string | undefined,
): Promise<ApplicationDraft> {
  const row = await findApplication(deps.db, id);
  if (!row || !isParty(row, caller.organisationId)) throw notFound('application');
  if (row.registrar_id !== caller.organisationId)
    throw new AppError('auth/forbidden', 'Only the registrar of this application may do this.');
  if (!mayRead(caller, 'review')) throw missingRight('review');
  requireOpen(row);
  const at = deps.clock.now();
  const { maxima } = await findAccreditation(deps, deps.db, row, at);
  const plan = await planCredentials(deps, deps.db, row, {
    maxima,
    validFor,
    at,
    findLapse: deps.representation.findLapse,
  });
  const drafts: ApplicationDraft['credentials'] = [];
  for (const planned of plan.orders)
    drafts.push(presentDraft(deps, planned, await deps.draftCredential(deps.db, planned.order)));
  return {
    draft: true,
    dossierVersion: row.dossier_version,
    missingChecks: plan.missing,
    credentials: drafts,
  };
}

/** With a withdrawal the registrar loses sight of what was handed in. */
function requireOpen({ status }: ApplicationRow): void {
  if (isDecided(status)) throw new AppError('applications/already-decided', `The application is ${status}.`);
  if (status === 'withdrawn') throw new AppError('applications/wrong-state', `The application is ${status}.`);
}

function presentDraft(
  deps: ApplicationDeps,
  { order, maximum }: PlannedOrder,
  draft: CredentialDraft,
): ApplicationDraft['credentials'][number] {
  const { profile } = order;
  const withheld = profile.claims.filter(
    ({ member, from }) => Object.hasOwn(draft.credentialSubject, member) && deps.isPersonal(from),
  );
  const hidden = new Set(withheld.map(({ member }) => member));
  const shown = Object.entries(draft.credentialSubject).filter(([member]) => !hidden.has(member));
  return {
    type: profile.type,
    formats: [...profile.formats],
    assurance: order.assurance,
    validFrom: draft.validFrom,
    validUntil: draft.validUntil,
    credentialSubject: Object.fromEntries(shown),
    evidence: draft.evidence,
    withheld: withheld.map(({ from }) => from),
    problems: [...accreditationProblems({ order, maximum }), ...draft.problems],
  };
}

function accreditationProblems({ order, maximum }: PlannedOrder): FieldError[] {
  if (maximum === undefined)
    return [{ pointer: '', detail: 'your organisation is not accredited for this type and jurisdiction' }];
  if (isAtMost(order.assurance, maximum)) return [];
  return [{ pointer: '', detail: `your accreditation ends at the level "${maximum}"` }];
}
