import { evaluated, type SchemaEvaluation } from './evaluation.js';

/**
 * VC JSON Schema 1.0 §3.1.1: a schema has an `$id`, a URI reference. Resolved against the address at which the schema was found, it must
 * name the schema that was asked for: one that calls itself something else is not the one the issuer meant. That is stricter than §3.1.1,
 * where a match is RECOMMENDED (text of 2025, read for this). Returns what is wrong.
 */
export function namesSchema(
  schema: Readonly<Record<string, unknown>>,
  address: string,
): SchemaEvaluation | undefined {
  const { $id } = schema;
  if (typeof $id !== 'string' || !isUriReference($id)) return evaluated('idMissing');
  return normalise($id, address) === normalise(address, address) ? undefined : evaluated('otherSchema');
}

/** RFC 3986 §4.1, by the characters that may stand in one. */
function isUriReference(text: string): boolean {
  return text !== '' && /^(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/.test(text);
}

/** An empty fragment says nothing. Bases such as URNs resolve nothing but whole addresses. */
function normalise(reference: string, base: string): string | undefined {
  const url = URL.canParse(reference) ? new URL(reference) : safeResolve(reference, base);
  return url?.href.replace(/#$/, '');
}

function safeResolve(reference: string, base: string): URL | undefined {
  return URL.canParse(reference, base) ? new URL(reference, base) : undefined;
}
