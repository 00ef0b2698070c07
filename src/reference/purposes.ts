import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The purposes of the W3C's Data Privacy Vocabulary that somebody may ask for dossier data for, in one version of it. */

export interface Purpose {
  /** With the prefix: `dpv:ServiceProvision`. */
  readonly term: string;
  readonly label: string;
}

interface PurposeFile {
  readonly version: string;
  readonly namespace: string;
  readonly terms: readonly { readonly term: string; readonly label: string }[];
}

const FILE = fileURLToPath(new URL('../../src/reference/data/dpv-purposes.json', import.meta.url));

const file = JSON.parse(readFileSync(FILE, 'utf8')) as PurposeFile;

export const DPV_VERSION = file.version;
export const DPV_NAMESPACE = file.namespace;
export const PURPOSES: readonly Purpose[] = file.terms.map(({ term, label }) => ({
  term: `dpv:${term}`,
  label,
}));
