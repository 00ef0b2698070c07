import { randomInt } from 'node:crypto';
import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { AppError, invalidField } from '../../../kernel/errors.js';
import { newId, type OrganisationId } from '../../../kernel/ids.js';
import type { AccountsDeps } from '../dependencies.js';
import { type MailedTokens } from '../mailedTokens.js';
import type { MailTexts } from '../mails.js';
import { insertMembership } from '../members/store.js';
import { findPersonByAddress, insertPerson } from '../people/store.js';
import { addressKey, findPasswordFault, slugOf, withSuffix } from '../rules.js';
import type { SessionTokens } from '../sessions/tokens.js';
import type { Joined } from '../wire.js';
import { presentOrganisation } from './present.js';
import type { Registration } from './schemas.js';
import { findOrganisation, insertOrganisation } from './store.js';

export interface RegistrationService {
  /**
   * Where mail is configured the answer is `confirmation_sent` in every case. Otherwise throws `accounts/address-taken`.
   * Throws `request/invalid` for a password that is too easy to guess.
   */
  register(input: Registration): Promise<Joined | 'confirmation_sent'>;
  /** Throws `accounts/token-invalid`, and `accounts/address-taken` where the address got an account in the meantime. */
  confirmRegistration(token: string): Promise<Joined>;
  /** Throws `request/invalid` for a password that is too easy to guess. */
  hashFirstPassword(password: string, known: { email: string; organisationName: string }): Promise<string>;
  /** For an address that its owner has shown to be theirs. Throws `accounts/address-taken`. */
  foundOrganisation(trx: Executor, registration: PendingRegistration, at: Date): Promise<Joined>;
}

type RegistrationDeps = AccountsDeps & {
  readonly tokens: SessionTokens;
  readonly mailedTokens: MailedTokens;
  readonly mailTexts: MailTexts;
};

const CONFIRMED_WITHIN_SECONDS = 24 * 3600;

/** A registration whose password is hashed: what waits, sealed, for its confirmation. */
export interface PendingRegistration {
  readonly organisation: Registration['organisation'];
  readonly admin: { readonly name: string; readonly email: string; readonly passwordHash: string };
}

export function createRegistration(deps: RegistrationDeps): RegistrationService {
  return {
    async register({ organisation, admin }) {
      const { name, email, password } = admin;
      // Before anything is looked up, so that it takes as long for an address that has an account.
      const passwordHash = await hashFirstPassword(deps, password, {
        email,
        organisationName: organisation.name,
      });
      const pending = { organisation, admin: { name, email, passwordHash } };
      const at = deps.clock.now();
      return deps.db.transaction().execute(async (trx) => {
        if (!deps.queueMail) return foundOrganisation(deps, trx, pending, at);
        await askForConfirmation(deps, trx, pending, at);
        return 'confirmation_sent' as const;
      });
    },

    async confirmRegistration(token) {
      const at = deps.clock.now();
      return deps.db.transaction().execute(async (trx) => {
        const { payload } = await deps.mailedTokens.consume(trx, 'registration', token, at);
        if (!payload) throw new Error('a registration token without a payload was given out');
        const pending = JSON.parse(payload.toString('utf8')) as PendingRegistration;
        return foundOrganisation(deps, trx, pending, at);
      });
    },

    hashFirstPassword: (password, known) => hashFirstPassword(deps, password, known),
    foundOrganisation: (trx, registration, at) => foundOrganisation(deps, trx, registration, at),
  };
}

async function hashFirstPassword(
  deps: RegistrationDeps,
  password: string,
  known: { email: string; organisationName: string },
): Promise<string> {
  const fault = findPasswordFault(password, known);
  if (fault !== undefined) throw invalidField('/admin/password', fault);
  return deps.passwords.hash(password);
}

/** The same rows are written for a known and for an unknown address; only the words of the mail differ. */
async function askForConfirmation(
  deps: RegistrationDeps,
  trx: Executor,
  pending: PendingRegistration,
  at: Date,
): Promise<void> {
  const { email } = pending.admin;
  const emailKey = addressKey(email);
  const person = await findPersonByAddress(trx, emailKey);
  const token = await deps.mailedTokens.create(trx, {
    purpose: 'registration',
    emailKey,
    payload: Buffer.from(JSON.stringify(pending)),
    at,
    validSeconds: CONFIRMED_WITHIN_SECONDS,
  });
  if (token === undefined) return;
  const mail = person
    ? deps.mailTexts.alreadyRegistered(email)
    : deps.mailTexts.confirmRegistration(email, token);
  await deps.queueMail?.(trx, mail, at);
}

/** Organisation, person, membership, identifier with its keys, and the first session: all of them or none. */
async function foundOrganisation(
  deps: RegistrationDeps,
  trx: Executor,
  { organisation, admin }: PendingRegistration,
  at: Date,
): Promise<Joined> {
  const personId = newId<'person'>();
  const isNew = await insertPerson(trx, { id: personId, ...admin, at });
  if (!isNew) throw new AppError('accounts/address-taken', 'This address has an account already.');
  const organisationId = newId<'organisation'>();
  const slug = await insertWithFreeSlug(trx, organisationId, organisation, at);
  const membershipId = newId<'membership'>();
  await insertMembership(trx, { id: membershipId, organisationId, personId, role: 'admin', at });
  const actor = { kind: 'person', id: personId } as const;
  await deps.createIdentifier(trx, { organisationId, slug, at, actor });
  await recordAudit(trx, {
    at,
    actor,
    action: 'organisation.registered',
    organisationId,
    subjectId: organisationId,
  });
  const session = await deps.tokens.startSession(trx, { personId, membershipId }, at);
  const row = await findOrganisation(trx, organisationId);
  if (!row) throw new Error('the organisation was not stored');
  return {
    organisation: presentOrganisation(deps, row),
    member: {
      id: membershipId,
      personId,
      name: admin.name,
      email: admin.email,
      role: 'admin',
      createdAt: at.toISOString(),
    },
    session,
  };
}

const MOST_TRIES = 5;

/** The slug of the name, or the same with a random suffix; two at once cannot get the same one. */
async function insertWithFreeSlug(
  trx: Executor,
  id: OrganisationId,
  organisation: Registration['organisation'],
  at: Date,
): Promise<string> {
  const base = slugOf(organisation.name);
  let slug = base;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    if (await insertOrganisation(trx, { id, slug, ...organisation, at })) return slug;
    slug = withSuffix(
      base,
      randomInt(36 ** 5)
        .toString(36)
        .padStart(5, '0'),
    );
  }
  throw new Error('no free slug was found');
}
