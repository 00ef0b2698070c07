import { createHash } from 'node:crypto';

/** A strong validator (RFC 9110 §8.8.3) of exactly this content. */
export function entityTagOf(content: string | Uint8Array): string {
  return `"${createHash('sha256').update(content).digest('base64url')}"`;
}

/** Whether `If-None-Match` names what the caller would get (weak comparison, RFC 9110 §13.1.2), so that 304 says it all. */
export function isKnownToCaller(ifNoneMatch: string | undefined, entityTag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(entityTag);
}

/** Of something whose versions are counted. */
export function versionTag(version: number): string {
  return `"${version}"`;
}

/** Whether `If-Match` (RFC 9110 §13.1.1, strong comparison) names this version; only the first needs none (else 428, RFC 6585 §3). */
export function judgeIfMatch(ifMatch: string | undefined, version: number): 'met' | 'missing' | 'stale' {
  if (ifMatch === undefined) return version === 0 ? 'met' : 'missing';
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (tags.includes(versionTag(version))) return 'met';
  return tags.includes('*') && version > 0 ? 'met' : 'stale';
}
