import { DPV_NAMESPACE, PURPOSES } from '../../../reference/purposes.js';
import type { GrantState } from '../grants/rules.js';

/**
 * A consent receipt: the structure of ISO/IEC TS 27560:2023 in JSON-LD, with the terms of the W3C's Data Privacy Vocabulary as its guide to
 * 27560 maps them. Its context is inside it, so nobody has to fetch one. It names organisations, places in a dossier and instants, and no value
 * of the dossier and no person.
 *
 * What 27560 calls the PII principal is the co-op here, which decides about its dossier as a whole; that says nothing of what the people in it
 * have agreed to.
 */
export interface ReceiptFacts {
  readonly publicUrl: string;
  readonly grantId: string;
  readonly requestId: string;
  readonly holder: ReceiptParty;
  readonly partner: ReceiptParty;
  readonly fields: readonly { readonly pointer: string; readonly isPersonal: boolean }[];
  readonly purposes: readonly string[];
  readonly retention: string;
  readonly requestedAt: Date;
  readonly grantedAt: Date;
  readonly expiresAt: Date;
  /** When it was ended before it expired. */
  readonly endedAt?: Date;
  readonly state: GrantState;
  readonly isByAgreement: boolean;
  /** When the receipt is made. */
  readonly at: Date;
}

export interface ReceiptParty {
  readonly did: string;
  readonly name: string;
  /** ISO 3166. */
  readonly jurisdiction: string;
}

export const RECEIPT_TYP = 'coop-passport-consent-receipt+jws';

const CONTEXT = {
  dpv: DPV_NAMESPACE,
  'dpv-27560': 'https://w3id.org/dpv/schema/dpv-27560#',
  loc: 'https://w3id.org/dpv/loc#',
  dct: 'http://purl.org/dc/terms/',
  skos: 'http://www.w3.org/2004/02/skos/core#',
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
  ...Object.fromEntries(
    [
      'dct:conformsTo',
      'dct:creator',
      'dct:publisher',
      'skos:broader',
      'dpv:hasDataController',
      'dpv:hasRecipient',
      'dpv:hasDataSource',
      'dpv:hasProcessing',
      'dpv:hasLegalBasis',
      'dpv:hasJurisdiction',
      'dpv:hasLocation',
      'dpv:isIndicatedBy',
      'dpv:isExercisedAt',
    ].map((term) => [term, { '@type': '@id' }]),
  ),
  ...Object.fromEntries(
    ['dct:created', 'dct:date', 'dpv:isIndicatedAtTime'].map((term) => [term, { '@type': 'xsd:dateTime' }]),
  ),
  'dpv:hasEntity': { '@container': '@id' },
} as const;

/** How a grant's state is called among the states of consent. */
const STATUS: Readonly<Record<Exclude<GrantState, 'live'>, string>> = {
  withdrawn: 'dpv:ConsentWithdrawn',
  given_back: 'dpv:ConsentRevoked',
  agreement_ended: 'dpv:ConsentWithdrawn',
  organisation_closed: 'dpv:ConsentInvalidated',
  erased: 'dpv:ConsentInvalidated',
  expired: 'dpv:ConsentExpired',
};

/** Deterministic: of the same facts always the same. */
export function composeReceipt(facts: ReceiptFacts): Readonly<Record<string, unknown>> {
  const { publicUrl, grantId, holder, partner } = facts;
  const record = `${publicUrl}/v1/grants/${grantId}`;
  return {
    '@context': CONTEXT,
    '@id': `${record}/receipt`,
    '@type': 'dpv:ConsentReceipt',
    'dct:conformsTo': 'dpv-27560:receipt-record',
    'dpv:hasIdentifier': `${grantId}:${facts.state}`,
    'dct:created': facts.at.toISOString(),
    'dct:publisher': holder.did,
    'dpv:hasRecordOfActivity': {
      '@id': record,
      '@type': 'dpv:ConsentRecord',
      'dct:conformsTo': 'dpv-27560:record',
      'dpv:hasIdentifier': grantId,
      'dpv:hasDataSubject': { '@type': ['dpv:DataSubject'], 'dpv:hasIdentifier': holder.did },
      'dct:created': facts.grantedAt.toISOString(),
      'dct:creator': holder.did,
      'dct:language': 'en',
      'dpv:hasProcess': [processOf(facts)],
      'dpv:hasNotice': [
        {
          '@type': 'dpv:ConsentNotice',
          'dpv:hasIdentifier': facts.requestId,
          'dct:date': facts.requestedAt.toISOString(),
        },
      ],
      'dpv:hasEntity': { [holder.did]: entityOf(holder), [partner.did]: entityOf(partner) },
    },
  };
}

function processOf(facts: ReceiptFacts) {
  const { holder, partner, publicUrl } = facts;
  return {
    '@type': 'dpv:Process',
    'dpv:hasPurpose': facts.purposes.map((term) => ({
      '@type': ['dpv:Purpose'],
      'skos:broader': term,
      'skos:prefLabel': PURPOSES.find((purpose) => purpose.term === term)?.label ?? term,
    })),
    'dpv:hasPersonalData': facts.fields.map(({ pointer, isPersonal }) => ({
      '@type': [isPersonal ? 'dpv:PersonalData' : 'dpv:NonPersonalData'],
      'skos:prefLabel': pointer,
      'dct:identifier': pointer,
    })),
    'dpv:hasProcessing': ['dpv:Collect', 'dpv:Store', 'dpv:Use'],
    'dpv:hasDataController': [partner.did],
    'dpv:hasDataSource': ['dpv:DataSubjectDataSource'],
    'dpv:hasStorageCondition': [
      {
        '@type': ['dpv:StorageDuration'],
        'dpv:hasDuration': { '@type': 'dpv:TemporalDuration', 'rdf:value': facts.retention },
      },
      { '@type': ['dpv:StorageLocation'], 'dpv:hasLocation': `loc:${partner.jurisdiction}` },
    ],
    'dpv:hasRecipient': [partner.did],
    'dpv:hasLegalBasis': [facts.isByAgreement ? 'dpv:Contract' : 'dpv:Consent'],
    'dpv:hasJurisdiction': [...new Set([`loc:${holder.jurisdiction}`, `loc:${partner.jurisdiction}`])],
    'dpv:hasConsentControl': [
      {
        '@type': ['dpv:WithdrawConsent'],
        'dpv:isExercisedAt': `${publicUrl}/v1/grants/${facts.grantId}/withdraw`,
      },
    ],
    'dpv:hasConsentStatus': statesOf(facts),
  };
}

function statesOf({ publicUrl, requestId, grantId, holder, partner, state, ...when }: ReceiptFacts) {
  const given = {
    '@type': ['dpv:ConsentGiven', 'dpv:ExpressedConsent'],
    'dpv:isIndicatedAtTime': when.grantedAt.toISOString(),
    'dpv:isIndicatedBy': holder.did,
    'dpv:isExercisedAt': `${publicUrl}/v1/access-requests/${requestId}`,
    'dpv:hasDuration': { '@type': ['dpv:UntilTimeDuration'], 'rdf:value': when.expiresAt.toISOString() },
  };
  if (state === 'live') return [given];
  const over = {
    '@type': [STATUS[state]],
    'dpv:isIndicatedAtTime': (when.endedAt ?? when.expiresAt).toISOString(),
    'dpv:isIndicatedBy': state === 'given_back' ? partner.did : holder.did,
    'dpv:isExercisedAt': `${publicUrl}/v1/grants/${grantId}`,
  };
  return [given, over];
}

function entityOf({ did, name, jurisdiction }: ReceiptParty) {
  return {
    '@type': ['dpv:Organisation'],
    'dpv:hasIdentifier': did,
    'dpv:hasName': name,
    'dpv:hasAddress': jurisdiction,
    'dpv:hasContact': did,
  };
}
