import { Type } from 'typebox';
import type { Server } from '../../../http/server.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import { DossierProofs, ProofRequest } from './schemas.js';
import type { DossierProofService } from './service.js';

export function addDossierProofRoutes(server: Server, proofs: DossierProofService): void {
  server.post(
    '/v1/organisations/:id/dossier/proofs',
    {
      config: { access: { kind: 'organisation', scope: 'dossier', own: true } },
      schema: {
        operationId: 'proveFields',
        tags: ['dossier'],
        summary: 'Fields of the own dossier, with their proofs',
        description:
          'Whoever you hand them to can check them against your `KycDossierCredential`: that exactly this stood in the version that the registrar examined. Nothing else of the dossier is told by it.',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        body: ProofRequest,
        response: { 200: DossierProofs },
      },
    },
    async (request) => proofs.proveFields(request.params.id as OrganisationId, request.body),
  );
}
