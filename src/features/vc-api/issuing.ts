import { recordAudit } from '../../adapters/database/records.js';
import { claimsVersion1, listOf } from '../../credentials/dataModel.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import { composeStatusEntry } from '../../credentials/status/statusEntry.js';
import { actorOf, type OrganisationCaller } from '../../kernel/caller.js';
import type { InstanceId } from '../../kernel/ids.js';
import type { VcApiDeps } from './deps.js';
import { ended, requireInstance } from './instances.js';
import { invalidInput } from './problemDetails.js';
import { mandatoryPointersOf, profileClaimProblems, withIssuer } from './rules.js';
import type { IssueRequest } from './schemas.js';
import { secureCredential, toVerifiableCredential } from './securing.js';
import type { InstanceStatusLists } from './statusLists.js';
import { findInstanceKey, type StoredInstance } from './store.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Issues through an instance (VCALM §3.2.1). Nothing of the credential is kept, but for its place in a status list. Throws
 * `resource/not-found`, `request/invalid` with pointers, `request/unavailable` and `vc-api/instance-ended`.
 */
export async function issueCredential(
  deps: VcApiDeps,
  statusLists: InstanceStatusLists,
  caller: OrganisationCaller,
  instanceId: InstanceId,
  { credential: submitted, options = {} }: IssueRequest,
): Promise<JsonObject> {
  const { db, clock } = deps;
  const { organisationId } = caller;
  const instance = await requireInstance(db, organisationId, instanceId);
  if (instance.endedAt) throw ended();
  const now = clock.now();
  const credential = checkSubmitted(deps, submitted, instance);
  const credentialId = options.credentialId ?? nameOf(credential);
  if (credentialId?.includes('\0') === true) {
    throw invalidInput([{ pointer: '/credentialId', detail: 'must not hold NUL' }], '/options');
  }
  const key = await findInstanceKey(db, instance.did);
  if (!key) throw ended();

  const { format, cryptosuite, hasStatusList } = instance;
  const secure = (document: JsonObject) => {
    const named = options.mandatoryPointers;
    // Other formats disclose everything, or these members always.
    const mandatoryPointers =
      cryptosuite === 'ecdsa-sd-2023'
        ? mandatoryPointersOf(document, named, {
            addsStatus: Object.hasOwn(document, 'credentialStatus') && hasStatusList,
          })
        : named;
    const shown = mandatoryPointers && { mandatoryPointers };
    return secureCredential(deps, { format, cryptosuite, key, credential: document, ...shown, now });
  };
  // What cannot be secured must take no place in a list, so that is tried first.
  if (hasStatusList) await secure(credential);
  const withStatus = await db.transaction().execute(async (trx) => {
    const actor = actorOf(caller);
    const action = 'issuer-instance.issued';
    await recordAudit(trx, { at: now, actor, action, organisationId, subjectId: instanceId });
    if (!hasStatusList) return credential;
    const place = await statusLists.allocate(trx, { instanceId, credentialId, at: now });
    const entries = [...listOf(credential['credentialStatus']), composeStatusEntry(place)];
    return { ...credential, credentialStatus: entries.length === 1 ? entries[0] : entries };
  });
  return toVerifiableCredential(await secure(withStatus), instance.format);
}

/** An unsecured credential of the instance that is none of this network's. What it says is checked when it is secured. */
function checkSubmitted(
  { publicUrl, profiles }: VcApiDeps,
  submitted: unknown,
  instance: StoredInstance,
): JsonObject {
  if (!isJsonObject(submitted)) {
    throw invalidInput([{ pointer: '', detail: 'must be an object' }], '/credential');
  }
  const bound = withIssuer(submitted, instance.did);
  const problems = [
    ...('problems' in bound ? bound.problems : []),
    ...(Object.hasOwn(submitted, 'proof')
      ? [{ pointer: '/proof', detail: 'must be left out: what is secured already is not issued again' }]
      : []),
    // The terms of an entry are those of the base context of 2.0.
    ...(instance.hasStatusList && claimsVersion1(submitted)
      ? [{ pointer: '/@context', detail: 'must be of version 2.0: this instance adds a status' }]
      : []),
    ...profileClaimProblems(submitted, {
      publicUrl,
      profileTypes: profiles.profiles.map(({ type }) => type),
    }),
  ];
  if (problems.length > 0 || 'problems' in bound) throw invalidInput(problems, '/credential');
  return bound.value;
}

function nameOf({ id }: JsonObject): string | undefined {
  return typeof id === 'string' && id.length <= 2000 ? id : undefined;
}
