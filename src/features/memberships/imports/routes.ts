import { Type } from 'typebox';
import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { organisationCaller } from '../../../http/access.js';
import { PageQuery, pageOf, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import { AppError } from '../../../kernel/errors.js';
import type { MemberImportId } from '../../../kernel/ids.js';
import { readLayout } from './layout.js';
import type { FileFormat } from './reading.js';
import { ImportLine, ImportParams, ImportQuery, LinesQuery, MemberImport } from './schemas.js';
import type { ImportService } from './service.js';

const config = { access: { kind: 'organisation', scope: 'review' } } as const;
const FORMATS: Readonly<Record<string, FileFormat>> = { 'text/csv': 'csv', 'application/x-ndjson': 'ndjson' };
/** What of a body is for its reader: it is streamed, never held as a whole. */
const streams = new WeakMap<FastifyRequest, { readonly content: Readable; readonly format: FileFormat }>();

export function addImportRoutes(server: Server, imports: ImportService): void {
  // In a scope of its own: other routes do not take these kinds of content.
  void server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    for (const [mediaType, format] of Object.entries(FORMATS))
      scope.addContentTypeParser(mediaType, (request, content, parsed) => {
        streams.set(request, { content, format });
        parsed(null, undefined);
      });
    addUpload(scope, imports);
    done();
  });
  addReading(server, imports);
}

function addUpload(server: Server, imports: ImportService): void {
  server.post(
    '/v1/member-imports',
    {
      config,
      // Its lines are judged while they stream in, so there is no body as a whole to validate.
      validatorCompiler: (part) =>
        part.httpPart === 'body' || !server.validatorCompiler ? () => true : server.validatorCompiler(part),
      schema: {
        operationId: 'importMembers',
        tags: ['memberships'],
        summary: "Import a federation's register of its members",
        description:
          'CSV (RFC 4180, UTF-8) or NDJSON, streamed. A line names a co-op by number, authority and jurisdiction: one that is known already is changed where the line says something else, so that the same file again does nothing. A column that a file lacks leaves what is known, an empty cell takes it away. What is wrong with a line is said of that line, and the others are taken; a file that cannot be read to its end is refused as a whole.',
        consumes: Object.keys(FORMATS),
        body: Type.Unsafe<unknown>({ type: 'string', description: 'The file' }),
        querystring: ImportQuery,
        response: { 201: MemberImport },
      },
    },
    async (request, reply) => {
      const stream = streams.get(request);
      if (!stream)
        throw new AppError(
          'request/unsupported-media-type',
          'Send the file as text/csv or application/x-ndjson.',
        );
      const { dryRun = false, ...layout } = request.query;
      const file = { ...stream, layout: readLayout(layout), dryRun };
      const imported = await imports.importMembers(organisationCaller(request), file);
      return reply.code(201).header('location', `/v1/member-imports/${imported.id}`).send(imported);
    },
  );
}

function addReading(server: Server, imports: ImportService): void {
  server.get(
    '/v1/member-imports',
    {
      config,
      schema: {
        operationId: 'listMemberImports',
        tags: ['memberships'],
        summary: 'Your imports of members, oldest first',
        querystring: PageQuery,
        response: { 200: pageOf(MemberImport) },
      },
    },
    async (request) => imports.listImports(organisationCaller(request), toPageRequest(request.query)),
  );

  server.get(
    '/v1/member-imports/:id',
    {
      config,
      schema: {
        operationId: 'getMemberImport',
        tags: ['memberships'],
        summary: 'An import, and how far it is',
        params: ImportParams,
        response: { 200: MemberImport },
      },
    },
    async (request) => imports.readImport(organisationCaller(request), request.params.id as MemberImportId),
  );

  server.get(
    '/v1/member-imports/:id/lines',
    {
      config,
      schema: {
        operationId: 'listImportLines',
        tags: ['memberships'],
        summary: 'What became of each line of an import',
        description: 'In the order of the file, for 90 days. `?outcome=failed` gives those to be mended.',
        params: ImportParams,
        querystring: LinesQuery,
        response: { 200: pageOf(ImportLine) },
      },
    },
    async (request) => {
      const { outcome, ...page } = request.query;
      return imports.listLines(
        organisationCaller(request),
        request.params.id as MemberImportId,
        outcome === undefined ? {} : { outcome },
        toPageRequest(page),
      );
    },
  );
}
