import type { JsonObject } from '../dataModel/problems.js';

/**
 * What kind of secured thing something is, and what stands in it: decoded, and nothing of it verified. Anybody can have written it. What a
 * verdict rests on is read by the formats' own readers, never from here.
 */
export interface Inspection {
  readonly format: InspectedFormat;
  readonly holds: 'credential' | 'presentation' | 'unknown';
  /** Empty: its format's reader takes it, with everything in it. Otherwise what is shown is what could be decoded all the same. */
  readonly problems: readonly InspectionProblem[];
  /** Of a token its JOSE header. */
  readonly header?: JsonObject;
  /** The claims of a token, or the document without its proofs; of an SD-JWT with what was disclosed in its places. */
  readonly content?: JsonObject;
  /** Of an SD-JWT. */
  readonly disclosures?: readonly InspectedDisclosure[];
  /** Of an SD-JWT: the holder's signature over what is presented; absent where there is none. */
  readonly keyBinding?: InspectedKeyBinding;
  /** Of a document with embedded proofs. */
  readonly proofs?: readonly InspectedProof[];
  readonly statusList?: InspectedStatusList;
  readonly dates: readonly InspectedDate[];
  /** What an envelope or a presentation holds. */
  readonly contains?: readonly Inspection[];
}

/** Media types without `application/`; `jwt` is VC-JWT 1.1, `vc` a document with Data Integrity proofs. */
export type InspectedFormat =
  | 'vc+jwt'
  | 'vp+jwt'
  | 'vc+sd-jwt'
  | 'dc+sd-jwt'
  | 'statuslist+jwt'
  | 'jwt'
  | 'vc'
  | 'vp'
  | 'envelope'
  | 'unknown';

export interface InspectionProblem {
  /** What the format's reader calls it, or a word of the inspection's own where no reader came to look. */
  readonly code: string;
  /** The part that is at fault: `token`, `header`, `payload`, `signature`, `disclosure 2`, `key binding`, `document`. */
  readonly part: string;
  /** JSON Pointer within the part. */
  readonly pointer?: string;
  readonly detail: string;
}

export interface InspectedDisclosure {
  /** JSON Pointer into the content; `undefined` where the payload does not call for it, or could not be read. */
  readonly pointer?: string;
  /** `undefined`: of an array's element. */
  readonly name?: string;
  readonly value: unknown;
}

export interface InspectedKeyBinding {
  readonly header?: JsonObject;
  readonly payload?: JsonObject;
}

export interface InspectedProof {
  readonly cryptosuite?: string;
  readonly verificationMethod?: string;
  readonly proofPurpose?: string;
  readonly id?: string;
  readonly created?: string;
  readonly expires?: string;
  readonly domain?: readonly string[];
  readonly challenge?: string;
  readonly previousProof?: readonly string[];
}

export type InspectedStatusList =
  | {
      readonly kind: 'BitstringStatusList';
      readonly purposes: readonly string[];
      readonly entries: number;
      readonly set: number;
    }
  | {
      readonly kind: 'TokenStatusList';
      /** An entry. */
      readonly bits: number;
      readonly entries: number;
      /** How many entries have each value that occurs. */
      readonly counts: readonly { readonly value: number; readonly entries: number }[];
    };

export interface InspectedDate {
  /** As it is called where it stands, such as `validUntil`, `exp`, `proof 1 expires`. */
  readonly name: string;
  readonly at: Date;
  readonly bound: 'start' | 'end';
}

/** What a date means at an instant, taken at its word and without any tolerance. */
export type DateState = 'begun' | 'notYetBegun' | 'lasting' | 'over';

export function judgeDate({ at, bound }: InspectedDate, now: Date): DateState {
  if (bound === 'start') return at <= now ? 'begun' : 'notYetBegun';
  return now < at ? 'lasting' : 'over';
}

/** Its own problems, and those of everything in it, each with the way to it. */
export function allProblems(
  inspection: Inspection,
  within = '',
): readonly (InspectionProblem & { readonly within: string })[] {
  const inner = (inspection.contains ?? []).flatMap((part, index) =>
    allProblems(part, within === '' ? `${index + 1}` : `${within}.${index + 1}`),
  );
  return [...inspection.problems.map((problem) => ({ ...problem, within })), ...inner];
}
