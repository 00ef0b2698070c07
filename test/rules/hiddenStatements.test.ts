import { expect, test } from 'vitest';
import { hasHiddenStatement } from '../../src/credentials/securing/dataIntegrity/hiddenStatements.js';

const TYPED =
  '<urn:x:1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/2018/credentials#VerifiableCredential> .\n';
const SHOWN = { id: 'urn:x:1', type: 'VerifiableCredential' };

/** What anybody can send, before any signature is looked at; this runs in the thread that answers everybody. */
test('a megabyte of quotation marks in a named graph is read in one pass', () => {
  const literal = String.raw`\"@`.repeat(330_000);
  const started = performance.now();
  expect(hasHiddenStatement(SHOWN, [TYPED, `_:c14n0 <urn:x:p> "${literal}" _:c14n1 .\n`])).toBe(false);
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('a statement is seen behind literals with quotation marks, languages and types', () => {
  const said = (object: string) => [
    TYPED,
    `<urn:x:1> <https://www.w3.org/2018/credentials#termsOfUse> ${object} .\n`,
  ];
  for (const object of [
    '""',
    String.raw`"a \"b\" \\"`,
    String.raw`"\\"@en-GB`,
    '"1"^^<http://www.w3.org/2001/XMLSchema#integer>',
    '<urn:x:y>',
    '_:c14n3',
  ]) {
    expect(hasHiddenStatement(SHOWN, said(object))).toBe(true);
    expect(hasHiddenStatement({ ...SHOWN, termsOfUse: {} }, said(object))).toBe(false);
  }
});
