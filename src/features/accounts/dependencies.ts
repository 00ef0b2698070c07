import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { Actor } from '../../kernel/caller.js';
import type { OrganisationId } from '../../kernel/ids.js';
import type { Clock, Mail } from '../../kernel/ports.js';
import type { TokenSubject, TokenTerms } from '../../http/accessTokens.js';

/** Slow on purpose, bounded in number, and as slow for an account that does not exist (`null`). */
export interface PasswordHashing {
  hash(password: string): Promise<string>;
  verify(passwordHash: string | null, password: string): Promise<boolean>;
}

/** The envelope's part that accounts need. */
export interface Secrets {
  seal(plaintext: Uint8Array, context: string): Buffer;
  open(sealed: Uint8Array, context: string): Buffer;
  /** 32 bytes for one purpose. */
  deriveSecret(purpose: string): Buffer;
}

export interface AccountsDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly passwords: PasswordHashing;
  readonly secrets: Secrets;
  readonly accessTokens: { issue(subject: TokenSubject, terms: TokenTerms): string };
  /** Writes a mail in the transaction that causes it; absent where mail is not configured. */
  readonly queueMail?: (trx: Executor, mail: Mail, at: Date) => Promise<void>;

  /** From the identifiers feature: the DID that stands for a slug, and making it with its keys. */
  readonly didOf: (slug: string) => string;
  readonly createIdentifier: (
    trx: Executor,
    organisation: { organisationId: OrganisationId; slug: string; at: Date; actor: Actor },
  ) => Promise<{ did: string }>;

  /** Whether the network relies on its name. */
  readonly isAccredited: (executor: Executor, organisationId: OrganisationId, at: Date) => Promise<boolean>;

  /** After somebody left or changed roles, in the same transaction. That somebody joined changes nothing for others. */
  readonly onMembersChanged: OrganisationHook;
  /** What other features end when an organisation closes, in the same transaction. */
  readonly onOrganisationClosed: readonly OrganisationHook[];
  /** After the commit: this process forgets what it knew about the organisation. Others are told by the change feed. */
  readonly onOrganisationChanged: (organisationId: OrganisationId) => void;
  /** What other features add to an export, by the name of the part. */
  readonly exportParts: Readonly<Record<string, ExportPart>>;
}

export type OrganisationHook = (
  trx: Executor,
  organisationId: OrganisationId,
  actor: Actor,
  at: Date,
) => Promise<void>;

/** An organisation's data of one feature, without secrets and hashes. */
export type ExportPart = (executor: Executor, organisationId: OrganisationId) => Promise<unknown>;
