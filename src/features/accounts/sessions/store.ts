import type { Executor } from '../../../adapters/database/schema.js';
import type { Id, MembershipId, OrganisationId, PersonId, SessionId } from '../../../kernel/ids.js';

export interface SignInCandidate {
  readonly personId: PersonId;
  readonly passwordHash: string | null;
  readonly isOperator: boolean;
  /** Null where the person has no live membership (of the kind asked for). */
  readonly membershipId: MembershipId | null;
  readonly organisationId: OrganisationId | null;
}

/** With the earliest live membership, or the one in the organisation asked for; one query, so that it takes as long for everybody. */
export async function findSignInCandidate(
  executor: Executor,
  emailKey: string,
  organisationId?: OrganisationId,
): Promise<SignInCandidate | undefined> {
  return executor
    .selectFrom('people')
    .leftJoin(
      (from) =>
        from
          .selectFrom('memberships')
          .innerJoin('organisations', 'organisations.id', 'memberships.organisation_id')
          .select(['memberships.id', 'memberships.person_id', 'memberships.organisation_id'])
          .where('memberships.ended_at', 'is', null)
          .where('organisations.closed_at', 'is', null)
          .$if(organisationId !== undefined, (query) =>
            query.where('organisations.id', '=', organisationId as OrganisationId),
          )
          .as('live'),
      (join) => join.onRef('live.person_id', '=', 'people.id'),
    )
    .select([
      'people.id as personId',
      'people.password_hash as passwordHash',
      'people.is_operator as isOperator',
      'live.id as membershipId',
      'live.organisation_id as organisationId',
    ])
    .where('people.email_key', '=', emailKey)
    .orderBy('live.id')
    .limit(1)
    .executeTakeFirst();
}

/** Holds the person's row until the end of the transaction, so that a password is not changed in between. */
export async function lockPasswordHash(trx: Executor, personId: PersonId): Promise<string | null> {
  const row = await trx
    .selectFrom('people')
    .select('password_hash')
    .where('id', '=', personId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row?.password_hash ?? null;
}

export async function insertSession(
  trx: Executor,
  session: {
    id: SessionId;
    personId: PersonId;
    membershipId: MembershipId | null;
    at: Date;
    expiresAt: Date;
  },
): Promise<void> {
  await trx
    .insertInto('sessions')
    .values({
      id: session.id,
      person_id: session.personId,
      membership_id: session.membershipId,
      created_at: session.at,
      expires_at: session.expiresAt,
    })
    .execute();
}

export async function insertRefreshToken(
  trx: Executor,
  token: { id: Id<'refreshToken'>; sessionId: SessionId; hash: Buffer; at: Date; expiresAt: Date },
): Promise<void> {
  await trx
    .insertInto('refresh_tokens')
    .values({
      id: token.id,
      session_id: token.sessionId,
      token_hash: token.hash,
      created_at: token.at,
      expires_at: token.expiresAt,
    })
    .execute();
}

/** Holds the session that a refresh token belongs to: whatever happens to its family happens one after the other. */
export async function lockSessionOfToken(trx: Executor, tokenHash: Buffer): Promise<boolean> {
  const row = await trx
    .selectFrom('sessions')
    .select('id')
    .where('id', '=', (from) =>
      from.selectFrom('refresh_tokens').select('session_id').where('token_hash', '=', tokenHash),
    )
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** Read after {@link lockSessionOfToken}, in a statement of its own that sees what was waited for. Live sessions only. */
export async function findRefreshToken(trx: Executor, tokenHash: Buffer, now: Date) {
  return liveSessions(trx, now)
    .innerJoin('refresh_tokens', 'refresh_tokens.session_id', 'sessions.id')
    .select([
      'refresh_tokens.id',
      'refresh_tokens.expires_at as expiresAt',
      'refresh_tokens.used_at as usedAt',
      'refresh_tokens.successor_id as successorId',
      'sessions.id as sessionId',
      'sessions.person_id as personId',
      'sessions.expires_at as sessionExpiresAt',
      'memberships.organisation_id as organisationId',
    ])
    .where('refresh_tokens.token_hash', '=', tokenHash)
    .executeTakeFirst();
}

/** Who a session belongs to now, in one query; `undefined` once it is over for whatever reason. */
export async function findLiveSession(
  executor: Executor,
  sessionId: SessionId,
  personId: PersonId,
  now: Date,
) {
  return liveSessions(executor, now)
    .select([
      'sessions.membership_id as membershipId',
      'memberships.organisation_id as organisationId',
      'memberships.role',
    ])
    .where('sessions.id', '=', sessionId)
    .where('sessions.person_id', '=', personId)
    .executeTakeFirst();
}

/** Not ended, not expired, of a person who exists, in a live membership of an open organisation; or the operator's own. */
function liveSessions(executor: Executor, now: Date) {
  return executor
    .selectFrom('sessions')
    .innerJoin('people', 'people.id', 'sessions.person_id')
    .leftJoin('memberships', 'memberships.id', 'sessions.membership_id')
    .leftJoin('organisations', 'organisations.id', 'memberships.organisation_id')
    .where('sessions.ended_at', 'is', null)
    .where('sessions.expires_at', '>', now)
    .where('people.erased_at', 'is', null)
    .where((where) =>
      where.or([
        where.and([
          where('memberships.id', 'is not', null),
          where('memberships.ended_at', 'is', null),
          where('organisations.closed_at', 'is', null),
        ]),
        where.and([where('sessions.membership_id', 'is', null), where('people.is_operator', '=', true)]),
      ]),
    );
}

export async function markRefreshTokenUsed(
  trx: Executor,
  tokenId: Id<'refreshToken'>,
  successorId: Id<'refreshToken'>,
  at: Date,
): Promise<void> {
  await trx
    .updateTable('refresh_tokens')
    .set({ used_at: at, successor_id: successorId })
    .where('id', '=', tokenId)
    .execute();
}

/** All that are not over yet and match: of one person, of memberships, or one by its id. */
export async function endSessions(
  trx: Executor,
  which:
    | { readonly personIds: readonly PersonId[]; readonly except?: SessionId }
    | { readonly membershipIds: readonly MembershipId[] }
    | { readonly sessionId: SessionId },
  at: Date,
): Promise<void> {
  let update = trx.updateTable('sessions').set({ ended_at: at }).where('ended_at', 'is', null);
  if ('personIds' in which) {
    if (which.personIds.length === 0) return;
    update = update.where('person_id', 'in', [...which.personIds]);
    if (which.except !== undefined) update = update.where('id', '<>', which.except);
  } else if ('membershipIds' in which) {
    if (which.membershipIds.length === 0) return;
    update = update.where('membership_id', 'in', [...which.membershipIds]);
  } else {
    update = update.where('id', '=', which.sessionId);
  }
  await update.execute();
}

/** Rows of sessions that were over before `before`. */
export async function deleteOldSessions(trx: Executor, before: Date): Promise<void> {
  const old = trx
    .selectFrom('sessions')
    .select('id')
    .where((where) => where.or([where('ended_at', '<', before), where('expires_at', '<', before)]));
  await trx.deleteFrom('refresh_tokens').where('session_id', 'in', old).execute();
  await trx
    .deleteFrom('sessions')
    .where((where) => where.or([where('ended_at', '<', before), where('expires_at', '<', before)]))
    .execute();
}
