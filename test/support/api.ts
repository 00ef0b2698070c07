import type { LightMyRequestResponse } from 'fastify';
import type { Server } from '../../src/http/server.js';
import { checkAgainstOpenApi } from './openapi.js';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  /** Parsed when it is JSON of any kind. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks wherever it wants
  readonly body: any;
  readonly text: string;
}

export interface RequestOptions {
  readonly headers?: Record<string, string>;
  /** Sent as it is, for bodies that are not good JSON. */
  readonly raw?: string | Buffer;
}

/** A thin HTTP client for tests: no exceptions for 4xx, and each answer must be what openapi.yaml promises. */
export interface ApiClient {
  as(accessToken: string): ApiClient;
  get(url: string, headers?: Record<string, string>): Promise<Answer>;
  post(url: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
  put(url: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
  patch(url: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
  delete(url: string, options?: RequestOptions): Promise<Answer>;
}

export function createApiClient(server: Server, accessToken?: string): ApiClient {
  const request = async (
    method: Method,
    url: string,
    body: unknown,
    options: RequestOptions = {},
  ): Promise<Answer> => {
    const response = await server.inject({
      method,
      url,
      headers: {
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.raw === undefined
        ? body === undefined
          ? {}
          : { payload: JSON.stringify(body) }
        : { payload: options.raw }),
    });
    const answer = toAnswer(response);
    checkAgainstOpenApi(server, method, url, answer);
    return answer;
  };
  return {
    as: (token) => createApiClient(server, token),
    get: (url, headers) => request('GET', url, undefined, headers ? { headers } : {}),
    post: (url, body, options) => request('POST', url, body, options),
    put: (url, body, options) => request('PUT', url, body, options),
    patch: (url, body, options) => request('PATCH', url, body, options),
    delete: (url, options) => request('DELETE', url, undefined, options),
  };
}

function toAnswer(response: LightMyRequestResponse): Answer {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      value === undefined ? undefined : String(value),
    ]),
  );
  const isJson = /json/.test(headers['content-type'] ?? '') && response.body !== '';
  return {
    status: response.statusCode,
    headers,
    body: isJson ? JSON.parse(response.body) : undefined,
    text: response.body,
  };
}
