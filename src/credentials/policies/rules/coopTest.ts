import { isJsonObject } from '../../../kernel/strictJson.js';
import { runCoopTest, type CoopTest } from '../../coopTests/index.js';
import { coopStatus } from '../../profiles/coopStatus.js';
import { met, notMet, notShown, ofEach, type Answer, type CompiledRule } from '../answer.js';
import { readControl } from '../facts.js';
import type { RuleOf } from '../policy.js';
import type { ShownCredential } from '../shown.js';

const OF_STATUS = [coopStatus.type];

/** One of the tests of a genuine co-operative, on what its status credential says. */
export function compileCoopTest({ test, ...limits }: RuleOf<'coopTest'>): CompiledRule {
  return {
    demanded: runCoopTest(test, {}, new Date(0), limits).demanded,
    judge: (shown) =>
      ofEach(shown, OF_STATUS, (credential) => {
        const { democraticControl } = credential.facts;
        const control = isJsonObject(democraticControl) && readControl(democraticControl);
        if (!control) return notShown('Nothing is stated of its democratic control.');
        return toAnswer(runCoopTest(test, control, shown.at, limits), control, credential);
      }),
  };
}

function toAnswer(
  { outcome, found, pointers }: CoopTest,
  control: Readonly<Record<string, unknown>>,
  { facts }: ShownCredential,
): Answer {
  if (outcome === 'not_met') return notMet(found);
  if (outcome === 'undetermined') return notShown(found);
  if (facts['isPartial'] === undefined) return met(found);
  const hidden = pointers.find((pointer) => mayHide(control, pointer.slice(pointer.lastIndexOf('/') + 1)));
  return hidden === undefined
    ? met(found)
    : notShown(
        `${found} The holder may have kept back what ${hidden} says: ask for it in a form that shows all.`,
      );
}

/** Of a list, items may be missing that nobody can see are missing. */
function mayHide(control: Readonly<Record<string, unknown>>, member: string): boolean {
  return member === 'memberClasses' || control[member] === undefined;
}
