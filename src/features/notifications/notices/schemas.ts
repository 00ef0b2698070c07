import { Type, type Static } from 'typebox';
import { pageOf } from '../../../http/paging.js';
import { NOTICE_KINDS } from '../../../kernel/notices.js';

const instant = Type.String({ format: 'date-time' });

export const Notice = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    kind: Type.Enum([...NOTICE_KINDS]),
    subjectId: Type.String({
      format: 'uuid',
      description:
        'The credential, application, webhook, request to vouch or request for access that it is about, or your organisation',
    }),
    pointers: Type.Array(Type.String(), {
      description: 'JSON Pointers of what it is about; what stands there is never part of a notice',
    }),
    at: instant,
    readAt: Type.Optional(instant),
  },
  { title: 'Notice' },
);
export type Notice = Static<typeof Notice>;

export const NoticePage = pageOf(Notice);
export const NoticeRead = Type.Object({}, { title: 'NoticeRead', additionalProperties: false });
