import { isJsonObject, parseStrictJson } from '../../kernel/strictJson.js';
import { inspectDocument } from './inspectDocument.js';
import { inspectToken } from './inspectToken.js';
import type { Inspection } from './inspection.js';
import { STRICT_JSON_WORDS } from './unverifiedJws.js';

/** Characters: the longest thing that any reader here takes, a status list token. */
export const MAX_INSPECTED_LENGTH = 8_000_000;

/** A credential in an envelope in a presentation in an envelope. */
const MAX_LEVELS = 4;

/**
 * Decodes a secured credential, presentation or status list of any format: a JWT, an SD-JWT, or the text of a JSON document. Never throws, and
 * looks nothing up. **Nothing is verified**: no signature, key, issuer, date, schema or status. What its format's reader refuses is
 * shown as far as it can be decoded, with what is wrong in `problems`.
 */
export function inspectSecured(text: string): Inspection {
  if (text.length > MAX_INSPECTED_LENGTH) {
    return refuse('tooLarge', 'token', `is longer than ${MAX_INSPECTED_LENGTH} characters`);
  }
  return inspectText(text.trim(), MAX_LEVELS);
}

function inspectText(text: string, levels: number): Inspection {
  if (text === '') return refuse('malformed', 'token', 'is empty');
  if (!/^[[{"]/.test(text)) return inspectToken(text, within(levels));
  const parsed = parseStrictJson(text);
  if (!parsed) return refuse('malformed', 'document', `must be ${STRICT_JSON_WORDS}`);
  return isJsonObject(parsed.value)
    ? inspectDocument(parsed.value, within(levels))
    : refuse('malformed', 'document', 'must be a JSON object');
}

function within(levels: number): (value: unknown) => Inspection {
  return (value) => {
    if (levels <= 1) return refuse('tooDeep', 'token', 'lies too deep in others to be looked at');
    if (typeof value === 'string') return inspectText(value, levels - 1);
    if (isJsonObject(value)) return inspectDocument(value, within(levels - 1));
    return refuse('malformed', 'document', 'must be an object or a token');
  };
}

function refuse(code: string, part: string, detail: string): Inspection {
  return { format: 'unknown', holds: 'unknown', problems: [{ code, part, detail }], dates: [] };
}
