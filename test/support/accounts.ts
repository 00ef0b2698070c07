import { createMailer } from '../../src/adapters/mail.js';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import type { AccountsService } from '../../src/features/accounts/service.js';
import type { Joined, Session } from '../../src/features/accounts/wire.js';
import type { MailOutbox } from '../../src/features/notifications/mailOutbox.js';
import type { Server } from '../../src/http/server.js';
import type { Logger } from '../../src/kernel/ports.js';
import { startApp } from './app.js';
import { createTestClock, type TestClock } from './clock.js';
import { checkAgainstOpenApi } from './openapi.js';

export const PASSWORD = 'correct horse battery staple';

/** The production app as tests of accounts see it; two of them on one database stand for two processes. */
export interface AccountsProcess {
  readonly server: Server;
  readonly accounts: AccountsService;
  readonly connection: DatabaseConnection;
  readonly clock: TestClock;
  /** Of the server and of everything behind it. */
  readonly logLines: readonly string[];
  /** Only with `smtpUrl`. */
  readonly mails: MailOutbox;
  purgeExpired(): Promise<void>;
  /** Every answer is checked against openapi.yaml. */
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
  readonly headers: Record<string, string | undefined>;
  /** The code of a problem document. */
  readonly code: string | undefined;
}

export interface AccountsOptions {
  readonly connection?: DatabaseConnection;
  readonly clock?: TestClock;
  readonly smtpUrl?: string;
  readonly onQuery?: () => void;
}

export async function startAccounts(options: AccountsOptions = {}): Promise<AccountsProcess> {
  const logLines: string[] = [];
  const log = (fields: object, message: string) => void logLines.push(JSON.stringify({ fields, message }));
  const logger: Logger = { info: log, warn: log, error: log };
  const { smtpUrl, ...shared } = options;
  const started = await startApp({
    ...shared,
    clock: options.clock ?? createTestClock(),
    logger,
    logStream: { write: (line) => void logLines.push(line) },
    ...(smtpUrl === undefined
      ? {}
      : { mailer: createMailer({ smtpUrl, from: 'Coop Passport <no-reply@localhost>' }) }),
  });
  const { app, connection, clock } = started;
  const { server } = app;

  async function api(request: ApiRequest): Promise<ApiAnswer> {
    const { method, path, token, body, form, from } = request;
    const response = await server.inject({
      method,
      url: path,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...request.headers,
      },
      ...(body === undefined ? {} : { payload: body as object }),
      ...(form === undefined ? {} : { payload: form }),
      ...(from === undefined ? {} : { remoteAddress: from }),
    });
    const headers = Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, value?.toString()]),
    );
    const status = response.statusCode;
    const json = response.body === '' ? {} : response.json<Record<string, unknown>>();
    checkAgainstOpenApi(server, method, path, { status, headers, body: json, text: response.body });
    return { status, headers, body: json, code: json['code'] as string | undefined };
  }

  return {
    server,
    accounts: app.accounts,
    connection,
    clock,
    logLines,
    get mails() {
      if (!app.mails) throw new Error('this app was started without mail');
      return app.mails;
    },
    purgeExpired: () => app.purgeExpired(),
    api,
    async register(name, email, password = PASSWORD) {
      const body = registration(name, email, password);
      const answer = await api({ method: 'POST', path: '/v1/organisations', body });
      if (answer.status !== 201) throw new Error(`registering answered ${String(answer.status)}`);
      return answer.body as unknown as Joined;
    },
    async signIn(email, password = PASSWORD, from = '192.0.2.1') {
      const answer = await api({ method: 'POST', path: '/v1/sessions', body: { email, password }, from });
      return { ...answer, body: answer.body as unknown as Session };
    },
    close: () => started.close(),
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
