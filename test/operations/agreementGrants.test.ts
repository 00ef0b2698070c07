import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onBehalfOf, stepIn } from '../../src/adapters/database/context.js';
import {
  createDossierSealing,
  findGeneration,
  holdDossier,
  packSealed,
} from '../../src/adapters/database/dossierSealing.js';
import { openDossierKeys } from '../../src/adapters/dossierKeys.js';
import { createEnvelope } from '../../src/adapters/envelope.js';
import { createDirectory } from '../../src/features/accounts/organisations/directory.js';
import { sensitivityOf } from '../../src/features/dossiers/blocks/sensitivity.js';
import { isFieldPlace } from '../../src/features/dossiers/fieldPlaces.js';
import { createDossierVersions } from '../../src/features/dossiers/versions.js';
import { insertEvents } from '../../src/features/notifications/events/store.js';
import { askForAccess } from '../../src/features/sharing/accessRequests/asking.js';
import type { AgreementAnswer, AgreementQuestion, SharingDeps } from '../../src/features/sharing/deps.js';
import { createSharingWatch } from '../../src/features/sharing/grants/watching.js';
import { createSharingTelling } from '../../src/features/sharing/telling.js';
import { SYSTEM, type OrganisationCaller } from '../../src/kernel/caller.js';
import { newId, type OrganisationId } from '../../src/kernel/ids.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { keyPlacesIn, startApp, TEST_KEY_ENCRYPTION_KEY, type TestApp } from '../support/app.js';
import { serviceOf } from '../support/database.js';
import { expectStatus, type Organisation } from '../support/network.js';
import { refusalOf } from '../support/people.js';
import {
  eventsOf,
  foundSharing,
  readData,
  releasedIn,
  WISH,
  type SharingNetwork,
} from '../support/sharing.js';

/** Where agreements come in: what one says yes to is granted at once, and what rests on it ends with it. Everything here is production's own but the agreement. */
let t: TestApp;
let network: SharingNetwork;
let directory: string;
let deps: SharingDeps;
let answer: AgreementAnswer | undefined;
const questions: AgreementQuestion[] = [];

const AGREEMENT = newId();
const idOf = ({ id }: Organisation) => id as OrganisationId;
const clientOf = (organisation: Organisation): OrganisationCaller => ({
  kind: 'client',
  clientId: newId<'client'>(),
  organisationId: idOf(organisation),
  scopes: ['sharing'],
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coop-passport-agreements-'));
  t = await startApp({ dossierKeys: keyPlacesIn(directory) });
  network = await foundSharing(t, 2);
  const { clock } = t;
  const envelope = createEnvelope(Buffer.from(TEST_KEY_ENCRYPTION_KEY));
  const sealing = createDossierSealing(await openDossierKeys(keyPlacesIn(directory), envelope, clock), clock);
  const versions = createDossierVersions(sealing);
  const organisations = createDirectory((slug) => `did:web:passport.test:orgs:${slug}`);
  deps = {
    db: serviceOf(t.connection).db,
    clock,
    words: packSealed({ ...sealing, seal: stepIn('sealing', sealing.seal) }),
    isFieldPlace,
    sensitivityOf,
    findParties: organisations.findEntries,
    holdOpenOrganisation: organisations.isOpenOrganisation,
    listDelegates: stepIn('counterpart', organisations.listDelegates),
    holdDelegates: organisations.holdDelegates,
    isMember: stepIn('counterpart', organisations.isMember),
    findPolicy: () => Promise.reject(new Error('no policy is named here')),
    holdGeneration: stepIn('sealing', async (trx, id: OrganisationId) => {
      await holdDossier(trx, id, 'shared');
      return findGeneration(trx, id);
    }),
    findLatestVersion: stepIn('counterpart', (executor, id: OrganisationId) =>
      versions.findLatestVersion(executor, id),
    ),
    findVersions: stepIn('counterpart', (executor, id: OrganisationId, wanted: readonly number[]) =>
      versions.findVersions(executor, id, wanted),
    ),
    agreementFor: (_trx, question) => {
      questions.push(question);
      return Promise.resolve(answer);
    },
    notify: () => Promise.resolve(),
    tell: stepIn('telling', createSharingTelling(insertEvents)),
  };
});
afterAll(async () => {
  await t.close();
  await rm(directory, { recursive: true, force: true });
});

async function askUnder(
  agreement: AgreementAnswer | undefined,
): Promise<{ state: string; grantId?: string }> {
  const { partner, coop } = network;
  answer = agreement;
  const caller = clientOf(partner);
  const { id } = await onBehalfOf(caller, () => askForAccess(deps, caller, { holderId: coop.id, ...WISH }));
  return expectStatus(await partner.api.get(`/v1/access-requests/${id}`), 200).body;
}

test('what an agreement covers is granted at once, on it and no longer than it', async () => {
  const { partner, coop } = network;
  const now = t.clock.now();
  const expiresAt = addSeconds(now, 3600);
  const { state, grantId = '' } = await askUnder({ agreementId: AGREEMENT, version: 3, expiresAt });
  expect(state).toBe('granted');
  expect(questions.at(-1)).toEqual({
    holderId: coop.id,
    partnerId: partner.id,
    fields: WISH.fields,
    purposes: WISH.purposes,
    retention: WISH.retention,
    now,
  });
  for (const who of [partner, coop]) {
    expect(expectStatus(await who.api.get(`/v1/grants/${grantId}`), 200).body).toMatchObject({
      basis: { kind: 'agreement', agreementId: AGREEMENT, version: 3 },
      expiresAt: expiresAt.toISOString(),
      state: 'live',
    });
    expect((await eventsOf(who)).at(-1)).toMatchObject({ type: 'access.granted' });
  }
  expect(releasedIn(await readData(partner, grantId))).toEqual({
    '/officers/0/fullName': 'Ada Example',
    '/officers/1/fullName': 'Ben Treasurer',
  });
  const { receipt } = expectStatus(await partner.api.get(`/v1/grants/${grantId}/receipt`), 200).body;
  const [process] = receipt['dpv:hasRecordOfActivity']['dpv:hasProcess'];
  expect(process['dpv:hasLegalBasis']).toEqual(['dpv:Contract']);
});

test('what none covers, or one that is over, waits for the delegates', async () => {
  expect((await askUnder(undefined)).state).toBe('open');
  const over = { agreementId: AGREEMENT, version: 1, expiresAt: t.clock.now() };
  expect((await askUnder(over)).state).toBe('open');
});

test('leaving an agreement ends what rests on it, at once, and nothing else', async () => {
  const { partner, coop } = network;
  const { grantId = '' } = await askUnder({ agreementId: AGREEMENT, version: 3 });
  const watch = createSharingWatch(deps);
  const leave = (agreementId: string, partnerId: OrganisationId) =>
    onBehalfOf(clientOf(coop), () =>
      deps.db.transaction().execute((trx) =>
        watch.endGrantsOf(trx, {
          agreementId,
          holderId: idOf(coop),
          partnerId,
          at: t.clock.now(),
          by: SYSTEM,
        }),
      ),
    );
  await leave(newId(), idOf(partner));
  await leave(AGREEMENT, idOf(network.registrar));
  expectStatus(await readData(partner, grantId), 200);
  await leave(AGREEMENT, idOf(partner));
  expect(refusalOf(await readData(partner, grantId))).toBe('410 grants/over');
  expect((await partner.api.get(`/v1/grants/${grantId}`)).body.state).toBe('agreement_ended');
  const told = (await eventsOf(partner)).filter(({ data }) => data['grantId'] === grantId);
  expect(told.at(-1)).toMatchObject({ type: 'grant.ended', data: { ending: 'agreement_ended' } });
});
