import { beforeAll, describe, expect, test } from 'vitest';
import { attempts, guarded, newTarget, managerSession, type Target } from '../authorization/account-attempts.ts';
import type { Api } from '../support/api.ts';
import { json, newAdministeredTenant, outcome, type AdministeredTenant } from '../system/tenant.fixture.ts';

/** Endpoints that change an account, asked by one that may do less than the account's owner. */

/** Those that end the account, or what another attempt needs, come last. */
const order = (route: string): number =>
  ['DELETE /userf', 'DELETE /groups', 'DELETE /clientd', 'POST /clientd', 'clientaccess', 'DELETE /users/'].findIndex(
    (part) => route.includes(part),
  );

/** @param routes of endpoints that change accounts */
export function proveAccounts(api: () => Api, routes: readonly string[] = guarded): void {
  let tenant: AdministeredTenant;
  let manager: string;
  let administrator: Target;
  let agent: Target;

  beforeAll(async () => {
    tenant = await newAdministeredTenant('accounts', { cloud: api(), operator: api().operator });
    await tenant.ask('POST', `/users/${tenant.userId}`, { extension: '4001' });
    manager = await managerSession(api(), tenant);
    [administrator, agent] = await Promise.all([newTarget(api(), tenant, 'admin'), newTarget(api(), tenant, 'agent')]);
  });

  const attempt = async (route: string, of: Target, token: string) => {
    const { path, json: body } = attempts[route] ?? { path: () => '/unknown' };
    const [method = ''] = route.split(' ');
    return outcome(await tenant.ask(method, path(of), body?.(of), { token, headers: json }));
  };

  describe('a manager changes no administrator', () => {
    test.each(routes)('%s', async (route) => {
      expect((await attempt(route, administrator, manager)).toUpperCase()).toBe('403 CANNOT_MANAGE_USER');
    });

    test('and none of the attempts has left anything', async () => {
      const { body } = await tenant.ask('GET', `/userforeignid/${tenant.id}/${administrator.user}`);
      expect(body).toMatchObject({ data: { foreignIds: [{ foreignIdType: 'crm' }] } });
      const keys = await tenant.ask('GET', `/accesskeys?user_id=${administrator.user}`);
      expect(keys.body).toMatchObject({ result: [{ id: administrator.key }] });
    });
  });

  describe('a manager changes an agent', () => {
    test.each(
      routes
        // The agent's account is one of all, which include administrators.
        .filter((route) => route !== 'PUT /auth/salesforce/{orgId}')
        .toSorted((one, other) => order(one) - order(other)),
    )('%s', async (route) => {
      expect(await attempt(route, agent, manager)).toMatch(/^20[01]$/);
    });
  });
}
