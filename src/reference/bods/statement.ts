/** BODS statements as far as this service reads them; a value of these types has passed the standard's schema. */

export interface UnspecifiedRecord {
  readonly reason: string;
  readonly description?: string;
}

export interface Share {
  readonly exact?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

export interface Interest {
  readonly type?: string;
  readonly directOrIndirect?: string;
  readonly beneficialOwnershipOrControl?: boolean;
  readonly details?: string;
  readonly share?: Share;
  readonly startDate?: string;
  readonly endDate?: string;
}

export interface EntityDetails {
  readonly isComponent: boolean;
  readonly entityType: { readonly type: string; readonly details?: string };
  readonly unspecifiedEntityDetails?: UnspecifiedRecord;
  readonly name?: string;
}

export interface PersonDetails {
  readonly isComponent: boolean;
  readonly personType: string;
  readonly unspecifiedPersonDetails?: UnspecifiedRecord;
  readonly names?: readonly { readonly type?: string; readonly fullName: string }[];
}

export interface RelationshipDetails {
  readonly isComponent: boolean;
  readonly componentRecords?: readonly string[];
  /** A recordId, or why there is none. */
  readonly subject: string | UnspecifiedRecord;
  readonly interestedParty: string | UnspecifiedRecord;
  readonly interests?: readonly Interest[];
}

interface Common {
  readonly statementId: string;
  readonly statementDate: string;
  readonly declarationSubject: string;
  readonly recordId: string;
  readonly recordStatus?: string;
}

export type EntityStatement = Common & {
  readonly recordType: 'entity';
  readonly recordDetails: EntityDetails;
};
export type PersonStatement = Common & {
  readonly recordType: 'person';
  readonly recordDetails: PersonDetails;
};
export type RelationshipStatement = Common & {
  readonly recordType: 'relationship';
  readonly recordDetails: RelationshipDetails;
};
export type BodsStatement = EntityStatement | PersonStatement | RelationshipStatement;
