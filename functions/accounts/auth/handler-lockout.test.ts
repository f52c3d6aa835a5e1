import { addOrganization, addUser, type AddedUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { call, outcomes, type Reply } from '#test/support/requests.fixture.ts';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { create } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { nameLockoutRow } from '../rows/lockout.ts';
import { usersHandler } from '../users/handler.ts';
import { authHandler } from './handler.ts';

/** Lock-out by network (functions/accounts/auth/README.md, "Lock-out"). */

const stores = testStore();
let auth: ApiHandler;
let users: ApiHandler;
const clock = manualClock();
const newPassword = 'Velvet-Anchor-Orchard-7';

beforeAll(async () => {
  const dependencies = testDependencies(stores.store, { clock });
  auth = authHandler(dependencies, fastPasswords());
  users = usersHandler(dependencies, fastPasswords());
  await addOrganization(stores.store, 1000, { type: 'operator', parent_id: null });
});

const logIn = (ip: string, username: string, password = 'wrong'): Promise<Reply> =>
  call(auth, 'POST /auth/{entity}', { params: { entity: 'user' }, json: { username, password }, ip });
const logInAs = ({ user, password }: AddedUser, ip: string): Promise<Reply> => logIn(ip, user.username, password);
const fail = async (ip: string, username: string, times: number): Promise<void> => {
  for (let time = 0; time < times; time += 1) await logIn(ip, username);
};
/** 50 failures from 13 networks. */
const failEverywhere = async (username: string): Promise<void> => {
  for (let at = 0; at < 50; at += 1) await logIn(`203.0.${Math.floor(at / 4)}.${at}`, username);
};

describe('failures lock a name', () => {
  test('in their network only, IPv4 /24 or IPv6 /48, whether the name exists or not', async () => {
    const person = await addUser(stores.store, 'attacked');
    for (const at of [1, 2, 3, 4, 5]) {
      await logIn(`198.51.100.${at}`, 'attacked');
      await logIn(`2001:db8:1:${at}::1`, 'attacked');
      await logIn(`198.51.100.${at}`, 'nobody-here');
    }
    expect(
      outcomes([
        await logInAs(person, '198.51.100.200'),
        await logInAs(person, '2001:db8:1:ffff::9'),
        await logIn('198.51.100.9', 'nobody-here'),
        await logIn('198.51.101.9', 'nobody-here'),
        await logInAs(person, '2001:db8:2::1'),
        await logInAs(person, '198.51.101.1'),
      ]),
    ).toEqual([
      '403 ACCOUNT_LOCKED',
      '403 ACCOUNT_LOCKED',
      '403 ACCOUNT_LOCKED',
      '401 INVALID_CREDENTIALS',
      '200',
      '200',
    ]);
  });

  test('everywhere after 50, except in networks from which it logged in', async () => {
    const person = await addUser(stores.store, 'the-operator');
    expect((await logInAs(person, '192.0.2.10')).status).toBe(200);
    for (let round = 0; round < 3; round += 1) {
      await failEverywhere('the-operator');
      expect(outcomes([await logInAs(person, '100.64.0.1'), await logInAs(person, '192.0.2.99')])).toEqual([
        '403 ACCOUNT_LOCKED',
        '200',
      ]);
      clock.advance(15 * 60);
    }
    expect(outcomes([await logInAs(person, '100.64.0.1')])).toEqual(['200']);
    const unlocked = (await eventsOf(stores.store, 1000)).filter(
      ({ type, entity }) => type === 'user.unlocked' && entity.id === person.user.id,
    );
    expect(unlocked.at(-1)?.data).toEqual({});
  });

  test('even if all 50 are guessed at once, and a right guess among more of them does not slip through', async () => {
    const person = await addUser(stores.store, 'stormed');
    const guesses = Array.from({ length: 60 }, (_, at) => logIn(`203.1.${at}.1`, 'stormed'));
    const replies = outcomes(await Promise.all(guesses));
    expect(replies.filter((reply) => reply === '401 INVALID_CREDENTIALS').length).toBeLessThanOrEqual(50);
    for (let at = 0; at < 60; at += 1) await logIn(`203.2.${at}.1`, 'stormed');
    expect(outcomes([await logInAs(person, '100.64.1.1')])).toEqual(['403 ACCOUNT_LOCKED']);
  });

  test('counted by an earlier version continue to count, for all networks', async () => {
    const person = await addUser(stores.store, 'upgraded');
    const now = clock.now().getTime();
    await commit(stores.store, 0, [
      create(nameLockoutRow, {
        username: 'upgraded',
        failed_at: [],
        locked_until: now + 60_000,
        expires_at: now / 1_000 + 86_400,
        version: 5,
      }),
    ]);
    expect(outcomes([await logInAs(person, '192.0.2.1')])).toEqual(['403 ACCOUNT_LOCKED']);
    clock.advance(61);
    expect(outcomes([await logInAs(person, '192.0.2.1')])).toEqual(['200']);
  });
});

test("an administrator's reset of the password lifts all locks, and says so", async () => {
  const chief = await addUser(stores.store, 'chief', { roles: ['operator'] });
  const person = await addUser(stores.store, 'helped');
  const token = (await logInAs(chief, '192.0.2.1')).body.data['token'] ?? '';
  await fail('198.51.100.1', 'helped', 5);
  await failEverywhere('helped');
  expect(outcomes([await logInAs(person, '198.51.100.1'), await logInAs(person, '100.64.0.1')])).toEqual([
    '403 ACCOUNT_LOCKED',
    '403 ACCOUNT_LOCKED',
  ]);
  clock.advance(1);
  const reset = await call(users, 'POST /users/{id}/password', {
    params: { id: person.user.id },
    json: { new_password: newPassword, must_change: false },
    token,
  });
  expect(reset.status).toBe(200);
  const changed = { ...person, password: newPassword };
  expect(outcomes([await logInAs(changed, '198.51.100.1'), await logInAs(changed, '100.64.0.1')])).toEqual([
    '200',
    '200',
  ]);
  const events = (await eventsOf(stores.store, 1000)).filter(({ entity }) => entity.id === person.user.id);
  expect(events.filter(({ type }) => type === 'user.unlocked')).toHaveLength(1);
});

test('wrong current passwords count in their network, and a right one clears them', async () => {
  const person = await addUser(stores.store, 'changing');
  const token = (await logInAs(person, '192.0.2.1')).body.data['token'] ?? '';
  const change = (ip: string, current: string, next: string): Promise<Reply> =>
    call(users, 'POST /users/{id}/password', {
      params: { id: person.user.id },
      json: { current_password: current, new_password: next },
      token,
      ip,
    });
  for (let time = 0; time < 5; time += 1) await change('198.51.100.1', 'wrong', newPassword);
  expect(
    outcomes([
      await change('198.51.100.77', person.password, newPassword),
      await change('192.0.2.7', 'wrong', newPassword),
      await change('192.0.2.7', person.password, newPassword),
    ]),
  ).toEqual(['403 ACCOUNT_LOCKED', '403 INVALID_CURRENT_PASSWORD', '200']);
});
