import { parseDateTimeStamp } from '../dateTimeStamp.js';
import { isJsonObject } from '../../kernel/strictJson.js';

/**
 * The data structures of DID Resolution 1.0 (W3C Candidate Recommendation of 2026): results, metadata, errors and options. Pure: who
 * resolves is handed the rest.
 */

export const RESOLUTION_MEDIA_TYPE = 'application/did-resolution';
export const DEREFERENCING_MEDIA_TYPE = 'application/did-url-dereferencing';
/** Of a DID document as such (§4.2 `contentType`). */
export const DOCUMENT_MEDIA_TYPE = 'application/did';

/** §11 Errors, with the HTTP status of §12.1. */
export const RESOLUTION_ERRORS = {
  INVALID_DID: [400, 'The DID is not valid'],
  INVALID_DID_URL: [400, 'The DID URL is not valid'],
  INVALID_OPTIONS: [400, 'An option is not valid'],
  NOT_FOUND: [404, 'There is no such DID, or nothing at this DID URL'],
  REPRESENTATION_NOT_SUPPORTED: [406, 'There is no such representation'],
  INVALID_DID_DOCUMENT: [500, 'What was found is not the document of this DID'],
  INTERNAL_ERROR: [500, 'The DID could not be resolved'],
  METHOD_NOT_SUPPORTED: [501, 'DIDs of this method are not resolved here'],
  FEATURE_NOT_SUPPORTED: [501, 'This is not supported here'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type ResolutionErrorCode = keyof typeof RESOLUTION_ERRORS;

/** RFC 9457 as §11 has it; never with what was submitted. */
export interface ResolutionError {
  readonly type: `https://www.w3.org/ns/did#${ResolutionErrorCode}`;
  readonly title: string;
  readonly detail: string;
}

export interface ResolutionMetadata {
  readonly contentType?: string;
  readonly error?: ResolutionError;
}

/** §9 */
export interface ResolutionResult {
  readonly didDocument: object | null;
  readonly didResolutionMetadata: ResolutionMetadata;
  readonly didDocumentMetadata: Readonly<Record<string, never>>;
}

/** §5, §10 */
export interface DereferencingResult {
  readonly contentStream: object | null;
  readonly dereferencingMetadata: ResolutionMetadata;
  readonly contentMetadata: Readonly<Record<string, never>>;
}

export class ResolutionFailure extends Error {
  override readonly name = 'ResolutionFailure';

  constructor(
    readonly code: ResolutionErrorCode,
    readonly detail: string,
  ) {
    super(code);
  }

  get status(): number {
    return RESOLUTION_ERRORS[this.code][0];
  }

  /** What stands in the metadata for it. */
  get error(): ResolutionError {
    const { code, detail } = this;
    return { type: `https://www.w3.org/ns/did#${code}`, title: RESOLUTION_ERRORS[code][1], detail };
  }
}

/** §4.1 and §3, as far as they are supported. */
export interface ResolutionOptions {
  /** A media type, for clients that cannot set a header. */
  readonly accept?: string;
  readonly expandRelativeUrls?: boolean;
  readonly versionTime?: Date;
}

type OptionReader = (value: string) => Partial<ResolutionOptions>;

/** DID parameters that choose a part of what was resolved, and have no part in resolving (§5.4.1). */
export const SERVICE_PARAMETERS: ReadonlySet<string> = new Set(['service', 'serviceType', 'relativeRef']);

const OPTIONS: Readonly<Record<string, OptionReader>> = {
  accept: (value) => ({ accept: value }),
  expandRelativeUrls: (value) => ({ expandRelativeUrls: readBoolean('expandRelativeUrls', value) }),
  versionTime: (value) => ({ versionTime: readVersionTime(value) }),
  service: () => ({}),
  serviceType: () => ({}),
  relativeRef: (value) => {
    if (!/^(?:[\w.~:/@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/.test(value)) {
      throw invalidOption('relativeRef must be percent-encoded (RFC 3986 §2.1).');
    }
    return {};
  },
  noCache: (value) => {
    if (readBoolean('noCache', value)) throw notSupported('noCache');
    return {};
  },
};

/** Values that are well-formed, and ask for something that is not offered: to pass them over would answer another question. */
const UNSUPPORTED: ReadonlySet<string> = new Set(['versionId', 'hl', 'verificationRelationship']);

/**
 * Reads the options and DID parameters of a request (§4.4 steps 3 and 4). All values are looked at before one is found to be unsupported, so
 * that a malformed one is told as what it is. Throws a {@link ResolutionFailure}.
 */
export function readOptions(parameters: Iterable<readonly [string, string]>): ResolutionOptions {
  const given = [...parameters];
  const names = given.map(([name]) => name);
  if (new Set(names).size !== names.length) throw invalidOption('An option is given more than once.');
  if (given.some((pair) => pair.some((text) => !/^[\x20-\x7e]*$/.test(text)))) {
    throw invalidOption('The values of options are ASCII strings.');
  }
  let options: ResolutionOptions = {};
  for (const [name, value] of given) options = { ...options, ...readerOf(name)?.(value) };
  const unknown = names.find((name) => !readerOf(name));
  if (unknown !== undefined)
    throw notSupported(UNSUPPORTED.has(unknown) ? unknown : 'An option that was given');
  if (names.includes('versionId') && names.includes('versionTime')) {
    throw invalidOption('versionId and versionTime exclude each other.');
  }
  return options;
}

function readerOf(name: string): OptionReader | undefined {
  return Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
}

function readBoolean(name: string, value: string): boolean {
  if (value !== 'true' && value !== 'false') throw invalidOption(`${name} must be "true" or "false".`);
  return value === 'true';
}

/** §3.1: in UTC, in whole seconds. */
function readVersionTime(value: string): Date {
  const instant = /^[^.]+Z$/.test(value) ? parseDateTimeStamp(value) : undefined;
  if (!instant) throw invalidOption('versionTime must be a date-time in UTC, in whole seconds.');
  return instant;
}

function invalidOption(detail: string): ResolutionFailure {
  return new ResolutionFailure('INVALID_OPTIONS', detail);
}

function notSupported(what: string): ResolutionFailure {
  return new ResolutionFailure('FEATURE_NOT_SUPPORTED', `${what} is not supported here.`);
}

const LISTS = [
  'verificationMethod',
  'authentication',
  'assertionMethod',
  'keyAgreement',
  'capabilityInvocation',
  'capabilityDelegation',
  'service',
] as const;

/** `expandRelativeUrls` (§4.4 step 6): the ids of methods and services, and references to methods, made absolute. */
export function expandRelativeUrls(document: Readonly<Record<string, unknown>>): object {
  const did = String(document['id']);
  const expand = (url: unknown) => (typeof url === 'string' && /^[#?/]/.test(url) ? did + url : url);
  const expanded = LISTS.flatMap((member) => {
    const entries = document[member];
    if (!Array.isArray(entries)) return [];
    return [
      [
        member,
        entries.map((entry: unknown) =>
          isJsonObject(entry) ? { ...entry, id: expand(entry['id']) } : expand(entry),
        ),
      ],
    ] as const;
  });
  return { ...document, ...Object.fromEntries(expanded) };
}
