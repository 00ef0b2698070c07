import { announceChange, type Change, type ChangeListener } from './adapters/database/changeFeed.js';
import { allStepsIn, asWork, inWork, onBehalfOf, stepIn } from './adapters/database/context.js';
import type { DatabaseConnection } from './adapters/database/connect.js';
import type { Executor } from './adapters/database/schema.js';
import {
  packSealed,
  createDossierSealing,
  findGeneration,
  holdDossier,
} from './adapters/database/dossierSealing.js';
import { createIdempotencyStore } from './adapters/database/idempotencyStore.js';
import { createCanonizerWorker } from './adapters/canonizerWorker.js';
import { createDidResolver, createForeignDidRequests } from './adapters/didResolution.js';
import type { Envelope } from './adapters/envelope.js';
import { createKeyCustody } from './adapters/keys/keyCustody.js';
import { toWebDid } from './adapters/keys/webDidProvider.js';
import { budgetOutbound } from './adapters/callBudget.js';
import { createOutboundHttp } from './adapters/outboundHttp.js';
import { createPasswords, type Passwords } from './adapters/passwords.js';
import { rememberAnswers } from './adapters/recentAnswers.js';
import { createTxtLookup } from './adapters/txtLookup.js';
import { createSchemaWorker } from './adapters/schemaWorker.js';
import type { Config } from './config.js';
import { createContextCatalogue } from './credentials/contexts/catalogue.js';
import { createCanonizer } from './credentials/jsonLd/inProcessCanonizer.js';
import { createProfileCatalogue, publishedContexts } from './credentials/profiles/catalogue.js';
import type { StatusMediaType } from './credentials/status/statusLists.js';
import type { StatusListKind } from './credentials/verification/sources.js';
import { createAuthenticate } from './features/accounts/authenticate.js';
import { findCaller } from './features/accounts/callers.js';
import { createDirectory } from './features/accounts/organisations/directory.js';
import { addAccountRoutes } from './features/accounts/routes.js';
import { createAccounts, type AccountsService } from './features/accounts/service.js';
import {
  endReviewsOf,
  exportApplications,
  findDossierOwner,
  findEvidenceScope,
  listConfirmedFields,
  listReviewsOf,
  recordIssuanceOutcome,
} from './features/applications/outcomes.js';
import type { ApplicationDeps } from './features/applications/deps.js';
import { createRepresentationAccess } from './features/applications/representationAccess.js';
import { listFileClaims } from './features/applications/fileClaims.js';
import { addApplicationRoutes } from './features/applications/routes.js';
import { createApplications } from './features/applications/service.js';
import { eraseWords } from './features/applications/sealedWordStore.js';
import { subjectKeys } from './features/applications/rules.js';
import { listApplicationsFor } from './features/applications/store.js';
import { BLOCKS, isPersonal, PERSONAL_BLOCKS } from './features/dossiers/blocks/index.js';
import { sensitivityOf } from './features/dossiers/blocks/sensitivity.js';
import { addDossierDifferenceRoute } from './features/dossiers/difference/routes.js';
import { listAddresses } from './features/accounts/members/store.js';
import { contentProblems } from './features/dossiers/contentProblems.js';
import { createControlPersons } from './features/dossiers/controlPersons.js';
import { reviewDossier } from './features/dossiers/reviewing.js';
import { addControlRoutes } from './features/dossiers/controlRoutes.js';
import { addBlockSchemaRoutes } from './features/dossiers/blockSchemas.js';
import { attachedIdOf } from './features/dossiers/evidence/presentation.js';
import { addEvidenceRoutes } from './features/dossiers/evidence/routes.js';
import { blankEvidence } from './features/dossiers/evidence/erasure.js';
import { createEvidence, type EvidenceDeps } from './features/dossiers/evidence/service.js';
import { createSharedFiles } from './features/dossiers/evidence/sharedFiles.js';
import * as evidenceStore from './features/dossiers/evidence/store.js';
import { addReferenceRoutes } from './features/dossiers/referenceRoutes.js';
import { isFieldPlace } from './features/dossiers/fieldPlaces.js';
import { addDossierRoutes } from './features/dossiers/routes.js';
import { createDossiers } from './features/dossiers/service.js';
import { addDossierProofRoutes } from './features/dossiers/proofs/routes.js';
import { createDossierProofs } from './features/dossiers/proofs/service.js';
import { createDossierVersions } from './features/dossiers/versions.js';
import * as dossierStore from './features/dossiers/store.js';
import { addErasureRoutes } from './features/erasure/routes.js';
import { createErasure, type ErasureService } from './features/erasure/service.js';
import { addVouchRoutes } from './features/dossiers/vouches/routes.js';
import { createVouches } from './features/dossiers/vouches/service.js';
import { findVouches } from './features/dossiers/vouches/store.js';
import { addGovernanceRoutes } from './features/governance/routes.js';
import { createGovernance } from './features/governance/service.js';
import { holdAccreditationsOf, listAccreditationsAsOf } from './features/governance/store.js';
import { createResolution } from './features/identifiers/resolution.js';
import { addResolutionRoutes } from './features/identifiers/resolutionRoutes.js';
import { addIdentifierRoutes } from './features/identifiers/routes.js';
import { createIdentifiers } from './features/identifiers/service.js';
import { holdRevocations, holdTrustedKey } from './features/identifiers/store.js';
import { addProfileRoutes } from './features/issuance/profileRoutes.js';
import { addCredentialRoutes } from './features/issuance/routes.js';
import { listDossierCredentials } from './features/issuance/dossierCredentials.js';
import { listSigners } from './features/issuance/formStore.js';
import { createIssuance, type IssuanceService } from './features/issuance/service.js';
import { findSupersededAt } from './features/issuance/reissue/store.js';
import * as issuanceStore from './features/issuance/store.js';
import { addContestRoutes } from './features/life/contests/routes.js';
import { createContests } from './features/life/contests/service.js';
import { eraseContestWords, listContestHistory, listOpenContests } from './features/life/contests/store.js';
import { exportContests } from './features/life/contests/words.js';
import { createDigest } from './features/life/rules.js';
import { createLife, type LifeService } from './features/life/service.js';
import { addMembershipRoutes } from './features/memberships/routes.js';
import { createMemberships, type MembershipService } from './features/memberships/service.js';
import { createMailOutbox, type MailOutbox } from './features/notifications/mailOutbox.js';
import { addNoticeRoutes } from './features/notifications/notices/routes.js';
import { createNotices } from './features/notifications/notices/service.js';
import { exportNotices } from './features/notifications/notices/store.js';
import { addDryRunRoutes } from './features/policies/dryRuns/routes.js';
import { createDryRuns } from './features/policies/dryRuns/service.js';
import { addPolicyRoutes } from './features/policies/routes.js';
import { createPolicies } from './features/policies/service.js';
import { exportPolicies } from './features/policies/store.js';
import { addRepresentationRoutes } from './features/representation/routes.js';
import { createRepresentation } from './features/representation/service.js';
import { eraseRecords, exportRepresentations } from './features/representation/store.js';
import { addDigestRoutes } from './features/notifications/digests/routes.js';
import { createDigests, type DigestService } from './features/notifications/digests/service.js';
import { addEventRoutes } from './features/notifications/events/routes.js';
import { createEvents } from './features/notifications/events/service.js';
import { createEventStreams } from './features/notifications/events/streams.js';
import { exportEvents, insertEvents } from './features/notifications/events/store.js';
import { addWebhookRoutes } from './features/notifications/webhooks/routes.js';
import { createWebhooks, type WebhookService } from './features/notifications/webhooks/service.js';
import { exportWebhooks } from './features/notifications/webhooks/store.js';
import { addPresentationRoutes } from './features/sharing/presentations/routes.js';
import { createPresentations } from './features/sharing/presentations/service.js';
import { exportPresentations } from './features/sharing/presentations/store.js';
import { addPresentationRequestRoutes } from './features/sharing/presentationRequests/routes.js';
import { createPresentationRequests } from './features/sharing/presentationRequests/service.js';
import { exportRequests } from './features/sharing/presentationRequests/store.js';
import { addShareLinkRoutes } from './features/sharing/shareLinks/routes.js';
import { createShareLinks } from './features/sharing/shareLinks/service.js';
import { exportLinks } from './features/sharing/shareLinks/store.js';
import { exportSharing } from './features/sharing/exporting.js';
import { findSharedHolder } from './features/sharing/holders.js';
import { addSharingRoutes } from './features/sharing/routes.js';
import { createSharing, type Sharing } from './features/sharing/service.js';
import { createAgreementTelling, createSharingTelling } from './features/sharing/telling.js';
import { addRelianceRoutes } from './features/sharing/reliances/routes.js';
import { createReliances } from './features/sharing/reliances/service.js';
import { exportReliances } from './features/sharing/reliances/store.js';
import { createTelling } from './features/sharing/reliances/telling.js';
import { addStatisticsRoutes } from './features/statistics/routes.js';
import { createStatistics, type StatisticsService } from './features/statistics/service.js';
import { allocateStatus, statusListUrl } from './features/status/allocation.js';
import { createStatusHistory } from './features/status/history.js';
import { createStatusPublisher } from './features/status/publication.js';
import { addStatusListRoutes } from './features/status/routes.js';
import { createStatus } from './features/status/service.js';
import { listStatusChanges, listStatusEvents } from './features/status/store.js';
import { deleteArchived } from './features/verification/asOf/archiveStore.js';
import { createArchive } from './features/verification/asOf/archive.js';
import type { History } from './features/verification/asOf/history.js';
import {
  allFacts,
  createPassingDocuments,
  createVerificationFacts,
  type VerificationFacts,
} from './features/verification/facts.js';
import { addVerificationRoutes } from './features/verification/routes.js';
import { createVerification } from './features/verification/service.js';
import { createSources } from './features/verification/sources.js';
import { exportVerifications, findDecisionPlace, listDecisions } from './features/verification/store.js';
import { addVcApiRoutes } from './features/vc-api/routes.js';
import { createVcApi } from './features/vc-api/service.js';
import { createAccessTokens } from './http/accessTokens.js';
import { addErrorPages } from './http/errorPages.js';
import { buildServer, type Server } from './http/server.js';
import type { CredentialId, OrganisationId, StatusListId } from './kernel/ids.js';
import type {
  BlobStore,
  Clock,
  DossierKeys,
  HttpClient,
  Logger,
  Mailer,
  TxtLookup,
  VirusScanner,
} from './kernel/ports.js';
import { VERSION } from './version.js';

export interface AppDeps {
  readonly connection: DatabaseConnection;
  readonly clock: Clock;
  readonly envelope: Envelope;
  readonly blobs: BlobStore;
  readonly dossierKeys: DossierKeys;
  /** Absent: evidence is taken unscanned. */
  readonly scanner?: VirusScanner;
  /** Absent: this installation sends no mail. */
  readonly mailer?: Mailer;
  readonly logger: Logger;
  /** With the recommended cost unless given. */
  readonly passwords?: Passwords;
  /** By the system's name servers unless given. */
  readonly resolveTxt?: TxtLookup;
  /** All addresses of a host; of the system's resolver unless given. */
  readonly resolveHost?: (hostname: string) => Promise<readonly string[]>;
  /** Where the server's log lines go; standard output unless told otherwise. */
  readonly logStream?: { write(line: string): void };
}

export interface App {
  readonly server: Server;
  readonly accounts: AccountsService;
  readonly issuance: IssuanceService;
  readonly memberships: MembershipService;
  readonly representation: { lapseExpired(): Promise<void> };
  readonly erasure: ErasureService;
  /** Puts the keys of older files under their dossiers' own, some at a time. */
  rewrapKeys(): Promise<number>;
  readonly mails?: MailOutbox;
  readonly webhooks: Pick<WebhookService, 'deliverDue' | 'stop'>;
  readonly digests: Pick<DigestService, 'mailDigests'>;
  readonly statistics: Pick<StatisticsService, 'refreshStatistics'>;
  /** What time alone changes about issued credentials; for a job. */
  readonly watchCredentials: LifeService['watchCredentials'];
  /** Tells who relies on them of credentials that have expired, and of accreditations whose term is over. */
  tellExpired(): Promise<void>;
  /** What this process does when another one says that something changed. */
  readonly changes: ChangeListener;
  /** Deletes what has served its time. */
  purgeExpired(): Promise<void>;
  /** Deletes the evidence whose retention period is over. */
  deleteExpiredEvidence(): Promise<void>;
  close(): Promise<void>;
}

/** The one of the forms of an own list that its verification reads; all of them say the same. */
const OWN_LIST_TYPES = {
  bitstring: 'application/vc+jwt',
  token: 'application/statuslist+jwt',
} as const satisfies Record<StatusListKind, StatusMediaType>;

/** Requests to elsewhere that checking one vouch may cause. */
const VOUCH_REQUESTS = 2;

/** The one composition root: every part is built and wired here, for production and for tests alike. */
export async function buildApp(config: Config, deps: AppDeps): Promise<App> {
  const { clock, envelope, logger } = deps;
  const { db } = deps.connection;
  const { publicUrl } = config;
  const opening = createDossierSealing(deps.dossierKeys, clock);
  // Whoever writes about an organisation writes under its key.
  const sealing = { ...opening, seal: stepIn('sealing', opening.seal) };
  const packed = packSealed(sealing);

  const profiles = createProfileCatalogue(publicUrl);
  const didOf = (slug: string) => requireDid(toWebDid(publicUrl, slug));
  const directory = createDirectory(didOf);
  const custody = createKeyCustody({ db, envelope, publicUrl });
  const facts = createVerificationFacts(clock);
  const outbound = createOutboundHttp({
    allowLoopback: config.allowLoopback,
    ...(deps.resolveHost ? { resolveHost: deps.resolveHost } : {}),
  });
  const remembering = rememberAnswers(outbound, clock);
  const http = budgetOutbound(remembering);
  const contexts = createContextCatalogue(publishedContexts(profiles));
  // Strangers' documents wait for one thread; what this installation composes itself is bounded by its profiles, and waits for nobody.
  const worker = createCanonizerWorker(contexts);
  const canonizer = http.budgetCanonizer(worker);
  const ownCanonizer = createCanonizer(contexts);
  const tools = { profiles, signer: custody, canonizer: ownCanonizer };
  const mails = deps.mailer && createMailOutbox({ db, clock, mailer: deps.mailer, sealer: envelope, logger });

  const notices = createNotices({
    db,
    clock,
    publicUrl,
    listAddresses,
    ...(mails ? { queueMail: mails.queueMail } : {}),
  });
  const notify = stepIn('watch', notices.notify);
  const events = createEvents({ db, clock });
  const queueMail = mails ? { queueMail: mails.queueMail } : {};
  const digests = createDigests({ db, clock, logger, publicUrl, hour: config.digestHour, ...queueMail });
  const webhooks = createWebhooks({ db, clock, http: outbound, envelope, logger, notify });
  const statistics = createStatistics({ db, clock });
  // Who relies on what is nothing that whoever changes it could see.
  const telling = allStepsIn('telling', createTelling(insertEvents));
  const tellReliants = telling.credentialsChanged;

  // Identifiers, and the status lists that their keys sign.
  const identifiers = createIdentifiers({
    db,
    clock,
    publicUrl,
    custody,
    onDidChanged: (did) => forget({ kind: 'did', id: did }),
    onKeyRetired: stepIn('watch', (trx, { keyId, at }) => issuance.holderKeyRetired(trx, keyId, at)),
    onKeyRevoked: async (trx, { keyId, at }) => {
      for (const id of await publisher.withdrawSignedBy(trx, keyId))
        await announceChange(trx, { kind: 'status-list', id });
      await telling.keyRevoked(trx, keyId, at);
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
  const statusHistory = createStatusHistory({
    db,
    clock,
    publicUrl,
    tools,
    activeKey: identifiers.activeKey,
    publisher,
  });
  const status = createStatus({
    db,
    clock,
    lockCredential: issuanceStore.lockCredential,
    updateStatus: issuanceStore.updateStatus,
    holdLife: (trx, id) => life.holdLife(trx, id),
    requireReinstatable: (trx, id, at) => life.requireReinstatable(trx, id, at),
    onRevoked: (trx, id, at) => life.credentialRevoked(trx, id, at),
    notify,
    tellReliants,
    publisher,
    onStatusListChanged: (id) => forget({ kind: 'status-list', id }),
  });

  const versions = createDossierVersions(sealing);

  // What credentials rest on is watched, and what is contested of them noted.
  const life: LifeService = allStepsIn(
    'watch',
    createLife({
      db,
      clock,
      logger,
      digest: createDigest(envelope.deriveSecret('credential-grounds')),
      notify,
      tellReliants,
      listHeld: issuanceStore.listHeld,
      findCredential: issuanceStore.findCredential,
      takeExpiring: issuanceStore.takeExpiring,
      findLatestDossier: versions.findLatestVersion,
      listSaid: stepIn('issuance', (executor, wanted) => issuance.listSaid(executor, wanted)),
      findRepresentationLapse: (executor, id, at) => representation.findLapse(executor, id, at),
      suspend: status.suspendWithin,
      publish: status.publish,
    }),
  );
  const contests = createContests({
    db,
    clock,
    words: packed,
    findCredential: issuanceStore.findCredential,
    holdLife: life.holdLife,
    notify,
    tellReliants,
    onContestsChanged: (id) => forget({ kind: 'contest', id }),
  });

  const governance = createGovernance({
    db,
    clock,
    findOrganisations: (executor, ids) => directory.findEntries(executor, ids, { onlyOpen: true }),
    onAccreditationEnded: telling.accreditationEnded,
    onAccreditationChanged: (did) => forget({ kind: 'accreditation', id: did }),
  });

  // Verification asks everybody; whoever issues asks it in turn before anything is released.
  // An installation on localhost has loopback DIDs of its own; what may be fetched is for the HTTP client to say.
  const allowLoopback = config.allowLoopback || publicUrl.startsWith('http:');
  const resolverOf = (
    client: HttpClient,
    caches: Pick<VerificationFacts, 'ownDocuments' | 'foreignDocuments'>,
    asOf?: Date,
  ) =>
    createDidResolver({
      own: (slug) => identifiers.documentOf(slug, asOf),
      ...(config.vcApi ? { ownInstance: (id) => identifiers.documentOfInstance(id, asOf) } : {}),
      publicUrl,
      http: client,
      allowLoopback,
      ...caches,
    });
  const { resolveDid, readDid } = resolverOf(http, facts);
  const schemaValidator = createSchemaWorker();
  const findAccreditations = async (executor: Executor, did: string, asOf?: Date) => {
    const registrar = await directory.findEntryByDid(executor, did);
    if (!registrar) return { entries: [] };
    const accreditations = asOf
      ? await listAccreditationsAsOf(executor, registrar.id, asOf)
      : await governance.listAccreditationsOf(executor, registrar.id);
    return {
      name: registrar.name,
      entries: accreditations.map(({ createdAt, ...terms }) => ({ ...terms, validFrom: createdAt })),
    };
  };
  const findIssuance = async (executor: Executor, id: CredentialId) => {
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
  };
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
    listOpenContests,
    serveInstanceList: async (url) => vcApi?.statusLists.serveAt(url),
    findAccreditations,
    findIssuance,
  });
  const history: History = {
    resolveDidAsOf: (did, at, client) =>
      resolverOf(client, createPassingDocuments(clock), at).resolveDid(did),
    serveListAsOf: async (listId, kind, at) => {
      const list = await statusHistory.serveAsOf(listId, at);
      const form = list?.find(({ mediaType }) => mediaType === OWN_LIST_TYPES[kind]);
      return form && { content: form.body };
    },
    findAccreditationsAsOf: findAccreditations,
    findIssuance,
    listContestHistory,
    listStatusEvents: stepIn('issuance', listStatusEvents),
    findSupersededAt: stepIn('issuance', findSupersededAt),
    listRevocations: identifiers.listRevocations,
  };
  const dossierBlocks: ReadonlySet<string> = new Set(BLOCKS.map(({ name }) => name));
  const policies = createPolicies({ db, clock, dossierBlocks });
  const verification = createVerification({
    db,
    clock,
    http,
    sources,
    ownCanonizer,
    history,
    archive: createArchive({ db, findRecent: remembering.findRecent }),
    foreignDidRequest: createForeignDidRequests({ publicUrl, allowLoopback }),
    findPolicyRules: policies.findRules,
    publicUrl,
    signer: custody,
    findActiveKey: identifiers.findActiveKey,
  });

  const reliances = createReliances({
    db,
    clock,
    publicUrl,
    readVerification: verification.readVerification,
    findCredential: stepIn('telling', issuanceStore.findStanding),
    findParties: directory.findEntries,
    holdOpenOrganisation: directory.isOpenOrganisation,
    holdAccreditationsOf,
    holdHolder: life.holdHolder,
    holdKeysRevokedAt: stepIn('issuance', async (trx, id) =>
      holdRevocations(trx, await listSigners(trx, id)),
    ),
    listOpenContests,
    tellHolder: telling.relianceChanged,
  });

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
    sealing,
    activeKey: identifiers.activeKey,
    holdTrustedKey,
    allocateStatus: (trx, order, wanted) => allocateStatus(trx, publicUrl, order, wanted),
    findHighestAssurance: governance.findHighestAssurance,
    isOpenOrganisation: directory.isOpenOrganisation,
    findParties: directory.findEntries,
    verifyBeforeRelease: verification.verifyBeforeRelease,
    ...recordIssuanceOutcome,
    recordGrounds: life.recordGrounds,
    carryOver: life.carryOver,
    holdHolder: life.holdHolder,
    onIssued: life.credentialIssued,
    revokeSuperseded: stepIn('watch', status.revokeSuperseded),
    publishStatus: status.publish,
    notify,
    concernsOf: life.concernsOf,
    listStatusChanges,
  });

  const presentations = createPresentations({
    db,
    clock,
    signer: custody,
    listHeld: issuance.listHeld,
    activeKey: (executor, id) => identifiers.activeKey(executor, id, 'ES256'),
    profiles: profiles.profiles,
    sensitivityOf,
    holdDelegates: directory.holdDelegates,
    findPartyByDid: directory.findEntryByDid,
  });
  const presentationRequests = createPresentationRequests({
    db,
    clock,
    publicUrl,
    findPolicyRules: policies.findRules,
    readPolicy: policies.readPolicy,
    findParties: directory.findEntries,
    present: presentations.present,
    verifyFor: verification.verifyFor,
    tell: telling.organisation,
  });
  const shareLinks = createShareLinks({
    db,
    clock,
    publicUrl,
    listHeld: issuance.listHeld,
    findParties: directory.findEntries,
    verify: verification.verifyCredential,
    titleOf: (type) => profiles.profiles.find((profile) => profile.type === type)?.title ?? type,
  });

  const proofs = createDossierProofs({ db, versions });
  const dossiers = createDossiers({
    db,
    clock,
    versions,
    listConfirmedChecks: (executor, id) => listConfirmedFields(governance.wereAccredited, executor, id),
    listFieldEvidence: evidenceStore.listFieldEvidence,
    async onSaved(trx, holderId, blocks, at) {
      await life.dossierSaved(trx, holderId, blocks, at);
      await sharing.watch.dossierSaved(trx, holderId, at);
    },
  });
  const holdGeneration = stepIn('sealing', async (trx, id: OrganisationId) => {
    await holdDossier(trx, id, 'shared');
    return findGeneration(trx, id);
  });
  const evidenceDeps: EvidenceDeps = {
    db,
    clock,
    publicUrl,
    envelope,
    sealing,
    blobs: deps.blobs,
    ...(deps.scanner ? { scanner: deps.scanner } : {}),
    maxBytes: config.evidenceMaxBytes,
    retention: config.evidence.retention,
    findEvidenceScope,
    isAccredited: governance.wasAccredited,
    holdGeneration,
    listClaims: stepIn('retention', (executor, files, now) =>
      listFileClaims(issuanceStore.findLiveUntil, executor, files, now),
    ),
    findParties: directory.findEntries,
  };
  const evidence = createEvidence(evidenceDeps);
  const sharing: Sharing = createSharing({
    db,
    clock,
    words: packed,
    isFieldPlace,
    sensitivityOf,
    findParties: directory.findEntries,
    holdOpenOrganisation: directory.isOpenOrganisation,
    listDelegates: stepIn('counterpart', directory.listDelegates),
    holdDelegates: directory.holdDelegates,
    isMember: stepIn('counterpart', directory.isMember),
    findPolicy: async (organisationId, id) => {
      const { version, rules } = await policies.findRules(organisationId, { id });
      const { name } = await policies.readPolicy(organisationId, { id, version });
      return { id, version, name, rules };
    },
    holdGeneration,
    // What may be seen of somebody else's dossier, a live grant has said by then.
    findLatestVersion: stepIn('counterpart', (executor, id: OrganisationId) =>
      versions.findLatestVersion(executor, id),
    ),
    findVersions: stepIn('counterpart', (executor, id: OrganisationId, wanted: readonly number[]) =>
      versions.findVersions(executor, id, wanted),
    ),
    proveFields: stepIn('counterpart', proofs.prove),
    publicUrl,
    findJurisdictions: directory.findJurisdictions,
    activeKey: (executor, id) => identifiers.activeKey(executor, id, 'ES256'),
    signerFor: custody.signerFor,
    ...allStepsIn('counterpart', createSharedFiles(evidenceDeps)),
    seesFile: async (executor, id) => (await evidenceStore.findEvidence(executor, id)) !== undefined,
    readVerification: verification.readVerification,
    findCredential: stepIn('telling', issuanceStore.findStanding),
    asIssuance: (trx, step) => asWork(trx, 'issuance', step),
    listDossierCredentials: stepIn('issuance', listDossierCredentials),
    notify,
    tell: stepIn('telling', createSharingTelling(insertEvents)),
    tellMembers: stepIn('telling', createAgreementTelling(insertEvents)),
  });
  const vouches = createVouches({
    db,
    clock,
    evidence,
    sealing,
    // Of a request to vouch, both parties read the version.
    versions: { ...versions, findVersion: stepIn('counterpart', versions.findVersion) },
    retention: config.evidence.retention,
    signer: custody,
    activeKey: (executor, id) => identifiers.activeKey(executor, id, 'EdDSA'),
    holdTrustedKey,
    resolveDid: (did) => http.within(VOUCH_REQUESTS, () => resolveDid(did)),
    findParties: directory.findEntries,
    findPartyByDid: directory.findEntryByDid,
    isOpenOrganisation: directory.isOpenOrganisation,
    notify,
  });
  const words = { sealing, isPersonal };
  const applicationDeps: ApplicationDeps = {
    ...words,
    db,
    clock,
    findParties: directory.findEntries,
    isOpenOrganisation: directory.isOpenOrganisation,
    isMember: directory.isMember,
    mayReview: directory.mayReview,
    hasMemberEverOf: directory.hasMemberEverOf,
    hasMembership: directory.hasMembership,
    listMemberOrganisations: stepIn('counterpart', directory.listMemberOrganisations),
    findLatestDossier: versions.findLatestVersion,
    findDossierVersion: versions.findVersion,
    listEvidenceUntil: evidence.listHandedIn,
    findEvidenceFiles: evidenceStore.findEvidenceFiles,
    holdEvidenceFiles: evidenceStore.holdEvidenceFiles,
    attachedIdOf: (url) => attachedIdOf(publicUrl, url),
    findVouches,
    findHighestAssurance: governance.findHighestAssurance,
    summariseDossier: proofs.summarise,
    reviewDossier,
    prepareCredential: issuance.prepareCredential,
    draftCredential: issuance.draftCredential,
    isPersonal,
    notify,
    holdCredentials: issuance.holdRenewed,
    requireRenewable: life.requireRenewable,
    onCheckConfirmed: life.checkConfirmed,
    listCredentials: async (executor, id) =>
      (await issuance.listOfApplication(executor, id)).map(({ valid_from, valid_until, ...row }) => ({
        ...row,
        validFrom: valid_from,
        validUntil: valid_until,
      })),
    finishIssuance: issuance.finishIssuance,
    representation: {
      onApplicationSubmitted: stepIn('watch', (...args) => representation.onApplicationSubmitted(...args)),
      onRepresentationChecked: stepIn('watch', (...args) => representation.onRepresentationChecked(...args)),
      findLapse: stepIn('watch', (...args) => representation.findLapse(...args)),
      holdLapse: stepIn('watch', (...args) => representation.holdLapse(...args)),
    },
  };
  const access = createRepresentationAccess(applicationDeps);
  // A code or a domain proves to the registrar what it does not have to look at again: its check, in the applicant's transaction.
  const representation = createRepresentation({
    db,
    clock,
    http,
    resolveTxt: deps.resolveTxt ?? createTxtLookup(),
    allowLoopback: config.allowLoopback,
    validFor: config.representationValidFor,
    codeSecret: envelope.deriveSecret('representation-code'),
    personal: packed,
    members: {
      list: stepIn('counterpart', directory.listMembers),
      hold: stepIn('counterpart', directory.holdMembers),
    },
    applications: { ...access, recordCheck: stepIn('counterpart', access.recordCheck) },
    onRepresentationLapsed: (trx, holderId, at, { checkId }) =>
      life.representationLapsed(trx, { holderId, checkId }, at),
    onRepresentationExpiring: (trx, holderId, at, { checkId }) =>
      life.representationExpiring(trx, { holderId, checkId }, at),
  });
  const applications = createApplications(applicationDeps);

  const findOwner = findDossierOwner(issuanceStore.findHolder);
  const dossierOf = async (executor: Executor, addresses: readonly string[]) =>
    (await findOwner(executor, addresses)) ?? findSharedHolder(executor, addresses);
  const idempotency = createIdempotencyStore(db, { sealing, dossierOf });
  const erasure = createErasure({
    db,
    clock,
    logger,
    keys: deps.dossierKeys,
    findSlug: async (executor, id) => (await directory.findEntries(executor, [id]))[0]?.slug,
    listReviewsOf,
    wasAccredited: governance.wasAccredited,
    listFileHolds: evidenceStore.listHoldsByOthers,
    holdDossier: (trx, id) => holdDossier(trx, id, 'alone'),
    findGeneration,
    deleteFiles: evidence.deleteErasedFiles,
    async eraseRows(trx, dossier, at) {
      await versions.erasePersonal(trx, dossier);
      await blankEvidence(trx, dossier);
      await eraseWords(trx, dossier);
      await eraseRecords(trx, dossier);
      await eraseContestWords(trx, dossier);
      await sharing.watch.dossierErased(trx, dossier, at);
      await idempotency.eraseAnswers(trx, dossier);
      await life.valuesErased(
        trx,
        dossier.organisationId,
        [...PERSONAL_BLOCKS].map((name) => `/${name}`),
      );
      const issued = await issuance.eraseCredentials(trx, dossier);
      const changed = [];
      for (const id of issued) changed.push(...(await status.revokeErased(trx, id, at)));
      return changed;
    },
    publishStatus: status.publish,
  });

  const accessTokens = createAccessTokens({
    secret: envelope.deriveSecret('access-token'),
    publicUrl,
    clock,
  });
  const membersChanged = stepIn('watch', representation.onMembersChanged);
  const approversChanged = stepIn('counterpart', sharing.watch.membersChanged);
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
      stepIn('watch', representation.onOrganisationClosed),
      (trx, id, _actor, at) => reliances.endAllOf(trx, id, at),
      (trx, id) => webhooks.deleteAllOf(trx, id),
      (trx, id, _actor, at) => presentationRequests.cancelAllOf(trx, id, at),
      (trx, id, _actor, at) => shareLinks.endAllOf(trx, id, at),
      stepIn('counterpart', sharing.watch.organisationClosed),
      (trx, id, _actor, at) => sharing.agreements.leaveAll(trx, id, at),
      stepIn('retention', erasure.scheduleErasure),
    ],
    async onMembersChanged(trx, id, actor, at) {
      await membersChanged(trx, id, actor, at);
      await approversChanged(trx, id, at);
    },
    onOrganisationChanged: (id) => forget({ kind: 'organisation', id }),
    exportParts: {
      dossier: async (executor, id) => ({
        versions: await versions.listVersions(executor, id),
        ...(await dossierStore.exportEvidence(sealing, executor, id)),
      }),
      applications: (executor, id) => exportApplications(words, executor, id),
      representation: exportRepresentations,
      credentials: issuance.exportCredentials,
      contests: (executor, id) => exportContests(packed, executor, id),
      notices: exportNotices,
      verifications: exportVerifications,
      policies: exportPolicies,
      reliances: exportReliances,
      presentations: exportPresentations,
      presentationRequests: exportRequests,
      shareLinks: exportLinks,
      sharing: (executor, id) =>
        exportSharing({ clock, words: packed, findParties: directory.findEntries }, executor, id),
      events: exportEvents,
      webhooks: exportWebhooks,
    },
  });

  const memberships = createMemberships({
    db,
    clock,
    logger,
    publicUrl,
    maxImportBytes: config.memberImportMaxBytes,
    subjectKeys,
    findParties: directory.findEntries,
    ...(mails ? { queueMails: mails.queueMails } : {}),
    isAccredited: governance.wasAccredited,
    accounts: {
      hashFirstPassword: accounts.registration.hashFirstPassword,
      foundOrganisation: accounts.registration.foundOrganisation,
      findCaller,
      isOpenOrganisation: directory.isOpenOrganisation,
      isMember: stepIn('counterpart', directory.isMember),
    },
    applications: {
      submit: applications.submitWithin,
      listOf: listApplicationsFor,
      read: applications.readApplication,
      recordCheck: applications.recordCheck,
      approve: applications.approveOrPropose,
    },
    findLatestDossier: versions.findLatestVersion,
    onRegisterChanged: life.registerChanged,
    contentProblems,
    startDossier: dossiers.startDossier,
  });

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
  addDossierProofRoutes(server, proofs);
  addDossierDifferenceRoute(server, { db, versions });
  addControlRoutes(server, createControlPersons({ clock, dossiers }));
  addReferenceRoutes(server);
  addBlockSchemaRoutes(server, publicUrl);
  addEvidenceRoutes(server, evidence, config.evidenceMaxBytes);
  addErasureRoutes(server, erasure);
  addVouchRoutes(server, vouches);
  addApplicationRoutes(server, applications);
  addMembershipRoutes(server, memberships);
  addRepresentationRoutes(server, representation);
  addCredentialRoutes(server, { issuance, changeStatus: status.changeStatus });
  addContestRoutes(server, contests);
  addNoticeRoutes(server, notices);
  addRelianceRoutes(server, reliances);
  addWebhookRoutes(server, webhooks);
  addDigestRoutes(server, digests);
  addStatisticsRoutes(server, statistics);
  addPresentationRoutes(server, presentations);
  addPresentationRequestRoutes(server, presentationRequests, config.rateLimitVerifyPerMinute);
  addShareLinkRoutes(server, shareLinks, config.rateLimitVerifyPerMinute);
  addSharingRoutes(server, sharing);
  addEventRoutes(server, events, createEventStreams(db, logger));
  addVerificationRoutes(server, verification, config.rateLimitVerifyPerMinute);
  addPolicyRoutes(server, policies);
  addDryRunRoutes(
    server,
    createDryRuns({ db, clock, policies, dossierBlocks, findDecisionPlace, listDecisions }),
  );
  if (vcApi) addVcApiRoutes(server, vcApi, identifiers.documentOfInstance, config.rateLimitVerifyPerMinute);
  addGovernanceRoutes(server, governance);
  addStatusListRoutes(server, publisher, statusHistory, clock);
  addProfileRoutes(server, profiles.published, publicUrl);
  addErrorPages(server);

  /** What a change leaves untrue in this process. */
  function forget(change: Change): void {
    switch (change.kind) {
      case 'did':
        facts.ownDocuments.invalidate(change.id);
        statusHistory.signed.clear();
        return custody.forgetKeys(change.id);
      case 'status-list': {
        const listId = change.id as StatusListId;
        publisher.cache.invalidate(listId);
        statusHistory.timelines.invalidate(listId);
        return facts.ownLists.invalidate(statusListUrl(publicUrl, listId));
      }
      case 'instance-status-list':
        vcApi?.statusLists.cache.invalidate(change.id);
        return facts.ownLists.invalidate(`${publicUrl}/vc-api/${change.id}`);
      case 'contest':
        return facts.contests.invalidate(change.id);
      case 'accreditation':
        return facts.accreditations.invalidate(change.id);
      case 'organisation':
        // A name stands in any number of entries; it changes so rarely that all may go.
        return facts.accreditations.clear();
    }
  }

  const caches = [
    ...allFacts(facts),
    publisher.cache,
    statusHistory.timelines,
    statusHistory.signed,
    ...(vcApi ? [vcApi.statusLists.cache] : []),
  ];
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
    memberships,
    representation: { lapseExpired: () => inWork('watch', representation.lapseExpired) },
    erasure,
    rewrapKeys: () => inWork('retention', evidence.rewrapKeys),
    ...(mails ? { mails } : {}),
    webhooks,
    digests,
    statistics,
    watchCredentials: life.watchCredentials,
    async tellExpired() {
      while ((await governance.tellExpired()) > 0);
      const expire = () => db.transaction().execute((trx) => telling.tellExpired(trx, clock.now()));
      while ((await inWork('telling', expire)) > 0);
      const expireShared = () =>
        db.transaction().execute((trx) => sharing.watch.tellExpired(trx, clock.now()));
      while ((await inWork('telling', expireShared)) > 0);
    },
    changes,
    async purgeExpired() {
      await accounts.purgeExpired();
      await memberships.purge();
      await idempotency.purge(clock.now());
      await mails?.purgeFailedMails();
      await webhooks.purge();
      await events.purge();
      await inWork('upkeep', () => deleteArchived(db, clock.now(), config.archiveRetention));
      await sharing.evidenceLinks.purge();
    },
    deleteExpiredEvidence: () => inWork('retention', evidence.deleteExpiredFiles),
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
