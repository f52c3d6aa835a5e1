import type { Endpoint } from '#contract/endpoint.ts';
import { omit } from '#schema/omit.ts';
import type { Api } from '../support/api.ts';
import type { Answer } from '../system/cloud.ts';
import { textAt, type ExampleRequest, type Call, type ExampleTenant } from '../support/example-request.ts';

/** Organizations in which authorization is tested, and requests built from examples. */

const random = (): string => crypto.randomUUID().replaceAll('-', '').slice(0, 12);

const calling =
  ({ api, settled }: Pick<Api, 'api' | 'settled'>, token: string, organization: number): Call =>
  async (method, path, body) => {
    const address = `${path}${path.includes('?') ? '&' : '?'}org_id=${organization}`;
    const answer = await api(address, {
      method,
      token,
      headers: { accept: 'application/json' },
      ...(body === undefined ? {} : { json: body }),
    });
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answers ${answer.status} ${JSON.stringify(answer.body)}`);
    await settled();
    return answer.body;
  };

/** Creates a reseller, so that no record forbids what its roles may do. */
export async function newExampleTenant(api: Api, more: object = {}): Promise<ExampleTenant> {
  const { operator, people, store, upload, provider } = api;
  const mark = `mark${random()}`;
  const made = await api.api('/orgs', {
    method: 'PUT',
    token: operator,
    json: { name: mark, type: 'reseller', country: 'US', timezone: 'UTC', ...more },
  });
  const organization = Number(textAt(made.body, 'data', 'org_id'));
  return {
    organization,
    mark,
    people,
    store,
    upload,
    provider,
    unique: () => `u${random()}`,
    call: calling(api, operator, organization),
    callAs: async (member) => calling(api, await people.signIn(member), organization),
    sessionOf: async (member) => {
      const own = await people.signIn(member);
      return { token: own, call: calling(api, own, organization) };
    },
  };
}

/** Path and query of a request. */
export function addressOf({ path }: Endpoint, { params = {}, query = {} }: ExampleRequest): string {
  const filled = path.replaceAll(/\{(\w+)(\+?)\}/g, (_, name: string, greedy: string) => {
    const value = params[name] ?? '';
    return greedy === '+' ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value);
  });
  const search = new URLSearchParams(query).toString();
  return search === '' ? filled : `${filled}?${search}`;
}

export type Sender = { readonly token?: string; readonly headers?: Readonly<Record<string, string>> };

/** Whether a request may end the session of its caller. Other endpoints are called repeatedly with one session. */
export const mayEndSessions = ({ path }: Endpoint): boolean => /^\/(auth|users)/.test(path);

export const methodOf = ({ method }: Endpoint): string => (method === 'ANY' ? 'GET' : method);

/** Sends an example. `fetch` sends no body with GET; no example needs one. */
export const send = (
  { api, base }: Pick<Api, 'api' | 'base'>,
  endpoint: Endpoint,
  asked: ExampleRequest,
  { token, headers = {} }: Sender,
): Promise<Answer> =>
  api(base + addressOf(endpoint, asked), {
    method: methodOf(endpoint),
    redirect: 'manual',
    headers: { accept: 'application/json', ...headers },
    ...(token === undefined ? {} : { token }),
    ...(asked.body === undefined ? {} : { json: asked.body }),
  });

/** The request of a caller from elsewhere: with `org_id`, unless its path names the organization. */
export function inOrganization(organization: number, { orgFromPath = '' }: Endpoint, asked: ExampleRequest) {
  const isNamed = /^(org\/)?(org_)?\d+$/.test(asked.params?.[orgFromPath] ?? '');
  return isNamed ? asked : { ...asked, query: { ...asked.query, org_id: String(organization) } };
}

const hasOrganization = (body: unknown): body is { readonly organization_id: unknown } =>
  typeof body === 'object' && body !== null && 'organization_id' in body;

/** The same request for another organization, also if its path or its body names the one that it was made for. */
export function movedTo(organization: number, endpoint: Endpoint, asked: ExampleRequest): ExampleRequest {
  const { orgFromPath: name = '' } = endpoint;
  const { params = {}, body } = asked;
  const value = params[name]?.replace(/^((org\/)?(org_)?)\d+$/, `$1${organization}`);
  const moved = {
    ...asked,
    params: value === undefined ? params : { ...params, [name]: value },
    ...(hasOrganization(body) ? { body: omit(body, 'organization_id') } : {}),
  };
  return inOrganization(organization, endpoint, moved);
}

const operatorOrganization = 1000;

/** A session of a new operator, which requests may end. */
const newOperatorSession = async ({ people }: Api): Promise<string> =>
  people.signIn(await people.join(operatorOrganization, 'operator'));

type Owned = {
  readonly home: ExampleTenant;
  readonly asked: ExampleRequest;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Sends an example as the only caller for which it succeeds, or as an operator. */
export async function sendAsOwner(api: Api, endpoint: Endpoint, { home, asked, headers = {} }: Owned): Promise<Answer> {
  const { owner, token } = asked;
  if (owner !== undefined)
    return send(api, endpoint, asked, { token: token ?? (await api.people.signIn(owner)), headers });
  const operator = token ?? (mayEndSessions(endpoint) ? await newOperatorSession(api) : api.operator);
  return send(api, endpoint, inOrganization(home.organization, endpoint, asked), { token: operator, headers });
}

/** The request with one session for all its attempts. */
export async function withSession(api: Api, asked: ExampleRequest): Promise<ExampleRequest> {
  const { owner, token } = asked;
  const own = owner === undefined ? newOperatorSession(api) : api.people.signIn(owner);
  return { ...asked, token: token ?? (await own) };
}

/** The error code in any response format; undefined for a success. */
export function codeIn({ body }: Answer): string | undefined {
  const { error } = Object(body) as { readonly error?: { readonly code?: string } | string };
  return typeof error === 'string' ? error.toUpperCase() : error?.code;
}

/** The page token, at the top of the answer or in `data`. */
export function nextPageIn({ body }: Answer): string {
  const { data, next_page_token: next } = Object(body) as {
    readonly data?: { readonly next_page_token?: string };
    readonly next_page_token?: string;
  };
  return next ?? data?.next_page_token ?? '';
}
