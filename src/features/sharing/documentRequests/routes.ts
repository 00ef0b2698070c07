import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { DocumentRequestId, EvidenceId } from '../../../kernel/ids.js';
import {
  DocumentAnswer,
  DocumentRefusal,
  DocumentRequest,
  DocumentRequestPage,
  DocumentRequestsQuery,
  NewDocumentRequest,
} from './schemas.js';
import type { DocumentRequestService } from './service.js';

const config = { access: { kind: 'organisation', scope: 'sharing' } } as const;
const DocumentParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export function addDocumentRequestRoutes(server: Server, documents: DocumentRequestService): void {
  server.post(
    '/v1/document-requests',
    {
      config,
      schema: {
        operationId: 'askForDocument',
        tags: ['sharing'],
        summary: 'Ask the co-op, or its registrar, for the document behind what you were shown',
        description:
          'Resting on a live grant or an accepted verification of yours. It is to be answered within the time that the organisation has settled (five days otherwise); a delay stays on record.',
        body: NewDocumentRequest,
        response: { 201: DocumentRequest },
      },
    },
    async (request, reply) => {
      const made = await documents.askForDocument(organisationCaller(request), request.body);
      return reply.code(201).header('location', `/v1/document-requests/${made.id}`).send(made);
    },
  );

  server.get(
    '/v1/document-requests',
    {
      config,
      schema: {
        operationId: 'listDocumentRequests',
        tags: ['sharing'],
        summary: 'The documents that you asked for, or are asked for, with what was late, oldest first',
        querystring: DocumentRequestsQuery,
        response: { 200: DocumentRequestPage },
      },
    },
    async (request) => {
      const { role = 'partner', ...page } = request.query;
      return documents.listDocuments(organisationCaller(request), role, toPageRequest(page));
    },
  );

  server.get(
    '/v1/document-requests/:id',
    {
      config,
      schema: {
        operationId: 'getDocumentRequest',
        tags: ['sharing'],
        summary: 'A request for a document, for who asks, who answers, and the co-op',
        params: DocumentParams,
        response: { 200: DocumentRequest },
      },
    },
    async (request) =>
      documents.readDocument(organisationCaller(request), request.params.id as DocumentRequestId),
  );

  server.post(
    '/v1/document-requests/:id/answer',
    {
      config,
      schema: {
        operationId: 'answerDocumentRequest',
        tags: ['sharing'],
        summary: 'Hand the partner a file',
        description:
          'Under a live grant of the co-op to this partner that releases files and covers what the file was handed in for: then the partner gets a link to it there. Without one it is a 409, and the partner has to ask the co-op with `evidence`.',
        params: DocumentParams,
        body: DocumentAnswer,
        response: { 200: DocumentRequest },
      },
    },
    async (request) => {
      const { evidenceId } = request.body;
      const id = request.params.id as DocumentRequestId;
      return documents.answer(organisationCaller(request), id, evidenceId as EvidenceId);
    },
  );

  server.post(
    '/v1/document-requests/:id/refuse',
    {
      config,
      schema: {
        operationId: 'refuseDocumentRequest',
        tags: ['sharing'],
        summary: 'Refuse to hand over a document',
        params: DocumentParams,
        body: DocumentRefusal,
        response: { 200: DocumentRequest },
      },
    },
    async (request) =>
      documents.refuse(
        organisationCaller(request),
        request.params.id as DocumentRequestId,
        request.body.reason,
      ),
  );
}
