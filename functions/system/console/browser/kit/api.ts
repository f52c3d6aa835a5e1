import createClient from 'openapi-fetch';
import type { paths } from '#openapi';
import { at, isObject } from '../../json-value.ts';
import { ApiError } from './api-error.ts';
import type { ApiRequest } from './api-request.ts';
import { followedFetch, isGatewayStatus } from './connection.ts';
import { isRemovalMeant } from './removal.ts';

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

/** What is the person's own, or the page's, takes no organization. */
const ownPaths = ['/auth', '/branding', '/console'] as const;
const isOwn = ({ pathname }: URL): boolean => ownPaths.some((path) => pathname.startsWith(path));

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

const jsonType = 'application/json';

const textOfBody = ({ body, type = jsonType }: ApiRequest): string =>
  type === jsonType ? JSON.stringify(body) : String(body);

/** An answer with the version of its resource, which some have in their header `ETag` only. */
function withVersion(answer: unknown, tag: string | null): unknown {
  const version = /^(?:W\/)?"([0-9]{1,15})"$/.exec(tag ?? '')?.[1];
  const resource = at(answer, 'data');
  if (version === undefined || !isObject(answer) || !isObject(resource) || 'version' in resource) return answer;
  return { ...answer, data: { ...resource, version: Number(version) } };
}

async function sendAsItIs(wanted: ApiRequest): Promise<unknown> {
  const { method, body, type = jsonType, version } = wanted;
  const headers = {
    ...(body === undefined ? {} : { 'content-type': type }),
    ...(version === undefined ? {} : { 'if-match': `"${version}"` }),
  };
  const response = await send(
    new Request(urlOf(wanted), { method, headers, ...(body === undefined ? {} : { body: textOfBody(wanted) }) }),
  );
  if (response.status === 204) return undefined;
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return isJson ? withVersion(await response.json(), response.headers.get('etag')) : response.text();
}

/** In a body with a version: else the version answers the question whether a removal is meant. */
export const asksForRemoval = { confirm_removal: false } as const;

/**
 * Sends a request. The person is asked before it removes a large part of a list.
 *
 * @throws ApiError
 */
export async function request(wanted: ApiRequest): Promise<unknown> {
  try {
    return await sendAsItIs(wanted);
  } catch (error) {
    const isQuestion = error instanceof ApiError && error.code === 'REMOVES_MANY' && isObject(wanted.body);
    if (!isQuestion || !(await isRemovalMeant(error.message))) throw error;
    return sendAsItIs({ ...wanted, body: { ...wanted.body, confirm_removal: true } });
  }
}

/** Saves a file on the person's machine. */
export function saveFile(content: Blob, fileName: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Saves an answer as a file on the person's machine. @throws ApiError */
export async function download(wanted: ApiRequest, fileName: string): Promise<void> {
  const response = await send(new Request(urlOf(wanted), { method: wanted.method }), '*/*');
  saveFile(await response.blob(), fileName);
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
