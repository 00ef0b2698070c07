import type { Envelope } from '../../../adapters/envelope.js';
import type { EvidenceId } from '../../../kernel/ids.js';

/** The one place that knows under what a file's data key is wrapped. Whoever gets a data key zeroes it after use. */

export function newFileKey(envelope: Envelope, id: EvidenceId): { dataKey: Buffer; wrapped: Buffer } {
  return envelope.newDataKey(keyContext(id));
}

export function openFileKey(envelope: Envelope, id: EvidenceId, wrapped: Buffer): Buffer {
  return envelope.unwrap(wrapped, keyContext(id));
}

function keyContext(id: EvidenceId): string {
  return `evidence:${id}`;
}
