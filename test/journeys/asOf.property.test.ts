import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  accredit,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  registerOrganisation,
  signInOperator,
  type Organisation,
} from '../support/network.js';
import { signInAgain } from '../support/people.js';
import { PROPERTY_TIMEOUT_MS, runs } from '../support/properties.js';

/** A history of everything that can happen to a credential, and a verifier who looks at it all the time. */
let t: TestApp;
let partner: Organisation;
let numbers = 0;

beforeAll(async () => {
  t = await startApp();
  ({ partner } = await foundNetwork(t));
});
afterAll(() => t.close());

const EVENTS = [
  'suspend',
  'reinstate',
  'revoke',
  'compromiseBefore',
  'compromiseAfter',
  'rotate',
  'endAccreditation',
  'accredit',
  'contest',
  'withdraw',
] as const;
type Event = (typeof EVENTS)[number];

interface World {
  registrar: Organisation;
  coop: Organisation;
  operator: Awaited<ReturnType<typeof signInOperator>>;
  accreditations: { id: string; grantedAt: Date }[];
  contests: { id: string; openedAt: Date }[];
  credentialId: string;
  issuedAt: Date;
  /** Whether the credential is signed with the key that is compromised. */
  isSignedByEs256: boolean;
}

interface Happening {
  readonly code: string;
  /** Of what has ended, when it had begun. */
  readonly begunAt?: Date;
}

/** Does it over HTTP where that is possible at the moment, and says what is learned from it. */
async function happen(world: World, event: Event): Promise<Happening[]> {
  const { registrar, coop, operator, credentialId, issuedAt } = world;
  const credential = `/v1/credentials/${credentialId}`;
  switch (event) {
    case 'suspend':
    case 'reinstate':
    case 'revoke': {
      const answer = await registrar.api.post(`${credential}/${event}`, { reason: 'Minutes' });
      const said = { suspend: 'suspended', reinstate: 'reinstated', revoke: 'revoked' } as const;
      return answer.status === 200 ? [{ code: `credential.${said[event]}` }] : [];
    }
    case 'compromiseBefore':
    case 'compromiseAfter': {
      const keys = `/v1/organisations/${registrar.id}/keys`;
      const { items } = expectStatus(await registrar.api.get(keys), 200).body;
      const signedWith = items
        .filter((key: { algorithm: string; createdAt: string }) => key.algorithm === 'ES256')
        .find((key: { createdAt: string }) => new Date(key.createdAt) <= issuedAt);
      const compromisedAt = event === 'compromiseBefore' ? issuedAt : t.clock.now();
      const answer = await registrar.api.post(`${keys}/${signedWith.id}/revoke`, {
        compromisedAt: compromisedAt.toISOString(),
        reason: 'stolen',
      });
      return answer.status === 200 && world.isSignedByEs256 ? [{ code: 'credential.key_compromised' }] : [];
    }
    case 'rotate':
      expectStatus(
        await registrar.api.post(`/v1/organisations/${registrar.id}/keys`, { algorithm: 'ES256' }),
        201,
      );
      return [];
    case 'endAccreditation': {
      const ended = world.accreditations.pop();
      if (!ended) return [];
      expectStatus(await operator.delete(`/v1/accreditations/${ended.id}`), 204);
      return [{ code: 'credential.accreditation_ended', begunAt: ended.grantedAt }];
    }
    case 'accredit':
      world.accreditations.push({ id: await accredit(operator, registrar), grantedAt: t.clock.now() });
      return [];
    case 'contest': {
      const answer = await coop.api.post(`${credential}/contests`, {
        pointer: '/credentialSubject/legalName',
        statement: 'It is wrong.',
      });
      if (answer.status !== 201) return [];
      world.contests.push({ id: answer.body.id, openedAt: t.clock.now() });
      return [{ code: 'credential.contested' }];
    }
    case 'withdraw': {
      const open = world.contests.pop();
      if (!open) return [];
      expectStatus(await coop.api.post(`${credential}/contests/${open.id}/withdrawal`, {}), 200);
      return [{ code: 'credential.contest_closed', begunAt: open.openedAt }];
    }
  }
}

/** What was said live, without what differs by nature: under which id, and when. */
function said(report: Record<string, unknown>) {
  const { id: _id, verifiedAt: _at, asOf: _asOf, since: _since, ...rest } = report;
  return rest;
}

test(
  'as of an instant the answer is the one that was given then, and since[] is what happened afterwards',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...EVENTS), { minLength: 2, maxLength: 7 }),
        fc.constantFrom('vc+jwt', 'dc+sd-jwt', 'vc'),
        async (events, format) => {
          const registrar = await registerOrganisation(t.api, 'A Registrar');
          const coop = await registerOrganisation(t.api, 'A Co-op');
          const operator = await signInOperator(t.api);
          const accreditations = [{ id: await accredit(operator, registrar), grantedAt: t.clock.now() }];
          partner = await signInAgain(t, partner);
          t.clock.advance(10);
          const dossier = dossierNumbered(`H${(numbers += 1)}`);
          const { credentialId } = await issueLegalIdentity(coop, registrar, dossier);
          const issuedAt = t.clock.now();
          const form = await coop.api.get(`/v1/credentials/${credentialId}`, {
            accept: `application/${format}`,
          });
          const credential = expectStatus(form, 200).text;
          const world: World = {
            ...{ registrar, coop, operator, accreditations, credentialId, issuedAt },
            contests: [],
            isSignedByEs256: format !== 'vc',
          };
          const verify = async (more: object = {}) =>
            expectStatus(await partner.api.post('/v1/verifications', { credential, ...more }), 200).body;

          const looks: { at: Date; report: Record<string, unknown> }[] = [];
          const happened: (Happening & { at: Date })[] = [];
          t.clock.advance(10);
          looks.push({ at: t.clock.now(), report: await verify() });
          for (const event of events) {
            t.clock.advance(10);
            const at = t.clock.now();
            for (const happening of await happen(world, event)) happened.push({ at, ...happening });
            // At the very instant, and later.
            looks.push({ at: t.clock.now(), report: await verify() });
            t.clock.advance(10);
            looks.push({ at: t.clock.now(), report: await verify() });
          }
          t.clock.advance(10);
          for (const { at, report } of looks) {
            const past = await verify({ asOf: at.toISOString() });
            expect(said(past)).toEqual(said(report));
            // What began and ended since is not told of as an end.
            const wanted = happened.filter((one) => one.at > at && (one.begunAt ?? at) <= at);
            expect(past.since.map(({ at, code }: { at: string; code: string }) => ({ at, code }))).toEqual(
              wanted.map(({ at, code }) => ({ at: at.toISOString(), code })),
            );
          }
        },
      ),
      runs(6),
    );
  },
  4 * PROPERTY_TIMEOUT_MS,
);
