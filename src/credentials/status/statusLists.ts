import { STATUS_PURPOSES } from './statusEntry.js';
import { STATUS_TYPES } from './tokenStatusList.js';

/** The lists that an issuer keeps: a Bitstring Status List for each purpose, and a Token Status List of two bits for both. */
export const OWN_LIST_KINDS = [...STATUS_PURPOSES, 'token'] as const;
export type OwnListKind = (typeof OWN_LIST_KINDS)[number];

/** In what a list of each kind is served; who asks for anything gets the first. */
export const STATUS_MEDIA_TYPES = {
  revocation: ['application/vc+jwt', 'application/vc'],
  suspension: ['application/vc+jwt', 'application/vc'],
  token: ['application/statuslist+jwt'],
} as const satisfies Record<OwnListKind, readonly string[]>;
export type StatusMediaType = (typeof STATUS_MEDIA_TYPES)[OwnListKind][number];

/** Bits of an entry in a token list: as many as it takes to tell valid, revoked and suspended. */
export const TOKEN_LIST_BITS = 2;

/** Where a form of a credential has its status: a place in one list of each of some kinds. */
export type StatusPlaces = Readonly<Partial<Record<OwnListKind, ListPlace>>>;

export interface ListPlace {
  readonly listUrl: string;
  readonly index: number;
}

export interface StatusStanding {
  readonly isSuspended: boolean;
  readonly isRevoked: boolean;
}

/** What the entry of a credential says in a list of each kind. A token list has one value, so what is revoked is not also suspended there. */
export function entryValues({ isSuspended, isRevoked }: StatusStanding): Record<OwnListKind, number> {
  const { VALID, INVALID, SUSPENDED } = STATUS_TYPES;
  return {
    revocation: Number(isRevoked),
    suspension: Number(isSuspended),
    token: isRevoked ? INVALID : isSuspended ? SUSPENDED : VALID,
  };
}
