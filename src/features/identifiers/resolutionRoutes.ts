import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  DEREFERENCING_MEDIA_TYPE,
  DOCUMENT_MEDIA_TYPE,
  readOptions,
  RESOLUTION_MEDIA_TYPE,
  ResolutionFailure,
  type ResolutionOptions,
} from '../../credentials/did/resolution.js';
import { Problem, PROBLEM_MEDIA_TYPE } from '../../http/problem.js';
import type { Server } from '../../http/server.js';
import { isStaticDid, type ResolutionService } from './resolution.js';
import {
  DereferencingResult,
  FoundDocument,
  ResolutionQuery,
  ResolutionResult,
} from './resolutionSchemas.js';

const PREFIX = '/1.0/identifiers/';

/** What the result was called before the specification had media types of its own; old resolvers' clients ask for it. */
const OLD_RESULT = 'application/ld+json;profile="https://w3id.org/did-resolution"';
const OLD_RESULT_CONTEXT = 'https://w3id.org/did-resolution/v1';

/**
 * The bare document, under each name that representations of it have or had. `application/json` is one of them and not the result, since a
 * client that wants the result has a name for it, and DID Resolution 1.0 §12.1 takes every other name for the document's.
 */
const DOCUMENT_TYPES = [
  DOCUMENT_MEDIA_TYPE,
  'application/did+ld+json',
  'application/did+json',
  'application/json',
  'application/ld+json',
];
/** In order of preference: who asks for anything gets the complete result. */
const RESOLUTION_TYPES = [RESOLUTION_MEDIA_TYPE, ...DOCUMENT_TYPES, OLD_RESULT];
const DEREFERENCING_TYPES = [DEREFERENCING_MEDIA_TYPE, ...DOCUMENT_TYPES];

const describeError = (description: string) => ({
  description,
  content: {
    [RESOLUTION_MEDIA_TYPE]: { schema: ResolutionResult },
    [DEREFERENCING_MEDIA_TYPE]: { schema: DereferencingResult },
    [PROBLEM_MEDIA_TYPE]: { schema: Problem },
  },
});

const response = {
  200: {
    description: 'The complete result, or what was found alone, by `Accept`',
    content: {
      [RESOLUTION_MEDIA_TYPE]: { schema: ResolutionResult },
      [DEREFERENCING_MEDIA_TYPE]: { schema: DereferencingResult },
      ...Object.fromEntries(DOCUMENT_TYPES.map((type) => [type, { schema: FoundDocument }])),
    },
  },
  400: describeError('Not a DID, not a DID URL, or an option that is not valid'),
  404: describeError('There is no such DID, or nothing at this DID URL'),
  406: describeError('No representation of what `Accept` asks for'),
  500: describeError('The DID could not be resolved, or what was found is not its document'),
  501: describeError('A DID method, an option or a kind of key that is not supported here'),
};

/** `GET /1.0/identifiers/{did}`: the HTTPS binding of DID Resolution 1.0 (§12.1). */
export function addResolutionRoutes(server: Server, resolution: ResolutionService): void {
  server.get(
    // A wildcard, since a DID URL may have a path and a did:jwk may be long.
    `${PREFIX}*`,
    {
      config: { access: { kind: 'public' }, wildcardName: 'did' },
      schema: {
        operationId: 'resolveDid',
        tags: ['identifiers'],
        summary: 'Resolve a DID, or dereference a DID URL',
        description:
          'W3C DID Resolution 1.0 for did:web, did:key and did:jwk. The DID stands in the path as it is, or percent-encoded once, which it must be when options follow.',
        params: Type.Object({
          '*': Type.String({
            description: 'The DID, or the DID URL',
            examples: ['did:web:passport.example'],
          }),
        }),
        querystring: ResolutionQuery,
        response,
      },
    },
    async (request, reply) => {
      const asked = readRequest(request);
      try {
        return await answer(request, reply, asked, resolution);
      } catch (error) {
        if (error instanceof ResolutionFailure) return sendFailure(reply, error, asked.isDereferencing);
        throw error;
      }
    },
  );
}

interface Asked {
  readonly identifier: string;
  readonly parameters: URLSearchParams;
  readonly isDereferencing: boolean;
}

/**
 * Taken from the URL as it was sent: a router that decodes would make another DID of `did:web:localhost%3A3000`. An identifier that was
 * percent-encoded has its colons encoded; in one that was not, a percent sign belongs to the DID.
 */
function readRequest(request: FastifyRequest): Asked {
  const [path = '', ...rest] = (request.raw.url ?? '').split('?');
  const query = rest.join('?');
  const raw = path.slice(path.indexOf(PREFIX) + PREFIX.length);
  const isLiteral = raw.startsWith('did:');
  const identifier = isLiteral ? raw.replace(/%23/, '#') : decode(raw);
  const isWanted = /(?:^|,)\s*application\/did-url-dereferencing\b/.test(request.headers.accept ?? '');
  if (isWanted && isLiteral && query !== '') {
    // §12.1, example 25: without options a DID URL is not encoded, and its query is its own.
    const didUrl = `${identifier.split('#')[0] ?? ''}?${query}${identifier.includes('#') ? identifier.slice(identifier.indexOf('#')) : ''}`;
    return { identifier: didUrl, parameters: new URLSearchParams(), isDereferencing: true };
  }
  const isDidUrl = /^did:[^/?#]+[/?#]/.test(identifier);
  const isResolution = (request.headers.accept ?? '').includes(RESOLUTION_MEDIA_TYPE);
  return {
    identifier,
    parameters: new URLSearchParams(query),
    isDereferencing: isWanted || (isDidUrl && !isResolution),
  };
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { identifier, parameters, isDereferencing }: Asked,
  resolution: ResolutionService,
): Promise<FastifyReply> {
  const options = readOptions(parameters);
  const type = negotiate(request, options, isDereferencing ? DEREFERENCING_TYPES : RESOLUTION_TYPES);
  const found = isDereferencing
    ? await resolution.dereference(identifier, options)
    : await resolution.resolve(identifier, options);
  void reply.headers({
    vary: 'accept',
    'cache-control': isStaticDid(identifier) ? 'public, max-age=86400' : 'public, max-age=60',
  });
  return reply.type(type).send(JSON.stringify(represent(found, type)));
}

function represent(found: object, type: string): object {
  const metadata = { contentType: DOCUMENT_MEDIA_TYPE };
  const result = { didDocument: found, didResolutionMetadata: metadata, didDocumentMetadata: {} };
  switch (type) {
    case RESOLUTION_MEDIA_TYPE:
      return result;
    case OLD_RESULT:
      return { '@context': OLD_RESULT_CONTEXT, ...result };
    case DEREFERENCING_MEDIA_TYPE:
      return { contentStream: found, dereferencingMetadata: metadata, contentMetadata: {} };
    default:
      return found;
  }
}

/** The `accept` option counts where no header says what is wanted. */
function negotiate(request: FastifyRequest, options: ResolutionOptions, types: readonly string[]): string {
  const { accept } = request.headers;
  if (options.accept !== undefined && (accept === undefined || accept === '*/*')) {
    request.headers.accept = options.accept;
  }
  const type: unknown = request.accepts().type([...types]);
  if (typeof type === 'string') return type;
  throw new ResolutionFailure('REPRESENTATION_NOT_SUPPORTED', `There are: ${types.join(', ')}.`);
}

/** An error is told in a complete result, whatever was asked for: a document has no place for one. */
function sendFailure(
  reply: FastifyReply,
  failure: ResolutionFailure,
  isDereferencing: boolean,
): FastifyReply {
  const metadata = { error: failure.error };
  const result = isDereferencing
    ? { contentStream: null, dereferencingMetadata: metadata, contentMetadata: {} }
    : { didDocument: null, didResolutionMetadata: metadata, didDocumentMetadata: {} };
  return reply
    .code(failure.status)
    .headers({ vary: 'accept', 'cache-control': 'no-store' })
    .type(isDereferencing ? DEREFERENCING_MEDIA_TYPE : RESOLUTION_MEDIA_TYPE)
    .send(JSON.stringify(result));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
