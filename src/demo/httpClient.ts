/** A role's way to the service: plain HTTP and nothing else, as any other program would speak it. */
export interface HttpClient {
  readonly publicUrl: string;
  /** The same, signed in. */
  as(accessToken: string): HttpClient;
  /** Each answers with the body; rejects with {@link UnexpectedAnswer} for any status but the expected one. */
  get<Body>(path: string): Promise<Body>;
  getText(path: string, accept: string): Promise<string>;
  post<Body>(path: string, body: object, expectedStatus: number): Promise<Body>;
  put<Body>(path: string, body: object, ifMatch?: string): Promise<Body>;
  upload<Body>(path: string, form: FormData): Promise<Body>;
}

/** RFC 9457, as far as the story tells it. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly expectedStatus: number;
  readonly accept?: string;
  readonly json?: object;
  readonly form?: FormData;
  readonly ifMatch?: string | undefined;
}

/** @param signal once aborted, nothing more is sent: each call rejects */
export function createHttpClient(publicUrl: string, signal?: AbortSignal, accessToken?: string): HttpClient {
  async function send({
    method,
    path,
    expectedStatus,
    accept,
    json,
    form,
    ifMatch,
  }: Outgoing): Promise<Response> {
    // Not handed to fetch: that would leave a listener behind for each of thousands of requests.
    signal?.throwIfAborted();
    const answer = await fetch(new URL(path, publicUrl), {
      method,
      headers: {
        ...(accept === undefined ? {} : { accept }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
        ...(json ? { 'content-type': 'application/json' } : {}),
      },
      ...(json ? { body: JSON.stringify(json) } : form ? { body: form } : {}),
    });
    if (answer.status === expectedStatus) return answer;
    // Of an answer only what a problem says is shown: another may hold a session or somebody's data.
    const { code, detail } = (await answer.json().catch(() => ({}))) as Partial<Problem>;
    const reason = code === undefined ? '' : `, ${code}: ${detail ?? ''}`;
    throw new UnexpectedAnswer(
      `${method} ${path} answered ${answer.status}${reason}, where ${expectedStatus} was expected.`,
    );
  }
  async function sendForJson<Body>(request: Outgoing): Promise<Body> {
    return (await (await send(request)).json()) as Body;
  }

  return {
    publicUrl,
    as: (token) => createHttpClient(publicUrl, signal, token),
    get: (path) => sendForJson({ method: 'GET', path, expectedStatus: 200 }),
    getText: async (path, accept) =>
      (await send({ method: 'GET', path, expectedStatus: 200, accept })).text(),
    post: (path, json, expectedStatus) => sendForJson({ method: 'POST', path, json, expectedStatus }),
    put: (path, json, ifMatch) => sendForJson({ method: 'PUT', path, json, expectedStatus: 200, ifMatch }),
    upload: (path, form) => sendForJson({ method: 'POST', path, form, expectedStatus: 201 }),
  };
}
