import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import type * as Connect from '../src/adapters/database/connect.js';
import type * as Context from '../src/adapters/database/context.js';
import type * as Migrate from '../src/adapters/database/migrate.js';
import type { Executor } from '../src/adapters/database/schema.js';
import type * as EnvelopeModule from '../src/adapters/envelope.js';
import type * as OutboundHttp from '../src/adapters/outboundHttp.js';
import type * as EventStore from '../src/features/notifications/events/store.js';
import type * as Delivery from '../src/features/notifications/webhooks/delivery.js';
import type * as Signature from '../src/features/notifications/webhooks/signature.js';
import type { ClientId, OrganisationId, WebhookId } from '../src/kernel/ids.js';
import type { HttpSender } from '../src/kernel/ports.js';

const HELP = `Tells a change to many partners, and delivers it to their webhooks: how long the first takes, how many a second of the other.

Usage: npm run bench:deliveries -- [--partners <n>] [--json]

  --partners <n>   each with one webhook (default 10000)
  --json           the figures as JSON

On the embedded database, or on the PostgreSQL of DATABASE_URL, which MIGRATION_DATABASE_URL owns: an empty database, which is filled.
The receiver is another process on this machine, and answers 204 at once. Exit code: 0 the goal is met, 1 it is missed, 64 wrong usage.
`;

const GOAL_PER_SECOND = 300;
const INSERTED_AT_ONCE = 500;
/** As many as deliveries are under way at once. */
const POSTS_AT_ONCE = 200;
const EXIT = { met: 0, missed: 1, usage: 64 } as const;

/** As it ships, compiled (`npm run build`). */
async function load<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../dist/${path}.js`, import.meta.url).href)) as Module;
}

interface Database {
  readonly owner: Executor;
  readonly service: Connect.DatabaseConnection['db'];
  close(): Promise<void>;
}

async function openDatabase(): Promise<Database & { readonly name: string }> {
  const { connectEmbedded, connectPostgres, connectUnconfined } =
    await load<typeof Connect>('adapters/database/connect');
  const { migrateDatabase } = await load<typeof Migrate>('adapters/database/migrate');
  const { DATABASE_URL: serviceUrl, MIGRATION_DATABASE_URL: ownerUrl } = process.env;
  if (serviceUrl === undefined || ownerUrl === undefined) {
    const { db, unconfined, close } = await connectEmbedded({});
    await migrateDatabase(unconfined);
    return { name: 'embedded database', owner: unconfined, service: db, close };
  }
  const owner = connectUnconfined(ownerUrl);
  await migrateDatabase(owner.db);
  const service = connectPostgres(serviceUrl);
  return {
    name: 'PostgreSQL',
    owner: owner.db,
    service: service.db,
    close: async () => void (await Promise.all([owner.close(), service.close()])),
  };
}

/** Partners of which each has a webhook with a secret of its own. */
async function addPartners(
  { service }: Database,
  partners: number,
  url: string,
): Promise<EnvelopeModule.Envelope> {
  const { createEnvelope } = await load<typeof EnvelopeModule>('adapters/envelope');
  const { secretContext } = await load<typeof Delivery>('features/notifications/webhooks/delivery');
  const { newSecret } = await load<typeof Signature>('features/notifications/webhooks/signature');
  const { inWork, onBehalfOf } = await load<typeof Context>('adapters/database/context');
  const envelope = createEnvelope(Buffer.alloc(32, 7));
  const at = new Date();
  const ids = Array.from({ length: partners }, () => crypto.randomUUID() as OrganisationId);
  for (let first = 0; first < partners; first += INSERTED_AT_ONCE) {
    const organisations = ids.slice(first, first + INSERTED_AT_ONCE).map((id) => ({
      id,
      slug: id,
      name: 'A Partner',
      jurisdiction: 'GB',
      registration_number: null,
      website: null,
      created_at: at,
      closed_at: null,
    }));
    await inWork('accounts', () => service.insertInto('organisations').values(organisations).execute());
  }
  for (const organisationId of ids) {
    const id = crypto.randomUUID() as WebhookId;
    const sealed_secret = envelope.seal(Buffer.from(newSecret()), secretContext(id));
    const row = { id, organisation_id: organisationId, url, types: [], sealed_secret, created_at: at };
    const clientId = crypto.randomUUID() as ClientId;
    await onBehalfOf({ kind: 'client', clientId, organisationId, scopes: [] }, () =>
      service.insertInto('webhooks').values(row).execute(),
    );
  }
  return envelope;
}

async function measure(database: Database, partners: number, url: string) {
  const envelope = await addPartners(database, partners, url);
  const { insertEvents } = await load<typeof EventStore>('features/notifications/events/store');
  const { inWork } = await load<typeof Context>('adapters/database/context');
  const { createWebhookDelivery } = await load<typeof Delivery>('features/notifications/webhooks/delivery');
  const { createOutboundHttp } = await load<typeof OutboundHttp>('adapters/outboundHttp');
  const { service: db } = database;
  const event = { type: 'credential.revoked', at: new Date() } as const;
  const data = {
    relianceIds: [crypto.randomUUID()],
    credential: { id: crypto.randomUUID(), type: 'CoopLegalIdentityCredential' },
    holder: 'did:web:passport.example:orgs:albion',
    issuer: 'did:web:passport.example:orgs:federation',
  };
  const recipients = sql`select id as organisation_id, ${JSON.stringify(data)}::jsonb as data from organisations`;
  const started = performance.now();
  await inWork('telling', () => db.transaction().execute((trx) => insertEvents(trx, event, recipients)));
  const told = performance.now();
  const http = createOutboundHttp({ allowLoopback: true });
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const clock = { now: () => new Date() };
  const delivery = createWebhookDelivery({
    db,
    clock,
    http,
    envelope,
    logger: silent,
    notify: async () => undefined,
  });
  const begun = performance.now();
  const tries = await delivery.deliverDue();
  const seconds = (performance.now() - begun) / 1000;
  const bareSeconds = await postAlone(http, url, partners, JSON.stringify(data));
  await http.close();
  const { rows } = await sql<{ delivered: number }>`
    select count(*)::int as delivered from webhook_deliveries where state = 'delivered'`.execute(
    database.owner,
  );
  return { tellingMs: told - started, tries, delivered: rows[0]?.delivered ?? 0, seconds, bareSeconds };
}

/** The same requests by the same client, with nothing to claim, open, sign or write down. */
async function postAlone(http: HttpSender, url: string, count: number, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  let left = count;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      const outcome = await http.post(url, { headers, body, timeoutMs: 10_000 });
      if (!('status' in outcome)) throw new Error(outcome.problem);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: POSTS_AT_ONCE }, work));
  return (performance.now() - begun) / 1000;
}

/** Another process, so that what it does is not on our thread. */
async function startReceiver() {
  const child = fork(fileURLToPath(import.meta.url), ['--receive'], { stdio: 'inherit' });
  const [url] = (await once(child, 'message')) as [string];
  return { url, close: () => child.kill() };
}

function receive(): void {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  }).listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    process.send?.(`http://127.0.0.1:${String(port)}/hook`);
  });
}

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      partners: { type: 'string', default: '10000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const partners = Number(values.partners);
  if (values.help || !Number.isInteger(partners) || partners < 1) {
    process.stdout.write(HELP);
    return values.help ? EXIT.met : EXIT.usage;
  }
  const database = await openDatabase();
  const receiver = await startReceiver();
  try {
    const { tellingMs, tries, delivered, seconds, bareSeconds } = await measure(
      database,
      partners,
      receiver.url,
    );
    const perSecond = delivered / seconds;
    const ratio = bareSeconds / seconds;
    const isMet = perSecond >= GOAL_PER_SECOND && delivered === partners;
    const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ ...machine, database: database.name, partners, tellingMs, tries, delivered, seconds, perSecond, ratio }, null, 2)}\n`
        : `Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores, ${database.name}

told ${partners} partners in one transaction   ${tellingMs.toFixed(0)} ms
delivered ${delivered} of them in ${tries} tries        ${seconds.toFixed(1)} s, ${perSecond.toFixed(0)} a second; goal ${GOAL_PER_SECOND}: ${isMet ? 'met' : 'MISSED'}
the same requests alone                        ${bareSeconds.toFixed(1)} s; delivering is ${ratio.toFixed(2)} times as fast
`,
    );
    return isMet ? EXIT.met : EXIT.missed;
  } finally {
    receiver.close();
    await database.close();
  }
}

if (process.argv.includes('--receive')) receive();
else process.exitCode = await run();
