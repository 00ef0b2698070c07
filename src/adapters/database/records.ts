import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonicalJson.js';
import type { Actor } from '../../kernel/caller.js';
import { newId, type OrganisationId } from '../../kernel/ids.js';
import { stepIn } from './context.js';
import type { Executor } from './schema.js';

/** Rows that every feature adds in the transaction of what they record. */

export interface AuditEntry {
  readonly at: Date;
  readonly actor: Actor;
  readonly action: string;
  readonly organisationId?: OrganisationId;
  readonly subjectId?: string;
  /** No personal data, no secrets. */
  readonly detail?: Record<string, unknown>;
}

export async function recordAudit(trx: Executor, entry: AuditEntry): Promise<void> {
  await trx
    .insertInto('audit_entries')
    .values({
      id: newId(),
      at: entry.at,
      organisation_id: entry.organisationId ?? null,
      actor_kind: entry.actor.kind,
      actor_id: entry.actor.id ?? null,
      action: entry.action,
      subject_id: entry.subjectId ?? null,
      detail: JSON.stringify(entry.detail ?? {}),
    })
    .execute();
}

/**
 * A leaf of the public log. `content` must name nobody: what is private goes in as a salted hash. The leaf is hashed as RFC 6962 section
 * 2.1 has it, over the canonical text that is stored.
 */
export async function appendLogEntry(
  trx: Executor,
  entry: { at: Date; kind: string; content: Record<string, unknown> },
): Promise<void> {
  const text = canonicalJson({ kind: entry.kind, at: entry.at.toISOString(), ...entry.content });
  const leafHash = createHash('sha256').update(Buffer.of(0)).update(text).digest();
  await trx
    .insertInto('log_entries')
    .values({ at: entry.at, kind: entry.kind, entry: text, leaf_hash: leafHash })
    .execute();
}

/** A unique or other constraint that a write broke, by name; drivers agree on SQLSTATE 23505 and on `constraint`. */
export function violatedConstraint(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === '23505' && typeof constraint === 'string' ? constraint : undefined;
}

/** On the trail of another organisation, whom it concerns what was done here. */
export const recordAuditOfOther = stepIn('counterpart', recordAudit);
