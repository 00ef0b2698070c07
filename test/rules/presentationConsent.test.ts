import { expect, test } from 'vitest';
import { controlPersons } from '../../src/credentials/profiles/controlPersons.js';
import { kycDossier } from '../../src/credentials/profiles/kycDossier.js';
import { sensitivityOf } from '../../src/features/dossiers/blocks/sensitivity.js';
import { placesOf } from '../../src/features/sharing/presentations/consent.js';

test('what is disclosed of persons is found in the dossier, and what nobody accounts for counts as about persons', () => {
  const disclosed = ['/statements/0/recordDetails', '/jurisdiction', '/somethingElse'];
  const places = placesOf(controlPersons, disclosed);
  expect(places).toEqual([
    '/controlPersons/0/recordDetails',
    '/legalIdentity/jurisdiction',
    '/somethingElse',
  ]);
  expect(places.map(sensitivityOf)).toEqual(['personal', 'public', 'personal']);
  expect(placesOf(undefined, ['/x']).map(sensitivityOf)).toEqual(['personal']);
});

test('a public credential shows nothing of persons, whatever is chosen of it', () => {
  expect(placesOf(kycDossier, ['/merkleRoot', '/blocks'])).toEqual([]);
});
