import { addSeconds, toWholeSeconds } from '../../kernel/instants.js';
import { CREDENTIALS_V2_CONTEXT, issuerIdOf, listOf, typesOf, type Credential } from '../dataModel.js';
import { parseDateTimeStamp } from '../dateTimeStamp.js';
import { decodeBitstring, encodeBitstring, type Bitstring } from './bitstring.js';
import type { StatusPurpose } from './statusEntry.js';

/** `BitstringStatusListCredential` (Bitstring Status List v1.0 §2.2). A list of ours has one issuer and one purpose. */
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
  readonly bits: Bitstring;
  readonly validFrom: Date | undefined;
  /** After this instant it must be fetched again: the earlier of its `validUntil` and the end of its `ttl`. */
  readonly usableUntil: Date;
}

/** §2.2: what counts where a list states no `ttl`; here also the most that a list can ask for. */
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
  if (ttlSeconds === undefined || !bits) return undefined;
  const validUntil = parseDateTimeStamp(credential.validUntil);
  const cachedUntil = addSeconds(now, ttlSeconds);
  return {
    url: credential.id,
    issuerDid: issuerIdOf(credential),
    purposes,
    bits,
    validFrom: parseDateTimeStamp(credential.validFrom),
    usableUntil: validUntil && validUntil < cachedUntil ? validUntil : cachedUntil,
  };
}

function readTtlSeconds(ttl: unknown): number | undefined {
  if (ttl === undefined) return DEFAULT_TTL_SECONDS;
  if (typeof ttl !== 'number' || !Number.isFinite(ttl) || ttl < 0) return undefined;
  return Math.min(ttl / 1000, DEFAULT_TTL_SECONDS);
}
