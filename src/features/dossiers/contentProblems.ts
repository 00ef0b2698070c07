import type { FieldError } from '../../kernel/errors.js';
import { judgeConsistency } from '../../reference/bods/consistency.js';
import { readStatements } from '../../reference/bods/validation.js';
import { identifierProblem } from '../../reference/identifiers/schemes.js';
import { countryOf, isCountry, isPlace } from '../../reference/places.js';
import { legalFormProblem } from './legalFormRules.js';
import type { DossierBlocks } from './schemas.js';

/**
 * What is wrong with what the blocks say, beyond their shapes: by the standards and public lists that they refer to. Every check of this kind hangs
 * from here. Names the place and the rule, never the value.
 */
export function contentProblems(blocks: DossierBlocks): FieldError[] {
  return [
    ...legalIdentityProblems(blocks.legalIdentity),
    ...addressProblems(blocks.addresses),
    ...identifierProblems(blocks),
    ...controlProblems(blocks.controlPersons, '/controlPersons'),
  ];
}

function legalIdentityProblems(identity: DossierBlocks['legalIdentity']): FieldError[] {
  if (!identity) return [];
  const problems: FieldError[] = [];
  if (!isPlace(identity.jurisdiction))
    problems.push({
      pointer: '/legalIdentity/jurisdiction',
      detail: 'is no country of ISO 3166-1 and no subdivision of ISO 3166-2',
    });
  const { code } = identity.registrationAuthority;
  if (code !== undefined && !/^RA\d{6}$/.test(code))
    problems.push({
      pointer: '/legalIdentity/registrationAuthority/code',
      detail: "must be a code of GLEIF's Registration Authorities List: RA and six digits",
    });
  const form = legalFormProblem(identity);
  if (form !== undefined) problems.push({ pointer: '/legalIdentity/legalForm', detail: form });
  return problems;
}

function addressProblems(addresses: DossierBlocks['addresses'] = []): FieldError[] {
  return addresses.flatMap(({ country }, index) =>
    isCountry(country)
      ? []
      : [{ pointer: `/addresses/${index}/country`, detail: 'is no country of ISO 3166-1' }],
  );
}

function identifierProblems({ identifiers = [], legalIdentity }: DossierBlocks): FieldError[] {
  const country = legalIdentity && countryOf(legalIdentity.jurisdiction);
  return identifiers.flatMap(({ scheme, id }, index) => {
    const detail = identifierProblem(scheme, id, country);
    return detail === undefined ? [] : [{ pointer: `/identifiers/${index}/id`, detail }];
  });
}

/** Of BODS statements: by the standard's schema, then by what they say together. `base` is where they stand. */
export function controlProblems(statements: unknown, base: string): FieldError[] {
  if (statements === undefined) return [];
  const read = readStatements(statements);
  const problems = read.statements
    ? judgeConsistency(read.statements).filter(({ severity }) => severity === 'error')
    : read.problems;
  return problems.slice(0, 50).map(({ pointer, detail }) => ({ pointer: base + pointer, detail }));
}
