import type { Answer, ApiClient, RequestOptions } from './api.js';

/** The same client as tests have for an app in their own process, over a real socket. */
export function createHttpClient(origin: string, accessToken?: string): ApiClient {
  const request = async (
    method: string,
    url: string,
    body: unknown,
    options: RequestOptions = {},
  ): Promise<Answer> => {
    const payload = options.raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${origin}${url}`, {
      method,
      headers: {
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
    });
    const text = await response.text();
    const headers = Object.fromEntries(response.headers);
    const isJson = /json/.test(headers['content-type'] ?? '') && text !== '';
    return { status: response.status, headers, text, body: isJson ? JSON.parse(text) : undefined };
  };
  return {
    as: (token) => createHttpClient(origin, token),
    get: (url, headers) => request('GET', url, undefined, headers ? { headers } : {}),
    post: (url, body, options) => request('POST', url, body, options),
    put: (url, body, options) => request('PUT', url, body, options),
    patch: (url, body, options) => request('PATCH', url, body, options),
    delete: (url, options) => request('DELETE', url, undefined, options),
  };
}
