import { composeCoopControl, type ManagingOfficial } from '../../reference/bods/composeCoop.js';
import { summariseControl, type ControlSummary } from '../../reference/bods/controlSummary.js';
import type { BodsStatement, UnspecifiedRecord } from '../../reference/bods/statement.js';
import { readStatements } from '../../reference/bods/validation.js';
import { findScheme } from '../../reference/identifiers/schemes.js';
import { isCountry } from '../../reference/places.js';
import type { OrganisationCaller } from '../../kernel/caller.js';
import { AppError, type FieldError } from '../../kernel/errors.js';
import { newId, type OrganisationId } from '../../kernel/ids.js';
import type { Clock } from '../../kernel/ports.js';
import { controlProblems } from './contentProblems.js';
import type { DossierBlocks } from './schemas.js';
import type { DossierService } from './service.js';

/** The block `controlPersons`: as a file of the Beneficial Ownership Data Standard, by a short form, and summed up. */

export interface ControlDeclaration {
  readonly noBeneficialOwner: UnspecifiedRecord;
  readonly seniorManagingOfficials: readonly ManagingOfficial[];
}

export interface SavedControl {
  /** Of the dossier; the answer to a change says no more, since the block is about persons. */
  readonly version: number;
}

export interface ControlPersonsService {
  readFile(
    organisationId: OrganisationId,
  ): Promise<{ version: number; statements: DossierBlocks['controlPersons'] }>;
  readSummary(organisationId: OrganisationId): Promise<{ version: number; summary: ControlSummary }>;
  /** Throws `request/invalid` with pointers into the file, `dossiers/version-required` and `dossiers/version-stale`. */
  replaceByFile(
    caller: OrganisationCaller,
    statements: NonNullable<DossierBlocks['controlPersons']>,
    ifMatch: string | undefined,
  ): Promise<SavedControl>;
  /** Throws `dossiers/identity-missing` besides. */
  declareNoBeneficialOwner(
    caller: OrganisationCaller,
    declaration: ControlDeclaration,
    ifMatch: string | undefined,
  ): Promise<SavedControl>;
}

export function createControlPersons(deps: {
  readonly clock: Clock;
  readonly dossiers: Pick<DossierService, 'readDossier' | 'changeDossier'>;
}): ControlPersonsService {
  return {
    async readFile(organisationId) {
      const { version, controlPersons } = await deps.dossiers.readDossier(organisationId);
      return { version, statements: controlPersons ?? [] };
    },

    async readSummary(organisationId) {
      const { version, controlPersons } = await deps.dossiers.readDossier(organisationId);
      return { version, summary: controlSummary(controlPersons) };
    },

    async replaceByFile(caller, statements, ifMatch) {
      refuse(controlProblems(statements, ''));
      return deps.dossiers.changeDossier(caller, ifMatch, (blocks) => ({
        ...blocks,
        controlPersons: statements,
      }));
    },

    async declareNoBeneficialOwner(caller, declaration, ifMatch) {
      refuse(nationalityProblems(declaration.seniorManagingOfficials));
      return deps.dossiers.changeDossier(caller, ifMatch, (blocks) => {
        const statements = composeCoopControl({
          ...declaration,
          coop: describeCoop(blocks),
          statementDate: deps.clock.now().toISOString().slice(0, 10),
          newId: newId<'statement'>,
        });
        return {
          ...blocks,
          controlPersons: statements,
        };
      });
    },
  };
}

/** For a registrar: who controls, and what is said where nobody does. Statements that the standard would refuse say nothing. */
export function controlSummary(statements: DossierBlocks['controlPersons'] = []): ControlSummary {
  const read = readStatements(statements);
  return summariseControl(read.statements ?? ([] as BodsStatement[]));
}

function describeCoop({ legalIdentity, identifiers = [] }: DossierBlocks) {
  if (!legalIdentity)
    throw new AppError(
      'dossiers/identity-missing',
      'The dossier does not say yet who the organisation is: save the block legalIdentity first.',
    );
  const lei = identifiers.find(({ scheme }) => findScheme(scheme) === 'LEI')?.id;
  return { ...legalIdentity, ...(lei === undefined ? {} : { lei }) };
}

function nationalityProblems(officials: readonly ManagingOfficial[]): FieldError[] {
  return officials.flatMap(({ nationalities = [] }, official) =>
    nationalities.flatMap((code, index) =>
      isCountry(code)
        ? []
        : [
            {
              pointer: `/seniorManagingOfficials/${official}/nationalities/${index}`,
              detail: 'is no country of ISO 3166-1',
            },
          ],
    ),
  );
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
}
