import { beforeAll, describe, expect, test } from 'vitest';
import { adminPassword, manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { addUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { call, outcomes, type Reply } from '#test/support/requests.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { ApiHandler } from '#http/serve.ts';
import { authHandler } from '../auth/handler.ts';
import { billingProfileRow } from '../../billing/rows/billing-profile.ts';
import { organizationsHandler } from './handler.ts';

const stores = testStore();
let auth: ApiHandler;
let handler: ApiHandler;
let operator = '';
const clock = manualClock();

const logIn = (username: string, password: string): Promise<Reply> =>
  call(auth, 'POST /auth/{entity}', { params: { entity: 'admin' }, json: { username, password } });
const put = (token: string, json: object): Promise<Reply> =>
  call(handler, 'PUT /orgs', { token, json: { country: 'us', timezone: 'America/New_York', ...json } });
const make = (name: string, json: object = {}): Promise<Reply> => put(operator, { name, ...json });

beforeAll(async () => {
  const dependencies = testDependencies(stores.store, { clock, secrets: memorySecrets() });
  auth = authHandler(dependencies, fastPasswords());
  handler = organizationsHandler(dependencies, fastPasswords());
  operator = (await logIn('admin', adminPassword)).body.data['token'] ?? '';
});

const resellerToken = async (name: string, json: object = {}): Promise<{ token: string; number: number }> => {
  const reply = await make(name, {
    type: 'reseller',
    admin: { username: `${name}-admin`, password: 'Marble-Kettle-Drum-5' },
    ...json,
  });
  const number = Number(reply.body.data['org_id']);
  return { token: (await logIn(`${name}-admin`, 'Marble-Kettle-Drum-5')).body.data['token'] ?? '', number };
};

describe('a new organization', () => {
  test('has a number, a billing profile and an administrator who can log in', async () => {
    const reply = await make('Acme', {
      alias: 'acme',
      currency: 'eur',
      admin: { username: 'Acme.Admin', email: 'Ada@Acme.example', first_name: 'Ada', last_name: 'Byron' },
    });
    expect(reply.status).toBe(201);
    const { admin_password: password = '', org_id: number, ...shown } = reply.body.data;
    expect(shown).toMatchObject({
      id: `org_${number}`,
      name: 'Acme',
      alias: 'acme',
      type: 'customer',
      parent_id: 'org_1000',
      status: 'active',
      country: 'US',
      timezone: 'America/New_York',
      address: {},
      contacts: { admin_user_id: null, tech_user_id: null, finance_user_id: null },
      limits: { max_trunks: 100, daily_spend: null },
      security: { session_ttl_max: 604_800 },
      retention: { cdr_days: 730 },
      version: 1,
      admin_user_id: expect.stringMatching(/^usr_/),
    });
    expect(password).toHaveLength(24);
    expect(JSON.stringify(shown)).not.toContain('page_key');
    expect((await logIn('acme.admin', password)).body.data).toMatchObject({
      password_change_required: true,
      entity: { id: shown['admin_user_id'], org_id: number },
    });
    expect(await tableFor<'billingprofile'>(stores.store, Number(number)).get(billingProfileRow, {})).toMatchObject({
      currency: 'EUR',
      billingName: 'Acme',
      parent: 1000,
    });
    const events = await eventsOf(stores.store, Number(number));
    expect(events.map(({ type, actor }) => [type, actor.name])).toEqual(
      expect.arrayContaining([
        ['org.created', 'admin'],
        ['user.created', 'admin'],
      ]),
    );
    expect(JSON.stringify(events)).not.toContain(password);
  });

  test('with a chosen password does not answer it, and the password need not be changed', async () => {
    const reply = await make('Given', { admin: { username: 'given-admin', password: 'Marble-Kettle-Drum-5' } });
    expect(reply.body.data).not.toHaveProperty('admin_password');
    expect((await logIn('given-admin', 'Marble-Kettle-Drum-5')).body.data).toMatchObject({
      password_change_required: false,
    });
  });

  test('may have no administrator', async () => {
    expect((await make('Nobody')).body.data).toMatchObject({ admin_user_id: null });
  });

  test('has a number of its own, also when many are created in parallel', async () => {
    const replies = await Promise.all(Array.from({ length: 12 }, (_, at) => make(`Parallel ${at}`)));
    expect(new Set(outcomes(replies))).toEqual(new Set(['201']));
    expect(new Set(replies.map(({ body }) => body.data['org_id'])).size).toBe(12);
  });

  test("has its parent's currency by default", async () => {
    const { token } = await resellerToken('euro-reseller', { currency: 'EUR' });
    const number = Number((await put(token, { name: 'Of the euro reseller' })).body.data['org_id']);
    expect(await tableFor<'billingprofile'>(stores.store, number).get(billingProfileRow, {})).toMatchObject({
      currency: 'EUR',
    });
  });

  test.each([
    ["a name that the parent's child has, in any case", { name: 'TAKEN' }, '409 NAME_TAKEN'],
    ['an alias of anybody', { name: 'Other 1', alias: 'taken' }, '409 ALIAS_TAKEN'],
    ['a username of anybody', { name: 'Other 2', admin: { username: 'TAKEN' } }, '409 USERNAME_TAKEN'],
  ])('with %s is rejected as a whole', async (_, json, outcome) => {
    await make('Taken', { alias: 'taken', admin: { username: 'taken' } });
    expect(outcomes([await make(json.name, json)])).toEqual([outcome]);
    if (outcome !== '409 NAME_TAKEN') expect((await make(json.name)).status).toBe(201);
  });

  test.each([
    ['a weak password', { admin: { username: 'weak-admin', password: 'password' } }, '422 WEAK_PASSWORD'],
    [
      'its own name as password',
      { name: 'Name as Password', admin: { username: 'weak-admin', password: 'name as password' } },
      '422 WEAK_PASSWORD',
    ],
    ['a username of two characters', { admin: { username: 'ab' } }, '422 VALIDATION_FAILED'],
    ['a contact', { contacts: { admin_user_id: 'usr_1' } }, '422 UNKNOWN_USER'],
    ['a parent that is not there', { parent_id: 'org_99999' }, '422 INVALID_PARENT'],
    ['a setting without effect', { settings: { fax: {} } }, '422 NOT_YET_SUPPORTED'],
    ['a daily spend that is no amount', { limits: { daily_spend: '0.00001' } }, '422 VALIDATION_FAILED'],
    ['no country', { country: undefined }, '400 MISSING_FIELD'],
    ['an unknown time zone', { timezone: 'Mars/Olympus' }, '422 VALIDATION_FAILED'],
  ])('with %s is rejected', async (name, json, outcome) => {
    expect(outcomes([await make(`Rejected: ${name}`, json)])).toEqual([outcome]);
  });
});

describe('the tree', () => {
  test('has three levels: only the operator creates resellers, and none below a reseller', async () => {
    const { token, number } = await resellerToken('three-levels');
    expect(
      outcomes([
        await put(token, { name: 'Sub-reseller', type: 'reseller' }),
        await make('Sub-reseller', { type: 'reseller', parent_id: number }),
        await make('Grandchild', { parent_id: number }),
      ]),
    ).toEqual(['403 OPERATOR_ONLY', '422 INVALID_PARENT', '201']);
  });

  test('lets a reseller create customers of its own only, whose users administer themselves', async () => {
    const { token, number } = await resellerToken('own-customers');
    const child = await put(token, {
      name: 'Child',
      admin: { username: 'child-admin', password: 'Marble-Kettle-Drum-5' },
    });
    expect(child.body.data['parent_id']).toBe(`org_${number}`);
    const byChild = (await logIn('child-admin', 'Marble-Kettle-Drum-5')).body.data['token'] ?? '';
    const { number: other } = await resellerToken('other-reseller');
    expect(
      outcomes([
        await put(token, { name: 'Foreign', parent_id: other }),
        await put(token, { name: 'Top', parent_id: 1000 }),
        await put(byChild, {}),
      ]),
    ).toEqual(['422 INVALID_PARENT', '422 INVALID_PARENT', '403 NOT_A_SELLER']);
  });

  test('lets the operator act for a reseller', async () => {
    const { number } = await resellerToken('acted-for');
    expect((await make('By org_id', { org_id: number })).body.data['parent_id']).toBe(`org_${number}`);
  });

  test("keeps a child's limits within its reseller's", async () => {
    const { token, number } = await resellerToken('limited', { limits: { max_trunks: 10 } });
    expect(outcomes([await put(token, { name: 'Greedy', limits: { max_trunks: 11 } })])).toEqual([
      '422 LIMIT_EXCEEDS_PARENT',
    ]);
    expect((await put(token, { name: 'Modest' })).body.data['limits']).toMatchObject({
      max_trunks: 10,
      max_users: 10_000,
    });
    expect(await tableFor<'organization'>(stores.store, number).get(organizationRow, {})).toMatchObject({
      type: 'reseller',
    });
  });

  test('is not changed by a caller that sells nothing, whatever the body', async () => {
    const agent = await addUser(stores.store, 'no-seller', { roles: ['admin'] });
    const token = (await logIn('no-seller', agent.password)).body.data['token'] ?? '';
    expect(
      outcomes([await put(token, { name: 'Mine' }), await call(handler, 'PUT /orgs', { token, json: {} })]),
    ).toEqual(['403 NOT_A_SELLER', '403 NOT_A_SELLER']);
  });
});
