import createClient from 'openapi-fetch';
import type { paths } from '#openapi';
import { ApiError } from './api-error.ts';
import type { ApiRequest } from './api-request.ts';
import { followedFetch, isGatewayStatus } from './connection.ts';

export type { ApiRequest, Query } from './api-request.ts';

/** The API as the console uses it: each request has the token of the session, which is in the memory of the page. */

/** Whether the server did not answer, so that the request may be sent again when it does. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof ApiError ? isGatewayStatus(error.status) : error instanceof TypeError;

type Credentials = {
  readonly token: string | null;
  /** The organization that is looked at; null: the person's own. */
  readonly organization: string | null;
  /** Called when the API no longer accepts the token. */
  readonly onExpired: () => void;
};

let credentials: Credentials = { token: null, organization: null, onExpired: () => undefined };

export const setCredentials = (next: Credentials): void => void (credentials = next);

/** Endpoints of the person itself take no organization. */
const isOwn = ({ pathname }: URL): boolean => pathname.startsWith('/auth') || pathname.startsWith('/console');

/** In the organization that is looked at. */
function addressed(address: URL | string): URL {
  const url = new URL(address);
  const { organization } = credentials;
  if (organization !== null && !isOwn(url) && !url.searchParams.has('org_id'))
    url.searchParams.set('org_id', organization);
  return url;
}

async function send(request: Request, accept = 'application/json'): Promise<Response> {
  const headers = new Headers(request.headers);
  // A request with a token of its own says nothing of the session.
  const token = headers.has('authorization') ? null : credentials.token;
  headers.set('accept', accept);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
  const response = await followedFetch(addressed(request.url), {
    method: request.method,
    headers,
    signal: request.signal,
    keepalive: request.keepalive,
    ...(hasBody ? { body: await request.arrayBuffer() } : {}),
  });
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => null);
  const error = new ApiError(response.status, response.headers.get('x-request-id'), body);
  if (response.status === 401 && token !== null && token === credentials.token) credentials.onExpired();
  throw error;
}

/** The API with the types of its own document. It throws ApiError. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: (wanted) => send(wanted) });

const urlOf = ({ path, query = {} }: ApiRequest): URL => {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
  return url;
};

/** @throws ApiError */
export async function request(wanted: ApiRequest): Promise<unknown> {
  const { method, body } = wanted;
  const response = await send(
    new Request(urlOf(wanted), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    }),
  );
  if (response.status === 204) return undefined;
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return isJson ? response.json() : response.text();
}

/** Saves an answer as a file on the person's machine. @throws ApiError */
export async function download(wanted: ApiRequest, fileName: string): Promise<void> {
  const response = await send(new Request(urlOf(wanted), { method: wanted.method }), '*/*');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** A text for a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The same request for a shell, with the token in `$TOKEN`. */
export function curlOf(wanted: ApiRequest): string {
  const parts = [
    `curl -X ${wanted.method} ${quoted(addressed(urlOf(wanted)).href)}`,
    '-H "Authorization: Bearer $TOKEN"',
    "-H 'Accept: application/json'",
    ...(wanted.body === undefined
      ? []
      : ["-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(wanted.body))}`]),
  ];
  return parts.join(' \\\n  ');
}
