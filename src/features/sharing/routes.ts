import type { Server } from '../../http/server.js';
import { addAccessRequestRoutes } from './accessRequests/routes.js';
import { addAgreementRoutes } from './agreements/routes.js';
import { addConsentRuleRoutes } from './consentRules/routes.js';
import { addDocumentRequestRoutes } from './documentRequests/routes.js';
import { addEvidenceLinkRoutes } from './evidenceLinks/routes.js';
import { addGrantRoutes } from './grants/routes.js';
import { addReceiptRoutes } from './receipts/routes.js';
import type { Sharing } from './service.js';

export function addSharingRoutes(server: Server, sharing: Sharing): void {
  addAgreementRoutes(server, sharing.agreements);
  addConsentRuleRoutes(server, sharing.consentRules);
  addAccessRequestRoutes(server, sharing.accessRequests);
  addGrantRoutes(server, sharing.grants);
  addEvidenceLinkRoutes(server, sharing.evidenceLinks);
  addDocumentRequestRoutes(server, sharing.documentRequests);
  addReceiptRoutes(server, sharing.receipts);
}
