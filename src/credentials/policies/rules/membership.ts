import { federationMembership } from '../../profiles/federationMembership.js';
import { met, notMet, notShown, orList, isOfType, type CompiledRule } from '../answer.js';
import type { RuleOf } from '../policy.js';
import { asObject, listIn } from '../values.js';

/** That there is one membership, in whichever credential, that is as demanded. */
export function compileMembership({ bodies, standings }: RuleOf<'membership'>): CompiledRule {
  return {
    demanded: [
      `A member of ${bodies ? orList(bodies) : 'a federation'}`,
      ...(standings ? [`whose standing is ${orList(standings)}`] : []),
    ]
      .join(', ')
      .concat('.'),
    judge({ accepted }) {
      const memberships = accepted
        .filter((credential) => isOfType(credential, [federationMembership.type]))
        .flatMap(({ facts }) => listIn(facts['memberships']))
        .map(readMembership)
        .filter(({ standing }) => standing !== undefined);
      const fits = memberships.filter(({ standing = '' }) => !standings || standings.includes(standing));
      const right = fits.find(({ did }) => !bodies || (did !== undefined && bodies.includes(did)));
      if (right) return met(describe(right));
      if (memberships.length === 0) return notShown('No membership is stated.');
      const found = memberships.slice(0, 5).map(describe).join(' ');
      // A body without a DID may be any.
      return fits.some(({ did }) => did === undefined) ? notShown(found) : notMet(found);
    },
  };
}

interface Membership {
  readonly did: string | undefined;
  readonly standing: string | undefined;
}

function readMembership(value: unknown): Membership {
  const { did, standing } = asObject(value);
  return {
    did: typeof did === 'string' ? did : undefined,
    standing: typeof standing === 'string' ? standing : undefined,
  };
}

function describe({ did = 'a body without a DID', standing = '' }: Membership): string {
  return `${did}: ${standing}.`;
}
