import { isUrl, typesOf, type TypedObject } from '../dataModel.js';

/** `BitstringStatusListEntry` (Bitstring Status List v1.0 §2.1): where in which list a credential's status stands. */

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

/** `unknownType` where it may be a good entry of a kind that is not read here: another mechanism, messages, other purposes. */
export function readStatusEntry(entry: TypedObject): StatusPlace | 'malformed' | 'unknownType' {
  if (!typesOf(entry).includes('BitstringStatusListEntry')) return 'unknownType';
  const { statusPurpose: purpose, statusListCredential: listUrl, statusListIndex: index } = entry;
  if (typeof purpose !== 'string' || !isUrl(listUrl)) return 'malformed';
  // "An arbitrary size integer greater than or equal to 0, expressed as a string in base 10."
  if (typeof index !== 'string' || !/^(?:0|[1-9]\d{0,14})$/.test(index)) return 'malformed';
  const isOneBit = entry['statusSize'] === undefined || entry['statusSize'] === 1;
  return isOneBit && isStatusPurpose(purpose) ? { purpose, listUrl, index: Number(index) } : 'unknownType';
}

function isStatusPurpose(value: string): value is StatusPurpose {
  return (STATUS_PURPOSES as readonly string[]).includes(value);
}
