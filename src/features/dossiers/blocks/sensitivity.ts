import { pointerTokens } from '../../../kernel/jsonPointer.js';
import type { Sensitivity } from '../../../kernel/sensitivity.js';
import { PERSONAL_BLOCKS, type BlockName } from './index.js';

/** Of the blocks without persons. What registers and public credentials show is public; how the co-op does business is its own. */
const IMPERSONAL: Readonly<Partial<Record<BlockName, Sensitivity>>> = {
  legalIdentity: 'public',
  addresses: 'public',
  contacts: 'public',
  identifiers: 'public',
  democraticControl: 'public',
  recognition: 'public',
  screening: 'internal',
  capacity: 'internal',
};

/** The one place that says how sensitive a field is. What nobody has thought of counts as about persons. */
export function sensitivityOf(pointer: string): Sensitivity {
  const [block = ''] = pointerTokens(pointer);
  if (PERSONAL_BLOCKS.has(block)) return 'personal';
  return Object.hasOwn(IMPERSONAL, block) ? (IMPERSONAL[block as BlockName] ?? 'personal') : 'personal';
}
