import { Type } from 'typebox';
import { organisationCaller } from '../../../http/access.js';
import type { Server } from '../../../http/server.js';
import type { GrantId } from '../../../kernel/ids.js';
import { ConsentReceipt } from './schemas.js';
import type { ReceiptService } from './service.js';

export function addReceiptRoutes(server: Server, receipts: ReceiptService): void {
  server.get(
    '/v1/grants/:id/receipt',
    {
      config: { access: { kind: 'organisation', scope: 'sharing' } },
      schema: {
        operationId: 'getConsentReceipt',
        tags: ['sharing'],
        summary: 'The consent receipt of a grant, for both sides',
        description:
          'Signed by the co-op’s DID, with what was granted to whom, for what, for how long, and what became of it. When the grant ends there is another one that says so.',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        response: { 200: ConsentReceipt },
      },
    },
    async (request) => receipts.readReceipt(organisationCaller(request), request.params.id as GrantId),
  );
}
