import { isUrl, listOf, typesOf, type TypedObject } from '../dataModel.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import { isStatusSize } from './bitstring.js';

/**
 * `BitstringStatusListEntry` (Bitstring Status List v1.0, W3C Recommendation of 15 May 2025, read for this; §2.1): where in which list a
 * credential's status stands.
 */

/** The purposes that decide whether a credential may be accepted; every credential of ours has an entry for each. */
export const STATUS_PURPOSES = ['revocation', 'suspension'] as const;
export type StatusPurpose = (typeof STATUS_PURPOSES)[number];

/** What an issuer does to the status of a credential of its own. */
export type StatusAction = 'suspend' | 'reinstate' | 'revoke';

export interface StatusPlace {
  readonly purpose: StatusPurpose;
  readonly listUrl: string;
  readonly index: number;
}

export function composeStatusEntry({ purpose, listUrl, index }: StatusPlace): TypedObject {
  return {
    id: `${listUrl}#${index}`,
    type: 'BitstringStatusListEntry',
    statusPurpose: purpose,
    statusListIndex: String(index),
    statusListCredential: listUrl,
  };
}

/** What an entry of any purpose and size says (§2.1). */
export interface StatusEntry {
  /** `revocation` and `suspension` decide, `message` and `refresh` inform; any other text is somebody's own purpose. */
  readonly purpose: string;
  readonly listUrl: string;
  /** "An arbitrary size integer": one that a number cannot hold lies outside every list. */
  readonly index: number;
  /** Bits. */
  readonly size: number;
  /** For developers, "SHOULD NOT be displayed to end users", by value; there is one for every value of `size` bits. */
  readonly messages: ReadonlyMap<number, string>;
  /** Where the values are explained. */
  readonly references: readonly string[];
}

/** Purposes whose status is information about a credential, and never a reason to refuse it. */
export const INFORMING_PURPOSES: readonly string[] = ['message', 'refresh'];

/** §2.1, of an entry without `statusMessage`. */
const DEFAULT_MESSAGES: ReadonlyMap<number, string> = new Map([
  [0, 'unset'],
  [1, 'set'],
]);

/**
 * Reads an entry; never throws. `malformed`: not what §2.1 demands with a MUST. `unknownType`: another mechanism. The REC names the list's
 * `statusMessages` and `statusSize` in §2.2 as well; the algorithm of §3.2 uses the entry's, which the issuer of the credential signed.
 */
export function readBitstringEntry(entry: TypedObject): StatusEntry | 'malformed' | 'unknownType' {
  if (!typesOf(entry).includes('BitstringStatusListEntry')) return 'unknownType';
  const { statusPurpose: purpose, statusListCredential: listUrl, statusListIndex: index } = entry;
  // "It MUST NOT be the URL for the status list."
  if (typeof purpose !== 'string' || !isUrl(listUrl) || entry['id'] === listUrl) return 'malformed';
  // "An arbitrary size integer greater than or equal to 0, expressed as a string in base 10."
  if (typeof index !== 'string' || !/^(?:0|[1-9]\d*)$/.test(index)) return 'malformed';
  const { statusSize: size = 1, statusReference } = entry;
  const references = listOf(statusReference);
  if (!isStatusSize(size) || !references.every(isUrl)) return 'malformed';
  const messages = readMessages(entry['statusMessage'], size);
  return messages ? { purpose, listUrl, index: Number(index), size, messages, references } : 'malformed';
}

/** Each possible value once: "the number of status messages MUST equal the number of possible values". */
function readMessages(statusMessage: unknown, size: number): ReadonlyMap<number, string> | undefined {
  const values = 2 ** size;
  if (statusMessage === undefined) return size === 1 ? DEFAULT_MESSAGES : undefined;
  if (!Array.isArray(statusMessage) || statusMessage.length !== values) return undefined;
  const messages = new Map<number, string>();
  for (const element of statusMessage as readonly unknown[]) {
    if (!isJsonObject(element)) return undefined;
    const { status, message } = element;
    if (typeof status !== 'string' || !/^0x[0-9a-f]+$/i.test(status) || typeof message !== 'string') {
      return undefined;
    }
    messages.set(Number(status), message);
  }
  const isComplete = messages.size === values && [...messages.keys()].every((value) => value < values);
  return isComplete ? messages : undefined;
}
