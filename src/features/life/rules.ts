import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ConcernKind } from '../../kernel/credentialLife.js';
import { checksBehind } from '../../credentials/compose.js';
import type { CredentialOrder } from '../../credentials/credentialOrder.js';
import { lapsesAt, warnsAt } from '../../credentials/lapse.js';
import {
  claimedPointers,
  claimSubject,
  ENTITY,
  REPRESENTATION,
  type Profile,
} from '../../credentials/profiles/profile.js';
import { canonicalJson } from '../../kernel/canonicalJson.js';
import type { CheckId, CredentialId } from '../../kernel/ids.js';
import { covers, pointerTokens, valueAt } from '../../kernel/jsonPointer.js';

/** Something that a credential rests on. */
export interface Ground {
  /** Into the dossier. */
  readonly pointer: string;
  /** Of the value that was confirmed; absent where a check stands around what is said, and says nothing by itself. */
  readonly digest?: Buffer;
  readonly checkId?: CheckId;
  readonly expiresAt?: Date;
  /** When holder and registrar are to be told of that. */
  readonly warnsAt?: Date;
}

/** Makes a digest that nobody can try values against who has the database only. */
export type DigestValue = (credentialId: CredentialId, pointer: string, value: unknown) => Buffer;

export function createDigest(secret: Buffer): DigestValue {
  return (credentialId, pointer, value) =>
    createHmac('sha256', secret)
      .update(`${credentialId}\n${pointer}\n${canonicalJson(value ?? null)}`)
      .digest();
}

/** What a credential will rest on: the place of each value that it says, the entity that it is about, and the checks behind these. */
export function groundsOf(
  order: Pick<CredentialOrder, 'profile' | 'dossier' | 'checks' | 'refutedFields'>,
  credentialId: CredentialId,
  digest: DigestValue,
): Ground[] {
  const { profile, dossier, checks, refutedFields } = order;
  const confirmed = checks.map(({ field }) => field);
  const claims = claimSubject(profile, dossier, confirmed, refutedFields);
  const said = [
    REPRESENTATION,
    ...profile.claims.flatMap((claim) => claimedPointers(claim, dossier, confirmed, refutedFields)),
    ...(profile.commitsToDossier ? confirmed : []),
  ];
  const grounds = new Map<string, Ground>(
    said.map((pointer) => [
      pointer,
      { pointer, digest: digest(credentialId, pointer, confirmedValue(dossier, pointer)) },
    ]),
  );
  for (const check of checksBehind(profile, claims, checks)) {
    const expiresAt = lapsesAt(check, profile);
    grounds.set(check.field, {
      ...grounds.get(check.field),
      pointer: check.field,
      ...(check.id && { checkId: check.id }),
      ...(expiresAt && { expiresAt, warnsAt: warnsAt(expiresAt, profile) }),
    });
  }
  return [...grounds.values()];
}

/** Who was shown to act for one entity was not shown to act for the next, so that check stands for what names the entity. */
function confirmedValue(dossier: unknown, pointer: string): unknown {
  if (pointer === REPRESENTATION) return ENTITY.map((member) => valueAt(dossier, member) ?? null);
  return valueAt(dossier, pointer);
}

/** Whether the dossier still says what was confirmed. An item of a list may have moved in it. */
export function isHeld(
  ground: Pick<Ground, 'pointer' | 'digest'>,
  credentialId: CredentialId,
  dossier: unknown,
  digest: DigestValue,
): boolean {
  const { pointer, digest: confirmed } = ground;
  if (confirmed === undefined) return true;
  return candidatesAt(dossier, pointer).some((value) =>
    timingSafeEqual(digest(credentialId, pointer, value), confirmed),
  );
}

function candidatesAt(dossier: unknown, pointer: string): readonly unknown[] {
  const [, list] = /^(.+)\/\d+$/.exec(pointer) ?? [];
  const items = list === undefined ? undefined : valueAt(dossier, list);
  const found = Array.isArray(items) ? (items as unknown[]) : [confirmedValue(dossier, pointer)];
  return found.filter((value) => value !== undefined);
}

export interface Concern {
  readonly kind: ConcernKind;
  readonly pointer: string;
  readonly since: Date;
  readonly suspendsAt: Date;
}

/** Its grace has passed. */
export function isOverdue({ suspendsAt }: Pick<Concern, 'suspendsAt'>, now: Date): boolean {
  return suspendsAt <= now;
}

export interface Standing {
  readonly state: 'prepared' | 'issued' | 'failed';
  readonly suspended_at: Date | null;
  readonly revoked_at: Date | null;
  readonly valid_until: Date;
}

/** Whether partners may still rely on it, now or after a suspension. */
export function isLive(
  { state, revoked_at: revokedAt, valid_until: validUntil }: Standing,
  now: Date,
): boolean {
  return state === 'issued' && revokedAt === null && now < validUntil;
}

/** What the open concerns of a credential demand now. */
export function judgeConcerns(
  standing: Standing,
  open: readonly Pick<Concern, 'suspendsAt'>[],
  now: Date,
): 'end' | 'suspend' | 'enforced' | 'wait' {
  if (standing.revoked_at !== null || (standing.state === 'issued' && now >= standing.valid_until))
    return 'end';
  if (!open.some((concern) => isOverdue(concern, now))) return 'wait';
  return standing.suspended_at === null ? 'suspend' : 'enforced';
}

/** Kinds and places, and nothing that stands there: the holder, the registrar and the record read it. */
export function reasonOf(concerns: readonly Pick<Concern, 'kind' | 'pointer'>[]): string {
  const parts = concerns.map(({ kind, pointer }) => `${kind} at ${pointer}`).sort();
  return `Suspended automatically after the grace period: ${parts.join(', ')}`.slice(0, 1000);
}

export type Renewability = 'renewable' | { readonly refused: string };

/** Within the window before the end, or while something that it rests on is out of order. */
export function judgeRenewal(
  credential: Standing & { readonly renewable_from: Date | null; readonly superseded_by: string | null },
  open: readonly unknown[],
  now: Date,
): Renewability {
  if (credential.state !== 'issued') return { refused: 'it has not been issued' };
  if (credential.superseded_by !== null) return { refused: 'another one has taken its place' };
  if (credential.revoked_at !== null) return { refused: 'it is revoked; apply for a new one' };
  if (now >= credential.valid_until) return { refused: 'it has expired; apply for a new one' };
  const from = credential.renewable_from;
  if (open.length > 0 || from === null || now >= from) return 'renewable';
  return { refused: `it may be renewed from ${from.toISOString()} on` };
}

/**
 * Whether a credential says something at this place in it: the claim of that member was made. Of one from before grounds were recorded it is
 * whether its type may say that.
 */
export function saysAt(
  profile: Profile,
  grounds: readonly Pick<Ground, 'pointer' | 'digest'>[],
  pointer: string,
): boolean {
  const [subject, member, ...below] = pointerTokens(pointer);
  const claim = profile.claims.find((one) => one.member === member);
  return (
    subject === 'credentialSubject' &&
    below.length === 0 &&
    claim !== undefined &&
    (grounds.length === 0 ||
      grounds.some(({ pointer: said, digest }) => digest !== undefined && covers(claim.from, said)))
  );
}
