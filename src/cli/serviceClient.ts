import { readInput } from './input.js';

/** A signed-in way to a running service, for commands that work on it. Rejects with words for the terminal. */
export interface ServiceClient {
  get<Body>(path: string): Promise<Body>;
  post<Body>(path: string, body: object): Promise<Body>;
  upload<Body>(path: string, content: ReadableStream, mediaType: string): Promise<Body>;
}

export interface SignIn {
  readonly tokenFile?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
}

/** Access tokens of clients last 15 minutes. */
const RENEWED_AFTER_MS = 10 * 60_000;
const TIMEOUT_MS = 120_000;

export async function connectService(service: URL, signIn: SignIn): Promise<ServiceClient> {
  const token = await signInWith(service, signIn);
  const send = async <Body>(path: string, init: RequestInit): Promise<Body> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${await token()}`);
    return (await exchange(new URL(path, service), { ...init, headers })) as Body;
  };
  return {
    get: (path) => send(path, { method: 'GET' }),
    post: (path, body) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    upload: (path, content, mediaType) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': mediaType },
        body: content,
        duplex: 'half',
      }),
  };
}

async function signInWith(service: URL, options: SignIn): Promise<() => Promise<string>> {
  const { clientId } = options;
  if (clientId === undefined) {
    const token = await readSecret(options.tokenFile, 'COOP_PASSPORT_TOKEN', '--token-file');
    return () => Promise.resolve(token);
  }
  const secret = await readSecret(
    options.clientSecretFile,
    'COOP_PASSPORT_CLIENT_SECRET',
    '--client-secret-file',
  );
  let token: { value: string; at: number } | undefined;
  return async () => {
    if (token && performance.now() - token.at < RENEWED_AFTER_MS) return token.value;
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secret,
    });
    const answer = (await exchange(new URL('/oauth2/token', service), { method: 'POST', body })) as {
      access_token: string;
    };
    token = { value: answer.access_token, at: performance.now() };
    return token.value;
  };
}

async function readSecret(path: string | undefined, variable: string, option: string): Promise<string> {
  const text = path === undefined ? process.env[variable]?.trim() : await readInput(path);
  if (!text) throw new Error(`Set ${variable}, or name a file with ${option}.`);
  return text;
}

async function exchange(url: URL, init: RequestInit): Promise<unknown> {
  let answer: Response;
  try {
    // A token is for one service only.
    answer = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { name, cause } = error as { name?: unknown; cause?: { code?: unknown } };
    const reason =
      name === 'TimeoutError' ? ' in time' : typeof cause?.code === 'string' ? ` (${cause.code})` : '';
    throw new Error(`${url.origin} cannot be reached${reason}. Is the service running?`, { cause: error });
  }
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok && body !== undefined) return body;
  throw new Error(describeRefusal(url, answer.status, body));
}

/** RFC 9457, and RFC 6749 from the token route. */
function describeRefusal(url: URL, status: number, body: unknown): string {
  const { title, detail, errors, error } = (body ?? {}) as Record<string, unknown>;
  const words = [title, detail].filter((part) => typeof part === 'string').join('. ');
  if (words === '' && typeof error === 'string') return `${url.origin} refused the sign-in: ${error}.`;
  if (words === '')
    return `${url.origin} answered ${status}, and not as Coop Passport does. Is the address right?`;
  const fields = Array.isArray(errors) ? (errors as { pointer?: unknown; detail?: unknown }[]) : [];
  return [
    `${url.origin} refused the request: ${words}`,
    ...fields.map((field) => `  ${String(field.pointer)} ${String(field.detail)}`),
  ].join('\n');
}
