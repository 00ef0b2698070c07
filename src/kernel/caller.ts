import type { ClientId, MembershipId, OrganisationId, PersonId, SessionId } from './ids.js';

export const ROLES = ['admin', 'delegate', 'reviewer', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = ['dossier', 'applications', 'review', 'credentials', 'verify', 'sharing'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who makes a request. A session names one membership; a client acts for one organisation; the operator for none. */
export type Caller = MemberCaller | ClientCaller | OperatorCaller;

export interface MemberCaller {
  readonly kind: 'member';
  readonly personId: PersonId;
  readonly sessionId: SessionId;
  readonly membershipId: MembershipId;
  readonly organisationId: OrganisationId;
  readonly role: Role;
}

export interface ClientCaller {
  readonly kind: 'client';
  readonly clientId: ClientId;
  readonly organisationId: OrganisationId;
  readonly scopes: readonly Scope[];
}

export interface OperatorCaller {
  readonly kind: 'operator';
  readonly personId: PersonId;
  readonly sessionId: SessionId;
}

export type OrganisationCaller = MemberCaller | ClientCaller;

/** What each role may change. Every member may read all that belongs to the own organisation. */
const WRITABLE: Readonly<Record<Role, readonly Scope[]>> = {
  admin: SCOPES,
  delegate: ['dossier', 'applications', 'sharing', 'verify'],
  reviewer: ['review', 'credentials', 'verify'],
  viewer: ['verify'],
};

export function scopesOf(role: Role): readonly Scope[] {
  return WRITABLE[role];
}

export function mayWrite(caller: OrganisationCaller, scope: Scope): boolean {
  return caller.kind === 'member' ? WRITABLE[caller.role].includes(scope) : caller.scopes.includes(scope);
}

export function mayRead(caller: OrganisationCaller, scope: Scope): boolean {
  return caller.kind === 'member' || caller.scopes.includes(scope);
}

/** Who did it, as it stands in the audit trail: ids only, so that erasing a person leaves the trail whole. */
export interface Actor {
  readonly kind: 'person' | 'client' | 'operator' | 'system';
  readonly id?: string;
}

export const SYSTEM: Actor = { kind: 'system' };

export function actorOf(caller: Caller): Actor {
  switch (caller.kind) {
    case 'member':
      return { kind: 'person', id: caller.personId };
    case 'client':
      return { kind: 'client', id: caller.clientId };
    case 'operator':
      return { kind: 'operator', id: caller.personId };
  }
}
