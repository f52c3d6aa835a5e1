import type { EventType } from '#contract/events.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { addOrganization, addUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { call, type Call, outcomes, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { groupRow } from '#dynamodb/rows/group.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { sessionRow, userRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { ApiHandler } from '#http/serve.ts';
import { authHandler } from '../auth/handler.ts';
import { planSource } from '../../dialplan/plan/row.ts';
import { policyApi } from '../../dialplan/dialplan-policies/handler.ts';
import { permissionsHandler } from '../permissions/handler.ts';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { usersHandler } from '../users/handler.ts';
import { groupsHandler } from './handler.ts';

const stores = testStore();
let of: { auth: ApiHandler; users: ApiHandler; groups: ApiHandler; permissions: ApiHandler; policies: ApiHandler };
let admin = '';
let manager = '';
const number = 5200;
const table = () => tableFor(stores.store, number);

const logIn = async (username: string, password = 'Quiet-Otter-Lantern-4'): Promise<string> =>
  (await call(of.auth, 'POST /auth/{entity}', { params: { entity: 'user' }, json: { username, password } })).body.data[
    'token'
  ] ?? '';
const person = async (username: string, roles: string[]): Promise<string> => {
  await addUser(stores.store, username, { organization: number, roles });
  return logIn(username);
};
const group = (route: string, id = '', more: Call = {}): Promise<Reply> =>
  call(of.groups, route, { token: admin, ...more, params: { id, ...more.params } });
const make = async (json: object): Promise<string> => (await group('PUT /groups', '', { json })).body.data['id'] ?? '';
const join = (id: string, users: string[], token = admin): Promise<Reply> =>
  group('PUT /groups/{id}/members', id, { json: { user_ids: users.map((name) => `usr_${name}`) }, token });
const leave = (id: string, name: string, token = admin): Promise<Reply> =>
  group('DELETE /groups/{id}/members/{userId}', id, { params: { userId: `usr_${name}` }, token });
const grant = (entity: string, json: object, token = admin): Promise<Reply> =>
  call(of.permissions, 'PUT /permissions/{entity}', { token, params: { entity }, json });
const rights = (entity: string, token = admin, query: Record<string, string> = {}): Promise<Reply> =>
  call(of.permissions, 'GET /permissions/{entity}', { token, params: { entity }, query });
/** Parts of answers that are no texts. */
const parts = (body: unknown) =>
  body as {
    data: { scopes: string[]; permissions: { permission: string }[] };
    policy: { id: string; conditions: { user_groups: string[] } };
  };
const namesIn = (body: unknown): string[] => (body as { data: { name: string }[] }).data.map(({ name }) => name);
const scopesOf = async (token: string): Promise<readonly string[]> =>
  parts((await call(of.auth, 'GET /auth/session', { token })).body).data.scopes;
const listed = (reply: Reply, permission: string): unknown =>
  parts(reply.body).data.permissions.find((each) => each.permission === permission);

beforeAll(async () => {
  const dependencies = testDependencies(stores.store, { clock: manualClock() });
  of = {
    auth: authHandler(dependencies, fastPasswords()),
    users: usersHandler(dependencies, fastPasswords()),
    groups: groupsHandler(dependencies),
    permissions: permissionsHandler(dependencies),
    policies: policyApi(dependencies),
  };
  await addOrganization(stores.store, 1000, { type: 'operator', parent_id: null });
  await addOrganization(stores.store, number);
  admin = await person('chief', ['admin']);
  manager = await person('manager', ['manager']);
});

const removal = (type: EventType, id: string): Promise<void> => cascadesIn(stores.store)(number, type, id);

describe('a group', () => {
  test('has a unique name, case ignored, and is listed by it', async () => {
    const id = await make({ name: 'Sales' });
    expect(
      outcomes([
        await group('PUT /groups', '', { json: { name: 'SALES' } }),
        await group('PUT /groups', '', { json: { name: 'no spaces' } }),
        await group('POST /groups/{id}', id, { json: { name: 'Selling' } }),
        await group('PUT /groups', '', { json: { name: 'sales', category: 'other' } }),
      ]),
    ).toEqual(['409 NAME_TAKEN', '422 VALIDATION_FAILED', '200', '201']);
    expect((await group('GET /groups/{id}', id)).body.data).toMatchObject({
      name: 'Selling',
      display_name: 'Selling',
      category: 'department',
      status: 'active',
      member_count: 0,
      members: [],
    });
    const names = async (query: Record<string, string>) => namesIn((await group('GET /groups', '', { query })).body);
    expect([await names({}), await names({ category: 'other' }), await names({ q: 'SELL' })]).toEqual([
      ['sales', 'Selling'],
      ['sales'],
      ['Selling'],
    ]);
  });

  test('counts and shows its members, who are users of the organization', async () => {
    await person('anna', ['viewer']);
    await person('bert', ['viewer']);
    const id = await make({ name: 'Members' });
    expect((await join(id, ['anna', 'bert'])).body.data).toEqual({
      id,
      added: ['usr_anna', 'usr_bert'],
      already: [],
      member_count: 2,
    });
    expect((await join(id, ['anna'])).body.data).toMatchObject({ added: [], already: ['usr_anna'], member_count: 2 });
    expect(outcomes([await join(id, ['anna', 'nobody']), await leave(id, 'bert'), await leave(id, 'bert')])).toEqual([
      '422 UNKNOWN_USER',
      '200',
      '404 NOT_FOUND',
    ]);
    expect((await group('GET /groups/{id}', id)).body.data).toMatchObject({
      member_count: 1,
      members: [{ user_id: 'usr_anna', username: 'anna' }],
    });
    expect((await eventsOf(stores.store, number)).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['group.member_added', 'group.member_removed']),
    );
  });

  test('gives its roles at log-in; they are lost with membership, status, role or group', async () => {
    const scope = 'billing:write';
    const can = async (token: string): Promise<boolean> => (await scopesOf(token)).includes(scope);
    await person('carl', ['viewer']);
    const before = await logIn('carl');
    const id = await make({ name: 'Money', roles: ['billing'] });
    await join(id, ['carl']);
    expect([await can(before), await can(await logIn('carl'))]).toEqual([false, true]);
    const losses: [() => Promise<Reply>, () => Promise<Reply>][] = [
      [() => leave(id, 'carl'), () => join(id, ['carl'])],
      [
        () => group('POST /groups/{id}', id, { json: { status: 'inactive' } }),
        () => group('POST /groups/{id}', id, { json: { status: 'active' } }),
      ],
      [
        () => group('POST /groups/{id}', id, { json: { roles: ['viewer'] } }),
        () => group('POST /groups/{id}', id, { json: { roles: ['billing'] } }),
      ],
      [
        () => grant(id, { permissions: [{ permission: 'billing.write', granted: false }] }),
        () => grant(id, { permissions: [] }),
      ],
      [() => group('DELETE /groups/{id}', id), () => Promise.resolve(before as never)],
    ];
    for (const [lose, regain] of losses) {
      const token = await logIn('carl');
      expect(await can(token)).toBe(true);
      expect((await lose()).status).toBe(200);
      expect([await can(token), await can(await logIn('carl'))]).toEqual([false, false]);
      await regain();
    }
  });

  test('is changed only by callers that have the rights that it gives or denies', async () => {
    const admins = await make({ name: 'Admins', roles: ['admin'] });
    const denied = await make({ name: 'Denied' });
    await grant(denied, { permissions: [{ permission: 'billing:write', granted: false }] });
    await join(denied, ['manager']);
    manager = await logIn('manager');
    expect(
      outcomes([
        await join(admins, ['manager'], manager),
        await join(denied, ['chief'], manager),
        await group('POST /groups/{id}', admins, { json: { roles: [] }, token: manager }),
        await group('POST /groups/{id}', denied, { json: { status: 'inactive' }, token: manager }),
        await group('DELETE /groups/{id}', denied, { token: manager }),
        await grant(denied, { permissions: [] }, manager),
        await group('PUT /groups', '', { json: { name: 'Mine', roles: ['admin'] }, token: manager }),
        await group('POST /groups/{id}', admins, { json: { description: 'harmless' }, token: manager }),
      ]),
    ).toEqual([
      '403 CANNOT_GRANT',
      '403 CANNOT_GRANT',
      '403 CANNOT_GRANT',
      '403 CANNOT_GRANT',
      '403 CANNOT_GRANT',
      '403 CANNOT_GRANT',
      '403 CANNOT_GRANT',
      '200',
    ]);
    await person('dora', ['billing']);
    await join(denied, ['dora']);
    expect(outcomes([await leave(denied, 'dora', manager), await leave(denied, 'dora')])).toEqual([
      '403 CANNOT_MANAGE_USER',
      '200',
    ]);
    await addUser(stores.store, 'egon', { organization: number, roles: [], permissions: { 'billing:write': true } });
    await join(denied, ['egon']);
    expect(outcomes([await leave(denied, 'egon', manager), await leave(denied, 'egon')])).toEqual([
      '403 CANNOT_GRANT',
      '200',
    ]);
  });

  test('that policies name is renamed or deleted by force only; a new group of that name does not match', async () => {
    const id = await make({ name: 'Agents' });
    const policy = {
      name: 'For agents',
      status: 'active',
      conditions: { pattern: '^9', user_groups: ['Agents'] },
      actions: { allow: true },
    };
    const saved = parts((await call(of.policies, 'PUT /dialplan/policy', { token: admin, json: policy })).body);
    const shown = async () =>
      parts((await call(of.policies, 'GET /dialplan/policy', { token: admin, query: { id: saved.policy.id } })).body)
        .policy.conditions.user_groups;
    const plan = async () => (await planSource(table()).changesAfter(0)).slice(-1);
    expect(
      outcomes([
        await group('POST /groups/{id}', id, { json: { name: 'Crew' } }),
        await group('DELETE /groups/{id}', id),
      ]),
    ).toEqual(['409 GROUP_REFERENCED', '409 GROUP_REFERENCED']);
    expect((await group('POST /groups/{id}', id, { json: { name: 'Crew' }, query: { force: 'true' } })).status).toBe(
      200,
    );
    expect([await shown(), await plan()]).toEqual([
      ['Crew'],
      [expect.objectContaining({ kind: 'group-put', group: { id, name: 'Crew', status: 'active' } })],
    ]);
    await make({ name: 'Agents' });
    const again = await call(of.policies, 'POST /dialplan/policy', {
      token: admin,
      json: { id: saved.policy.id, priority: 3 },
    });
    expect([again.status, await shown(), await plan()]).toEqual([
      200,
      ['Crew'],
      [expect.objectContaining({ kind: 'policy-put', policy: expect.objectContaining({ group_ids: { agents: id } }) })],
    ]);
    expect((await group('DELETE /groups/{id}', id, { query: { force: 'true' } })).status).toBe(200);
    expect([await shown(), await plan()]).toEqual([
      ['Agents'],
      [expect.objectContaining({ kind: 'group-deleted', id })],
    ]);
  });

  test("disappears from its members' lists when deleted, and a deleted user from its groups, once", async () => {
    await person('emil', ['viewer']);
    const [one, two] = [await make({ name: 'One' }), await make({ name: 'Two' })];
    await person('anton', ['viewer']);
    await join(one, ['emil', 'anton']);
    await join(two, ['emil']);
    await group('DELETE /groups/{id}', one);
    expect((await call(of.users, 'DELETE /users/{id}', { token: admin, params: { id: 'usr_anton' } })).status).toBe(
      200,
    );
    await removal('group.deleted', one);
    await removal('group.deleted', one);
    expect((await table().get(userRow, { id: 'usr_emil' }))?.groups).toEqual([two]);
    await call(of.users, 'DELETE /users/{id}', { token: admin, params: { id: 'usr_emil' } });
    expect((await table().get(groupRow, { id: two }))?.member_count).toBe(0);
    await removal('user.deleted', 'usr_emil');
    await removal('user.deleted', 'usr_emil');
    expect([
      (await table().get(groupRow, { id: two }))?.member_count,
      (await table().query(sessionRow, { user_id: 'usr_emil' })).items,
    ]).toEqual([0, []]);
  });

  test('loses a deleted user also where the memberships exceed one transaction', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 45; at += 1) ids.push(await make({ name: `Many${at}` }));
    await person('frida', ['viewer']);
    for (const id of ids) await join(id, ['frida']);
    expect((await call(of.users, 'DELETE /users/{id}', { token: admin, params: { id: 'usr_frida' } })).status).toBe(
      200,
    );
    await removal('user.deleted', 'usr_frida');
    const groups = await table().getAll(
      groupRow,
      ids.map((id) => ({ id })),
    );
    expect(groups.map((each) => each?.member_count)).toEqual(ids.map(() => 0));
  });
});

describe('permissions', () => {
  test('show their sources, and a denial beats a grant at every level', async () => {
    await person('gert', ['agent']);
    const id = await make({ name: 'Sources', roles: ['billing'] });
    await join(id, ['gert']);
    await grant('no_cdr', { permissions: [{ permission: 'cdr.read', granted: false }] });
    await grant('usr_gert', {
      permissions: [
        { permission: 'system.read', granted: true },
        { permission: 'billing.read', granted: false },
      ],
      roles: ['agent', 'no_cdr'],
    });
    const reply = await rights('usr_gert');
    expect(
      ['system.read', 'billing.read', 'billing.write', 'cdr.read', 'calls.read', 'orgs.write'].map((name) =>
        listed(reply, name),
      ),
    ).toEqual([
      { permission: 'system.read', scope: 'org', granted: true, source: 'direct' },
      { permission: 'billing.read', scope: 'org', granted: false, source: 'deny:direct' },
      { permission: 'billing.write', scope: 'org', granted: true, source: `group:${id}` },
      { permission: 'cdr.read', scope: 'org', granted: false, source: 'deny:role:no_cdr' },
      { permission: 'calls.read', scope: 'resource', granted: true, source: 'role:agent' },
      { permission: 'orgs.write', scope: 'org', granted: false, source: null },
    ]);
    expect(reply.body.data).toMatchObject({
      entityType: 'user',
      roles: [{ roleId: 'role_agent', roleName: 'agent' }, { roleName: 'no_cdr' }],
      groups: [{ groupId: id, groupName: 'Sources' }],
    });
    const held = await scopesOf(await logIn('gert'));
    expect([
      held.includes('system:read'),
      held.includes('billing:read'),
      held.includes('billing:write'),
      held.includes('cdr:read'),
    ]).toEqual([true, false, true, false]);
  });

  test("are readable by oneself without a scope; others' need one", async () => {
    const token = await person('hugo', ['ingest']);
    expect(
      outcomes([
        await rights('usr_hugo', token),
        await rights('usr_anna', token),
        await rights('role_admin', token),
        await rights('usr_hugo', token, { type: 'group' }),
      ]),
    ).toEqual(['200', '403 INSUFFICIENT_SCOPE', '403 INSUFFICIENT_SCOPE', '404 NOT_FOUND']);
  });

  test('are lost at the next request and gained at the next log-in, also by a custom role', async () => {
    await grant('reader', { permissions: [{ permission: 'system.read', granted: true }] });
    await person('ida', ['viewer']);
    await grant('usr_ida', { roles: ['reader'] });
    const token = await logIn('ida');
    expect(await scopesOf(token)).toEqual(['system:read']);
    await grant('reader', { permissions: [{ permission: 'files.read', granted: true }] });
    expect([await scopesOf(token), await scopesOf(await logIn('ida'))]).toEqual([[], ['files:read']]);
  });

  test("are granted within the caller's own, and never to oneself", async () => {
    const of = (permission: string, granted = true) => ({ permissions: [{ permission, granted }] });
    expect(
      outcomes([
        await grant('usr_manager', of('users.read'), manager),
        await grant('usr_chief', of('users.read', false), manager),
        await grant('usr_anna', of('billing.write'), manager),
        await grant('usr_anna', { roles: ['admin'] }, manager),
        await grant('sneaky', of('billing.write'), manager),
        await grant('usr_anna', of('no.such')),
        await grant('usr_anna', { roles: ['unheard_of'] }),
        await grant('admin', of('users.read')),
        await grant('role_admin', of('users.read')),
        await grant('usr_anna', of('files.write'), manager),
      ]),
    ).toEqual([
      '403 OWN_ACCOUNT',
      '403 CANNOT_MANAGE_USER',
      '403 CANNOT_GRANT',
      '403 CANNOT_GRANT',
      '403 CANNOT_GRANT',
      '422 UNKNOWN_PERMISSION',
      '422 UNKNOWN_ROLE',
      '409 BUILT_IN_ROLE',
      '409 BUILT_IN_ROLE',
      '200',
    ]);
    await grant('usr_anna', of('system.write', false));
    expect(outcomes([await grant('usr_anna', { permissions: [] }, manager)])).toEqual(['403 CANNOT_GRANT']);
  });

  test('keep no empty role that no one holds', async () => {
    await grant('passing', { permissions: [{ permission: 'files.read', granted: true }] });
    await grant('usr_bert', { roles: ['passing'] });
    expect(
      outcomes([
        await grant('passing', { permissions: [] }),
        await rights('passing'),
        await grant('usr_bert', { roles: ['viewer'] }),
        await grant('passing', { permissions: [] }),
        await rights('passing'),
      ]),
    ).toEqual(['200', '200', '200', '200', '404 NOT_FOUND']);
  });

  test('do not grow by two parallel changes of which each would permit the other', async () => {
    const before = (await table().get(organizationRow, {}))?.permission_epoch ?? 0;
    const replies = await Promise.all(
      ['anna', 'bert', 'gert'].map((name) =>
        grant(`usr_${name}`, { permissions: [{ permission: 'orgs.read', granted: true }] }),
      ),
    );
    expect([outcomes(replies), (await table().get(organizationRow, {}))?.permission_epoch]).toEqual([
      ['200', '200', '200'],
      before + 3,
    ]);
  });
});
