import { createAccessRequests, type AccessRequestService } from './accessRequests/service.js';
import { createConsentRules, type ConsentRuleDeps, type ConsentRuleService } from './consentRules/service.js';
import type { BaseDeps } from './documentRequests/base.js';
import { createDocumentRequests, type DocumentRequestService } from './documentRequests/service.js';
import { createEvidenceLinks, type EvidenceLinkService, type FileDeps } from './evidenceLinks/service.js';
import { createGrants, type GrantDeps, type GrantService } from './grants/service.js';
import { createReceipts, type ReceiptDeps, type ReceiptService } from './receipts/service.js';
import { createSharingWatch, type SharingWatch } from './grants/watching.js';

/** Dossier data for partners: how a co-op decides, what it is asked for, what it has released. */
export interface Sharing {
  readonly consentRules: ConsentRuleService;
  readonly accessRequests: AccessRequestService;
  readonly grants: GrantService;
  readonly receipts: ReceiptService;
  readonly evidenceLinks: EvidenceLinkService;
  readonly documentRequests: DocumentRequestService;
  readonly watch: SharingWatch;
}

export function createSharing(
  deps: GrantDeps & ConsentRuleDeps & ReceiptDeps & FileDeps & BaseDeps,
): Sharing {
  return {
    consentRules: createConsentRules(deps),
    accessRequests: createAccessRequests(deps),
    grants: createGrants(deps),
    receipts: createReceipts(deps),
    evidenceLinks: createEvidenceLinks(deps),
    documentRequests: createDocumentRequests(deps),
    watch: createSharingWatch(deps),
  };
}
