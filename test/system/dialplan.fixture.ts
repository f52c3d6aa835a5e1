import { expect } from 'vitest';
import { connect, operatorToken, type Answer } from './cloud.ts';

const cloud = connect();

export type Body = Readonly<Record<string, unknown>>;

type Api = (
  method: string,
  path: string,
  json?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** An organization with an empty plan, and requests in it. */
export type Tenant = { /** `org_1001` */ readonly id: string; readonly api: Api };

const withToken =
  (token: string, organization?: string): Api =>
  (method, path, json, headers = {}) => {
    const named = organization === undefined ? '' : `${path.includes('?') ? '&' : '?'}org_id=${organization}`;
    return cloud.api(path + named, {
      method,
      token,
      headers: { accept: 'application/json', ...headers },
      ...(json === undefined ? {} : { json }),
    });
  };

async function logIn(username: string, password: string): Promise<{ readonly token: string; readonly userId: string }> {
  const { status, body } = await cloud.api('/auth/user', { method: 'POST', json: { username, password } });
  expect(status).toBe(200);
  const { token, entity } = (body as { data: { token: string; entity: { id: string } } }).data;
  return { token, userId: entity.id };
}

/** Requests of the operator, in its own organization. */
export const operator: Api = async (...call) => withToken(operatorToken())(...call);

const suffix = Math.random().toString(36).slice(2, 10);
let tenants = 0;

async function newOrganization(more: Body): Promise<{ readonly id: string; readonly name: string }> {
  tenants += 1;
  const name = `dialplan-${suffix}-${tenants}`;
  const made = await operator('PUT', '/orgs', { name, country: 'US', timezone: 'America/New_York', ...more });
  expect(made).toMatchObject({ status: 201 });
  return { id: (made.body as { data: { id: string } }).data.id, name };
}

/** A new organization in which the operator sends requests: a user's password takes half a second to hash. */
export async function newTenant(more: Body = {}): Promise<Tenant> {
  const { id } = await newOrganization(more);
  return { id, api: withToken(operatorToken(), id) };
}

/** A new organization in which its own administrator sends requests. */
export async function newTenantOfItsOwn(): Promise<Tenant & { readonly userId: string }> {
  const admin = { username: `admin-${suffix}-${tenants}`, password: 'Brisk-Walnut-Harbor-7' };
  const { id } = await newOrganization({ admin });
  const { token, userId } = await logIn(admin.username, admin.password);
  return { id, userId, api: withToken(token) };
}

export const policyIn = ({ body }: Answer): { id: string; version: number } & Body =>
  (body as { policy: { id: string; version: number } & Body }).policy;
export const decisionIn = ({ body }: Answer): Body => (body as { decision: Body }).decision;
export const codeIn = ({ status, body }: Answer): string =>
  `${status} ${(body as { error?: { code: string } }).error?.code ?? ''}`;

/** A policy for toll-free numbers. It has no `log`, so only tests that log calls have logs. */
export const tollFree = {
  name: 'Toll-Free Routing Policy',
  description: 'Route toll-free calls through dedicated gateway',
  status: 'active',
  priority: 50,
  conditions: { pattern: '^1(800|888|877|866|855|844|833)[0-9]{7}$', caller_id_required: false },
  actions: { allow: true, gateway: 'tollfree_gateway' },
};

/** A template for an office. */
export const office = {
  name: 'Standard Office Template',
  rules: [
    { priority: 1, pattern: '^9([0-9]{10})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' },
    { priority: 2, pattern: '^([2-8][0-9]{2})$', action: 'bridge', destination: `user/$1@\${domain}` },
  ],
  variables: { domain: 'sip.example.com', default_timeout: 30 },
};
