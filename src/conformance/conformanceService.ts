import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
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
  /** Of a machine client, for a day: `Authorization: Bearer …` wherever something is issued. */
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

const TOKEN_SECONDS = 24 * 3600;

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
  const server = createServer({ cert: certificate, key: privateKey }, (request, response) =>
    app.server.routing(request, response),
  );
  const close = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((closed) => server.close(closed));
    await opened.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    server.listen(config.port, 'localhost');
    await once(server, 'listening');
    return { conformance: { ...(await prepareIssuers(app, config)), certificate }, close };
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

async function prepareIssuers(app: App, { publicUrl }: Config): Promise<Omit<Conformance, 'certificate'>> {
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
  const scope = 'credentials';
  const client = await post<{ clientId: string; secret: string }>(
    app,
    `${base}/clients`,
    { name: 'Test suites', scopes: [scope] },
    accessToken,
  );
  const grant = await app.accounts.clients.grantToken(client, scope, TOKEN_SECONDS);
  if ('refused' in grant) throw new Error('the new client got no token');
  return {
    publicUrl,
    bearerToken: grant.accessToken,
    oauth2: {
      tokenEndpoint: `${publicUrl}/oauth2/token`,
      clientId: client.clientId,
      clientSecret: client.secret,
      scope,
    },
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
