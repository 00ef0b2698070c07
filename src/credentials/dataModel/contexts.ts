import { appendToken } from '../../kernel/jsonPointer.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import type { Problem } from './problems.js';
import { CREDENTIALS_V2_CONTEXT, readTermScope, type TermScope } from './termScope.js';
import { isUrl } from './url.js';

const POINTER = '/@context';

/**
 * §4.3: an ordered set whose first item is the base context; the rest are URLs, or objects that redefine no protected term (§5.2) and map
 * their terms to IRIs. The scope tells which terms have a meaning. Contexts that are not known here are not read.
 */
export function readContexts(
  context: unknown,
  base: string = CREDENTIALS_V2_CONTEXT,
): { scope: TermScope; problems: Problem[] } {
  if (!Array.isArray(context)) {
    return { scope: NOTHING_KNOWN, problems: [{ pointer: POINTER, detail: 'must be an array' }] };
  }
  const contexts = context as readonly unknown[];
  const problems: Problem[] = [];
  if (contexts[0] !== base) problems.push({ pointer: `${POINTER}/0`, detail: `must be ${base}` });
  for (let index = 1; index < contexts.length; index++) {
    const item = contexts[index];
    if (isUrl(item) || isJsonObject(item)) continue;
    problems.push({ pointer: appendToken(POINTER, index), detail: 'must be a URL or an object' });
  }
  // Without the base context first nothing that follows means what it seems to.
  if (problems.length > 0) return { scope: NOTHING_KNOWN, problems };
  return readTermScope(contexts, POINTER);
}

const NOTHING_KNOWN: TermScope = { maps: () => 'unknown' };
