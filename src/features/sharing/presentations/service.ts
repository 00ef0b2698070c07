import type { Kysely } from 'kysely';
import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { Profile, SecuringFormat } from '../../../credentials/profiles/profile.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound, type FieldError } from '../../../kernel/errors.js';
import {
  newId,
  type CredentialId,
  type OrganisationId,
  type PresentationId,
  type PresentationRequestId,
} from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import type { Clock, Signer, SigningKey } from '../../../kernel/ports.js';
import {
  bundle,
  FORMS_FOR,
  type BundleProblem,
  type ChosenCredential,
  type PresentationFormat,
} from './bundle.js';
import { placesOf, requireConsent, type ConsentDeps } from './consent.js';
import type { MadePresentation, NewPresentation, PresentationRecord } from './schemas.js';
import * as store from './store.js';

export interface PresentationDeps extends ConsentDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly profiles: readonly Profile[];
  /** Of what the organisation holds, those of these ids. */
  readonly listHeld: (executor: Executor, wanted: WantedCredentials) => Promise<readonly HeldCredential[]>;
  readonly activeKey: (executor: Executor, organisationId: OrganisationId) => Promise<SigningKey>;
}

export interface WantedCredentials {
  readonly holderId: OrganisationId;
  readonly ids: readonly CredentialId[];
  readonly formats: readonly SecuringFormat[];
}

export interface HeldCredential {
  readonly id: CredentialId;
  readonly type: string;
  readonly state: string;
  readonly forms: ReadonlyMap<SecuringFormat, string>;
}

export interface PresentationService {
  /**
   * Throws `request/invalid`, `presentations/consent-required`, `presentations/not-valid-now`, `presentations/format-unavailable` and `presentations/key-replaced`.
   *
   * @param requestId of the request that it answers
   */
  present(
    caller: OrganisationCaller,
    wanted: NewPresentation,
    requestId?: PresentationRequestId,
  ): Promise<MadePresentation>;
  listPresentations(organisationId: OrganisationId, page: PageRequest): Promise<Page<PresentationRecord>>;
  readPresentation(organisationId: OrganisationId, id: PresentationId): Promise<PresentationRecord>;
}

/** Time to hand it over; whoever finds it later finds nothing of use. */
export const PRESENTATION_SECONDS = 300;

export function createPresentations(deps: PresentationDeps): PresentationService {
  const { db, clock } = deps;

  return {
    async present(caller, wanted, requestId) {
      const { organisationId } = caller;
      const { audience, nonce, format = 'vp+jwt' } = wanted;
      if (format === 'dc+sd-jwt' && wanted.credentialIds.length > 1)
        throw invalidField('/credentialIds', 'one at a time in this format');
      const credentials = await chooseCredentials(deps, organisationId, wanted, format);
      const key = await deps.activeKey(db, organisationId);
      const issuedAt = clock.now();
      const expiresAt = addSeconds(issuedAt, PRESENTATION_SECONDS);
      const to = { key, signer: deps.signer, audience, nonce, issuedAt, expiresAt };
      const made = await bundle(format, credentials, to);
      if ('problem' in made) throw refuse(made, wanted);
      const row: store.PresentationRow = {
        id: newId<'presentation'>(),
        organisation_id: organisationId,
        format,
        audience,
        credentials: credentials.map(({ id, type, disclose }) => ({
          id,
          type,
          ...(disclose && { disclosed: disclose }),
        })),
        request_id: requestId ?? null,
        created_at: issuedAt,
        expires_at: expiresAt,
      };
      const places = credentials.flatMap(({ type, disclose = [] }) =>
        placesOf(
          deps.profiles.find((profile) => profile.type === type),
          disclose,
        ),
      );
      // On record before it is out of the house.
      await db.transaction().execute(async (trx) => {
        await requireConsent(deps, trx, caller, { audience, places }, issuedAt);
        await store.insertPresentation(trx, row);
        await recordAudit(trx, {
          at: issuedAt,
          actor: actorOf(caller),
          action: 'presentation.made',
          organisationId,
          subjectId: row.id,
        });
      });
      return { ...toWire(row), presentation: made.presentation };
    },

    async listPresentations(organisationId, page) {
      return toPage(await store.listPresentations(db, organisationId, page), page.limit, toWire);
    },

    async readPresentation(organisationId, id) {
      const row = await store.findPresentation(db, id, organisationId);
      if (!row) throw notFound('presentation');
      return toWire(row);
    },
  };
}

interface NamedCredential extends ChosenCredential {
  readonly type: string;
}

async function chooseCredentials(
  { db, listHeld }: PresentationDeps,
  holderId: OrganisationId,
  { credentialIds, disclose = [] }: Pick<NewPresentation, 'credentialIds' | 'disclose'>,
  format: PresentationFormat,
): Promise<NamedCredential[]> {
  const ids = credentialIds.map((id) => id.toLowerCase() as CredentialId);
  const choices = new Map(
    disclose.map(({ credentialId, pointers }) => [credentialId.toLowerCase(), pointers]),
  );
  const held = await listHeld(db, { holderId, ids, formats: FORMS_FOR[format] });
  const byId = new Map(held.map((credential) => [credential.id, credential]));
  const errors: FieldError[] = [
    ...ids.flatMap((id, index) =>
      byId.has(id)
        ? []
        : [{ pointer: `/credentialIds/${index}`, detail: 'names no credential that you hold' }],
    ),
    ...disclose.flatMap(({ credentialId }, index) =>
      ids.includes(credentialId.toLowerCase() as CredentialId) &&
      disclose.findIndex((other) => other.credentialId.toLowerCase() === credentialId.toLowerCase()) === index
        ? []
        : [{ pointer: `/disclose/${index}/credentialId`, detail: 'must name one of "credentialIds", once' }],
    ),
  ];
  if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
  return ids.flatMap((id) => {
    const credential = byId.get(id);
    if (!credential) return [];
    if (credential.state !== 'active')
      throw new AppError('presentations/not-valid-now', `A ${credential.type} is ${credential.state}.`);
    const pointers = choices.get(id);
    return [{ id, type: credential.type, forms: credential.forms, ...(pointers && { disclose: pointers }) }];
  });
}

function refuse(problem: BundleProblem, { disclose = [] }: NewPresentation): AppError {
  const index = disclose.findIndex(({ credentialId }) => credentialId.toLowerCase() === problem.id);
  switch (problem.problem) {
    case 'noForm':
      return new AppError(
        'presentations/format-unavailable',
        'A credential has no form for this presentation.',
      );
    case 'nothingToChoose':
      return invalidField(
        `/disclose/${index}`,
        'is of a credential that shows everything: nothing can be chosen',
      );
    case 'unknownField': {
      const place = disclose[index]?.pointers.indexOf(problem.pointer) ?? 0;
      return invalidField(`/disclose/${index}/pointers/${place}`, 'names nothing that the credential says');
    }
    case 'keyReplaced':
      return new AppError(
        'presentations/key-replaced',
        'The credential is bound to a key of yours that was replaced since.',
      );
  }
}

function toWire(row: store.PresentationRow): PresentationRecord {
  return {
    id: row.id,
    format: row.format,
    audience: row.audience,
    credentials: row.credentials.map(({ disclosed, ...credential }) => ({
      ...credential,
      ...(disclosed && { disclosed: [...disclosed] }),
    })),
    ...(row.request_id !== null && { requestId: row.request_id }),
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  };
}
