import type { Endpoint } from '#contract/endpoint.ts';
import { operatorToken, type Answer, type Cloud } from '../system/cloud.ts';
import type { People } from '../system/people.ts';
import { textAt, type ExampleRequest, type Call, type ExampleTenant } from '../support/example-request.ts';

/** Organizations in which authorization is tested, and requests built from examples. */

const random = (): string => crypto.randomUUID().replaceAll('-', '').slice(0, 12);

const calling =
  ({ api }: Cloud, token: string, organization: number): Call =>
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
    return answer.body;
  };

/** Creates a reseller, so that no record forbids what its roles may do. @param token of the operator */
export async function newExampleTenant(
  cloud: Cloud,
  people: People,
  more: object = {},
  token = operatorToken(),
): Promise<ExampleTenant> {
  const mark = `mark${random()}`;
  const made = await cloud.api('/orgs', {
    method: 'PUT',
    token,
    json: { name: mark, type: 'reseller', country: 'US', timezone: 'UTC', ...more },
  });
  const organization = Number(textAt(made.body, 'data', 'org_id'));
  return {
    organization,
    mark,
    people,
    unique: () => `u${random()}`,
    call: calling(cloud, token, organization),
    callAs: async (member) => calling(cloud, await people.signIn(member), organization),
    sessionOf: async (member) => {
      const own = await people.signIn(member);
      return { token: own, call: calling(cloud, own, organization) };
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
  cloud: Cloud,
  endpoint: Endpoint,
  asked: ExampleRequest,
  { token, headers = {} }: Sender,
): Promise<Answer> =>
  cloud.api(addressOf(endpoint, asked), {
    method: methodOf(endpoint),
    redirect: 'manual',
    headers: { accept: 'application/json', ...headers },
    ...(token === undefined ? {} : { token }),
    ...(asked.body === undefined ? {} : { json: asked.body }),
  });

/** The error code in any response format; undefined for a success. */
export function codeIn({ body }: Answer): string | undefined {
  const { error } = Object(body) as { readonly error?: { readonly code?: string } | string };
  return typeof error === 'string' ? error.toUpperCase() : error?.code;
}
