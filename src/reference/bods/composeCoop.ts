import { countryName, countryOf } from '../places.js';
import { BODS_VERSION } from './standard.js';
import type { BodsStatement, UnspecifiedRecord } from './statement.js';

/**
 * The usual case of a co-operative, from simple facts: nobody owns or controls it beyond its members, the reason, and the person who manages
 * it in their name (whom anti-money-laundering law takes in a beneficial owner's place).
 */

export interface CoopEntity {
  readonly legalName: string;
  readonly tradingNames?: readonly string[];
  readonly registrationNumber: string;
  readonly registrationAuthority: { readonly name: string };
  /** ISO 3166-1 or 3166-2 */
  readonly jurisdiction: string;
  readonly legalForm?: string;
  readonly incorporatedOn?: string;
  readonly lei?: string;
}

export interface ManagingOfficial {
  readonly name: string;
  readonly role?: string;
  readonly appointedOn?: string;
  readonly birthDate?: string;
  /** ISO 3166-1 alpha-2 */
  readonly nationalities?: readonly string[];
}

export interface CoopControl {
  readonly coop: CoopEntity;
  readonly noBeneficialOwner: UnspecifiedRecord;
  readonly seniorManagingOfficials: readonly ManagingOfficial[];
  /** YYYY-MM-DD */
  readonly statementDate: string;
  /** A fresh one for each statement and each record: 32 to 64 characters, by the standard. */
  readonly newId: () => string;
}

export function composeCoopControl(control: CoopControl): BodsStatement[] {
  const { coop, statementDate, newId } = control;
  const coopRecord = newId();
  const state = <Type extends string, Details extends object>(
    recordType: Type,
    recordId: string,
    recordDetails: Details,
  ) => ({
    statementId: newId(),
    statementDate,
    publicationDetails: {
      publicationDate: statementDate,
      bodsVersion: BODS_VERSION,
      publisher: { name: coop.legalName },
    },
    source: { type: ['selfDeclaration'], assertedBy: [{ name: coop.legalName }] },
    declarationSubject: coopRecord,
    recordId,
    recordType,
    recordStatus: 'new',
    recordDetails,
  });
  const nobody = state('relationship', newId(), {
    isComponent: false,
    subject: coopRecord,
    interestedParty: control.noBeneficialOwner,
  });
  const officials = control.seniorManagingOfficials.flatMap((official) => {
    const person = newId();
    return [
      state('person', person, describePerson(official)),
      state('relationship', newId(), {
        isComponent: false,
        subject: coopRecord,
        interestedParty: person,
        interests: [describeOffice(official)],
      }),
    ];
  });
  return [state('entity', coopRecord, describeCoop(coop)), nobody, ...officials];
}

function describeCoop(coop: CoopEntity) {
  return {
    isComponent: false,
    entityType: {
      type: 'registeredEntity',
      ...(coop.legalForm === undefined ? {} : { details: coop.legalForm }),
    },
    name: coop.legalName,
    ...(coop.tradingNames ? { alternateNames: [...coop.tradingNames] } : {}),
    jurisdiction: { name: countryName(countryOf(coop.jurisdiction)), code: coop.jurisdiction },
    identifiers: [
      { id: coop.registrationNumber, schemeName: coop.registrationAuthority.name },
      // As org-id.guide calls it, to which the standard points.
      ...(coop.lei === undefined
        ? []
        : [{ id: coop.lei, scheme: 'XI-LEI', schemeName: 'Global Legal Entity Identifier Index' }]),
    ],
    ...(coop.incorporatedOn === undefined ? {} : { foundingDate: coop.incorporatedOn }),
  };
}

function describePerson({ name, birthDate, nationalities }: ManagingOfficial) {
  return {
    isComponent: false,
    personType: 'knownPerson',
    names: [{ type: 'legal', fullName: name }],
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(nationalities
      ? { nationalities: nationalities.map((code) => ({ name: countryName(code), code })) }
      : {}),
  };
}

function describeOffice({ role, appointedOn }: ManagingOfficial) {
  return {
    type: 'seniorManagingOfficial',
    directOrIndirect: 'direct',
    beneficialOwnershipOrControl: false,
    ...(role === undefined ? {} : { details: role }),
    ...(appointedOn === undefined ? {} : { startDate: appointedOn }),
  };
}
