import { connect, operatorToken, type Answer } from '../system/cloud.ts';

/** A tenant of one's own in the running cloud, for what people do in it. */
export type Tenant = {
  readonly number: string;
  readonly admin: string;
  /** Calls the API in JSON, by default as the tenant's administrator. */
  readonly ask: (method: string, path: string, json?: unknown, token?: string) => Promise<Answer>;
  readonly logIn: (username: string) => Promise<string>;
};

/** The password of everybody who is made here. */
export const tenantPassword = 'Amber-Falcon-Ridge-2';

/** The data of an answer, whose fields are mostly texts. */
export const texts = ({ body }: Answer): Readonly<Record<string, string>> =>
  (body as { data: Record<string, string> }).data;
/** Status and, of an error, its code. */
export const outcome = ({ status, body }: Answer): string =>
  `${status} ${(body as { error?: { code: string } }).error?.code ?? ''}`.trim();

const cloud = connect();

const ask = (method: string, path: string, json: unknown, token?: string): Promise<Answer> =>
  cloud.api(path, {
    method,
    headers: { accept: 'application/json' },
    ...(json === undefined ? {} : { json }),
    ...(token === undefined ? {} : { token }),
  });

const logIn = async (username: string): Promise<string> =>
  texts(await ask('POST', '/auth/user', { username, password: tenantPassword }))['token'] ?? '';

/** A new organization with an administrator, both of this name. */
export async function newTenant(name: string): Promise<Tenant> {
  const made = await ask(
    'PUT',
    '/orgs',
    { name, country: 'DE', timezone: 'Europe/Berlin', admin: { username: name, password: tenantPassword } },
    operatorToken(),
  );
  const admin = await logIn(name);
  return {
    number: texts(made)['id'] ?? '',
    admin,
    logIn,
    ask: (method, path, json, token = admin) => ask(method, path, json, token),
  };
}

/** A name that no other run has. */
export const uniqueName = (of: string): string => `${of}-${Math.random().toString(36).slice(2, 10)}`;
