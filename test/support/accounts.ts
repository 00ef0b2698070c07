import type { LightMyRequestResponse } from 'fastify';
import { createIdempotencyStore } from '../../src/adapters/database/idempotencyStore.js';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { createEnvelope } from '../../src/adapters/envelope.js';
import { createKeyCustody } from '../../src/adapters/keys/keyCustody.js';
import { toWebDid } from '../../src/adapters/keys/webDidProvider.js';
import { createMailer } from '../../src/adapters/mail.js';
import { createPasswords } from '../../src/adapters/passwords.js';
import { readConfig } from '../../src/config.js';
import { createAuthenticate } from '../../src/features/accounts/authenticate.js';
import type { AccountsDeps, PasswordHashing } from '../../src/features/accounts/dependencies.js';
import { addAccountRoutes } from '../../src/features/accounts/routes.js';
import { createAccounts, type AccountsService } from '../../src/features/accounts/service.js';
import type { Joined, Session } from '../../src/features/accounts/wire.js';
import { createIdentifiers } from '../../src/features/identifiers/service.js';
import { createMailOutbox, type MailOutbox } from '../../src/features/notifications/mailOutbox.js';
import { createAccessTokens, type AccessTokens } from '../../src/http/accessTokens.js';
import { buildServer, type Server } from '../../src/http/server.js';
import type { Problem } from '../../src/http/problem.js';
import { openTestDatabase } from './database.js';

export const PUBLIC_URL = 'http://localhost:3000';
export const PASSWORD = 'correct horse battery staple';

/** One process with the accounts and what they stand on; two of them on one database stand for two processes. */
export interface AccountsProcess {
  readonly server: Server;
  readonly accounts: AccountsService;
  readonly accessTokens: AccessTokens;
  readonly outbox: MailOutbox;
  readonly database: DatabaseConnection;
  readonly clock: { now(): Date; advance(seconds: number): void };
  readonly logLines: string[];
  api(request: ApiRequest): Promise<ApiAnswer>;
  register(name: string, email: string, password?: string): Promise<Joined>;
  signIn(email: string, password?: string, from?: string): Promise<ApiAnswer<Session>>;
  close(): Promise<void>;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly form?: string;
  readonly headers?: Record<string, string>;
  /** The network address that it comes from. */
  readonly from?: string;
}

export interface ApiAnswer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body;
  readonly headers: LightMyRequestResponse['headers'];
  /** The code of a problem document. */
  readonly code: string | undefined;
}

export interface AccountsOptions {
  readonly database?: DatabaseConnection;
  readonly smtpUrl?: string;
  readonly passwords?: PasswordHashing;
  readonly deps?: Partial<AccountsDeps>;
}

export async function startAccounts(options: AccountsOptions = {}): Promise<AccountsProcess> {
  const database = options.database ?? (await openTestDatabase());
  const { db } = database;
  let now = new Date('2026-11-20T12:00:00.250Z').getTime();
  const clock = { now: () => new Date(now), advance: (seconds: number) => void (now += seconds * 1000) };
  const logLines: string[] = [];
  const logger = {
    info: (...line: unknown[]) => void logLines.push(JSON.stringify(line)),
    warn: (...line: unknown[]) => void logLines.push(JSON.stringify(line)),
    error: (...line: unknown[]) => void logLines.push(JSON.stringify(line)),
  };
  const config = readConfig({ RATE_LIMIT_PER_MINUTE: '100000', LOG_LEVEL: 'info' });
  const envelope = createEnvelope(Buffer.alloc(32, 7));
  const accessTokens = createAccessTokens({
    secret: envelope.deriveSecret('access-token'),
    publicUrl: PUBLIC_URL,
    clock,
  });
  const server = await buildServer(config, {
    authenticate: createAuthenticate({ db, clock, accessTokens }),
    idempotency: createIdempotencyStore(db),
    readiness: { check: async () => undefined },
    now: clock.now,
    logStream: { write: (line) => void logLines.push(line) },
  });
  const identifiers = createIdentifiers({
    db,
    clock,
    publicUrl: PUBLIC_URL,
    custody: createKeyCustody({ db, envelope, publicUrl: PUBLIC_URL }),
    onDidChanged: () => undefined,
    onKeyRevoked: async () => undefined,
    afterKeyRevoked: async () => undefined,
  });
  const mailer = createMailer({
    smtpUrl: options.smtpUrl ?? 'smtp://127.0.0.1:9',
    from: 'Coop Passport <no-reply@localhost>',
  });
  const outbox = createMailOutbox({ db, clock, mailer, sealer: envelope, logger });
  const accounts = createAccounts({
    db,
    clock,
    publicUrl: PUBLIC_URL,
    passwords: options.passwords ?? createPasswords(),
    secrets: envelope,
    accessTokens,
    ...(options.smtpUrl === undefined ? {} : { queueMail: outbox.queueMail }),
    didOf: (slug) => toWebDid(PUBLIC_URL, slug) ?? '',
    createIdentifier: identifiers.createIdentifier,
    onOrganisationClosed: [],
    onOrganisationChanged: () => undefined,
    exportParts: {},
    ...options.deps,
  });
  addAccountRoutes(server, accounts);
  await server.ready();

  async function api(request: ApiRequest): Promise<ApiAnswer> {
    const { method, path, token, body, form, headers, from } = request;
    const response = await server.inject({
      method,
      url: path,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body as object }),
      ...(form === undefined ? {} : { payload: form }),
      ...(from === undefined ? {} : { remoteAddress: from }),
    });
    const json = response.body === '' ? {} : (response.json() as Record<string, unknown>);
    const code = response.statusCode >= 400 ? (json as Partial<Problem>).code : undefined;
    return { status: response.statusCode, body: json, headers: response.headers, code };
  }

  return {
    server,
    accounts,
    accessTokens,
    outbox,
    database,
    clock,
    logLines,
    api,
    async register(name, email, password = PASSWORD) {
      const { status, body } = await api({
        method: 'POST',
        path: '/v1/organisations',
        body: registration(name, email, password),
      });
      if (status !== 201) throw new Error(`registering answered ${status} ${JSON.stringify(body)}`);
      return body as unknown as Joined;
    },
    signIn: (email, password = PASSWORD, from = '192.0.2.1') =>
      api({ method: 'POST', path: '/v1/sessions', body: { email, password }, from }) as Promise<
        ApiAnswer<never>
      >,
    async close() {
      await server.close();
      if (!options.database) await database.close();
    },
  };
}

export function registration(name: string, email: string, password = PASSWORD) {
  return {
    organisation: {
      name,
      jurisdiction: 'GB-ENG',
      registrationNumber: 'C1234',
      website: 'https://coop.example',
    },
    admin: { name: 'Ada Admin', email, password },
  };
}
