import * as z from 'zod';
import { adminPassword, connect, logIn, operatorToken, type Answer, type Cloud } from './cloud.ts';

/** Tenants of a running cloud, and requests in them. */

export const json = { accept: 'application/json' };

export type Body = Readonly<Record<string, unknown>>;

/** Sends a request with a JSON body, by default with the credential and in the organization of its tenant. */
export type Ask = (
  method: string,
  path: string,
  json?: unknown,
  extra?: { readonly token?: string; readonly headers?: Readonly<Record<string, string>> },
) => Promise<Answer>;

/** An organization in which the operator sends the requests. */
export type Tenant = { /** `org_1001` */ readonly id: string; readonly ask: Ask };

/** An organization in which its own administrator sends the requests. */
export type AdministeredTenant = Tenant & {
  readonly organization: number;
  /** User name of the administrator, and name of the organization. */
  readonly username: string;
  readonly password: string;
  readonly userId: string;
  readonly token: string;
  /** Logs in a user whose password is `tenantPassword`. */
  readonly logIn: (username: string) => Promise<string>;
};

/** Password of the users of tests. */
export const tenantPassword = 'Amber-Falcon-Ridge-2';

/** A name that no other test and no earlier run has. */
export const uniqueName = (prefix: string): string => `${prefix}-${Math.random().toString(36).slice(2, 12)}`;

/** The data of an answer, which are mostly texts. */
export const texts = ({ body }: Answer): Readonly<Record<string, string>> =>
  (body as { data: Record<string, string> }).data;

/** Status and, for an error, its code in any response format: `401 INVALID_TOKEN`. */
export function outcome({ status, body }: Answer): string {
  const { error } = Object(body) as { readonly error?: { readonly code?: string } | string };
  const code = typeof error === 'string' ? error : error?.code;
  return code === undefined ? String(status) : `${status} ${code}`;
}

const askWith =
  (cloud: Pick<Cloud, 'api'>, own: string, organization?: string): Ask =>
  (method, path, body, { token = own, headers = {} } = {}) => {
    const query = organization === undefined ? '' : `${path.includes('?') ? '&' : '?'}org_id=${organization}`;
    return cloud.api(path + query, {
      method,
      token,
      headers: { ...json, ...headers },
      ...(body === undefined ? {} : { json: body }),
    });
  };

export const logInAsOperator = (cloud: Cloud): Promise<string> => logIn(cloud, 'admin', adminPassword);

/** Sends a request of the operator, in its own organization. */
export const askAsOperator: Ask = (...request) => askWith(connect(), operatorToken())(...request);

/** The operator consents that a gateway or trunk shares its host. @param path `/sipgateways/gw_…` */
export async function consentToHost(
  { id, ask }: AdministeredTenant,
  path: string,
  operator = operatorToken(),
): Promise<void> {
  const answer = await ask('POST', `${path}?org_id=${id}`, { shared_host: true }, { token: operator });
  if (answer.status !== 200) throw new Error(`the consent is answered ${outcome(answer)}`);
}

const Created = z.object({
  data: z.object({ id: z.string(), org_id: z.int(), admin_user_id: z.string().nullish() }),
});

/**
 * Creates an organization in which the operator sends requests: an administrator's password takes half a second to
 * hash. @param more fields of the organization
 */
export async function newTenant(more: Body = {}): Promise<Tenant> {
  const body = { name: uniqueName('tenant'), country: 'US', timezone: 'America/New_York', ...more };
  const { id } = Created.parse((await askAsOperator('PUT', '/orgs', body)).body).data;
  return { id, ask: askWith(connect(), operatorToken(), id) };
}

/**
 * Creates an organization with an administrator, both of one unique name, and logs in. An address has 30 log-ins a
 * minute. @param more fields of the organization
 */
export async function newAdministeredTenant(
  prefix: string,
  { cloud = connect(), operator = operatorToken(), more = {} }: Creation = {},
): Promise<AdministeredTenant> {
  const username = uniqueName(prefix);
  const password = tenantPassword;
  const body = { name: username, country: 'DE', timezone: 'Europe/Berlin', admin: { username, password }, ...more };
  const created = await askWith(cloud, operator)('PUT', '/orgs', body);
  const { id, org_id: organization, admin_user_id: userId } = Created.parse(created.body).data;
  const token = await logIn(cloud, username, password);
  return {
    id,
    organization,
    username,
    password,
    userId: userId ?? '',
    token,
    ask: askWith(cloud, token),
    logIn: (name) => logIn(cloud, name, tenantPassword),
  };
}

type Creation = { readonly cloud?: Pick<Cloud, 'api'>; readonly operator?: string; readonly more?: Body };

const Key = z.object({ id: z.string(), token: z.string() });

/** Creates an access key. @param token of its owner */
export async function newKey(
  { api }: Pick<Cloud, 'api'>,
  token: string,
  more: object = {},
): Promise<z.output<typeof Key>> {
  const { body } = await api('/accesskeys', {
    method: 'PUT',
    headers: json,
    token,
    json: { name: uniqueName('key'), ...more },
  });
  return Key.parse(body);
}

type SignalingAddress = { readonly address: string; readonly port: number; readonly type: 'signaling' | 'both' };

/** Gives a trunk addresses from which it calls, as the seller of a tenant does: the operator. */
export const trustAddresses = (
  { id, ask }: AdministeredTenant,
  trunk: string,
  ips: readonly SignalingAddress[],
  operator = operatorToken(),
): Promise<Answer> =>
  ask(
    'PUT',
    `/siptrunkips/${trunk}?org_id=${id}`,
    { ips: ips.map((ip) => ({ ...ip, trusted: true })) },
    { token: operator },
  );
