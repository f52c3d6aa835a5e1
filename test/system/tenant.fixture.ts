import * as z from 'zod';
import { adminPassword, type Answer, type Cloud } from './cloud.ts';

/** A tenant of its own for a test, made as its seller makes one. */

export const json = { accept: 'application/json' };

const Token = z.object({ data: z.object({ token: z.string() }) });
const Made = z.object({ data: z.object({ id: z.string(), org_id: z.int(), admin_user_id: z.string() }) });
const Key = z.object({ id: z.string(), token: z.string() });

/** `401 INVALID_TOKEN`, whichever form the error has; a success is its status. */
export function outcome({ status, body }: Answer): string {
  const { error } = z.object({ error: z.union([z.string(), z.object({ code: z.string() })]).optional() }).parse(body);
  return error === undefined ? String(status) : `${status} ${typeof error === 'string' ? error : error.code}`;
}

export async function logIn({ api }: Cloud, username: string, password: string): Promise<string> {
  const { body } = await api('/auth/user', { method: 'POST', headers: json, json: { username, password } });
  return Token.parse(body).data.token;
}

export const logInAsOperator = (cloud: Cloud): Promise<string> => logIn(cloud, 'admin', adminPassword);

export type Tenant = {
  readonly organization: number;
  readonly username: string;
  readonly password: string;
  readonly userId: string;
  /** Of its administrator. */ readonly token: string;
};

const password = 'Amber-Falcon-Ridge-2';

/** Uses one log-in, of which an address has 30 a minute. */
export async function newTenant(cloud: Cloud, operator: string): Promise<Tenant> {
  const suffix = Math.random().toString(36).slice(2, 12);
  const username = `tenant-${suffix}`;
  const { body } = await cloud.api('/orgs', {
    method: 'PUT',
    headers: json,
    token: operator,
    json: { name: `Tenant ${suffix}`, country: 'DE', timezone: 'Europe/Berlin', admin: { username, password } },
  });
  const { org_id: organization, admin_user_id: userId } = Made.parse(body).data;
  return { organization, username, password, userId, token: await logIn(cloud, username, password) };
}

export async function newKey({ api }: Cloud, token: string, more: object = {}): Promise<z.output<typeof Key>> {
  const { body } = await api('/accesskeys', {
    method: 'PUT',
    headers: json,
    token,
    json: { name: `Key ${Math.random()}`, ...more },
  });
  return Key.parse(body);
}
