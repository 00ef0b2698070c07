import { isIP } from 'node:net';

/** Where a did:web says its document is. */
export interface WebDidLocation {
  /** Lower case, with a port unless it is the scheme's own: comparable with `new URL(…).host`. */
  readonly host: string;
  /** Decoded; empty for a DID that is a host alone. */
  readonly segments: readonly string[];
  readonly url: string;
}

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const AUTHORITY = /^([A-Za-z0-9.-]{1,253})(?:%3[Aa]([1-9][0-9]{0,4}))?$/;
/** What would change a URL's structure, or be decoded once more by somebody behind us. */
const UNSAFE_IN_SEGMENT = /[/\\?#@%\s\p{Cc}\p{Cf}]/u;

/**
 * Reads a did:web (did:web Method Specification §2.1, §3.2). `undefined` where it is not one: a port that is not percent-encoded
 * and so becomes a path segment does not harm; a percent-encoding elsewhere in the host, an empty or dotted segment, an
 * encoded `/`, `\`, `?`, `#`, `@` or `%`, and an IP address (§2.1: a domain name) do.
 *
 * With `allowLoopback`, for trying out: `localhost`, `*.localhost` and 127.0.0.0/8 are allowed, and read over plain http.
 */
export function locateWebDid(did: string, allowLoopback: boolean): WebDidLocation | undefined {
  if (!did.startsWith('did:web:')) return undefined;
  const [authority = '', ...encodedSegments] = did.slice('did:web:'.length).split(':');
  const [, hostname = '', port] = AUTHORITY.exec(authority) ?? [];
  const segments = encodedSegments.map(decodeSegment);
  if (!HOST.test(hostname) || Number(port ?? 443) > 65_535 || !segments.every(isDefined)) return undefined;

  const isLoopback = allowLoopback && isLoopbackName(hostname.toLowerCase());
  const origin = `${isLoopback ? 'http' : 'https'}://${hostname}${port === undefined ? '' : `:${port}`}`;
  if (!URL.canParse(origin)) return undefined;
  const { host, hostname: parsedHostname } = new URL(origin);
  // The URL parser makes addresses of `127.1` and `2130706433`, which are well-formed names here.
  if (parsedHostname !== hostname.toLowerCase() || (isIP(parsedHostname) !== 0 && !isLoopback))
    return undefined;

  const path = segments.length === 0 ? ['.well-known'] : segments.map(encodeURIComponent);
  return { host, segments, url: new URL(`/${path.join('/')}/did.json`, origin).href };
}

function decodeSegment(encoded: string): string | undefined {
  try {
    const decoded = decodeURIComponent(encoded);
    return /^\.*$/.test(decoded) || UNSAFE_IN_SEGMENT.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

function isDefined(segment: string | undefined): segment is string {
  return segment !== undefined;
}

function isLoopbackName(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}
