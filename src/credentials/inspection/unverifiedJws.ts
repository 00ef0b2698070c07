import { decodeBase64url } from '../encoding/base64url.js';
import { isJsonObject, parseStrictJson } from '../../kernel/strictJson.js';
import type { JsonObject } from '../dataModel/problems.js';
import type { InspectionProblem } from './inspection.js';

/** What stands in a compact JWS of any kind, as far as it can be decoded. To look at only: no algorithm, type or signature is checked. */
export interface UnverifiedJws {
  readonly header?: JsonObject;
  readonly payload?: JsonObject;
  /** Of form: which part cannot be decoded, and why. */
  readonly problems: readonly InspectionProblem[];
}

/** A token has three parts; what comes after many more is not even counted. */
const MOST_PARTS = 10;

export const STRICT_JSON_WORDS =
  'JSON with one meaning: no member twice, no broken text or number, at most 64 levels and 20,000 values';

/** Never throws. */
export function decodeJws(token: string): UnverifiedJws {
  const parts = token.split('.', MOST_PARTS);
  const problems: InspectionProblem[] = [];
  const refuse = (part: string, detail: string) => void problems.push({ code: 'malformed', part, detail });
  if (parts.length !== 3) {
    const found = parts.length === MOST_PARTS ? `${MOST_PARTS} or more` : String(parts.length);
    refuse('token', `must have three parts with a dot between them, and has ${found}`);
    // More or fewer than three: what might be a header is shown, since it may say what this is.
    if (parts.length === 1) return { problems };
  }
  const [header, payload] = (['header', 'payload'] as const).map((part, index) => {
    const read = decodeObject(parts[index] ?? '');
    if (typeof read !== 'string') return read;
    refuse(part, read);
    return undefined;
  });
  if (parts.length === 3 && !decodeBase64url(parts[2] ?? '')) {
    refuse('signature', 'must be base64url in its one canonical spelling');
  }
  return { ...(header && { header }), ...(payload && { payload }), problems };
}

/** The object, or in words why it is none. */
function decodeObject(encoded: string): JsonObject | string {
  const bytes = decodeBase64url(encoded);
  if (!bytes) return 'must be base64url in its one canonical spelling';
  const parsed = parseStrictJson(bytes);
  if (!parsed) return `must be ${STRICT_JSON_WORDS}`;
  return isJsonObject(parsed.value) ? parsed.value : 'must be a JSON object';
}
