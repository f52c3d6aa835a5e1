import { readShards } from '#dynamodb/index-shards.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { numberOf } from '#test/support/resources.fixture.ts';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { addOrganization, addUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { call, type Call, outcomes, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { newRole } from '../permissions/permission.ts';
import { duePartition, dueRow } from '#dynamodb/rows/due.ts';
import { mailboxUserRow } from '#dynamodb/rows/mailbox.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { roleRow } from '#dynamodb/rows/role.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { authHandler } from '../auth/handler.ts';
import { usersHandler } from './handler.ts';

const stores = testStore();
let auth: ApiHandler;
let users: ApiHandler;
let admin = '';
const number = 5100;
const strong = 'Velvet-Anchor-Orchard-7';

const logIn = (username: string, password: string): Promise<Reply> =>
  call(auth, 'POST /auth/{entity}', { params: { entity: 'user' }, json: { username, password } });
const tokenOf = async (username: string, roles: string[], organization = number): Promise<string> => {
  const { user, password } = await addUser(stores.store, username, { organization, roles });
  return (await logIn(user.username, password)).body.data['token'] ?? '';
};
const ask = (route: string, token: string, of: Call = {}): Promise<Reply> => call(users, route, { token, ...of });
const put = (json: object, token = admin): Promise<Reply> => ask('PUT /users', token, { json });
const post = (id: string, json: object, token = admin): Promise<Reply> =>
  ask('POST /users/{id}', token, { params: { id }, json });
const drop = (id: string, token = admin): Promise<Reply> => ask('DELETE /users/{id}', token, { params: { id } });
const usernamesIn = (body: unknown): string[] =>
  (body as { data: { username: string }[] }).data.map(({ username }) => username);
/** The mailboxes whose end is due some day, with their organization and its instant. */
const abandonedMailboxes = async (): Promise<readonly string[]> => {
  const table = tableFor<'due@GSI2'>(stores.store, 0);
  const shards = readShards.map((shard) => table.queryIndex(dueRow, 'GSI2', duePartition(shard)));
  return (await Promise.all(shards))
    .flatMap(({ items }) => items)
    .flatMap(({ kind, org_id, subject, at }) => (kind === 'mailbox.abandoned' ? `${org_id} ${subject} ${at}` : []));
};
const idOf = ({ body }: Reply): string => body.data['id'] ?? '';

beforeAll(async () => {
  const dependencies = testDependencies(stores.store, { clock: manualClock() });
  auth = authHandler(dependencies, fastPasswords());
  users = usersHandler(dependencies, fastPasswords());
  await addOrganization(stores.store, 1000, { type: 'operator', parent_id: null });
  await addOrganization(stores.store, number, { timezone: 'Europe/Berlin' });
  admin = await tokenOf('chief', ['admin']);
});

describe('a user', () => {
  test('is created with the defaults, and is pending until a password is set', async () => {
    const reply = await put({ username: '  Anna.B ', first_name: 'Änna', email: 'Anna@Example.com', extension: '201' });
    expect(reply).toMatchObject({
      status: 201,
      body: {
        data: {
          username: 'anna.b',
          email: 'anna@example.com',
          display_name: 'Änna',
          status: 'pending',
          roles: ['agent'],
          groups: [],
          timezone: 'Europe/Berlin',
          language: 'en',
          version: 1,
        },
      },
    });
    expect(reply.body.data).not.toHaveProperty('client_secret');
    expect(
      outcomes([await post(idOf(reply), { status: 'active' }), await put({ username: 'anna.c', status: 'active' })]),
    ).toEqual(['422 VALIDATION_FAILED', '422 VALIDATION_FAILED']);
    await ask('POST /users/{id}/password', admin, { params: { id: idOf(reply) }, json: { new_password: strong } });
    expect((await ask('GET /users/{id}', admin, { params: { id: idOf(reply) } })).body.data['status']).toBe('active');
    expect(outcomes([await logIn('ANNA.B', strong)])).toEqual(['200']);
  });

  test('is one person in all forms of its address, as a name and as an e-mail', async () => {
    const address = "O'Brien@Bücher.example";
    const made = await put({ username: address, email: address, password: strong });
    expect(made.body.data).toMatchObject({
      username: "o'brien@xn--bcher-kva.example",
      email: "o'brien@xn--bcher-kva.example",
    });
    expect(
      outcomes([
        await put({ username: "o'brien@xn--BCHER-kva.example" }),
        await put({ username: 'other', email: "o'brien@bu\u0308cher.example" }),
        await put({ username: 'other', email: 'o\u2019brien@bücher.example' }),
        await logIn("o'brien@BÜCHER.example", strong),
      ]),
    ).toEqual(['409 USERNAME_TAKEN', '409 EMAIL_TAKEN', '422 VALIDATION_FAILED', '200']);
    await drop(idOf(made));
  });

  test('has a unique username, e-mail and extension, free again after a change or deletion', async () => {
    const first = await put({ username: 'unique', email: 'u@example.com', extension: '300' });
    expect(
      outcomes([
        await put({ username: 'Unique' }),
        await put({ username: 'other', email: 'U@example.com' }),
        await put({ username: 'other', extension: '300' }),
      ]),
    ).toEqual(['409 USERNAME_TAKEN', '409 EMAIL_TAKEN', '409 EXTENSION_TAKEN']);
    await post(idOf(first), { username: 'renamed', email: null });
    const second = await put({ username: 'unique', email: 'u@example.com' });
    expect(outcomes([second, await drop(idOf(first)), await put({ username: 'renamed', extension: '300' })])).toEqual([
      '201',
      '200',
      '201',
    ]);
    expect((await ask('GET /users/{id}', admin, { params: { id: idOf(first) } })).status).toBe(404);
  });

  test('is rejected with a weak password; a good one must be changed', async () => {
    expect(outcomes([await put({ username: 'weak', password: 'short' })])).toEqual(['422 WEAK_PASSWORD']);
    await put({ username: 'strong', password: strong });
    expect((await logIn('strong', strong)).body.data['password_change_required']).toBe(true);
  });

  test('is changed only at the version that the client read', async () => {
    const id = idOf(await put({ username: 'pinned' }));
    expect(
      outcomes([await post(id, { first_name: 'A', version: 7 }), await post(id, { first_name: 'A', version: 1 })]),
    ).toEqual(['409 VERSION_CONFLICT', '200']);
    expect((await eventsOf(stores.store, number)).at(-1)).toMatchObject({
      type: 'user.updated',
      entity: { id },
      changes: { first_name: { old: null, new: 'A' } },
    });
  });

  test('to which numbers route is deleted by force only', async () => {
    const id = idOf(await put({ username: 'called' }));
    const routed = numberOf({ org_id: number, route: { type: 'user', id } });
    await commit(stores.store, 0, [create(numberRow, routed)]);
    const rejected = await drop(id);
    expect([rejected.status, rejected.body.error]).toMatchObject([
      409,
      { code: 'USER_HAS_RESOURCES', details: [{ path: 'num_1', message: 'number +14155550100 routes to it' }] },
    ]);
    expect(outcomes([await ask('DELETE /users/{id}', admin, { params: { id }, query: { force: 'true' } })])).toEqual([
      '200',
    ]);
  });

  test('that is deleted leaves its mailbox for 30 days; one without a mailbox leaves nothing', async () => {
    const [withExtension, named, without] = [
      idOf(await put({ username: 'answered', extension: '7204' })),
      idOf(await put({ username: 'receptionist' })),
      idOf(await put({ username: 'unreachable' })),
    ];
    await commit(stores.store, number, [create(mailboxUserRow, { user_id: named, mailbox: 'reception' })]);
    const before = await abandonedMailboxes();
    expect(outcomes([await drop(withExtension), await drop(named), await drop(without)])).toEqual([
      '200',
      '200',
      '200',
    ]);
    const at = '2026-12-20T10:00:00.000Z';
    const added = (await abandonedMailboxes()).filter((each) => !before.includes(each));
    expect(added.toSorted()).toEqual([`${number} 7204 ${at}`, `${number} reception/${named} ${at}`]);
  });

  test('keeps its type', async () => {
    expect(outcomes([await post(idOf(await put({ username: 'typed' })), { type: 'service' })])).toEqual([
      '422 VALIDATION_FAILED',
    ]);
  });
});

describe('a service account', () => {
  test('shows its secret once and logs in with it', async () => {
    const reply = await put({ type: 'service', username: 'Switch 1', roles: ['ingest'], client_id: 'svc_switch' });
    expect(reply.body.data).toMatchObject({
      type: 'service',
      username: 'Switch 1',
      client_id: 'svc_switch',
      status: 'active',
    });
    const secret = reply.body.data['client_secret'] ?? '';
    const session = await call(auth, 'POST /auth/{entity}', {
      params: { entity: 'service' },
      json: { client_id: 'svc_switch', client_secret: secret },
    });
    expect(session.body.data['scope']).toBe('cdr:write,events:write');
    expect(
      JSON.stringify([
        (await ask('GET /users/{id}', admin, { params: { id: idOf(reply) } })).body,
        await eventsOf(stores.store, number),
      ]),
    ).not.toContain(secret);
    expect(
      outcomes([
        await put({ type: 'service', username: 'switch 1' }),
        await put({ type: 'service', username: 'Switch 2', client_id: 'svc_switch' }),
        await put({ username: 'switch-1' }),
      ]),
    ).toEqual(['409 USERNAME_TAKEN', '409 CLIENT_ID_TAKEN', '201']);
  });
});

describe('a caller grants only what it has', () => {
  test('no role beyond its own, on creation or by a change', async () => {
    const manager = await tokenOf('manager', ['manager']);
    const made = await put({ username: 'made-by-manager' }, manager);
    expect(
      outcomes([
        made,
        await put({ username: 'x-admin', roles: ['admin'] }, manager),
        await put({ username: 'x-billing', roles: ['billing'] }, manager),
        await post(idOf(made), { roles: ['admin'] }, manager),
        await post(idOf(made), { roles: ['viewer'] }, manager),
      ]),
    ).toEqual(['201', '403 CANNOT_GRANT', '403 CANNOT_GRANT', '403 CANNOT_GRANT', '200']);
  });

  test('no role of another kind of organization, and no unknown role', async () => {
    expect(
      outcomes([
        await put({ username: 'xyz', roles: ['operator'] }),
        await put({ username: 'xyz', roles: ['reseller'] }),
        await put({ username: 'xyz', roles: ['nothing'] }),
      ]),
    ).toEqual(['422 UNKNOWN_ROLE', '422 UNKNOWN_ROLE', '422 UNKNOWN_ROLE']);
  });

  test('and removes no denying role from a user whom it could not give the denied scope', async () => {
    await commit(stores.store, number, [
      create(roleRow, newRole('no_money', { 'billing:write': false }, '2026-11-01T00:00:00.000Z')),
    ]);
    const id = idOf(await put({ username: 'kept-short', roles: ['billing', 'no_money'] }));
    const limited = await tokenOf('limited', ['manager', 'billing', 'no_money']);
    expect(
      outcomes([await post(id, { roles: ['billing'] }, limited), await post(id, { roles: ['viewer'] }, limited)]),
    ).toEqual(['403 CANNOT_GRANT', '200']);
  });

  test('and manages no user with more rights', async () => {
    const manager = await tokenOf('manager-2', ['manager']);
    const boss = idOf(await put({ username: 'boss', roles: ['admin'], password: strong }));
    expect(
      outcomes([
        await post(boss, { first_name: 'B' }, manager),
        await drop(boss, manager),
        await ask('POST /users/{id}/password', manager, { params: { id: boss }, json: { new_password: strong } }),
      ]),
    ).toEqual(['403 CANNOT_MANAGE_USER', '403 CANNOT_MANAGE_USER', '403 CANNOT_MANAGE_USER']);
  });
});

describe("the caller's own account", () => {
  test('keeps its roles and status, and is not deleted', async () => {
    const reply = await ask('GET /users/{id}', admin, { params: { id: 'me' } });
    const id = idOf(reply);
    expect(
      outcomes([
        reply,
        await post(id, { roles: ['admin', 'viewer'] }),
        await post(id, { status: 'disabled' }),
        await drop(id),
        await post(id, { last_name: 'Chief' }),
      ]),
    ).toEqual(['200', '403 OWN_ACCOUNT', '403 OWN_ACCOUNT', '403 OWN_ACCOUNT', '200']);
  });
});

describe('the last administrator', () => {
  test('is neither disabled, nor demoted, nor deleted, not even by the parent organization', async () => {
    await addOrganization(stores.store, 5101);
    const above = await tokenOf('above', ['operator'], 1000);
    const make = (username: string) =>
      ask('PUT /users', above, { query: { org_id: '5101' }, json: { username, roles: ['admin'], password: strong } });
    const [one, two] = [idOf(await make('one-5101')), idOf(await make('two-5101'))];
    const change = (id: string, json: object) =>
      ask('POST /users/{id}', above, { params: { id }, query: { org_id: '5101' }, json });
    expect(
      outcomes([
        await change(one, { status: 'disabled' }),
        await change(two, { roles: ['viewer'] }),
        await change(two, { status: 'disabled' }),
        await ask('DELETE /users/{id}', above, { params: { id: two }, query: { org_id: '5101' } }),
        await change(one, { status: 'active' }),
        await ask('DELETE /users/{id}', above, { params: { id: two }, query: { org_id: '5101' } }),
      ]),
    ).toEqual(['200', '409 LAST_ADMIN', '409 LAST_ADMIN', '409 LAST_ADMIN', '200', '200']);
  });

  test('stays when two are demoted in parallel', async () => {
    await addOrganization(stores.store, 5102);
    const above = await tokenOf('above-2', ['operator'], 1000);
    const people = await Promise.all(
      ['a-5102', 'b-5102', 'c-5102'].map((username) =>
        ask('PUT /users', above, { query: { org_id: '5102' }, json: { username, roles: ['admin'], password: strong } }),
      ),
    );
    const replies = await Promise.all(
      people.map((person) =>
        ask('POST /users/{id}', above, {
          params: { id: idOf(person) },
          query: { org_id: '5102' },
          json: { status: 'disabled' },
        }),
      ),
    );
    expect(outcomes(replies).sort()).toEqual(['200', '200', '409 LAST_ADMIN']);
  });
});

describe('the list', () => {
  test('shows both types newest first, or by username, and filters', async () => {
    await addOrganization(stores.store, 5103, {
      limits: {
        max_users: 4,
        max_devices: 1,
        max_trunks: 1,
        max_numbers: 1,
        max_concurrent_calls: 1,
        daily_spend: null,
      },
    });
    const chief = await tokenOf('chief-5103', ['admin'], 5103);
    for (const json of [
      { username: 'zoe', last_name: 'Élan' },
      { type: 'service', username: 'meter' },
      { username: 'bob', roles: ['viewer'] },
    ])
      await put(json, chief);
    const names = async (query: Record<string, string>) =>
      usernamesIn((await ask('GET /users', chief, { query })).body);
    expect([
      (await names({})).slice(0, 4).filter((name) => name !== 'chief-5103'),
      await names({ type: 'service' }),
      await names({ q: 'ela' }),
      await names({ role: 'viewer' }),
      await names({ sort: 'username' }),
    ]).toEqual([['bob', 'meter', 'zoe'], ['meter'], ['zoe'], ['bob'], ['bob', 'chief-5103', 'meter', 'zoe']]);
    expect(outcomes([await put({ username: 'too-many' }, chief)])).toEqual(['422 LIMIT_EXCEEDED']);
    // `chief` is a user of another organization.
    expect(outcomes([await put({ username: 'chief' }, chief)])).toEqual(['422 LIMIT_EXCEEDED']);
  });
});

test('a disabled or deleted user is rejected at the next request', async () => {
  const people = await Promise.all(['leaver-1', 'leaver-2'].map((name) => tokenOf(name, ['viewer'])));
  const [one = '', two = ''] = people;
  await post('usr_leaver-1', { status: 'disabled' });
  await drop('usr_leaver-2');
  expect(
    outcomes([
      await ask('GET /users', one),
      await ask('GET /users', two),
      await logIn('leaver-2', 'Quiet-Otter-Lantern-4'),
    ]),
  ).toEqual(['401 INVALID_TOKEN', '401 INVALID_TOKEN', '401 INVALID_CREDENTIALS']);
  await post('usr_leaver-1', { status: 'active' });
  expect(outcomes([await ask('GET /users', one)])).toEqual(['401 INVALID_TOKEN']);
});
