import { announceChange, type Change, type ChangeListener } from './adapters/database/changeFeed.js';
import { onBehalfOf } from './adapters/database/context.js';
import type { DatabaseConnection } from './adapters/database/connect.js';
import { createIdempotencyStore } from './adapters/database/idempotencyStore.js';
import { createCanonizerWorker } from './adapters/canonizerWorker.js';
import { createDidResolver } from './adapters/didResolution.js';
import type { Envelope } from './adapters/envelope.js';
import { createKeyCustody } from './adapters/keys/keyCustody.js';
import { toWebDid } from './adapters/keys/webDidProvider.js';
import { budgetOutbound } from './adapters/callBudget.js';
import { createOutboundHttp } from './adapters/outboundHttp.js';
import { createPasswords, type Passwords } from './adapters/passwords.js';
import { createSchemaWorker } from './adapters/schemaWorker.js';
import type { Config } from './config.js';
import { createContextCatalogue } from './credentials/contexts/catalogue.js';
import { createCanonizer } from './credentials/jsonLd/inProcessCanonizer.js';
import { createProfileCatalogue, publishedContexts } from './credentials/profiles/catalogue.js';
import type { StatusMediaType } from './credentials/status/statusLists.js';
import type { StatusListKind } from './credentials/verification/sources.js';
import { createAuthenticate } from './features/accounts/authenticate.js';
import { createDirectory } from './features/accounts/organisations/directory.js';
import { addAccountRoutes } from './features/accounts/routes.js';
import { createAccounts, type AccountsService } from './features/accounts/service.js';
import {
  endReviewsOf,
  exportApplications,
  listConfirmedFields,
  recordIssuanceOutcome,
} from './features/applications/outcomes.js';
import { addApplicationRoutes } from './features/applications/routes.js';
import { createApplications } from './features/applications/service.js';
import { hasReviewOf } from './features/applications/store.js';
import { createEvidence, toEvidence } from './features/dossiers/evidence.js';
import { addDossierRoutes, addEvidenceRoutes } from './features/dossiers/routes.js';
import { createDossiers } from './features/dossiers/service.js';
import * as dossierStore from './features/dossiers/store.js';
import { addGovernanceRoutes } from './features/governance/routes.js';
import { createGovernance } from './features/governance/service.js';
import { createResolution } from './features/identifiers/resolution.js';
import { addResolutionRoutes } from './features/identifiers/resolutionRoutes.js';
import { addIdentifierRoutes } from './features/identifiers/routes.js';
import { createIdentifiers } from './features/identifiers/service.js';
import { holdTrustedKey } from './features/identifiers/store.js';
import { addProfileRoutes } from './features/issuance/profileRoutes.js';
import { addCredentialRoutes } from './features/issuance/routes.js';
import { createIssuance, type IssuanceService } from './features/issuance/service.js';
import * as issuanceStore from './features/issuance/store.js';
import { createMailOutbox, type MailOutbox } from './features/notifications/mailOutbox.js';
import { allocateStatus, statusListUrl } from './features/status/allocation.js';
import { createStatusPublisher } from './features/status/publication.js';
import { addStatusListRoutes } from './features/status/routes.js';
import { createStatus } from './features/status/service.js';
import { listStatusChanges } from './features/status/store.js';
import { allFacts, createVerificationFacts } from './features/verification/facts.js';
import { addVerificationRoutes } from './features/verification/routes.js';
import { createVerification } from './features/verification/service.js';
import { createSources } from './features/verification/sources.js';
import { exportVerifications } from './features/verification/store.js';
import { addVcApiRoutes } from './features/vc-api/routes.js';
import { createVcApi } from './features/vc-api/service.js';
import { createAccessTokens } from './http/accessTokens.js';
import { addErrorPages } from './http/errorPages.js';
import { buildServer, type Server } from './http/server.js';
import type { StatusListId } from './kernel/ids.js';
import type { BlobStore, Clock, Logger, Mailer } from './kernel/ports.js';
import { VERSION } from './version.js';

export interface AppDeps {
  readonly connection: DatabaseConnection;
  readonly clock: Clock;
  readonly envelope: Envelope;
  readonly blobs: BlobStore;
  /** Absent: this installation sends no mail. */
  readonly mailer?: Mailer;
  readonly logger: Logger;
  /** With the recommended cost unless given. */
  readonly passwords?: Passwords;
  /** Where the server's log lines go; standard output unless told otherwise. */
  readonly logStream?: { write(line: string): void };
}

export interface App {
  readonly server: Server;
  readonly accounts: AccountsService;
  readonly issuance: IssuanceService;
  readonly mails?: MailOutbox;
  /** What this process does when another one says that something changed. */
  readonly changes: ChangeListener;
  /** Deletes what has served its time. */
  purgeExpired(): Promise<void>;
  close(): Promise<void>;
}

/** The one of the forms of an own list that its verification reads; all of them say the same. */
const OWN_LIST_TYPES = {
  bitstring: 'application/vc+jwt',
  token: 'application/statuslist+jwt',
} as const satisfies Record<StatusListKind, StatusMediaType>;

/** The one composition root: every part is built and wired here, for production and for tests alike. */
export async function buildApp(config: Config, deps: AppDeps): Promise<App> {
  const { clock, envelope, logger } = deps;
  const { db } = deps.connection;
  const { publicUrl } = config;

  const profiles = createProfileCatalogue(publicUrl);
  const didOf = (slug: string) => requireDid(toWebDid(publicUrl, slug));
  const directory = createDirectory(didOf);
  const custody = createKeyCustody({ db, envelope, publicUrl });
  const facts = createVerificationFacts(clock);
  const outbound = createOutboundHttp({ allowLoopback: config.allowLoopback });
  const http = budgetOutbound(outbound);
  const contexts = createContextCatalogue(publishedContexts(profiles));
  // Strangers' documents wait for one thread; what this installation composes itself is bounded by its profiles, and waits for nobody.
  const worker = createCanonizerWorker(contexts);
  const canonizer = http.budgetCanonizer(worker);
  const ownCanonizer = createCanonizer(contexts);
  const tools = { profiles, signer: custody, canonizer: ownCanonizer };
  const mails = deps.mailer && createMailOutbox({ db, clock, mailer: deps.mailer, sealer: envelope, logger });

  // Identifiers, and the status lists that their keys sign.
  const identifiers = createIdentifiers({
    db,
    clock,
    publicUrl,
    custody,
    onDidChanged: (did) => forget({ kind: 'did', id: did }),
    onKeyRevoked: async (trx, { keyId }) => {
      for (const id of await publisher.withdrawSignedBy(trx, keyId))
        await announceChange(trx, { kind: 'status-list', id });
    },
    afterKeyRevoked: ({ organisationId }) =>
      publisher.republishOf(organisationId, (id) => forget({ kind: 'status-list', id })),
  });
  const publisher = createStatusPublisher({
    db,
    clock,
    publicUrl,
    tools,
    activeKey: identifiers.activeKey,
    holdTrustedKey,
    logger,
  });
  const status = createStatus({
    db,
    clock,
    lockCredential: issuanceStore.lockCredential,
    updateStatus: issuanceStore.updateStatus,
    publisher,
    onStatusListChanged: (id) => forget({ kind: 'status-list', id }),
  });

  const governance = createGovernance({
    db,
    clock,
    findOrganisations: (executor, ids) => directory.findEntries(executor, ids, { onlyOpen: true }),
    onAccreditationChanged: (did) => forget({ kind: 'accreditation', id: did }),
  });

  // Verification asks everybody; whoever issues asks it in turn before anything is released.
  const { resolveDid, readDid } = createDidResolver({
    own: identifiers.documentOf,
    ...(config.vcApi ? { ownInstance: identifiers.documentOfInstance } : {}),
    publicUrl,
    http,
    // An installation on localhost has loopback DIDs of its own; what may be fetched is for the HTTP client to say.
    allowLoopback: config.allowLoopback || publicUrl.startsWith('http:'),
    ownDocuments: facts.ownDocuments,
    foreignDocuments: facts.foreignDocuments,
  });
  const schemaValidator = createSchemaWorker();
  const sources = createSources({
    db,
    publicUrl,
    profiles,
    facts,
    http,
    resolveDid,
    canonizer,
    schemaValidator,
    serveOwnList: async (listId, kind) => {
      const list = await publisher.serve(listId);
      const form = list?.find(({ mediaType }) => mediaType === OWN_LIST_TYPES[kind]);
      return form && { content: form.body };
    },
    serveInstanceList: async (url) => vcApi?.statusLists.serveAt(url),
    findAccreditations: async (executor, did) => {
      const registrar = await directory.findEntryByDid(executor, did);
      if (!registrar) return { entries: [] };
      const accreditations = await governance.listAccreditationsOf(executor, registrar.id);
      return {
        name: registrar.name,
        entries: accreditations.map(({ createdAt, ...terms }) => ({ ...terms, validFrom: createdAt })),
      };
    },
    findIssuance: async (executor, id) => {
      const issuance = await issuanceStore.findIssuance(executor, id);
      const [issuer] = issuance ? await directory.findEntries(executor, [issuance.issuerId]) : [];
      return (
        issuance &&
        issuer && {
          issuedAt: issuance.issuedAt,
          issuerDid: issuer.did,
          signedDigests: issuance.signedDigests,
        }
      );
    },
  });
  const verification = createVerification({ db, clock, http, sources, ownCanonizer });

  const onStatusListChanged = (id: string) => forget({ kind: 'instance-status-list', id });
  const vcApi = config.vcApi
    ? createVcApi({ db, clock, http, canonizer, ownCanonizer, custody, sources, onStatusListChanged })
    : undefined;

  const issuance = createIssuance({
    db,
    clock,
    logger,
    publicUrl,
    tools,
    activeKey: identifiers.activeKey,
    holdTrustedKey,
    allocateStatus: (trx, order, wanted) => allocateStatus(trx, publicUrl, order, wanted),
    findHighestAssurance: governance.findHighestAssurance,
    isOpenOrganisation: directory.isOpenOrganisation,
    findParties: directory.findEntries,
    verifyBeforeRelease: verification.verifyBeforeRelease,
    ...recordIssuanceOutcome,
    listStatusChanges,
  });

  const dossiers = createDossiers({
    db,
    clock,
    listConfirmedChecks: (executor, id) => listConfirmedFields(governance.wasAccredited, executor, id),
  });
  const evidence = createEvidence({
    db,
    clock,
    envelope,
    blobs: deps.blobs,
    maxBytes: config.evidenceMaxBytes,
    isUnderReviewBy: hasReviewOf,
  });
  const applications = createApplications({
    db,
    clock,
    findParties: directory.findEntries,
    isOpenOrganisation: directory.isOpenOrganisation,
    isMember: directory.isMember,
    hasMemberEverOf: directory.hasMemberEverOf,
    hasMembership: directory.hasMembership,
    findLatestDossier: dossierStore.findLatestVersion,
    findDossierVersion: dossierStore.findVersion,
    listEvidenceUntil: async (executor, id, until) =>
      (await dossierStore.listEvidenceUntil(executor, id, until)).map(toEvidence),
    findEvidenceFiles: dossierStore.findEvidenceFiles,
    findHighestAssurance: governance.findHighestAssurance,
    prepareCredential: issuance.prepareCredential,
    listCredentials: async (executor, id) =>
      (await issuance.listOfApplication(executor, id)).map(({ valid_from, valid_until, ...row }) => ({
        ...row,
        validFrom: valid_from,
        validUntil: valid_until,
      })),
    finishIssuance: issuance.finishIssuance,
  });

  const accessTokens = createAccessTokens({
    secret: envelope.deriveSecret('access-token'),
    publicUrl,
    clock,
  });
  const accounts = createAccounts({
    db,
    clock,
    publicUrl,
    passwords: deps.passwords ?? createPasswords(),
    secrets: envelope,
    accessTokens,
    ...(mails ? { queueMail: mails.queueMail } : {}),
    didOf,
    createIdentifier: identifiers.createIdentifier,
    isAccredited: governance.wasAccredited,
    onOrganisationClosed: [
      (trx, id, _actor, at) => governance.endAllOf(trx, id, at),
      (trx, id, _actor, at) => endReviewsOf(trx, id, at),
    ],
    onOrganisationChanged: (id) => forget({ kind: 'organisation', id }),
    exportParts: {
      dossier: dossierStore.exportDossier,
      applications: exportApplications,
      credentials: issuanceStore.exportCredentials,
      verifications: exportVerifications,
    },
  });

  const idempotency = createIdempotencyStore(db);
  const server = await buildServer(config, {
    authenticate: createAuthenticate({ db, clock, accessTokens }),
    onBehalfOf,
    idempotency,
    readiness: {
      check: async () => void (await db.selectFrom('settings').select('name').limit(1).execute()),
    },
    now: () => clock.now(),
    version: VERSION,
    ...(deps.logStream ? { logStream: deps.logStream } : {}),
  });
  addAccountRoutes(server, accounts);
  addIdentifierRoutes(server, identifiers);
  addResolutionRoutes(server, createResolution({ readDid, http }));
  addDossierRoutes(server, dossiers);
  addEvidenceRoutes(server, evidence, config.evidenceMaxBytes);
  addApplicationRoutes(server, applications);
  addCredentialRoutes(server, { issuance, changeStatus: status.changeStatus });
  addVerificationRoutes(server, verification, config.rateLimitVerifyPerMinute);
  if (vcApi) addVcApiRoutes(server, vcApi, identifiers.documentOfInstance, config.rateLimitVerifyPerMinute);
  addGovernanceRoutes(server, governance);
  addStatusListRoutes(server, publisher);
  addProfileRoutes(server, profiles.profiles, publicUrl);
  addErrorPages(server);

  /** What a change leaves untrue in this process. */
  function forget(change: Change): void {
    switch (change.kind) {
      case 'did':
        facts.ownDocuments.invalidate(change.id);
        return custody.forgetKeys(change.id);
      case 'status-list': {
        const listId = change.id as StatusListId;
        publisher.cache.invalidate(listId);
        return facts.ownLists.invalidate(statusListUrl(publicUrl, listId));
      }
      case 'instance-status-list':
        vcApi?.statusLists.cache.invalidate(change.id);
        return facts.ownLists.invalidate(`${publicUrl}/vc-api/${change.id}`);
      case 'accreditation':
        return facts.accreditations.invalidate(change.id);
      case 'organisation':
        // A name stands in any number of entries; it changes so rarely that all may go.
        return facts.accreditations.clear();
    }
  }

  const caches = [...allFacts(facts), publisher.cache, ...(vcApi ? [vcApi.statusLists.cache] : [])];
  const changes: ChangeListener = {
    onChange: forget,
    onLost() {
      for (const cache of caches) cache.suspend();
      custody.forgetKeys();
    },
    onRestored() {
      for (const cache of caches) cache.resume();
    },
  };

  return {
    server,
    accounts,
    issuance,
    ...(mails ? { mails } : {}),
    changes,
    async purgeExpired() {
      await accounts.purgeExpired();
      await idempotency.purge(clock.now());
      await mails?.purgeFailedMails();
    },
    async close() {
      await server.close();
      await Promise.all([outbound.close(), worker.close(), schemaValidator.close()]);
    },
  };
}

function requireDid(did: string | undefined): string {
  if (did === undefined) throw new Error('a slug that makes no DID');
  return did;
}
