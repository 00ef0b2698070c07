import { isJsonObject } from '../../kernel/strictJson.js';
import { appendToken } from '../../kernel/jsonPointer.js';
import type { Outcome, Problem } from './problems.js';
import { CREDENTIALS_V2_CONTEXT } from './termScope.js';

/** §4.13.2, §4.13.3: a secured credential or presentation as the `data:` URL of an object, for formats that are not JSON. */
export type EnvelopeKind = 'EnvelopedVerifiableCredential' | 'EnvelopedVerifiablePresentation';

export interface Envelope {
  readonly kind: EnvelopeKind;
  /** In lower case, without parameters. */
  readonly mediaType: string;
  /** What the URL holds, decoded; nothing of it is checked. */
  readonly content: string;
}

/** Media types of VC-JOSE-COSE and SD-JWT VC; `application/jwt` says too little, and the token's `typ` has to say the rest. */
const MEDIA_TYPES: Readonly<Record<EnvelopeKind, readonly string[]>> = {
  EnvelopedVerifiableCredential: [
    'application/vc+jwt',
    'application/vc+sd-jwt',
    'application/vc+cose',
    'application/dc+sd-jwt',
    'application/jwt',
  ],
  EnvelopedVerifiablePresentation: [
    'application/vp+jwt',
    'application/vp+sd-jwt',
    'application/vp+cose',
    'application/jwt',
  ],
};

const DATA_URL = /^data:([a-z0-9.+-]+\/[a-z0-9.+-]+)((?:;[a-z0-9.+-]+=[a-z0-9.+-]*)*)(;base64)?,/i;

/** True when the `type` says that it is an envelope of this kind, whatever else is wrong with it. */
export function isEnvelope(value: unknown, kind: EnvelopeKind): boolean {
  if (!isJsonObject(value)) return false;
  const { type } = value;
  return type === kind || (Array.isArray(type) && type.includes(kind));
}

/**
 * Reads an envelope: a context that defines it, exactly this type, and a `data:` URL of a media type that is known for its kind. Never
 * throws.
 */
export function readEnvelope(value: unknown, kind: EnvelopeKind, base = ''): Outcome<Envelope> {
  if (!isJsonObject(value)) return { problems: [{ pointer: base, detail: 'must be an object' }] };
  const problems: Problem[] = [];
  const context = value['@context'];
  const contexts: readonly unknown[] = Array.isArray(context) ? context : [context];
  if (!contexts.includes(CREDENTIALS_V2_CONTEXT)) {
    problems.push({
      pointer: appendToken(base, '@context'),
      detail: `must include ${CREDENTIALS_V2_CONTEXT}`,
    });
  }
  const types: readonly unknown[] = Array.isArray(value['type']) ? value['type'] : [value['type']];
  if (types.length !== 1 || types[0] !== kind) {
    problems.push({ pointer: appendToken(base, 'type'), detail: `must be ${kind}` });
  }
  const data = readDataUrl(value['id']);
  if (!data || !MEDIA_TYPES[kind].includes(data.mediaType)) {
    problems.push({
      pointer: appendToken(base, 'id'),
      detail: 'must be a data: URL of a secured credential or presentation',
    });
  }
  return problems.length === 0 && data ? { value: { kind, ...data } } : { problems };
}

/** RFC 2397; a token in it needs no escapes, but may have them. */
function readDataUrl(url: unknown): { mediaType: string; content: string } | undefined {
  if (typeof url !== 'string') return undefined;
  const match = DATA_URL.exec(url);
  if (!match) return undefined;
  const [prefix, mediaType = '', , base64] = match;
  const data = url.slice(prefix.length);
  const content = base64 === undefined ? unescape(data) : decodeBase64(data);
  return content === undefined || content === ''
    ? undefined
    : { mediaType: mediaType.toLowerCase(), content };
}

function unescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Binary formats (COSE) stay one character a byte. */
function decodeBase64(text: string): string | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('latin1') : undefined;
}
