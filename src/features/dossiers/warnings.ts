import { judgeConsistency } from '../../reference/bods/consistency.js';
import { readStatements } from '../../reference/bods/validation.js';
import { findScheme } from '../../reference/identifiers/schemes.js';
import { legalFormWarnings, type DossierWarning } from './legalFormRules.js';
import type { DossierBlocks } from './schemas.js';

/** What is no fault and should be looked at before a registrar asks; nothing of what the fields hold stands in it. */
export function dossierWarnings(blocks: DossierBlocks): DossierWarning[] {
  return [
    ...legalFormWarnings(blocks.legalIdentity),
    ...(blocks.identifiers ?? []).flatMap(({ scheme }, index): DossierWarning[] => {
      const known = findScheme(scheme);
      return known === undefined || known === scheme
        ? []
        : [
            {
              pointer: `/identifiers/${index}/scheme`,
              code: 'identifiers/scheme-spelling',
              detail: `Spell this scheme ${known}, so that others recognise it.`,
            },
          ];
    }),
    ...controlWarnings(blocks.controlPersons),
  ];
}

function controlWarnings(statements: DossierBlocks['controlPersons'] = []): DossierWarning[] {
  const read = readStatements(statements);
  if (!read.statements) return [];
  return judgeConsistency(read.statements)
    .filter(({ severity }) => severity === 'warning')
    .slice(0, 50)
    .map(({ pointer, code, detail }) => ({
      pointer: `/controlPersons${pointer}`,
      code: `control-persons/${code}`,
      detail: `This statement ${detail}.`,
    }));
}
