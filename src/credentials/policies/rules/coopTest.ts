import { prepareCoopTest, type CoopTest, type DemocraticControl } from '../../coopTests/index.js';
import { coopStatus } from '../../profiles/coopStatus.js';
import { met, notMet, notShown, ofEach, type Answer, type CompiledRule } from '../answer.js';
import type { RuleOf } from '../policy.js';
import type { ShownCredential } from '../shown.js';

const OF_STATUS = [coopStatus.type];

/** One of the tests of a genuine co-operative, on what its status credential says. */
export function compileCoopTest({ test, ...limits }: RuleOf<'coopTest'>): CompiledRule {
  const { demanded, run } = prepareCoopTest(test, limits);
  return {
    demanded,
    judge: (shown) =>
      ofEach(shown, OF_STATUS, (credential) => {
        const { control } = credential;
        if (!control) return notShown('Nothing is stated of its democratic control.');
        return toAnswer(run(control, shown.at), control, credential);
      }),
  };
}

function toAnswer(
  { outcome, found, pointers }: CoopTest,
  control: DemocraticControl,
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
function mayHide(control: DemocraticControl, member: string): boolean {
  return member === 'memberClasses' || control[member as keyof DemocraticControl] === undefined;
}
