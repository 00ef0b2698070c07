/**
 * The did:web of an `https:` URL without query and fragment (did:web Method Specification §3.2, read backwards), so that an issuer that is
 * named by a URL and keys that are listed under a DID can be told to belong together: whoever serves one serves the other. Plain
 * `http:` only for loopback, for trying out. `undefined` for any other text, and for one that is not the URL's canonical spelling.
 */
export function webDidOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, host, pathname, origin } = new URL(url);
  const isPlainLoopback = protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1');
  if (protocol !== 'https:' && !isPlainLoopback) return undefined;
  const path = pathname === '/' ? '' : pathname;
  // Also excludes user names, queries, fragments, capitals in the host, dotted segments and a slash at the end.
  if (url !== origin + path || !/^(?:\/[A-Za-z0-9._-]+)*$/.test(path)) return undefined;
  const authority = port === '' ? host : `${hostname}%3A${port}`;
  return ['did:web', authority, ...path.split('/').slice(1)].join(':');
}

/** The URL at `origin` whose did:web this is; `undefined` for a DID of another place or another method. */
export function webUrlOf(did: string, origin: string): string | undefined {
  const url = [origin, ...did.split(':').slice(3)].join('/');
  return webDidOf(url) === did ? url : undefined;
}
