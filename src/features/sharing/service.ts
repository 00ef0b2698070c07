import { createAccessRequests, type AccessRequestService } from './accessRequests/service.js';
import type { AgreementDeps } from './agreements/deps.js';
import { createAgreements, type AgreementService } from './agreements/service.js';
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
  readonly agreements: AgreementService;
  readonly accessRequests: AccessRequestService;
  readonly grants: GrantService;
  readonly receipts: ReceiptService;
  readonly evidenceLinks: EvidenceLinkService;
  readonly documentRequests: DocumentRequestService;
  readonly watch: SharingWatch;
}

/** All of it but what its parts are to each other. */
type Outside = GrantDeps &
  ConsentRuleDeps &
  ReceiptDeps &
  FileDeps &
  BaseDeps &
  Omit<AgreementDeps, 'endGrantsOf'>;

export function createSharing(deps: Omit<Outside, 'agreementFor'>): Sharing {
  const watch = createSharingWatch(deps);
  const agreements = createAgreements({ ...deps, endGrantsOf: watch.endGrantsOf });
  return {
    consentRules: createConsentRules(deps),
    agreements,
    accessRequests: createAccessRequests({ ...deps, agreementFor: agreements.agreementFor }),
    grants: createGrants(deps),
    receipts: createReceipts(deps),
    evidenceLinks: createEvidenceLinks(deps),
    documentRequests: createDocumentRequests(deps),
    watch,
  };
}
