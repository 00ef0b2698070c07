import type { StatusListFetch, StatusListKind } from '../../credentials/verification/sources.js';
import type { HttpClient } from '../../kernel/ports.js';
import { parseStrictJson } from '../../kernel/strictJson.js';

/** What is fetched from elsewhere, in which media types and within which bounds: now, or from what was archived of it. */

export const LIST_TYPES = {
  bitstring: 'application/vc+jwt, application/vc',
  token: 'application/statuslist+jwt',
} as const satisfies Record<StatusListKind, string>;
const LIST_LIMITS = { maxBytes: 4_000_000, timeoutMs: 5_000 };
export const JSON_TYPE = 'application/json';
const JSON_LIMITS = { accept: JSON_TYPE, maxBytes: 64_000, timeoutMs: 5_000 };
export const SCHEMA_TYPES = 'application/schema+json, application/vc+jwt, application/vc, application/json';
const SCHEMA_LIMITS = {
  accept: SCHEMA_TYPES,
  maxBytes: 256 * 1024,
  timeoutMs: 5_000,
};

export async function fetchForeignList(
  http: HttpClient,
  url: string,
  kind: StatusListKind,
): Promise<StatusListFetch> {
  const answer = await http.get(url, { accept: LIST_TYPES[kind], ...LIST_LIMITS });
  return answer.status === 200
    ? { content: answer.body.toString('utf8').trim() }
    : { problem: 'unreachable' };
}

export async function fetchForeignJson(
  http: HttpClient,
  url: string,
): Promise<{ readonly value: unknown } | { readonly problem: 'unreachable' }> {
  const { status, body } = await http.get(url, JSON_LIMITS);
  return (status === 200 ? parseStrictJson(body) : undefined) ?? { problem: 'unreachable' };
}

export async function fetchForeignSchema(
  http: HttpClient,
  url: string,
): Promise<{ readonly bytes: Uint8Array } | { readonly problem: 'unreachable' }> {
  const { status, body } = await http.get(url, SCHEMA_LIMITS);
  return status === 200 ? { bytes: body } : { problem: 'unreachable' };
}
