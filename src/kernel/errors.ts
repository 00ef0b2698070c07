/**
 * Every error that a caller can meet. The set is closed: `http/problem.ts` gives each code its status, title and page,
 * and anything that is not an AppError is a 500 which says nothing but its id.
 */
export type ErrorCode =
  | 'request/invalid'
  | 'request/malformed-json'
  | 'request/too-large'
  | 'request/unsupported-media-type'
  | 'request/not-acceptable'
  | 'request/rate-limited'
  | 'request/unavailable'
  | 'request/no-such-route'
  | 'request/failed'
  | 'auth/required'
  | 'auth/forbidden'
  | 'resource/not-found'
  | 'idempotency/key-reused'
  | 'idempotency/in-progress'
  | 'idempotency/answer-not-kept'
  | 'accounts/invalid-credentials'
  | 'accounts/throttled'
  | 'accounts/invalid-refresh-token'
  | 'accounts/address-taken'
  | 'accounts/already-member'
  | 'accounts/last-admin'
  | 'accounts/name-fixed'
  | 'accounts/token-invalid'
  | 'accounts/mail-not-configured'
  | 'keys/already-revoked'
  | 'keys/not-active'
  | 'keys/none-active'
  | 'dossiers/version-required'
  | 'dossiers/version-stale'
  | 'dossiers/identity-missing'
  | 'dossiers/key-missing'
  | 'dossiers/erased-meanwhile'
  | 'dossiers/must-be-kept'
  | 'dossiers/not-provable'
  | 'evidence/erased'
  | 'credentials/erased'
  | 'evidence/too-large'
  | 'evidence/type-not-allowed'
  | 'evidence/infected'
  | 'evidence/scanner-unavailable'
  | 'evidence/deleted'
  | 'vouches/invalid'
  | 'vouches/settled'
  | 'vouches/too-many-open'
  | 'vouches/asked-too-often'
  | 'applications/dossier-incomplete'
  | 'applications/already-open'
  | 'applications/already-decided'
  | 'applications/dossier-changed'
  | 'applications/not-in-review'
  | 'applications/wrong-state'
  | 'applications/checks-missing'
  | 'applications/own-organisation'
  | 'applications/not-accredited'
  | 'applications/assurance-too-high'
  | 'applications/already-claimed'
  | 'applications/second-reviewer-required'
  | 'applications/proposal-ended'
  | 'applications/proposal-differs'
  | 'applications/settings-version-required'
  | 'applications/settings-version-stale'
  | 'representation/none-open'
  | 'representation/code-wrong'
  | 'representation/throttled'
  | 'representation/domain-not-proven'
  | 'credentials/duplicate'
  | 'credentials/not-issued'
  | 'credentials/format-unavailable'
  | 'credentials/already-revoked'
  | 'credentials/already-suspended'
  | 'credentials/not-suspended'
  | 'credentials/concern-open'
  | 'credentials/not-renewable'
  | 'credentials/not-reissuable'
  | 'contests/already-open'
  | 'contests/closed'
  | 'reliances/not-accepted'
  | 'reliances/of-elsewhere'
  | 'reliances/changed-since'
  | 'reliances/already-open'
  | 'agreements/closed'
  | 'agreements/version-required'
  | 'agreements/version-stale'
  | 'agreements/already-accepted'
  | 'agreements/already-approved'
  | 'presentations/consent-required'
  | 'presentations/not-valid-now'
  | 'presentations/format-unavailable'
  | 'presentations/key-replaced'
  | 'presentation-requests/closed'
  | 'presentation-requests/not-answered'
  | 'consent-rules/version-required'
  | 'consent-rules/version-stale'
  | 'access-requests/too-many-open'
  | 'access-requests/asked-too-often'
  | 'access-requests/settled'
  | 'access-requests/already-approved'
  | 'access-requests/nothing-there'
  | 'grants/over'
  | 'grants/other-purpose'
  | 'document-requests/too-many-open'
  | 'document-requests/settled'
  | 'document-requests/consent-needed'
  | 'events/cursor-unknown'
  | 'events/too-many-streams'
  | 'webhooks/too-many'
  | 'webhooks/disabled'
  | 'accreditations/ended'
  | 'members/file-unreadable'
  | 'members/duplicate'
  | 'members/import-working'
  | 'members/already-joined'
  | 'policies/version-required'
  | 'policies/version-stale'
  | 'policies/archived'
  | 'vc-api/not-verified'
  | 'vc-api/instance-ended';

/** Where in the submitted document something is wrong (RFC 6901) and what; never the submitted value itself. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/**
 * An error that is the caller's to mend. `detail` is shown to the caller: plain words, what was wrong and what to do,
 * without secrets, personal data or submitted values.
 */
export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    readonly options: {
      readonly errors?: readonly FieldError[];
      readonly retryAfterSeconds?: number;
      /** Further members of the problem document (RFC 9457 §3.2), for an API that prescribes them. */
      readonly members?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(`${code}: ${detail}`);
  }
}

/** Another organisation's object looks as if it did not exist. */
export function notFound(what: string): AppError {
  return new AppError('resource/not-found', `There is no such ${what}, or it is not yours to see.`);
}

/** On what is one's own, and would be there with more rights. */
export function missingRight(scope: string): AppError {
  return new AppError(
    'auth/forbidden',
    `This needs the right "${scope}", which you do not have. Ask an administrator of your organisation.`,
  );
}

export function invalidField(pointer: string, detail: string): AppError {
  return new AppError('request/invalid', 'The request is not valid.', { errors: [{ pointer, detail }] });
}
