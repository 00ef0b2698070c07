import { addresses } from './addresses.js';
import { capacity } from './capacity.js';
import { contacts } from './contacts.js';
import { controlPersons } from './controlPersons.js';
import { democraticControl } from './democraticControl.js';
import { identifiers } from './identifiers.js';
import { legalIdentity } from './legalIdentity.js';
import { officers } from './officers.js';
import { recognition } from './recognition.js';
import { screening } from './screening.js';
import { signatories } from './signatories.js';

/** Every block of the dossier, in the order in which it is read. */
export const BLOCKS = [
  legalIdentity,
  addresses,
  contacts,
  identifiers,
  democraticControl,
  officers,
  signatories,
  controlPersons,
  recognition,
  screening,
  capacity,
] as const;

export type BlockName = (typeof BLOCKS)[number]['name'];

/** Of those that hold data about persons. */
export const PERSONAL_BLOCKS: ReadonlySet<string> = new Set(
  BLOCKS.filter(({ isPersonal }) => isPersonal).map(({ name }) => name),
);

/** Whether a JSON Pointer into a dossier leads into data about persons. The whole dossier holds some. */
export function isPersonal(pointer: string): boolean {
  const [, name] = pointer.split('/');
  return name === undefined || PERSONAL_BLOCKS.has(name);
}
