import { beforeAll, describe, expect, test } from 'vitest';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { storeDomain } from '#test/support/email.fixture.ts';
import { addOrganization, addUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { call, type Call, outcomes, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change as changing, overwrite, inOrganization } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { authHandler } from '../auth/handler.ts';
import { billingProfileRow } from '../../billing/rows/billing-profile.ts';
import { creditRow } from '../../billing/charging/row.ts';
import { liveTasksRow } from '../../billing/cdr-munch/row.ts';
import { groupsHandler } from '../groups/handler.ts';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { countTariffUse, tariffRow } from '../../billing/tariffs/row.ts';
import { createWrites as tariffCreation } from '../../billing/tariffs/store.ts';
import { firstVersion, NewTariff } from '../../billing/tariffs/tariff.ts';
import { usersHandler } from '../users/handler.ts';
import { organizationsHandler } from './handler.ts';

const stores = testStore();
let auth: ApiHandler;
let users: ApiHandler;
let groups: ApiHandler;
let orgs: ApiHandler;
const tokens: Record<string, string> = {};

const logIn = (username: string, password = 'Quiet-Otter-Lantern-4'): Promise<Reply> =>
  call(auth, 'POST /auth/{entity}', { params: { entity: 'user' }, json: { username, password } });
const ask = (route: string, who: string, id = '', of: Call = {}): Promise<Reply> =>
  call(orgs, route, { token: tokens[who], ...of, params: { id } });
const change = (who: string, id: string, json: object): Promise<Reply> => ask('POST /orgs/{id}', who, id, { json });
const make = async (who: string, json: object): Promise<string> =>
  (await ask('PUT /orgs', who, '', { json: { country: 'US', timezone: 'UTC', ...json } })).body.data['id'] ?? '';

async function join(username: string, organization: number, role: string): Promise<void> {
  await addUser(stores.store, username, { organization, roles: [role] });
  tokens[username] = (await logIn(username)).body.data['token'] ?? '';
}

beforeAll(async () => {
  const dependencies = testDependencies(stores.store, { clock: manualClock() });
  auth = authHandler(dependencies, fastPasswords());
  users = usersHandler(dependencies, fastPasswords());
  groups = groupsHandler(dependencies);
  orgs = organizationsHandler(dependencies, fastPasswords());
  await logIn('admin');
  await addOrganization(stores.store, 5301, { type: 'reseller', name: 'Reseller' });
  await addOrganization(stores.store, 5302, { parent_id: 5301, name: 'Customer' });
  await addOrganization(stores.store, 5303, { name: 'Stranger' });
  await join('root', 1000, 'operator');
  await join('seller', 5301, 'reseller');
  await join('owner', 5302, 'admin');
});

/** The list in an answer. */
const listIn = (body: unknown) => body as { data: { org_id: number }[]; next_page_token: string };
const numbersOf = ({ body }: Reply): number[] => listIn(body).data.map(({ org_id: number }) => number);

describe('the list', () => {
  test('shows what is within reach, filtered and ordered by number', async () => {
    const lists = [
      await ask('GET /orgs', 'root'),
      await ask('GET /orgs', 'seller'),
      await ask('GET /orgs', 'owner'),
      await ask('GET /orgs', 'root', '', { query: { parent_id: '5301' } }),
      await ask('GET /orgs', 'root', '', { query: { q: 'STRA' } }),
      await ask('GET /orgs', 'seller', '', { query: { limit: '1' } }),
    ];
    expect(lists.map(numbersOf)).toEqual([[1000, 5301, 5302, 5303], [5301, 5302], [5302], [5302], [5303], [5301]]);
    const next = listIn(lists[5]?.body).next_page_token;
    expect(numbersOf(await ask('GET /orgs', 'seller', '', { query: { limit: '1', page_token: next } }))).toEqual([
      5302,
    ]);
    expect(outcomes([await ask('GET /orgs', 'seller', '', { query: { parent_id: '5303' } })])).toEqual([
      '403 FORBIDDEN_ORG',
    ]);
  });

  test('has single organizations too: me with its counts, but none out of reach', async () => {
    expect((await ask('GET /orgs/{id}', 'owner', 'me')).body.data).toMatchObject({
      id: 'org_5302',
      org_id: 5302,
      parent_id: 'org_5301',
      counts: { users: 1, trunks: 0, children: 0 },
    });
    expect(
      outcomes([
        await ask('GET /orgs/{id}', 'owner', '5301'),
        await ask('GET /orgs/{id}', 'owner', 'org_9999'),
        await ask('GET /orgs/{id}', 'root', 'org_9999'),
        await ask('GET /orgs/{id}', 'seller', 'org_5302'),
      ]),
    ).toEqual(['403 FORBIDDEN_ORG', '403 FORBIDDEN_ORG', '404 NOT_FOUND', '200']);
    expect(JSON.stringify((await ask('GET /orgs/{id}', 'owner', 'me')).body)).not.toContain('page');
  });
});

describe('a change', () => {
  test('names no emergency number as the operator of mailboxes', async () => {
    const reply = await change('seller', '5302', { settings: { operator: '+1911' } });
    expect(outcomes([reply])).toEqual(['422 VALIDATION_FAILED']);
    expect(reply.body.error.details).toMatchObject([{ path: 'settings.operator' }]);
  });

  test('merges objects by key, and null removes a key', async () => {
    await change('owner', 'me', {
      address: { city: 'Berlin', street: 'Ring 1' },
      security: { session_ttl_max: 600 },
      contacts: { admin_user_id: 'usr_owner' },
    });
    const merged = await change('owner', 'me', {
      address: { city: null, phone: '1' },
      security: { password_rotation_days: 30 },
      contacts: { admin_user_id: null, tech_user_id: 'usr_owner' },
    });
    expect(merged.body.data['address']).toEqual({ street: 'Ring 1', phone: '1' });
    expect((await change('owner', 'me', { address: null })).body.data['address']).toEqual({});
    expect(merged.body.data).toMatchObject({
      security: { session_ttl_max: 600, password_rotation_days: 30 },
      contacts: { admin_user_id: null, tech_user_id: 'usr_owner', finance_user_id: null },
    });
    expect(
      outcomes([
        await change('owner', 'me', { security: null }),
        await change('owner', 'me', { contacts: { tech_user_id: 'usr_root' } }),
        await change('owner', 'me', { type: 'reseller' }),
        await change('owner', 'me', { parent_id: 1000 }),
      ]),
    ).toEqual(['422 VALIDATION_FAILED', '422 UNKNOWN_USER', '422 VALIDATION_FAILED', '422 VALIDATION_FAILED']);
  });

  test('of status and limits is made by the parent only, within its own limits', async () => {
    expect(
      outcomes([
        await change('owner', 'me', { limits: { max_users: 5 } }),
        await change('owner', 'me', { status: 'suspended' }),
        await change('seller', 'me', { limits: { max_users: 20_000 } }),
        await change('seller', '5302', { limits: { max_users: 20_000 } }),
        await change('seller', '5302', { limits: { max_users: 500 } }),
        await change('root', '5302', { limits: { max_trunks: 101 } }),
      ]),
    ).toEqual([
      '403 NOT_THE_PARENT',
      '403 NOT_THE_PARENT',
      '403 NOT_THE_PARENT',
      '422 LIMIT_EXCEEDS_PARENT',
      '200',
      '422 LIMIT_EXCEEDS_PARENT',
    ]);
    expect((await ask('GET /orgs/{id}', 'owner', 'me')).body.data['limits']).toMatchObject({
      max_users: 500,
      max_trunks: 100,
    });
  });

  test("of the daily spending limit is an amount within the reseller's, and null lifts it", async () => {
    const spending = async (who: 'root' | 'seller', id: string, daily_spend: unknown) => {
      const reply = await change(who, id, { limits: { daily_spend } });
      const { limits }: { limits?: { daily_spend: string | null } } = Object(reply.body.data);
      return limits === undefined ? outcomes([reply])[0] : limits.daily_spend;
    };
    expect([
      await spending('root', '5302', '12.5'),
      await spending('root', '5302', null),
      await spending('root', '5302', -1),
    ]).toEqual(['12.5000', null, '422 VALIDATION_FAILED']);
    expect([
      await spending('root', '5301', 10),
      await spending('seller', '5302', '10'),
      await spending('seller', '5302', '10.0001'),
      await spending('seller', '5302', null),
    ]).toEqual(['10.0000', '10.0000', '422 LIMIT_EXCEEDS_PARENT', '422 LIMIT_EXCEEDS_PARENT']);
    const child = await make('seller', { name: 'Spends as its reseller' });
    expect((await ask('GET /orgs/{id}', 'seller', child)).body.data['limits']).toMatchObject({
      daily_spend: '10.0000',
    });
    expect([
      await spending('root', '5302', null),
      await spending('root', '5301', null),
      await spending('root', '5302', null),
    ]).toEqual(['422 LIMIT_EXCEEDS_PARENT', null, null]);
  });

  test('frees the old name; the old alias stays reserved for its owner', async () => {
    await change('seller', '5302', { name: 'Renamed', alias: 'first-alias' });
    const other = await make('seller', { name: 'Customer' });
    expect(
      outcomes([
        await change('seller', other, { name: 'RENAMED' }),
        await change('seller', '5302', { alias: 'second-alias' }),
        await change('seller', other, { alias: 'first-alias' }),
        await change('seller', '5302', { alias: 'first-alias' }),
      ]),
    ).toEqual(['409 NAME_TAKEN', '200', '409 ALIAS_TAKEN', '200']);
  });

  test('of a field that has no effect yet is rejected', async () => {
    expect(outcomes([await change('root', '5302', { settings: { fax: {} } })])).toEqual(['422 NOT_YET_SUPPORTED']);
  });

  test('sets how many calls it may have in progress', async () => {
    expect(outcomes([await change('root', '5302', { limits: { max_concurrent_calls: 5 } })])).toEqual(['200']);
    expect((await organization(5302)).limits).toMatchObject({ max_concurrent_calls: 5 });
  });

  test('sets how switches write numbers, replaces that as a whole, and removes it', async () => {
    const settings = async (numbers: unknown) => {
      const answer = await change('root', '5302', { settings: { numbers } });
      return [outcomes([answer])[0], (await organization(5302)).settings];
    };
    expect(await settings({ strip: ['9'], country: 'CA' })).toEqual([
      '200',
      { numbers: { strip: ['9'], country: 'CA' } },
    ]);
    expect(await settings({ strip: ['8'] })).toEqual(['200', { numbers: { strip: ['8'] } }]);
    expect(await settings({ strip: ['+'] })).toEqual(['422 VALIDATION_FAILED', { numbers: { strip: ['8'] } }]);
    expect(outcomes([await change('root', '5302', { alias: 'other-alias' })])).toEqual(['200']);
    expect((await organization(5302)).settings).toEqual({ numbers: { strip: ['8'] } });
    expect(await settings(null)).toEqual(['200', {}]);
  });

  test('sets how many recipients of notices it has a day, beside its other settings', async () => {
    const settings = async (json: object) => {
      const answer = await change('root', '5302', { settings: json });
      return [outcomes([answer])[0], (await organization(5302)).settings];
    };
    const numbers = { strip: ['9'] };
    expect(await settings({ email: { notice_limit: 20 } })).toEqual(['200', { email: { notice_limit: 20 } }]);
    expect(await settings({ numbers })).toEqual(['200', { numbers, email: { notice_limit: 20 } }]);
    expect(await settings({ email: { notice_limit: -1 } })).toEqual([
      '422 VALIDATION_FAILED',
      { numbers, email: { notice_limit: 20 } },
    ]);
    expect(await settings({ numbers: null, email: null })).toEqual(['200', {}]);
  });

  test('names a sender of e-mails that is in a verified domain', async () => {
    const settings = async (email: unknown) => {
      const answer = await change('root', '5302', { settings: { email } });
      return [outcomes([answer])[0], (await organization(5302)).settings];
    };
    expect(await settings({ default_from: 'hi@acme.example' })).toEqual(['422 SENDER_NOT_VERIFIED', {}]);
    await storeDomain(stores.store, 5302, 'acme.example');
    const email = { default_from: 'hi@acme.example' };
    expect(await settings(email)).toEqual(['200', { email }]);
    expect(await settings({ enabled: false })).toEqual(['200', { email: { ...email, enabled: false } }]);
    expect(await settings(null)).toEqual(['200', {}]);
  });

  test('merges the settings of SMS by key', async () => {
    const settings = async (sms: unknown) => {
      const answer = await change('root', '5302', { settings: { sms } });
      return [outcomes([answer])[0], (await organization(5302)).settings];
    };
    expect(await settings({ sender_ids: ['Acme'] })).toEqual(['200', { sms: { sender_ids: ['Acme'] } }]);
    expect(await settings({ daily_limit: 7 })).toEqual(['200', { sms: { sender_ids: ['Acme'], daily_limit: 7 } }]);
    expect(await settings({ sender_ids: null })).toEqual(['200', { sms: { daily_limit: 7 } }]);
    expect(await settings({ daily_limit: -1 })).toEqual(['422 VALIDATION_FAILED', { sms: { daily_limit: 7 } }]);
    expect(await settings(null)).toEqual(['200', {}]);
  });

  test('sets for how many days log lines are kept', async () => {
    expect(
      outcomes(
        await Promise.all([29, 30, 3_651].map((log_days) => change('root', '5302', { retention: { log_days } }))),
      ),
    ).toEqual(['422 VALIDATION_FAILED', '200', '422 VALIDATION_FAILED']);
    expect((await organization(5302)).retention).toEqual({ cdr_days: 730, log_days: 30 });
  });

  test('does not overwrite what others changed concurrently', async () => {
    await call(groups, 'PUT /groups', { token: tokens['owner'], json: { name: 'Epoch' } });
    const { permission_epoch: before } = await organization(5302);
    await change('owner', 'me', { timezone: 'Europe/Paris' });
    expect((await organization(5302)).permission_epoch).toBe(before);
  });
});

const organization = async (number: number) => {
  const found = await tableFor(stores.store, number).get(organizationRow, {});
  if (found === undefined) throw new Error('no such organization');
  return found;
};

describe('allowed networks', () => {
  test('reject other addresses at the next request and at log-in, but never the caller that sets them', async () => {
    await addOrganization(stores.store, 5310);
    await join('netadmin', 5310, 'admin');
    // Requests come from 192.0.2.1.
    expect(
      outcomes([
        await change('netadmin', 'me', { security: { ip_whitelist: ['198.51.100.0/24'] } }),
        await change('netadmin', 'me', { security: { ip_whitelist: ['nonsense'] } }),
        await change('netadmin', 'me', { security: { ip_whitelist: ['192.0.2.0/24', '2001:db8::/32'] } }),
        await ask('GET /orgs/{id}', 'netadmin', 'me'),
      ]),
    ).toEqual(['422 WOULD_LOCK_OUT', '422 VALIDATION_FAILED', '200', '200']);
    expect(
      outcomes([
        await change('root', '5310', { security: { ip_whitelist: ['198.51.100.0/24'] } }),
        await ask('GET /orgs/{id}', 'netadmin', 'me'),
        await logIn('netadmin'),
        await logIn('netadmin', 'wrong'),
        await ask('GET /orgs/{id}', 'root', '5310'),
      ]),
    ).toEqual(['200', '403 IP_NOT_ALLOWED', '403 IP_NOT_ALLOWED', '401 INVALID_CREDENTIALS', '200']);
  });
});

describe('a suspended organization', () => {
  test('may use only a few endpoints until it is resumed; its parent still acts in it', async () => {
    const steps = [
      await change('seller', '5302', { status: 'suspended' }),
      await ask('GET /orgs/{id}', 'owner', 'me'),
      await call(auth, 'GET /auth/session', { token: tokens['owner'] }),
      await ask('GET /orgs/{id}', 'seller', '5302'),
      await change('seller', '5302', { status: 'active' }),
      await ask('GET /orgs/{id}', 'owner', 'me'),
    ];
    expect(outcomes(steps)).toEqual(['200', '403 ORG_SUSPENDED', '200', '200', '200', '200']);
    expect((await eventsOf(stores.store, 5302)).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['org.suspended', 'org.resumed']),
    );
    expect(outcomes([await change('root', '1000', { status: 'suspended' })])).toEqual(['409 OPERATOR_ORG']);
  });
});

describe('a closed organization', () => {
  test('is closed by its parent only, once it owns nothing that blocks', async () => {
    const id = await make('seller', { name: 'Busy' });
    const number = Number(id.slice(4));
    expect(
      outcomes([
        await ask('DELETE /orgs/{id}', 'owner', 'me'),
        await ask('DELETE /orgs/{id}', 'root', '1000'),
        await ask('DELETE /orgs/{id}', 'seller', 'me'),
        await ask('DELETE /orgs/{id}', 'root', '5301'),
      ]),
    ).toEqual(['403 NOT_THE_PARENT', '409 OPERATOR_ORG', '403 NOT_THE_PARENT', '409 ORG_HAS_RESOURCES']);
    const task = { task_id: 'task_1', target: { of: 'one', organization: number }, start: '', end: '9' } as const;
    await commit(stores.store, number, [
      overwrite(countRow, { of: 'trunks', value: 2 }),
      overwrite(creditRow, { credits: 1_500_000 }),
      overwrite(liveTasksRow, { organization: number, held: [task], version: 1 }),
    ]);
    expect((await ask('DELETE /orgs/{id}', 'seller', id)).body.error).toMatchObject({
      code: 'ORG_HAS_RESOURCES',
      details: [
        { path: 'trunks', message: '2 trunks' },
        { path: 'tasks', message: '1 running tasks' },
        { path: 'balance' },
      ],
    });
    await commit(stores.store, number, [
      overwrite(countRow, { of: 'trunks', value: 0 }),
      overwrite(creditRow, { credits: 0 }),
      overwrite(liveTasksRow, { organization: number, held: [], version: 2 }),
    ]);
    expect((await ask('DELETE /orgs/{id}', 'seller', id)).body.data).toMatchObject({ id, status: 'closed' });
  });

  test('has no tariff any more, so that its seller may delete the tariff', async () => {
    const id = await make('seller', { name: 'Charged' });
    const { organization, parent } =
      (await tableFor(stores.store, Number(id.slice(4))).get(billingProfileRow, {})) ??
      expect.fail('it has no profile');
    const wanted = NewTariff.parse({ name: 'Plan', currency: 'USD' });
    await commit(stores.store, parent ?? 0, [
      ...tariffCreation(
        firstVersion(wanted, { id: 'trf_plan', organization: parent ?? 0, now: '2026-01-01T00:00:00.000Z' }),
        [],
      ),
    ]);
    await commit(stores.store, parent ?? 0, [
      countTariffUse('trf_plan', 1, 'USD'),
      ...inOrganization(organization, [changing(billingProfileRow, {}, { set: { tariffId: 'trf_plan' } })]),
    ]);
    expect(outcomes([await ask('DELETE /orgs/{id}', 'seller', id)])).toEqual(['200']);
    expect(await tableFor(stores.store, parent ?? 0).get(tariffRow, { id: 'trf_plan' })).toMatchObject({ profiles: 0 });
    expect(await tableFor(stores.store, organization).get(billingProfileRow, {})).toMatchObject({ tariffId: null });
  });

  test('rejects its credentials at once, is visible to its parent, frees its names, and is emptied', async () => {
    const id = await make('seller', {
      name: 'Closing',
      alias: 'closing',
      admin: { username: 'closing-admin', password: 'Velvet-Anchor-Orchard-7' },
    });
    const number = Number(id.slice(4));
    tokens['closing'] = (await logIn('closing-admin', 'Velvet-Anchor-Orchard-7')).body.data['token'] ?? '';
    const made = await call(groups, 'PUT /groups', { token: tokens['closing'], json: { name: 'Team' } });
    await call(users, 'PUT /users', { token: tokens['closing'], json: { username: 'closing-2' } });
    expect(made.status).toBe(201);
    expect(
      outcomes([
        await ask('DELETE /orgs/{id}', 'seller', id),
        await ask('GET /orgs/{id}', 'closing', 'me'),
        await logIn('closing-admin', 'Velvet-Anchor-Orchard-7'),
        await call(users, 'PUT /users', { token: tokens['seller'], query: { org_id: id }, json: { username: 'late' } }),
      ]),
    ).toEqual(['200', '401 INVALID_TOKEN', '401 INVALID_CREDENTIALS', '403 FORBIDDEN_ORG']);
    expect((await ask('GET /orgs/{id}', 'seller', id)).body.data).toMatchObject({
      status: 'closed',
      closed_at: expect.any(String) as string,
    });
    for (let time = 0; time < 2; time += 1) await cascadesIn(stores.store)(number, 'org.closed', id);
    expect((await tableFor(stores.store, number).query(userRow, {})).items).toEqual([]);
    const again = await ask('PUT /orgs', 'seller', '', {
      json: { name: 'Closing', country: 'US', timezone: 'UTC', admin: { username: 'closing-admin' } },
    });
    expect(
      outcomes([
        again,
        await ask('PUT /orgs', 'seller', '', {
          json: { name: 'Another', alias: 'closing', country: 'US', timezone: 'UTC' },
        }),
      ]),
    ).toEqual(['201', '409 ALIAS_TAKEN']);
  });
});
