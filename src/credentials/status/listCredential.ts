import { addSeconds, toWholeSeconds } from '../../kernel/instants.js';
import { CREDENTIALS_V2_CONTEXT, issuerIdOf, listOf, typesOf, type Credential } from '../dataModel.js';
import { parseDateTimeStamp } from '../dateTimeStamp.js';
import {
  decodeBitstring,
  encodeBitstring,
  isStatusSize,
  MINIMUM_ENTRIES,
  readStatusValue,
  type Bitstring,
} from './bitstring.js';
import type { StatusEntry, StatusPurpose } from './statusEntry.js';

/**
 * `BitstringStatusListCredential` (Bitstring Status List v1.0, W3C Recommendation of 15 May 2025, read for this; §2.2). A list of ours has one
 * issuer and one purpose. Stricter than §2.2: a list must have an `id`, so that nobody can answer with another one.
 */
export interface StatusListParts {
  /** The credential's `id`, where it is published, and what entries name as `statusListCredential`. */
  readonly listUrl: string;
  readonly issuerDid: string;
  readonly purpose: StatusPurpose;
  readonly bits: Bitstring;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** How long a verifier may keep it; §2.2 counts it in milliseconds. */
  readonly ttlSeconds: number;
}

/** A list whose signature was verified, decoded once so that reading a bit costs nothing. */
export interface DecodedStatusList {
  readonly url: string;
  readonly issuerDid: string;
  readonly purposes: readonly string[];
  /** Bits an entry, where the list itself says so. */
  readonly statusSize: number | undefined;
  readonly bits: Bitstring;
  readonly validFrom: Date | undefined;
  /** How long it may be kept, as far as we let it say that. */
  readonly ttlSeconds: number;
  /** After this instant it must be fetched again: the earlier of its `validUntil` and the end of its `ttl`. */
  readonly usableUntil: Date;
}

/** Ours, since §2.2 assumes none: what counts where a list states no `ttl`; also the most that a list can ask for. */
const DEFAULT_TTL_SECONDS = 300;

export function composeStatusList(parts: StatusListParts): Credential {
  return {
    '@context': [CREDENTIALS_V2_CONTEXT],
    id: parts.listUrl,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    issuer: parts.issuerDid,
    validFrom: toWholeSeconds(parts.validFrom),
    validUntil: toWholeSeconds(parts.validUntil),
    credentialSubject: {
      id: `${parts.listUrl}#list`,
      type: 'BitstringStatusList',
      statusPurpose: parts.purpose,
      encodedList: encodeBitstring(parts.bits),
      ttl: parts.ttlSeconds * 1000,
    },
  };
}

/**
 * Decodes a list credential; `undefined` where it is not one. Not checked here: its signature, that its `id` is where it was found,
 * that its issuer is the one of the credential that points to it, and whether it is current.
 */
export function decodeStatusList(credential: Credential, now: Date): DecodedStatusList | undefined {
  const [subject, ...others] = listOf(credential.credentialSubject);
  if (!subject || others.length > 0 || credential.id === undefined) return undefined;
  if (!typesOf(credential).includes('BitstringStatusListCredential')) return undefined;
  if (!listOf(subject['type']).includes('BitstringStatusList')) return undefined;
  const purposes = listOf(subject['statusPurpose']);
  if (purposes.length === 0 || !purposes.every((purpose) => typeof purpose === 'string')) return undefined;
  const ttlSeconds = readTtlSeconds(subject['ttl']);
  const bits = decodeBitstring(subject['encodedList']);
  const statusSize = subject['statusSize'];
  const isSized = statusSize === undefined || isStatusSize(statusSize);
  if (ttlSeconds === undefined || !bits || !isSized) return undefined;
  const validUntil = parseDateTimeStamp(credential.validUntil);
  const cachedUntil = addSeconds(now, ttlSeconds);
  return {
    url: credential.id,
    issuerDid: issuerIdOf(credential),
    purposes,
    statusSize,
    bits,
    validFrom: parseDateTimeStamp(credential.validFrom),
    ttlSeconds,
    usableUntil: validUntil && validUntil < cachedUntil ? validUntil : cachedUntil,
  };
}

/** What a list says of one credential (§3.2 steps 12 to 14); nothing but 0 is "valid". */
export interface ListedStatus {
  readonly value: number;
  readonly message: string;
}

export type ListedStatusProblem =
  /** Step 5: the list has not this purpose (STATUS_VERIFICATION_ERROR). */
  | 'purposeMismatch'
  /** The list says that its entries have another size than the credential says. */
  | 'sizeMismatch'
  /** Step 9: fewer than 131,072 entries of this size, so that an index does not hide (STATUS_LIST_LENGTH_ERROR). */
  | 'tooShort'
  /** Step 10: no such entry (RANGE_ERROR). */
  | 'outOfRange';

/**
 * Reads what an entry points to, once the list's signature, issuer and dates were checked and its `url` is the entry's `listUrl`. What follows
 * from a value is the caller's: it depends on the purpose.
 */
export function readListedStatus(
  list: Pick<DecodedStatusList, 'purposes' | 'statusSize' | 'bits'>,
  { purpose, index, size, messages }: StatusEntry,
): ListedStatus | ListedStatusProblem {
  if (!list.purposes.includes(purpose)) return 'purposeMismatch';
  if (list.statusSize !== undefined && list.statusSize !== size) return 'sizeMismatch';
  if ((list.bits.length * 8) / size < MINIMUM_ENTRIES) return 'tooShort';
  const value = readStatusValue(list.bits, index, size);
  return value === undefined ? 'outOfRange' : { value, message: messages.get(value) ?? '' };
}

function readTtlSeconds(ttl: unknown): number | undefined {
  if (ttl === undefined) return DEFAULT_TTL_SECONDS;
  if (typeof ttl !== 'number' || !Number.isFinite(ttl) || ttl < 0) return undefined;
  return Math.min(ttl / 1000, DEFAULT_TTL_SECONDS);
}
