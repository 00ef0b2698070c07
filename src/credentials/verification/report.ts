import { isJsonObject } from '../../kernel/strictJson.js';
import { isAssuranceLevel, type AssuranceLevel } from '../assurance.js';
import {
  issuerIdOf,
  listOf,
  typesOf,
  type Credential,
  type CredentialV1,
  type TypedObject,
} from '../dataModel.js';
import type { CheckResult, Verdict } from './checks.js';
import { validityOf } from './validityCheck.js';
import type { PolicyFacts } from '../policies/facts.js';
import type { FieldReport } from './dossierCheck.js';

/** What a verification of one credential gives. */
export interface CredentialReport {
  readonly verdict: Verdict;
  /** RFC 3339, UTC. */
  readonly verifiedAt: string;
  /** One result for each expected check, in the order of `CREDENTIAL_CHECKS`; `dossier` last, where fields were to be proven. */
  readonly checks: readonly CheckResult[];
  /** Only where the signature, the key and the issuer have passed: nothing is shown in an issuer's name that is not the issuer's. */
  readonly credential?: CredentialSummary;
  /** Where fields of a dossier were to be proven, each of them. */
  readonly fields?: readonly FieldReport[];
}

export interface CredentialSummary {
  readonly id?: string;
  readonly type: readonly string[];
  /** `name` is the trust registry's, never the credential's own word. */
  readonly issuer: { readonly did: string; readonly name?: string };
  readonly subject: { readonly did?: string; readonly name?: string };
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly assurance?: AssuranceLevel;
  readonly evidence: readonly TypedObject[];
  /** Where its holder contests what it says, and since when (RFC 3339, UTC); absent where nothing is contested. */
  readonly contested?: readonly { readonly pointer: string; readonly since: string }[];
  /** What acceptance policies go by. Only where the verdict is `accepted`. */
  readonly facts?: PolicyFacts;
}

/** What a verification of a presentation gives: its own checks, and a report for each credential in it. */
export interface PresentationReport {
  /** Over its checks and over the verdicts of its credentials. */
  readonly verdict: Verdict;
  readonly verifiedAt: string;
  /** One result for each expected check, in the order of `PRESENTATION_CHECKS`. */
  readonly checks: readonly CheckResult[];
  readonly holder?: { readonly did: string };
  /** In the presentation's order; empty where the presentation itself could not be verified. */
  readonly credentials: readonly CredentialReport[];
}

export function summarise(
  credential: Credential | CredentialV1,
  issuerName: string | undefined,
  hasOwnTerms = false,
): CredentialSummary {
  const { id } = credential;
  const { from: validFrom, until: validUntil } = validityOf(credential);
  const [subject, ...others] = listOf(credential.credentialSubject);
  // Of several subjects none is the one whom it is about, and who presents it as his own.
  const { id: did, legalName } = others.length > 0 ? {} : (subject ?? {});
  const { assuranceLevel } = credential as { assuranceLevel?: unknown };
  return {
    ...(id !== undefined && { id }),
    type: typesOf(credential),
    issuer: { did: issuerIdOf(credential), ...(issuerName !== undefined && { name: issuerName }) },
    subject: {
      ...(typeof did === 'string' && { did }),
      ...(typeof legalName === 'string' && !hasOwnTerms && { name: legalName }),
    },
    ...(validFrom !== undefined && { validFrom }),
    ...(validUntil !== undefined && { validUntil }),
    ...(isAssuranceLevel(assuranceLevel) && { assurance: assuranceLevel }),
    evidence: listOf(credential.evidence).filter(isJsonObject),
  };
}
