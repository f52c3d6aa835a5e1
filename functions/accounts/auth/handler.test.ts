import { decodeJwt, decodeProtectedHeader } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { adminPassword, issuer, manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { type AddedUser, addOrganization, addUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { call, type Call, outcomes, type Reply } from '#test/support/requests.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { eventsOf, startStore, testStore } from '#test/support/store.fixture.ts';
import { scryptPasswords, type Passwords } from '#credentials/password-hash.ts';
import { commit } from '#dynamodb/commit.ts';
import {
  credentialRow,
  sessionRow,
  signingKeyRow,
  usernameRow,
  userRow,
  type SessionItem,
  type SigningKeyItem,
} from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change, create } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { authHandler } from './handler.ts';

const stores = testStore();
let handler: ApiHandler;
const clock = manualClock();
const secrets = memorySecrets();

const newHandler = (environment: Record<string, string> = {}): ApiHandler =>
  authHandler(testDependencies(stores.store, { clock, secrets, environment }), fastPasswords());

beforeAll(async () => {
  handler = newHandler();
});

const logIn = (entity: string, json: unknown, more: Call = {}): Promise<Reply> =>
  call(handler, 'POST /auth/{entity}', { params: { entity }, json, ...more });
const logInAs = ({ user, password }: AddedUser, more: object = {}): Promise<Reply> =>
  logIn('user', { username: user.username, password, ...more });
const tokenOf = (reply: Reply): string => reply.body.data['token'] ?? '';
const session = (token: string): Promise<Reply> => call(handler, 'GET /auth/session', { token });
const repeated = <T>(times: number, work: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: times }, work));

describe('the first start', () => {
  test('with parallel log-ins creates one operator, one administrator and one signing key', async () => {
    const replies = await Promise.all(
      [1, 2, 3, 4].map(() =>
        call(newHandler(), 'POST /auth/{entity}', {
          params: { entity: 'admin' },
          json: { username: 'admin', password: adminPassword },
        }),
      ),
    );
    expect(outcomes(replies)).toEqual(['200', '200', '200', '200']);
    const keys = await tableFor<'signingkey'>(stores.store, 0).query<'signingkey', SigningKeyItem, object>(
      signingKeyRow,
      {},
    );
    expect(keys.items).toHaveLength(1);
    expect(new Set(replies.map((reply) => decodeProtectedHeader(tokenOf(reply)).kid))).toEqual(
      new Set([keys.items[0]?.kid]),
    );
    const created = (await eventsOf(stores.store, 1000)).filter(
      ({ type }) => type === 'org.created' || type === 'user.created',
    );
    expect(created.map(({ type, actor }) => [type, actor.type])).toEqual([
      ['org.created', 'system'],
      ['user.created', 'system'],
    ]);
  });

  test('continues where an earlier one crashed between secret and public key', async () => {
    const other = await startStore();
    const shared = memorySecrets();
    const crashing = authHandler(
      {
        ...testDependencies(other.store, {
          clock,
          secrets: {
            ...shared,
            putOnce: async (...of) => {
              await shared.putOnce(...of);
              throw new Error('killed');
            },
          },
        }),
      },
      fastPasswords(),
    );
    const admin = { params: { entity: 'user' }, json: { username: 'admin', password: adminPassword } };
    expect((await call(crashing, 'POST /auth/{entity}', admin)).status).toBe(500);
    const healthy = authHandler(testDependencies(other.store, { clock, secrets: shared }), fastPasswords());
    const reply = await call(healthy, 'POST /auth/{entity}', admin);
    expect(outcomes([reply, await call(healthy, 'GET /auth/session', { token: tokenOf(reply) })])).toEqual([
      '200',
      '200',
    ]);
    await other.stop();
  });

  test('reads a generated password from its secret, and it must be changed', async () => {
    const other = await startStore();
    const dependencies = testDependencies(other.store, {
      clock,
      environment: { ADMIN_PASSWORD: '', ADMIN_USERNAME: 'Root', OPERATOR_NAME: 'Example Telecom' },
      secrets: memorySecrets({ 'operator-admin': '{"username":"admin","password":"generated-by-cdk-24chars"}' }),
    });
    const reply = await call(authHandler(dependencies, fastPasswords()), 'POST /auth/{entity}', {
      params: { entity: 'user' },
      json: { username: 'root', password: 'generated-by-cdk-24chars' },
    });
    expect(reply.body.data).toMatchObject({ password_change_required: true, entity: { org_id: 1000 } });
    await other.stop();
  });

  test('answers 500 without a secret to read, and the next log-in tries again', async () => {
    const other = await startStore();
    const dependencies = testDependencies(other.store, { clock, environment: { ADMIN_PASSWORD: '' } });
    const reply = await call(authHandler(dependencies, fastPasswords()), 'POST /auth/{entity}', {
      params: { entity: 'user' },
      json: { username: 'admin', password: 'x' },
    });
    expect(reply.status).toBe(500);
    expect(dependencies.faults).toHaveLength(1);
    await other.stop();
  });
});

describe('a log-in', () => {
  test('answers a token with user, organization, scopes and expiry', async () => {
    const person = await addUser(stores.store, 'claims', { roles: ['viewer'] });
    const reply = await logInAs(person, { ttl: 600 });
    expect(reply.body).toMatchObject({
      status: 'success',
      success: true,
      data: {
        token_type: 'Bearer',
        expires_at: '2026-11-20T10:10:00.000Z',
        entity: { id: person.user.id, type: 'user', org_id: 1000 },
        password_change_required: false,
      },
    });
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(decodeProtectedHeader(tokenOf(reply))).toMatchObject({ alg: 'ES256', typ: 'JWT' });
    expect(decodeJwt(tokenOf(reply))).toMatchObject({
      iss: issuer,
      aud: 'platform-api',
      sub: person.user.id,
      org: 'org_1000',
      sid: expect.stringMatching(/^ses_/),
      jti: expect.any(String),
      exp: clock.now().getTime() / 1000 + 600,
    });
    expect(decodeJwt(tokenOf(reply))['scopes']).toContain('telephony:read');
  });

  test('accepts the username in any case and width', async () => {
    const person = await addUser(stores.store, 'folded');
    expect((await logIn('user', { username: ' ＦOLDED ', password: person.password })).status).toBe(200);
  });

  test('by GET accepts query, JSON body or Basic, and names its successor', async () => {
    const { user, password } = await addUser(stores.store, 'getter');
    const credentials = { username: user.username, password };
    const basic = { authorization: `Basic ${Buffer.from(`${user.username}:${password}`).toString('base64')}` };
    const get = (of: Call): Promise<Reply> =>
      call(handler, 'GET /auth/{entity}', { params: { entity: 'user' }, ...of });
    const replies = [
      await get({ json: credentials }),
      await get({ query: { ...credentials, ttl: '60' } }),
      await get({ headers: basic }),
    ];
    expect(outcomes(replies)).toEqual(['200', '200', '200']);
    expect(replies[0]?.headers).toMatchObject({
      deprecation: '@1704067200',
      link: '</auth/user>; rel="successor-version"',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  });

  test('by POST accepts a form or Basic, but no query', async () => {
    const { user, password } = await addUser(stores.store, 'poster');
    const credentials = { username: user.username, password };
    const post = (of: Call): Promise<Reply> =>
      call(handler, 'POST /auth/{entity}', { params: { entity: 'user' }, ...of });
    const basic = { authorization: `Basic ${Buffer.from(`${user.username}:${password}`).toString('base64')}` };
    expect(
      outcomes([await post({ form: credentials }), await post({ headers: basic }), await post({ query: credentials })]),
    ).toEqual(['200', '200', '400 MISSING_FIELD']);
  });

  test.each([
    [
      'header and body',
      {
        json: { username: 'other', password: 'p' },
        headers: { authorization: `Basic ${Buffer.from('someone:p').toString('base64')}` },
      },
    ],
    ['the fields of a form', { form: 'username=a&username=b&password=p' }],
  ])('with two values of one field, in %s, is ambiguous', async (_, of) => {
    const reply = await call(handler, 'POST /auth/{entity}', { params: { entity: 'user' }, ...of });
    expect(outcomes([reply])).toEqual(['400 AMBIGUOUS_CREDENTIALS']);
  });

  test('answers a wrong password and an unknown name alike', async () => {
    const { user } = await addUser(stores.store, 'known');
    const [wrong, unknown] = [
      await logIn('user', { username: user.username, password: 'wrong' }),
      await logIn('user', { username: 'nobody-at-all', password: 'wrong' }),
    ];
    expect(wrong.body).toEqual(unknown.body);
    expect(outcomes([wrong])).toEqual(['401 INVALID_CREDENTIALS']);
  });

  test("does not find a service account's name by the marker that keeps it unique", async () => {
    const person = await addUser(stores.store, 'behind-marker');
    const username = 'service#1000#behind-marker';
    await commit(stores.store, 0, [create(usernameRow, { username, user_id: person.user.id, org_id: 1000 })]);
    const replies = [
      await logIn('user', { username, password: person.password }),
      await logIn('user', { username: 'ＳERVICE＃1000＃behind-marker', password: person.password }),
    ];
    expect(outcomes(replies)).toEqual(['401 INVALID_CREDENTIALS', '401 INVALID_CREDENTIALS']);
    const known = (await eventsOf(stores.store, 1000)).filter(({ entity }) => entity.id === person.user.id);
    expect(known.map(({ type }) => type)).not.toContain('auth.login_failed');
  });

  test('that names another organization fails', async () => {
    const person = await addUser(stores.store, 'elsewhere');
    expect(
      outcomes([
        await logInAs(person, { org_id: 1001 }),
        await logInAs(person, { org_id: 'org_1000', client: null }),
        await logInAs(person, { orgId: 1001 }),
        await logInAs(person, { organization_id: 'org_1001' }),
      ]),
    ).toEqual(['401 INVALID_CREDENTIALS', '200', '401 INVALID_CREDENTIALS', '401 INVALID_CREDENTIALS']);
  });

  test('of an unknown kind is not found', async () => {
    expect(outcomes([await logIn('robot', {})])).toEqual(['404 UNKNOWN_ENTITY']);
  });

  test('lasts at most as long as the organization allows', async () => {
    await addOrganization(stores.store, 4001, {
      security: { require_2fa: false, password_rotation_days: 0, session_ttl_max: 300, ip_whitelist: [] },
    });
    const person = await addUser(stores.store, 'shortlived', { organization: 4001 });
    expect((await logInAs(person, { ttl: 86_400 })).body.data['expires_at']).toBe('2026-11-20T10:05:00.000Z');
  });

  test('hashes the password again when the cost has changed', async () => {
    const { user, password } = await addUser(stores.store, 'rehashed');
    const dearer = authHandler(
      testDependencies(stores.store, { clock, secrets }),
      scryptPasswords({ ln: 5, r: 8, p: 1 }),
    );
    const credentials = { params: { entity: 'user' }, json: { username: user.username, password } };
    expect(
      outcomes([
        await call(dearer, 'POST /auth/{entity}', credentials),
        await call(dearer, 'POST /auth/{entity}', credentials),
      ]),
    ).toEqual(['200', '200']);
    const stored = await tableFor<'credential'>(stores.store, 1000).get(credentialRow, { user_id: user.id });
    expect(stored).toMatchObject({ version: 2, password: expect.stringContaining('ln=5') });
  });

  test.each([
    { whom: 'a disabled user', account: { status: 'disabled' as const }, outcome: '403 ACCOUNT_DISABLED' },
    { whom: 'no administrator, as admin', entity: 'admin', account: { roles: ['manager'] }, outcome: '403 NOT_ADMIN' },
    {
      whom: 'a client that is not allowed',
      account: { access: { web_portal: false, mobile_app: true, api_access: true, softphone: true, max_sessions: 5 } },
      client: 'web',
      outcome: '403 CLIENT_NOT_ALLOWED',
    },
  ])(
    'of $whom is rejected, but only after the right password',
    async ({ entity = 'user', account, client = 'api', outcome }) => {
      const {
        user: { username },
        password,
      } = await addUser(stores.store, `rejected-${outcome.slice(4).toLowerCase()}`, account);
      expect(
        outcomes([
          await logIn(entity, { username, password: 'wrong', client }),
          await logIn(entity, { username, password, client }),
        ]),
      ).toEqual(['401 INVALID_CREDENTIALS', outcome]);
    },
  );

  test('into a closed organization fails; into a suspended one it opens only a few endpoints', async () => {
    await addOrganization(stores.store, 4002, { status: 'closed' });
    await addOrganization(stores.store, 4003, { status: 'suspended' });
    const [closed, suspended] = [
      await addUser(stores.store, 'of-closed', { organization: 4002 }),
      await addUser(stores.store, 'of-suspended', { organization: 4003 }),
    ];
    const reply = await logInAs(suspended);
    expect(outcomes([await logInAs(closed), reply, await session(tokenOf(reply))])).toEqual([
      '401 INVALID_CREDENTIALS',
      '200',
      '200',
    ]);
  });

  test('with an expired password requires a new one', async () => {
    await addOrganization(stores.store, 4004, {
      security: { require_2fa: false, password_rotation_days: 10, session_ttl_max: 604_800, ip_whitelist: [] },
    });
    const person = await addUser(stores.store, 'rotating', { organization: 4004 });
    const reply = await logInAs(person);
    expect(reply.body.data['password_change_required']).toBe(true);
    expect((await session(tokenOf(reply))).body.data['password_change_required']).toBe(true);
  });

  test('records an event with user, session and address', async () => {
    const person = await addUser(stores.store, 'observed');
    const reply = await logInAs(person);
    const event = (await eventsOf(stores.store, 1000)).find(
      ({ type, actor }) => type === 'auth.login' && actor.id === person.user.id,
    );
    expect(event).toMatchObject({
      actor: { id: person.user.id, type: 'user', name: 'observed', credential: decodeJwt(tokenOf(reply))['sid'] },
      ip: '192.0.2.7',
      entity: { type: 'user', id: person.user.id },
    });
  });
});

describe('lock-out', () => {
  const wrong = (username: string): Promise<Reply> => logIn('user', { username, password: 'wrong' });
  const fail = async (username: string, times: number): Promise<string[]> => {
    const replies: Reply[] = [];
    for (let time = 0; time < times; time += 1) replies.push(await wrong(username));
    return outcomes(replies);
  };

  test('starts with the 5th failure and lasts 15 minutes, also for the right password', async () => {
    const person = await addUser(stores.store, 'locked');
    expect(new Set(await fail('locked', 5))).toEqual(new Set(['401 INVALID_CREDENTIALS']));
    const rejected = await logInAs(person);
    expect(outcomes([rejected])).toEqual(['403 ACCOUNT_LOCKED']);
    expect(Number(rejected.headers['retry-after'])).toBe(900);
    const ofLock = async () =>
      (await eventsOf(stores.store, 1000))
        .filter(({ type, entity }) => entity.id === person.user.id && type.endsWith('locked'))
        .map(({ type, data }) => [type, data]);
    const begun = ['auth.locked', 'user.locked'].map((type) => [
      type,
      { locked_until: new Date(clock.now().getTime() + 900_000).toISOString(), network: '192.0.2.0/24' },
    ]);
    expect(await ofLock()).toEqual(begun);
    clock.advance(901);
    expect([(await logInAs(person)).status, (await logInAs(person)).status]).toEqual([200, 200]);
    expect(await ofLock()).toEqual([...begun, ['user.unlocked', { network: '192.0.2.0/24' }]]);
  });

  test('applies to an unknown name alike', async () => {
    expect(await fail('no-such-name', 6)).toEqual([
      ...Array.from({ length: 5 }, () => '401 INVALID_CREDENTIALS'),
      '403 ACCOUNT_LOCKED',
    ]);
  });

  test('forgets failures after a success', async () => {
    const person = await addUser(stores.store, 'forgiven');
    const round = [
      ...(await fail('forgiven', 4)),
      ...outcomes([await logInAs(person)]),
      ...(await fail('forgiven', 4)),
      ...outcomes([await logInAs(person)]),
    ];
    expect(round.filter((outcome) => outcome === '200')).toHaveLength(2);
  });

  test('forgets failures older than 15 minutes', async () => {
    const person = await addUser(stores.store, 'aged');
    await fail('aged', 4);
    clock.advance(901);
    await fail('aged', 4);
    expect((await logInAs(person)).status).toBe(200);
  });

  test.each([
    { whom: 'an active user', name: 'slow-guess', earlier: 0, account: {} },
    { whom: 'an active user that failed before', name: 'slow-guess-again', earlier: 1, account: {} },
    { whom: 'a disabled user', name: 'slow-guess-disabled', earlier: 0, account: { status: 'disabled' as const } },
  ])(
    'does not let a right guess for $whom slip through that began before the five failures',
    async ({ name, earlier, account }) => {
      const person = await addUser(stores.store, name, account);
      await fail(name, earlier);
      const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
      const { promise: reading, resolve: reads } = Promise.withResolvers<undefined>();
      const quick = fastPasswords();
      const slow: Passwords = {
        ...quick,
        verify: async (...of) => {
          reads(undefined);
          await released;
          return quick.verify(...of);
        },
      };
      const guess = call(authHandler(testDependencies(stores.store, { clock, secrets }), slow), 'POST /auth/{entity}', {
        params: { entity: 'user' },
        json: { username: name, password: person.password },
      });
      await reading;
      await fail(name, 5 - earlier);
      release(undefined);
      expect(outcomes([await guess])).toEqual(['403 ACCOUNT_LOCKED']);
    },
  );

  test('allows parallel guesses no more than five failures', async () => {
    await addUser(stores.store, 'guessed');
    const codes = outcomes(await repeated(30, () => wrong('guessed')));
    expect(codes.filter((code) => code === '401 INVALID_CREDENTIALS')).toHaveLength(5);
    expect(codes.filter((code) => code === '403 ACCOUNT_LOCKED')).toHaveLength(25);
  });

  test('does not end running sessions', async () => {
    const person = await addUser(stores.store, 'running');
    const token = tokenOf(await logInAs(person));
    await fail('running', 5);
    expect((await session(token)).status).toBe(200);
  });
});

describe('sessions', () => {
  const living = async ({ user }: AddedUser): Promise<SessionItem[]> => {
    const { items } = await tableFor<'session'>(stores.store, 1000).query<'session', SessionItem, { user_id: string }>(
      sessionRow,
      { user_id: user.id },
    );
    return items.filter((item) => item.expires_at > clock.now().getTime() / 1000);
  };

  test("beyond the user's maximum end the oldest", async () => {
    const person = await addUser(stores.store, 'many-sessions');
    const tokens: string[] = [];
    for (let at = 0; at < 6; at += 1) {
      tokens.push(tokenOf(await logInAs(person)));
      clock.advance(1);
    }
    const statuses = (await Promise.all(tokens.map(session))).map(({ status }) => status);
    expect(statuses).toEqual([401, 200, 200, 200, 200, 200]);
  });

  test("opened in parallel do not exceed the user's maximum", async () => {
    const person = await addUser(stores.store, 'at-once');
    expect(outcomes(await repeated(8, () => logInAs(person)))).toEqual(Array.from({ length: 8 }, () => '200'));
    expect(await living(person)).toHaveLength(5);
  });

  test('end singly, or all at once', async () => {
    const person = await addUser(stores.store, 'logging-out');
    const [first, second, third] = [
      tokenOf(await logInAs(person)),
      tokenOf(await logInAs(person)),
      tokenOf(await logInAs(person)),
    ];
    const one = await call(handler, 'DELETE /auth', { token: first });
    expect(one.body).toMatchObject({
      status: 'success',
      success: true,
      message: 'Token successfully invalidated',
      data: { sessions_terminated: 1, logged_out_at: clock.now().toISOString() },
    });
    expect((await session(first)).status).toBe(401);
    const all = await call(handler, 'DELETE /auth', { token: second, query: { all_sessions: 'true' } });
    expect(all.body.data).toMatchObject({ sessions_terminated: 2 });
    expect(outcomes([await session(second), await session(third), await logInAs(person)])).toEqual([
      '401 INVALID_TOKEN',
      '401 INVALID_TOKEN',
      '200',
    ]);
  });

  test('show their user and its rights', async () => {
    const person = await addUser(stores.store, 'whoami', { roles: ['agent'], language: 'de-AT' });
    const reply = await session(tokenOf(await logInAs(person)));
    expect(reply.body).toMatchObject({
      success: true,
      data: {
        sub: person.user.id,
        type: 'user',
        credential: 'session',
        username: 'whoami',
        language: 'de-AT',
        org_id: 'org_1000',
        reach: 'own',
        roles: ['agent'],
        own_only: expect.arrayContaining(['calls:read']),
        two_factor: false,
        password_change_required: false,
      },
    });
    expect(reply.body).not.toHaveProperty('status');
  });

  test('end when their user is disabled', async () => {
    const person = await addUser(stores.store, 'disabled-later');
    const token = tokenOf(await logInAs(person));
    await commit(stores.store, 1000, [change(userRow, person.user, { set: { status: 'disabled' } })]);
    expect((await session(token)).status).toBe(401);
  });
});
