import { beforeAll, describe, expect, test } from 'vitest';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { type AddedUser, addOrganization, addService, addUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { call, outcomes, type Reply } from '#test/support/requests.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { authHandler } from '../auth/handler.ts';
import { usersHandler } from './handler.ts';

const stores = testStore();
let auth: ApiHandler;
let users: ApiHandler;
const clock = manualClock();

beforeAll(async () => {
  const dependencies = testDependencies(stores.store, { clock, secrets: memorySecrets() });
  auth = authHandler(dependencies, fastPasswords());
  users = usersHandler(dependencies, fastPasswords());
  await call(auth, 'POST /auth/{entity}', {
    params: { entity: 'user' },
    json: { username: 'first', password: 'start' },
  });
  await addOrganization(stores.store, 5001);
});

const fresh = 'Velvet-Anchor-Orchard-7';
const logIn = (username: string, password: string): Promise<Reply> =>
  call(auth, 'POST /auth/{entity}', { params: { entity: 'user' }, json: { username, password } });
const tokenOf = async ({ user, password }: AddedUser): Promise<string> =>
  (await logIn(user.username, password)).body.data['token'] ?? '';
const session = (token: string): Promise<Reply> => call(auth, 'GET /auth/session', { token });
const setPassword = (
  token: string,
  id: string,
  json: object,
  more: { query?: Record<string, string>; headers?: Record<string, string> } = {},
): Promise<Reply> => call(users, 'POST /users/{id}/password', { params: { id }, token, json, ...more });
const own = (token: string, { user, password }: AddedUser, next = fresh): Promise<Reply> =>
  setPassword(token, user.id, { current_password: password, new_password: next });

describe("one's own password", () => {
  test('changes with the current one, ends the other sessions and keeps this one', async () => {
    const person = await addUser(stores.store, 'own');
    const [token, other] = [await tokenOf(person), await tokenOf(person)];
    const reply = await own(token, person);
    expect(reply.body).toMatchObject({
      success: true,
      message: 'Password changed successfully',
      data: {
        id: person.user.id,
        password_changed_at: clock.now().toISOString(),
        sessions_terminated: 1,
        still_valid: { access_keys: 0, devices: 0, phone_lines: 0 },
      },
    });
    expect(
      outcomes([
        await session(token),
        await session(other),
        await logIn('own', person.password),
        await logIn('own', fresh),
      ]),
    ).toEqual(['200', '401 INVALID_TOKEN', '401 INVALID_CREDENTIALS', '200']);
    const events = (await eventsOf(stores.store, 1000)).filter(({ type }) => type === 'user.password_changed');
    expect(JSON.stringify(events)).not.toContain(fresh);
    expect(events.at(-1)).toMatchObject({
      entity: { type: 'user', id: person.user.id },
      data: { sessions_terminated: 1 },
    });
  });

  test('that must be changed blocks all else until it is changed', async () => {
    const person = await addUser(stores.store, 'must-change', { must_change_password: true, roles: ['admin'] });
    const other = await addUser(stores.store, 'bystander');
    const token = await tokenOf(person);
    expect(outcomes([await setPassword(token, other.user.id, { new_password: fresh })])).toEqual([
      '403 PASSWORD_CHANGE_REQUIRED',
    ]);
    expect((await session(token)).body.data['password_change_required']).toBe(true);
    expect(
      outcomes([await own(token, person), await setPassword(token, other.user.id, { new_password: fresh })]),
    ).toEqual(['200', '200']);
    expect((await session(token)).body.data['password_change_required']).toBe(false);
  });

  test('stays when the current one is wrong, which counts to the lock-out', async () => {
    const person = await addUser(stores.store, 'forgetful');
    const token = await tokenOf(person);
    const wrong = (): Promise<Reply> =>
      setPassword(token, person.user.id, { current_password: 'wrong', new_password: fresh });
    const replies = [
      await wrong(),
      await wrong(),
      await wrong(),
      await wrong(),
      await wrong(),
      await own(token, person),
      await logIn('forgetful', person.password),
    ];
    expect(outcomes(replies)).toEqual([
      ...Array.from({ length: 5 }, () => '403 INVALID_CURRENT_PASSWORD'),
      '403 ACCOUNT_LOCKED',
      '403 ACCOUNT_LOCKED',
    ]);
    clock.advance(901);
    expect(outcomes([await own(token, person)])).toEqual(['200']);
    expect(
      (await eventsOf(stores.store, 1000)).flatMap(({ type, entity }) =>
        entity.id === person.user.id && type.endsWith('locked') ? [type] : [],
      ),
    ).toEqual(['auth.locked', 'user.locked', 'user.unlocked']);
  });

  test('is not revealed as right after five concurrent failures', async () => {
    const person = await addUser(stores.store, 'slow-changer');
    const token = await tokenOf(person);
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    const { promise: reading, resolve: reads } = Promise.withResolvers<undefined>();
    const quick = fastPasswords();
    const slow = usersHandler(testDependencies(stores.store, { clock }), {
      ...quick,
      verify: async (...of) => {
        reads(undefined);
        await released;
        return quick.verify(...of);
      },
    });
    const weak = call(slow, 'POST /users/{id}/password', {
      params: { id: person.user.id },
      token,
      json: { current_password: person.password, new_password: 'weak' },
    });
    await reading;
    for (let time = 0; time < 5; time += 1) await logIn('slow-changer', 'wrong');
    release(undefined);
    expect(outcomes([await weak])).toEqual(['403 ACCOUNT_LOCKED']);
  });

  test.each([
    ['short', 'Tiny-Boat-1', 'WEAK_PASSWORD'],
    ['the username', 'name-as-password', 'WEAK_PASSWORD'],
    ['the current one', 'Quiet-Otter-Lantern-4', 'PASSWORD_REUSED'],
  ])('is rejected when it is %s', async (_, next, code) => {
    const person = await addUser(
      stores.store,
      code === 'PASSWORD_REUSED' ? 'reuser' : next === 'name-as-password' ? next : 'short-password',
    );
    expect(outcomes([await own(await tokenOf(person), person, next)])).toEqual([`422 ${code}`]);
  });

  test('must differ from the last five, and may be the sixth', async () => {
    const person = await addUser(stores.store, 'rotator');
    const token = await tokenOf(person);
    let current = person.password;
    for (let time = 1; time <= 6; time += 1) {
      expect((await own(token, { ...person, password: current }, `Rotating-Password-${time}`)).status).toBe(200);
      current = `Rotating-Password-${time}`;
    }
    expect(
      outcomes([
        await own(token, { ...person, password: current }, 'Rotating-Password-1'),
        await own(token, { ...person, password: current }, person.password),
      ]),
    ).toEqual(['422 PASSWORD_REUSED', '200']);
  });

  test('needs both fields', async () => {
    const person = await addUser(stores.store, 'halfway');
    const reply = await setPassword(await tokenOf(person), person.user.id, { new_password: fresh });
    expect(outcomes([reply])).toEqual(['400 MISSING_FIELD']);
    expect(reply.body.error.details).toMatchObject([{ path: 'current_password' }]);
  });
});

describe("another user's password", () => {
  test('is set with users:write, must be changed, and ends all sessions', async () => {
    const [admin, person] = [
      await addUser(stores.store, 'setter', { organization: 5001, roles: ['admin'] }),
      await addUser(stores.store, 'set', { organization: 5001 }),
    ];
    const theirs = await tokenOf(person);
    const reply = await setPassword(await tokenOf(admin), person.user.id, { new_password: fresh });
    expect(reply.body.data).toMatchObject({ sessions_terminated: 1 });
    expect((await session(theirs)).status).toBe(401);
    expect((await logIn('set', fresh)).body.data).toMatchObject({ password_change_required: true });
  });

  test('need not be changed if the administrator says so, and activates a pending user', async () => {
    const [admin, person] = [
      await addUser(stores.store, 'lenient', { organization: 5001, roles: ['admin'] }),
      await addUser(stores.store, 'was-pending', { organization: 5001, status: 'pending' }),
    ];
    expect(
      (await setPassword(await tokenOf(admin), person.user.id, { new_password: fresh, must_change: false })).status,
    ).toBe(200);
    expect((await logIn('was-pending', fresh)).body.data).toMatchObject({ password_change_required: false });
  });

  test('cannot be set without the scope, for a user with more rights, or in another organization', async () => {
    const manager = await addUser(stores.store, 'the-manager', { organization: 5001, roles: ['manager'] });
    const admin = await addUser(stores.store, 'administering', { organization: 5001, roles: ['admin'] });
    const agent = await addUser(stores.store, 'working', { organization: 5001 });
    const operator = await addUser(stores.store, 'operating', { roles: ['operator'] });
    const foreign = await addUser(stores.store, 'foreign');
    const [byAgent, managing, byAdmin, byOperator] = [
      await tokenOf(agent),
      await tokenOf(manager),
      await tokenOf(admin),
      await tokenOf(operator),
    ];
    const json = { new_password: fresh };
    expect(
      outcomes([
        await setPassword(byAgent, manager.user.id, json),
        await setPassword(managing, admin.user.id, json),
        await setPassword(byAdmin, foreign.user.id, json),
        await setPassword(byAdmin, foreign.user.id, json, { query: { org_id: '1000' } }),
        await setPassword(byOperator, admin.user.id, json),
        await setPassword(byOperator, admin.user.id, json, { query: { org_id: '5001' } }),
      ]),
    ).toEqual([
      '403 INSUFFICIENT_SCOPE',
      '403 CANNOT_MANAGE_USER',
      '404 NOT_FOUND',
      '403 FORBIDDEN_ORG',
      '404 NOT_FOUND',
      '200',
    ]);
  });

  test('is not set at a stale version', async () => {
    const [admin, person] = [
      await addUser(stores.store, 'pinning', { organization: 5001, roles: ['admin'] }),
      await addUser(stores.store, 'pinned', { organization: 5001 }),
    ];
    expect(
      outcomes([
        await setPassword(
          await tokenOf(admin),
          person.user.id,
          { new_password: fresh },
          { headers: { 'if-match': '"7"' } },
        ),
      ]),
    ).toEqual(['409 VERSION_CONFLICT']);
  });
});

test('a concurrent log-in with the old password ends when the password changes', async () => {
  const [admin, person] = [
    await addUser(stores.store, 'racer-admin', { organization: 5001, roles: ['admin'] }),
    await addUser(stores.store, 'racer', { organization: 5001 }),
  ];
  const byAdmin = await tokenOf(admin);
  const [late, set] = await Promise.all([
    logIn('racer', person.password),
    setPassword(byAdmin, person.user.id, { new_password: fresh }),
  ]);
  expect(set.status).toBe(200);
  if (late.status === 200) expect((await session(late.body.data['token'] ?? '')).status).toBe(401);
});

describe('the secret of a service account', () => {
  const service = (clientId: string, secret: string): Promise<Reply> =>
    call(auth, 'POST /auth/{entity}', {
      params: { entity: 'service' },
      json: { client_id: clientId, client_secret: secret },
    });

  test('is shown once, and the old one stays valid for the overlap', async () => {
    const admin = await addUser(stores.store, 'secret-keeper', { organization: 5001, roles: ['admin'] });
    const account = await addService(stores.store, 'svc_rotated', { organization: 5001, secret: 'sk_old' });
    const reply = await setPassword(await tokenOf(admin), account.id, { overlap_seconds: 60 });
    expect(reply.body.data).toEqual({
      id: account.id,
      client_secret: expect.stringMatching(/^sk_[\w-]{43}$/),
      previous_valid_until: new Date(clock.now().getTime() + 60_000).toISOString(),
    });
    const next = reply.body.data['client_secret'] ?? '';
    expect(outcomes([await service('svc_rotated', next), await service('svc_rotated', 'sk_old')])).toEqual([
      '200',
      '200',
    ]);
    clock.advance(61);
    expect(outcomes([await service('svc_rotated', next), await service('svc_rotated', 'sk_old')])).toEqual([
      '200',
      '401 INVALID_CREDENTIALS',
    ]);
  });
});

test('a log-in and a concurrent password change do not overwrite each other', async () => {
  const person = await addUser(stores.store, 'untouched');
  await commit(stores.store, 1000, [change(userRow, person.user, { set: { first_name: 'Ada' } })]);
  const token = await tokenOf(person);
  await own(token, person);
  expect(await tableFor<'user'>(stores.store, 1000).get(userRow, person.user)).toMatchObject({
    first_name: 'Ada',
    last_login_at: expect.any(String),
    log_ins: 1,
    version: 2,
    session_epoch: 2,
  });
});
