import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import { PageQuery, toPageRequest } from '../../../http/paging.js';
import type { Server } from '../../../http/server.js';
import type { NoticeId } from '../../../kernel/ids.js';
import { Notice, NoticePage, NoticeRead } from './schemas.js';
import type { NoticeService } from './service.js';

const ownNotices = { access: { kind: 'anyOrganisation' } } as const;

export function addNoticeRoutes(server: Server, notices: NoticeService): void {
  server.get(
    '/v1/notices',
    {
      config: ownNotices,
      schema: {
        operationId: 'listNotices',
        tags: ['notices'],
        summary: 'What your organisation was told, oldest first',
        description: 'Go on from the last one that you have seen (`after`) to get what is new.',
        querystring: Type.Object(
          {
            ...PageQuery.properties,
            unread: Type.Optional(
              Type.Boolean({ default: false, description: 'Only what nobody has marked as read' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: NoticePage },
      },
    },
    async (request) => {
      const { unread = false, ...page } = request.query;
      return notices.listNotices(organisationCaller(request), unread, toPageRequest(page));
    },
  );

  server.post(
    '/v1/notices/:id/read',
    {
      config: ownNotices,
      schema: {
        operationId: 'readNotice',
        tags: ['notices'],
        summary: 'Mark a notice as read, for the whole organisation',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        body: NoticeRead,
        response: { 200: Notice },
      },
    },
    async (request) => notices.readNotice(organisationCaller(request), request.params.id as NoticeId),
  );
}
