import { listOf, type JsonObject } from '../dataModel/problems.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import { decodeBitstring } from '../status/bitstring.js';
import { decodeTokenStatusList } from '../status/tokenStatusList.js';
import type { InspectedStatusList, InspectionProblem } from './inspection.js';

export interface StatusListReading {
  readonly statusList?: InspectedStatusList;
  readonly problems: readonly InspectionProblem[];
}

/** Characters: room for a list credential of 16 million entries of which most are set at random, base64url twice. */
export const MAX_LIST_CREDENTIAL_LENGTH = 4_000_000;

const NONE: StatusListReading = { problems: [] };

export function isBitstringList(content: JsonObject | undefined): content is JsonObject {
  return content !== undefined && entriesOf(content['type']).includes('BitstringStatusListCredential');
}

/** What a `BitstringStatusListCredential` lists; nothing for other content. Inflates no more than the decoder's bound. */
export function readBitstringList(content: JsonObject | undefined): StatusListReading {
  if (!isBitstringList(content)) return NONE;
  const [subject] = entriesOf(content['credentialSubject']);
  const { encodedList, statusPurpose } = isJsonObject(subject) ? subject : {};
  const bits = decodeBitstring(encodedList);
  if (!bits) {
    const detail = 'must be u and base64url of GZIP, of 131,072 to 16,777,216 entries';
    return refuse('/credentialSubject/encodedList', detail);
  }
  const purposes = entriesOf(statusPurpose).filter((purpose) => typeof purpose === 'string');
  const set = countValues(bits, 1)[1] ?? 0;
  return {
    statusList: { kind: 'BitstringStatusList', purposes, entries: bits.length * 8, set },
    problems: [],
  };
}

/** What a status list token lists (draft-ietf-oauth-status-list §4). Inflates no more than the decoder's bound. */
export function readTokenList(payload: JsonObject | undefined): StatusListReading {
  if (payload?.['status_list'] === undefined) return NONE;
  const list = decodeTokenStatusList(payload['status_list']);
  if (!list) {
    const detail = 'must be 1, 2, 4 or 8 bits an entry, and in lst base64url of ZLIB, of at most 4 MB';
    return refuse('/status_list', detail);
  }
  const { bits, bytes } = list;
  const counts = countValues(bytes, bits)
    .map((entries, value) => ({ value, entries }))
    .filter(({ entries }) => entries > 0);
  return {
    statusList: { kind: 'TokenStatusList', bits, entries: (bytes.length * 8) / bits, counts },
    problems: [],
  };
}

function refuse(pointer: string, detail: string): StatusListReading {
  return { problems: [{ code: 'listUnreadable', part: 'payload', pointer, detail }] };
}

/** How many entries have the value 0, 1, 2 …; in what order a byte holds its entries does not matter to that. */
function countValues(bytes: Uint8Array, bits: number): number[] {
  const ofByte = new Array<number>(256).fill(0);
  for (const byte of bytes) ofByte[byte] = (ofByte[byte] ?? 0) + 1;
  const counts = new Array<number>(2 ** bits).fill(0);
  ofByte.forEach((times, byte) => {
    for (let shift = 0; shift < 8; shift += bits) {
      const value = (byte >> shift) & (2 ** bits - 1);
      counts[value] = (counts[value] ?? 0) + times;
    }
  });
  return counts;
}

function entriesOf(value: unknown): readonly unknown[] {
  return listOf(value);
}
