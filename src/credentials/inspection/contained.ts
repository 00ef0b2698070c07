import { listOf } from '../dataModel/problems.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import { MAX_PRESENTED_CREDENTIALS } from '../securing/presentedCredentials.js';
import type { Inspection, InspectionProblem } from './inspection.js';

/** Looks at what stands within something else: a token, an envelope or a document. */
export type InspectWithin = (value: unknown) => Inspection;

export interface ContainedParts {
  readonly contains: readonly Inspection[];
  readonly problems: readonly InspectionProblem[];
}

/** The credentials of a presentation, no more of them than are verified at once. */
export function inspectContained(presentation: unknown, inspectWithin: InspectWithin): ContainedParts {
  const value = isJsonObject(presentation) ? presentation['verifiableCredential'] : undefined;
  const entries = listOf(value);
  const problems =
    entries.length > MAX_PRESENTED_CREDENTIALS
      ? [
          {
            code: 'tooMany',
            part: 'payload',
            pointer: '/verifiableCredential',
            detail: `must be at most ${MAX_PRESENTED_CREDENTIALS} credentials; the others are not looked at`,
          },
        ]
      : [];
  return { contains: entries.slice(0, MAX_PRESENTED_CREDENTIALS).map(inspectWithin), problems };
}
