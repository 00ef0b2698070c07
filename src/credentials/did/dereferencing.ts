import { isJsonObject } from '../../kernel/strictJson.js';
import { isDid } from './didUrl.js';
import { expandRelativeUrls, ResolutionFailure, SERVICE_PARAMETERS } from './resolution.js';

/** A DID URL in its parts (DID Core 1.0 §3.2). */
export interface DidUrlParts {
  readonly did: string;
  readonly path: string;
  readonly query: string | undefined;
  readonly fragment: string | undefined;
}

const PARTS = /^([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?(?:#(.*))?$/s;
const CHARACTERS = /^(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*$/;

/** Throws `INVALID_DID_URL` (§5.4.1 step 1). */
export function parseDidUrlParts(text: string): DidUrlParts {
  const [, did = '', path = '', query, fragment] = PARTS.exec(text) ?? [];
  const isSyntax = [path, query ?? '', fragment ?? ''].every((part) => CHARACTERS.test(part));
  if (text.length > 8_192 || !isDid(did) || !isSyntax) {
    throw new ResolutionFailure('INVALID_DID_URL', 'It does not conform to the syntax of DID URLs.');
  }
  return { did, path, query, fragment };
}

/**
 * What a DID URL names in a resolved document (DID Resolution 1.0 §5.4): all of it, all of it with the selected services alone, or the
 * method or service of a fragment. No method here gives paths a meaning, nor queries that are not DID parameters. Throws `NOT_FOUND`.
 */
export function dereference(document: Readonly<Record<string, unknown>>, url: DidUrlParts): object {
  const parameters = new Map(new URLSearchParams(url.query ?? ''));
  if (url.path !== '') throw nothingThere();
  const isSelection = [...parameters.keys()].some((name) => SERVICE_PARAMETERS.has(name));
  const resource = isSelection ? selectServices(document, parameters) : document;
  return url.fragment === undefined ? resource : findFragment(resource, `${url.did}#${url.fragment}`);
}

function selectServices(
  document: Readonly<Record<string, unknown>>,
  parameters: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  const did = String(document['id']);
  const wanted = parameters.get('service');
  const wantedType = parameters.get('serviceType');
  const services: readonly unknown[] = Array.isArray(document['service']) ? document['service'] : [];
  const selected = services.filter((service) => {
    if (!isJsonObject(service)) return false;
    const types: readonly unknown[] = Array.isArray(service['type']) ? service['type'] : [service['type']];
    const isWanted = wanted === undefined || absolute(service['id'], did) === absolute(wanted, did);
    return isWanted && (wantedType === undefined || types.includes(wantedType));
  });
  if (selected.length === 0) throw nothingThere();
  return { ...document, service: selected };
}

function findFragment(document: Readonly<Record<string, unknown>>, id: string): object {
  const expanded = expandRelativeUrls(document) as Readonly<Record<string, unknown>>;
  for (const entries of Object.values(expanded)) {
    if (!Array.isArray(entries)) continue;
    const found = (entries as readonly unknown[]).find((entry) => isJsonObject(entry) && entry['id'] === id);
    if (isJsonObject(found)) return found;
  }
  throw nothingThere();
}

/** A service may be named by its fragment alone, with or without `#`. */
function absolute(id: unknown, did: string): string {
  const text = String(id);
  if (text.startsWith('did:')) return text;
  return `${did}${text.startsWith('#') ? '' : '#'}${text}`;
}

function nothingThere(): ResolutionFailure {
  return new ResolutionFailure('NOT_FOUND', 'The DID exists, and has nothing at this DID URL.');
}
