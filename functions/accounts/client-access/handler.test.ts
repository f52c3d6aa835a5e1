import { beforeAll, describe, expect, test } from 'vitest';
import { adminPassword, manualClock } from '#test/support/dependencies.fixture.ts';
import { addOrganization, addUser, type AddedUser } from '#test/support/accounts.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { textAt } from '#test/support/example-request.ts';
import { call, outcome, outcomes, type Call, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit, StaleWrite } from '#dynamodb/commit.ts';
import { credentialRow, type UserItem } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { ApiHandler } from '#http/serve.ts';
import { accessKeysHandler } from '../access-keys/handler.ts';
import { newSession } from '../schema/session.ts';
import { newSessionWrites } from '../rows/new-session.ts';
import { peopleWithFactors } from '../two-factor/two-factor.fixture.ts';
import { clientAccessHandler } from './handler.ts';

/** Every switch has a test that shows its effect at the phase of a log-in or request that it governs. */

const stores = testStore();
let people: ReturnType<typeof peopleWithFactors>;
let access: ApiHandler;
let keys: ApiHandler;
let admin = '';
const clock = manualClock();
const organization = 5200;

beforeAll(async () => {
  people = peopleWithFactors(stores.store, clock);
  access = clientAccessHandler(people.dependencies);
  keys = accessKeysHandler(people.dependencies);
  await addOrganization(stores.store, organization, { timezone: 'Europe/Berlin' });
  admin = await renewAdmin(await addUser(stores.store, 'keeper', { organization, roles: ['admin'] }));
});

const renewAdmin = async (of: AddedUser): Promise<string> =>
  (await people.logInAs(of, { ttl: 86_400 })).body.data['token'] ?? '';
const join = (username: string, more: Partial<UserItem> = {}): Promise<AddedUser> =>
  addUser(stores.store, username, { organization, ...more });
const ask = (method: string, entity: string, json?: object, more: Call = {}): Promise<Reply> =>
  call(access, `${method} /clientaccess/{entity}`, {
    token: admin,
    params: { entity },
    ...(json === undefined ? {} : { json }),
    ...more,
  });
const put = ({ user }: AddedUser, json: object, more: Call = {}): Promise<Reply> => ask('PUT', user.id, json, more);
const shown = async (entity: string, more: Call = {}): Promise<Record<string, unknown>> =>
  (await ask('GET', entity, undefined, more)).body.data;
/** Status and code of a session's request. */
const who = async (token: string | undefined, more: Call = {}): Promise<string> =>
  outcome(await call(people.auth, 'GET /auth/session', { token, ...more }));
const logIn = async (person: AddedUser, more: object = {}, from: Call = {}): Promise<string> =>
  outcome(await people.logIn({ username: person.user.username, password: person.password, ...more }, from));
const newKey = async (token: string) =>
  call(keys, 'PUT /accesskeys', { token, json: { name: `Key ${Math.random()}` } });
const tokenIn = ({ body }: Reply): string => textAt(body, 'token');
const typesFor = async ({ user }: AddedUser): Promise<string[]> =>
  (await eventsOf(stores.store, organization)).filter(({ entity }) => entity.id === user.id).map(({ type }) => type);

describe('access', () => {
  test('is shown by id and by e-mail address; its own without a scope', async () => {
    const person = await join('shown', { email: 'shown@example.com', permissions: { 'users:read': false } });
    const own = await people.tokenOf(person);
    const other = await join('other-of-shown', { email: 'other@example.com' });
    for (const entity of [person.user.id, 'Shown@Example.com'])
      expect(await shown(entity, { token: own })).toMatchObject({
        userId: person.user.id,
        orgId: 'org_5200',
        userName: 'shown',
        sessions: { activeSessions: 1, maxSessions: 5 },
        audit: { lastLogin: clock.now().toISOString(), lastLoginIp: '192.0.2.7', failedLoginAttempts: 0 },
      });
    expect(
      outcomes([
        await ask('GET', other.user.id, undefined, { token: own }),
        await ask('GET', 'other@example.com', undefined, { token: own }),
        await ask('GET', 'nobody@example.com'),
        await ask('GET', 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A'),
        await ask('PUT', person.user.id, { permissions: { webPortal: true } }, { token: own }),
      ]),
    ).toEqual([
      '403 INSUFFICIENT_SCOPE',
      '403 INSUFFICIENT_SCOPE',
      '404 NOT_FOUND',
      '404 NOT_FOUND',
      '403 INSUFFICIENT_SCOPE',
    ]);
  });

  test('is listed by state, newest first', async () => {
    await join('listed', { id: 'usr_9LISTED', status: 'disabled', roles: ['viewer'] });
    const { body } = await call(access, 'GET /clientaccess', { token: admin, query: { status: 'disabled' } });
    expect(body.data).toMatchObject({
      clientAccess: [
        { userId: 'usr_9LISTED', orgId: 'org_5200', status: 'disabled', accessLevel: 'restricted', lastLogin: null },
      ],
      pagination: { total: 1, limit: 50, offset: 0, hasMore: false },
    });
  });

  test('is changed by PUT and POST alike, and the change is recorded', async () => {
    const person = await join('changed');
    const reply = await put(person, { permissions: { mobileApp: false } });
    expect(reply.body).toMatchObject({
      status: 'success',
      message: 'Client access updated successfully',
      data: { permissions: { webPortal: true, mobileApp: false } },
    });
    await ask('POST', person.user.id, { permissions: { webPortal: false } });
    expect((await shown(person.user.id))['permissions']).toMatchObject({ webPortal: false, mobileApp: false });
    const events = (await eventsOf(stores.store, organization)).filter(({ entity }) => entity.id === person.user.id);
    expect(events.map(({ type, changes }) => [type, changes])).toEqual([
      ['access.updated', { mobileApp: { old: true, new: false } }],
      ['access.updated', { webPortal: { old: true, new: false } }],
    ]);
  });
});

describe('status', () => {
  test('disabled ends sessions and keys at once, and no log-in is possible until it is active again', async () => {
    const person = await join('switched');
    const token = await people.tokenOf(person);
    const key = tokenIn(await newKey(token));
    const reply = await put(person, { status: 'disabled' });
    expect(reply.body.data).toMatchObject({ status: 'disabled', sessions: { activeSessions: 0 } });
    expect([await who(token), await who(key), await logIn(person)]).toEqual([
      '401 INVALID_TOKEN',
      '401 INVALID_TOKEN',
      '403 ACCOUNT_DISABLED',
    ]);
    await put(person, { status: 'active' });
    expect([await who(token), await who(key), await logIn(person)]).toEqual(['401 INVALID_TOKEN', '200', '200']);
  });

  test('is disabled by DELETE', async () => {
    const person = await join('revoked');
    const token = await people.tokenOf(person);
    expect((await ask('DELETE', person.user.id)).body).toEqual({
      status: 'success',
      success: true,
      message: 'Client access revoked successfully',
      data: { userId: person.user.id, status: 'disabled', revokedAt: clock.now().toISOString() },
    });
    expect([await who(token), (await shown(person.user.id))['status']]).toEqual(['401 INVALID_TOKEN', 'disabled']);
    expect(await typesFor(person)).toContain('access.revoked');
  });

  test('of a user without a password stays pending', async () => {
    const person = await join('unset', { status: 'pending', password_changed_at: null });
    expect(outcome(await put(person, { status: 'active' }))).toBe('422 VALIDATION_FAILED');
  });
});

describe('accessLevel', () => {
  test('gives and takes the role admin, or leaves only viewer', async () => {
    const person = await join('leveled', { roles: ['agent'] });
    const scopeCount = async () =>
      String(
        (await call(people.auth, 'GET /auth/session', { token: await people.tokenOf(person) })).body.data['scopes'],
      ).split(',').length;
    const levels: unknown[] = [];
    for (const accessLevel of ['admin', 'restricted', 'standard'] as const) {
      const { body } = await put(person, { accessLevel });
      levels.push([body.data['accessLevel'], await scopeCount()]);
    }
    expect(levels).toEqual([
      ['admin', 22],
      ['restricted', 7],
      ['standard', 10],
    ]);
  });

  test('of the own account, and its state, may be sent back as they were shown', async () => {
    const { status, accessLevel } = await shown('usr_keeper');
    expect(outcome(await ask('PUT', 'usr_keeper', { status, accessLevel }))).toBe('200');
  });

  test('takes effect for sessions that exist', async () => {
    const person = await join('demoted', { roles: ['admin'] });
    const token = await people.tokenOf(person);
    expect(outcome(await ask('DELETE', 'usr_none', undefined, { token }))).toBe('404 NOT_FOUND');
    await put(person, { accessLevel: 'restricted' });
    expect(outcome(await ask('DELETE', 'usr_none', undefined, { token }))).toBe('403 INSUFFICIENT_SCOPE');
  });

  test('is granted by those who have it only, and the last administrator stays', async () => {
    const manager = await people.tokenOf(await join('manager', { roles: ['manager'] }));
    const boss = await join('boss', { roles: ['admin'] });
    const target = await join('target');
    const lonely = await addUser(stores.store, 'lonely', { organization: 5201, roles: ['admin'] });
    await addOrganization(stores.store, 5201);
    const root = (await people.logIn({ username: 'admin', password: adminPassword })).body.data['token'];
    expect(
      outcomes([
        await put(target, { accessLevel: 'admin' }, { token: manager }),
        await put(boss, { permissions: { webPortal: false } }, { token: manager }),
        await ask('DELETE', boss.user.id, undefined, { token: manager }),
      ]),
    ).toEqual(['403 CANNOT_GRANT', '403 CANNOT_MANAGE_USER', '403 CANNOT_MANAGE_USER']);
    const there = { token: root, query: { org_id: '5201' } };
    expect(
      outcomes([
        await ask('PUT', lonely.user.id, { accessLevel: 'standard' }, there),
        await ask('DELETE', lonely.user.id, undefined, there),
      ]),
    ).toEqual(['409 LAST_ADMIN', '409 LAST_ADMIN']);
  });
});

test('the own account keeps its state, level and second factor, and is not locked out by itself', async () => {
  const own = 'usr_keeper';
  expect(
    outcomes([
      await ask('PUT', own, { status: 'disabled' }),
      await ask('PUT', own, { accessLevel: 'restricted' }),
      await ask('PUT', own, { security: { resetTwoFactor: true } }),
      await ask('DELETE', own),
      await ask('PUT', own, { restrictions: { ipWhitelist: ['198.51.100.0/24'] } }),
      await ask('PUT', own, { restrictions: { ipWhitelist: ['192.0.2.0/24'] } }),
      await ask('PUT', own, { restrictions: { ipWhitelist: null } }),
    ]),
  ).toEqual([
    '403 OWN_ACCOUNT',
    '403 OWN_ACCOUNT',
    '403 OWN_ACCOUNT',
    '403 OWN_ACCOUNT',
    '422 WOULD_LOCK_OUT',
    '200',
    '200',
  ]);
});

describe('permissions', () => {
  test('webPortal and mobileApp let the client of a log-in in, known only to the right password', async () => {
    const person = await join('clients');
    await put(person, { permissions: { webPortal: false, mobileApp: false } });
    const outcomesOf = async () => [
      await logIn(person, { client: 'web' }),
      await logIn(person, { client: 'mobile' }),
      await logIn(person, { client: 'api' }),
      await logIn(person, { client: 'web', password: 'wrong' }),
    ];
    expect(await outcomesOf()).toEqual([
      '403 CLIENT_NOT_ALLOWED',
      '403 CLIENT_NOT_ALLOWED',
      '200',
      '401 INVALID_CREDENTIALS',
    ]);
    await put(person, { permissions: { webPortal: true } });
    expect((await outcomesOf()).slice(0, 2)).toEqual(['200', '403 CLIENT_NOT_ALLOWED']);
  });

  test('apiAccess lets access keys in, and lets the user make them', async () => {
    const person = await join('keyed');
    const token = await people.tokenOf(person);
    const key = tokenIn(await newKey(token));
    expect(await who(key)).toBe('200');
    await put(person, { permissions: { apiAccess: false } });
    expect([await who(key), await who(token), (await newKey(token)).status]).toEqual([
      '403 API_ACCESS_DISABLED',
      '200',
      403,
    ]);
    await put(person, { permissions: { apiAccess: true } });
    expect([await who(key), (await newKey(token)).status]).toEqual(['200', 201]);
  });
});

describe('restrictions', () => {
  test('ipWhitelist holds for log-ins with the right password and for every request', async () => {
    const person = await join('placed');
    const token = await people.tokenOf(person);
    const key = tokenIn(await newKey(token));
    await put(person, { restrictions: { ipWhitelist: ['198.51.100.0/24', '2001:db8::/32'] } });
    const near = { ip: '198.51.100.9' };
    expect([
      await who(token),
      await who(key),
      await logIn(person),
      await logIn(person, { password: 'wrong' }),
      await who(token, near),
      await who(key, { ip: '2001:db8::7' }),
      await logIn(person, {}, near),
    ]).toEqual([
      '403 IP_NOT_ALLOWED',
      '403 IP_NOT_ALLOWED',
      '403 IP_NOT_ALLOWED',
      '401 INVALID_CREDENTIALS',
      '200',
      '200',
      '200',
    ]);
    await put(person, { restrictions: { ipWhitelist: [] } });
    expect([await who(token), await logIn(person)]).toEqual(['200', '200']);
  });

  test('timeRestrictions hold for log-ins with the right password and for every request', async () => {
    const person = await join('timed');
    const token = (await people.logInAs(person, { ttl: 86_400 })).body.data['token'] ?? '';
    const key = tokenIn(await newKey(token));
    // A Friday; the hours are those of the organization in Berlin, one hour ahead of UTC.
    const windows = [{ days: ['fri'], start: '11:00', end: '12:00' }];
    const reply = await put(person, { restrictions: { timeRestrictions: { windows } } });
    expect(reply.body.data['restrictions']).toMatchObject({ timeRestrictions: { timezone: 'Europe/Berlin', windows } });
    const at = async (time: string) => {
      const before = clock.now();
      clock.set(new Date(time));
      const answers = [await who(token), await who(key), await logIn(person), await logIn(person, { password: 'x' })];
      clock.set(before);
      return answers;
    };
    const closed = ['403 OUTSIDE_HOURS', '403 OUTSIDE_HOURS', '403 OUTSIDE_HOURS', '401 INVALID_CREDENTIALS'];
    const open = ['200', '200', '200', '401 INVALID_CREDENTIALS'];
    expect(await at('2026-11-20T10:59:59.000Z')).toEqual(open);
    expect(await at('2026-11-20T11:00:00.000Z')).toEqual(closed);
    await put(person, { restrictions: { timeRestrictions: null } });
    expect(await at('2026-11-20T11:00:00.000Z')).toEqual(open);
  });
});

describe('maxSessions', () => {
  test('ends the oldest session of a further log-in, and the surplus at once when it is lowered', async () => {
    const person = await join('many');
    const tokens: string[] = [];
    for (let at = 0; at < 3; at += 1) {
      tokens.push(await people.tokenOf(person));
      clock.advance(1);
    }
    const alive = () => Promise.all(tokens.map((token) => who(token)));
    const reply = await put(person, { sessions: { maxSessions: 2 } });
    expect(reply.body.data['sessions']).toEqual({ activeSessions: 2, maxSessions: 2 });
    expect(await alive()).toEqual(['401 INVALID_TOKEN', '200', '200']);
    tokens.push(await people.tokenOf(person));
    expect(await alive()).toEqual(['401 INVALID_TOKEN', '401 INVALID_TOKEN', '200', '200']);
  });

  test('lets no log-in pass that began before it was lowered', async () => {
    const person = await join('early');
    await put(person, { sessions: { maxSessions: 1 } });
    const session = newSession(
      { user: person.user, organization: organizationOf(organization) },
      {
        ...{ id: 'ses_early', client: 'api' as const, ttl: undefined, ip: '192.0.2.7', userAgent: 'test' },
        ...{ rights: { scopes: [], ownOnly: [], reach: 'own' as const }, now: clock.now() },
      },
    );
    const asRead = { user: person.user, organization: { org_id: organization } };
    const opened = newSessionWrites(asRead, { session, ended: [], mustChangePassword: false });
    await expect(commit(stores.store, organization, opened)).rejects.toThrow(StaleWrite);
  });

  test('is not exceeded by log-ins that race with its change', async () => {
    const person = await join('racing');
    await Promise.all([
      put(person, { sessions: { maxSessions: 1 } }),
      ...Array.from({ length: 4 }, () => people.logInAs(person)),
    ]);
    expect((await shown(person.user.id))['sessions']).toEqual({ activeSessions: 1, maxSessions: 1 });
  });
});

describe('security', () => {
  test('resetTwoFactor removes the second factor and ends the sessions', async () => {
    const person = await join('factored');
    const { token, codes } = await people.enable(person);
    const pending = await people.logInAs(person);
    const { body } = await put(person, { security: { resetTwoFactor: true } });
    expect(body.data).toMatchObject({
      security: { twoFactorEnabled: false, twoFactorMethod: null },
      sessions: { activeSessions: 0 },
    });
    const stored = await tableFor<'credential'>(stores.store, organization).get(credentialRow, {
      user_id: person.user.id,
    });
    expect(stored).not.toHaveProperty('totp');
    const waiting = textAt(pending.body, 'session_token');
    expect([
      await who(token),
      outcome(await people.logIn({ session_token: waiting, recovery_code: codes[0] })),
      await logIn(person),
    ]).toEqual(['401 INVALID_TOKEN', '401 INVALID_CREDENTIALS', '200']);
    expect(await typesFor(person)).toContain('access.2fa_reset');
    expect(await typesFor(person)).not.toContain('access.updated');
  });

  test('unlock lifts the lock-out', async () => {
    const person = await join('locked');
    for (let at = 0; at < 5; at += 1) await logIn(person, { password: 'wrong' });
    expect([await logIn(person), (await shown(person.user.id))['audit']]).toEqual([
      '403 ACCOUNT_LOCKED',
      expect.objectContaining({ failedLoginAttempts: 5 }),
    ]);
    const { body } = await put(person, { security: { unlock: true } });
    expect([body.data['audit'], await logIn(person)]).toEqual([
      expect.objectContaining({ failedLoginAttempts: 0 }),
      '200',
    ]);
    expect(await typesFor(person)).toEqual(expect.arrayContaining(['access.unlocked', 'user.unlocked']));
  });
});

test('past passwordExpiresAt a log-in demands a change', async () => {
  const security = { require_2fa: false, password_rotation_days: 20, session_ttl_max: 604_800, ip_whitelist: [] };
  await addOrganization(stores.store, 5202, { security });
  const person = await addUser(stores.store, 'rotated', { organization: 5202, roles: ['admin'] });
  const token = await people.tokenOf(person);
  expect((await shown(person.user.id, { token }))['security']).toMatchObject({
    passwordExpiresAt: '2026-11-21T00:00:00.000Z',
  });
  const demanded = async () => (await people.logInAs(person)).body.data['password_change_required'];
  const before = await demanded();
  clock.set(new Date('2026-11-21T00:00:00.000Z'));
  expect([before, await demanded()]).toEqual([false, true]);
});
