import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { confirmInstallation } from '../adapters/database/settings.js';
import type { App } from '../app.js';
import { readConfig, type Config } from '../config.js';
import { openInstallation } from '../start.js';
import { CONFORMANCE_ISSUERS } from './issuers.js';
import { createSelfSignedCertificate } from './selfSignedCertificate.js';

/** Where the VC API is, for whoever runs a test suite against it. */
export interface Conformance {
  readonly publicUrl: string;
  /** `Authorization: Bearer …` wherever something is issued. Good for as long as it runs, unlike a token of the service. */
  readonly bearerToken: string;
  /** The same client, for a suite that fetches its tokens by itself (RFC 6749 §4.4). */
  readonly oauth2: {
    readonly tokenEndpoint: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly scope: string;
  };
  readonly verifyCredentialUrl: string;
  readonly verifyPresentationUrl: string;
  readonly deriveUrl: string;
  /** `{did}` stands for a DID. */
  readonly resolveUrl: string;
  readonly issuers: Readonly<Record<string, IssuerAddress>>;
  /** PEM, for a client that checks it: NODE_EXTRA_CA_CERTS. */
  readonly certificate: string;
}

export interface IssuerAddress {
  readonly did: string;
  readonly issueUrl: string;
  /** Where it has a status list. */
  readonly statusUrl?: string;
}

export interface ConformanceService {
  readonly conformance: Conformance;
  /** Stops it, and removes everything that belongs to it. */
  close(): Promise<void>;
}

/** Well within the fifteen minutes that a token of the service lasts. */
const RENEW_MS = 5 * 60_000;

/** The real service over https, with the VC API switched on, an embedded database in a fresh folder, and an issuer for every suite. */
export async function startConformanceService(port?: number): Promise<ConformanceService> {
  const folder = await mkdtemp(join(tmpdir(), 'coop-passport-conformance-'));
  const config = conformanceConfig(port ?? (await findFreePort()), join(folder, 'data'));
  // Standard output is for the addresses alone.
  const logger = pino({ level: config.logLevel }, pino.destination(2));
  const opened = await openInstallation(config, logger, confirmInstallation).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const { app } = opened;
  const { certificate, privateKey } = createSelfSignedCertificate(new Date());
  await app.server.ready();
  const token = createLastingToken();
  const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    token.exchangeIn(request);
    app.server.routing(request, response);
  });
  const close = async () => {
    token.end();
    server.closeAllConnections();
    if (server.listening) await new Promise((closed) => server.close(closed));
    await opened.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    server.listen(config.port, 'localhost');
    await once(server, 'listening');
    const { client, ...addresses } = await prepareIssuers(app, config);
    await token.keepFresh(() => fetchToken(app, client));
    const { publicUrl } = config;
    const oauth2 = {
      tokenEndpoint: `${publicUrl}/oauth2/token`,
      clientId: client.clientId,
      clientSecret: client.secret,
      scope: SCOPE,
    };
    return { conformance: { publicUrl, bearerToken: token.value, oauth2, ...addresses, certificate }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The environment is not read: this must never touch an installation that is configured there. */
function conformanceConfig(port: number, dataDir: string): Config {
  return readConfig({
    PORT: String(port),
    PUBLIC_URL: `https://localhost:${port}`,
    DATA_DIR: dataDir,
    OPERATOR_PASSWORD: randomBytes(12).toString('base64url'),
    VC_API: 'true',
    // A suite is one caller.
    RATE_LIMIT_PER_MINUTE: '1000000',
    RATE_LIMIT_VERIFY_PER_MINUTE: '1000000',
    LOG_LEVEL: 'error',
  });
}

/**
 * A suite runs for longer than a token of the service lasts, so it gets one of this front door's own, which goes on as whatever token of the
 * service is good at the moment.
 */
function createLastingToken() {
  const value = randomBytes(32).toString('base64url');
  let current = '';
  let timer: NodeJS.Timeout | undefined;
  return {
    value,
    exchangeIn(request: IncomingMessage) {
      if (request.headers.authorization === `Bearer ${value}`)
        request.headers.authorization = `Bearer ${current}`;
    },
    async keepFresh(fetchFresh: () => Promise<string>) {
      const renew = async () => void (current = await fetchFresh());
      await renew();
      timer = setInterval(() => void renew().catch(() => undefined), RENEW_MS);
    },
    end: () => clearInterval(timer),
  };
}

const SCOPE = 'credentials';

interface MachineClient {
  readonly clientId: string;
  readonly secret: string;
}

async function fetchToken(app: App, client: MachineClient): Promise<string> {
  const grant = await app.accounts.clients.grantToken(client, SCOPE);
  if ('refused' in grant) throw new Error('the client of the test suites got no token');
  return grant.accessToken;
}

type Addresses = Omit<Conformance, 'publicUrl' | 'bearerToken' | 'oauth2' | 'certificate'>;

async function prepareIssuers(
  app: App,
  { publicUrl }: Config,
): Promise<Addresses & { readonly client: MachineClient }> {
  const founded = await post<Founded>(app, '/v1/organisations', {
    organisation: { name: 'Conformance', jurisdiction: 'GB' },
    admin: {
      name: 'Conformance',
      email: 'conformance@localhost.example',
      password: randomBytes(12).toString('base64url'),
    },
  });
  const { accessToken } = founded.session;
  const base = `/v1/organisations/${founded.organisation.id}`;
  const issuers: Record<string, IssuerAddress> = {};
  for (const [name, wish] of Object.entries(CONFORMANCE_ISSUERS)) {
    const { id, did, issueUrl } = await post<{ id: string; did: string; issueUrl: string }>(
      app,
      `${base}/issuer-instances`,
      { name, ...wish },
      accessToken,
    );
    const statusUrl = `${publicUrl}/vc-api/${id}/credentials/status`;
    issuers[name] = { did, issueUrl, ...(wish.statusList ? { statusUrl } : {}) };
  }
  const client = await post<MachineClient>(
    app,
    `${base}/clients`,
    { name: 'Test suites', scopes: [SCOPE] },
    accessToken,
  );
  return {
    client,
    verifyCredentialUrl: `${publicUrl}/vc-api/credentials/verify`,
    verifyPresentationUrl: `${publicUrl}/vc-api/presentations/verify`,
    deriveUrl: `${publicUrl}/vc-api/credentials/derive`,
    resolveUrl: `${publicUrl}/1.0/identifiers/{did}`,
    issuers,
  };
}

interface Founded {
  readonly organisation: { readonly id: string };
  readonly session: { readonly accessToken: string };
}

/** In process, since a client would first have to be told to trust the certificate. */
async function post<Body>(app: App, url: string, payload: object, accessToken?: string): Promise<Body> {
  const answer = await app.server.inject({
    method: 'POST',
    url,
    payload,
    headers: accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` },
  });
  if (answer.statusCode !== 201) throw new Error(`${url} answered ${answer.statusCode}`);
  return answer.json<Body>();
}

/** The public URL contains the port and is needed before the service listens, so the port is looked for first. */
async function findFreePort(): Promise<number> {
  const server = createTcpServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
