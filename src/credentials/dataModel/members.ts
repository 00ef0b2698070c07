import { appendToken } from '../../kernel/jsonPointer.js';
import { eachObject, type Check, type JsonObject, type Problem } from './problems.js';
import { digestProblems, relatedResourceProblems } from './relatedResource.js';
import { typeProblems, urlProblems } from './values.js';

/** Members that credentials of both versions, presentations and subjects have in common. Unknown types of them are in order (§5.2). */

type IdRule = 'optional' | 'required';

/** One or more objects with a `type`, and an `id` that is a URL. */
export function typedEntries(id: IdRule = 'optional', more?: Check<JsonObject>): Check {
  const checkEntry: Check<JsonObject> = (entry, at) => {
    const problems = typeProblems(entry['type'], appendToken(at, 'type'));
    if (id === 'required' || Object.hasOwn(entry, 'id')) {
      problems.push(...urlProblems(entry['id'], appendToken(at, 'id')));
    }
    if (more) problems.push(...more(entry, at));
    return problems;
  };
  return (value, pointer) => eachObject(value, pointer, checkEntry);
}

/** Each member that is present, by its check. */
export function checkMembers(
  object: JsonObject,
  checks: Readonly<Record<string, Check>>,
  base = '',
): Problem[] {
  const problems: Problem[] = [];
  for (const member in checks) {
    const check = checks[member];
    if (check && Object.hasOwn(object, member)) {
      problems.push(...check(object[member], appendToken(base, member)));
    }
  }
  return problems;
}

export const DOCUMENT_MEMBERS: Readonly<Record<string, Check>> = {
  // §4.4
  id: urlProblems,
  // §4.12, Data Integrity 1.0 §2.1: one proof or a set; `proof: null` is none.
  proof: typedEntries(),
  // §5.5
  termsOfUse: typedEntries(),
};

export const CREDENTIAL_MEMBERS: Readonly<Record<string, Check>> = {
  ...DOCUMENT_MEMBERS,
  // §4.10: `type` is required, `id` is optional.
  credentialStatus: typedEntries(),
  // §4.11: both are required; VC JSON Schema §4.1 lets digests stand beside them.
  credentialSchema: typedEntries('required', digestProblems),
  // §5.3
  relatedResource: relatedResourceProblems,
  // §5.4
  refreshService: typedEntries(),
  // §5.6
  evidence: typedEntries(),
  // §5.10: reserved extension points, whose type says what they mean.
  confidenceMethod: typedEntries(),
  renderMethod: typedEntries(),
};

/** VC Data Model 1.1 §4.4, §4.8 to §4.10, §5.4 to §5.6: a status and a refresh service have a URI there. */
export const CREDENTIAL_V1_MEMBERS: Readonly<Record<string, Check>> = {
  ...DOCUMENT_MEMBERS,
  credentialStatus: typedEntries('required'),
  credentialSchema: typedEntries('required', digestProblems),
  refreshService: typedEntries('required'),
  evidence: typedEntries(),
};

const SUBJECT_MEMBERS: Readonly<Record<string, Check>> = {
  id: urlProblems,
  confidenceMethod: typedEntries(),
};

/** §4.8: one or more objects, each with at least one member; `id` is an optional URL. `confidenceMethod` may stand here too. */
export function subjectProblems(subject: unknown): Problem[] {
  return eachObject(subject, '/credentialSubject', (entry, pointer) => {
    if (Object.keys(entry).length === 0) return [{ pointer, detail: 'must not be empty' }];
    return checkMembers(entry, SUBJECT_MEMBERS, pointer);
  });
}

const MOST_PROBLEMS = 50;

/** A member may be found faulty by two rules; the place is told once. What has more faults than that is told no more. */
export function oncePerPlace(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems
    .filter(({ pointer, detail }) => {
      const key = `${pointer} ${detail}`;
      return !seen.has(key) && seen.add(key);
    })
    .slice(0, MOST_PROBLEMS);
}
