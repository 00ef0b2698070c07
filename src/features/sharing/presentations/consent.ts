import type { Executor } from '../../../adapters/database/schema.js';
import type { Profile } from '../../../credentials/profiles/profile.js';
import type { OrganisationCaller } from '../../../kernel/caller.js';
import { AppError } from '../../../kernel/errors.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import { appendToken, pointerTokens } from '../../../kernel/jsonPointer.js';
import { judgeSpeaker } from '../accessRequests/rules.js';
import { neededApprovals, ruleFor } from '../consentRules/rules.js';
import { findLatestRules } from '../consentRules/store.js';
import type { SharingDeps } from '../deps.js';
import { isReleased } from '../grants/rules.js';
import { holdLiveGrants } from '../grants/store.js';

export interface ConsentDeps extends Pick<SharingDeps, 'sensitivityOf' | 'holdDelegates'> {
  readonly findPartyByDid: (
    executor: Executor,
    did: string,
  ) => Promise<{ readonly id: OrganisationId } | undefined>;
}

/**
 * Where in the dossier what is disclosed of a credential comes from, as far as it may be about persons: of a public profile nothing is. What no
 * claim accounts for is left as it is, and so no place that anybody has thought of.
 */
export function placesOf(
  profile: Pick<Profile, 'claims' | 'isPersonal'> | undefined,
  disclosed: readonly string[],
): string[] {
  if (profile?.isPersonal === false) return [];
  return disclosed.map((pointer) => {
    const [member = '', ...rest] = pointerTokens(pointer);
    const from = profile?.claims.find((claim) => claim.member === member)?.from ?? `/${member}`;
    return rest.reduce(appendToken, from);
  });
}

/**
 * A presentation must be no way around the co-op's consent rule: what it shows of persons has been granted to whom it is for, or one delegate
 * may decide alone, and does. Throws `presentations/consent-required`.
 */
export async function requireConsent(
  deps: ConsentDeps,
  trx: Executor,
  caller: OrganisationCaller,
  shown: { readonly audience: string; readonly places: readonly string[] },
  now: Date,
): Promise<void> {
  const personal = shown.places.filter((place) => deps.sensitivityOf(place) === 'personal');
  if (personal.length === 0) return;
  const { organisationId } = caller;
  const partner = await deps.findPartyByDid(trx, shown.audience);
  const grants = partner ? await holdLiveGrants(trx, organisationId, partner.id, now) : [];
  if (personal.every((place) => grants.some(({ fields }) => isReleased(fields, place)))) return;
  if (await mayDecideAlone(deps, trx, caller)) return;
  throw new AppError(
    'presentations/consent-required',
    'What is shown of persons, your delegates decide together: grant these fields to this partner first.',
  );
}

async function mayDecideAlone(
  { holdDelegates }: ConsentDeps,
  trx: Executor,
  caller: OrganisationCaller,
): Promise<boolean> {
  if (caller.kind !== 'member') return false;
  const delegates = await holdDelegates(trx, caller.organisationId);
  if (judgeSpeaker({ delegates, onBothSides: new Set() }, caller) !== undefined) return false;
  const { settings } = await findLatestRules(trx, caller.organisationId);
  const rule = ruleFor(settings, 'personal', delegates.length);
  return neededApprovals(rule) <= 1 && rule.requireMinute !== true;
}
