import { beforeAll, describe, expect, test } from 'vitest';
import { adminPassword, manualClock } from '#test/support/dependencies.fixture.ts';
import { addOrganization, addService, addUser } from '#test/support/accounts.fixture.ts';
import { organizationOf, userOf } from '#test/support/people.fixture.ts';
import { textAt } from '#test/support/example-request.ts';
import { call, outcome, outcomes, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { credentialRow, userRow } from '#dynamodb/rows/user.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change } from '#dynamodb/write.ts';
import { peopleWithFactors } from '../two-factor/two-factor.fixture.ts';
import { circumstancesOf, isInOrganization } from './authentication-steps.ts';

const stores = testStore();
let people: ReturnType<typeof peopleWithFactors>;
const clock = manualClock();

beforeAll(async () => {
  people = peopleWithFactors(stores.store, clock);
  // The first log-in makes the organization of service accounts.
  await logIn('user', { username: 'admin', password: adminPassword });
});

const fieldOf = (reply: Reply, name: string): string => textAt(reply.body, name);
const waitingToken = (reply: Reply): string => fieldOf(reply, 'session_token');
const session = (token: string): Promise<Reply> => call(people.auth, 'GET /auth/session', { token });

describe('a log-in of a user with a second factor', () => {
  test('waits for a code, which opens the session without the password', async () => {
    const person = await addUser(stores.store, 'waits');
    const { secret } = await people.enable(person);
    const waiting = await people.logInAs(person, { ttl: 600, client: 'web' });
    expect(waiting.body).toEqual({
      status: 'pending',
      success: true,
      requires_2fa: true,
      session_token: expect.stringMatching(/^2fa_[\w-]{43}$/),
      expires_in: 300,
    });
    const finished = await people.logIn({ session_token: waitingToken(waiting), totp_code: people.codeOf(secret) });
    expect([finished.status, finished.body.data['expires_at']]).toEqual([
      200,
      new Date(clock.now().getTime() + 600_000).toISOString(),
    ]);
    expect((await session(finished.body.data['token'] ?? '')).body.data).toMatchObject({ two_factor: true });
  });

  test('takes the code together with the password', async () => {
    const person = await addUser(stores.store, 'at-once');
    const { secret, codes } = await people.enable(person);
    expect(
      outcomes([
        await people.logInAs(person, { totp_code: people.codeOf(secret) }),
        await people.logInAs(person, { recovery_code: codes[3]?.toUpperCase() }),
      ]),
    ).toEqual(['200', '200']);
  });

  test('takes each code and each recovery code once', async () => {
    const person = await addUser(stores.store, 'once');
    const { secret, codes } = await people.enable(person);
    const code = people.codeOf(secret);
    const replies = [
      await people.logInAs(person, { totp_code: code }),
      await people.logInAs(person, { totp_code: code }),
      await people.logInAs(person, { recovery_code: codes[0] }),
      await people.logInAs(person, { recovery_code: codes[0] }),
    ];
    expect(outcomes(replies)).toEqual(['200', '401 INVALID_TOTP_CODE', '200', '401 INVALID_TOTP_CODE']);
    const used = (await eventsOf(stores.store, 1000)).filter(
      ({ type, entity }) => type === 'auth.2fa.recovery_used' && entity.id === person.user.id,
    );
    expect(used.map(({ data }) => data)).toEqual([{ recovery_codes_left: 9 }]);
  });

  test('with one code used 64 times at once opens exactly one session', { timeout: 300_000 }, async () => {
    const person = await addUser(stores.store, 'crowded');
    const { secret } = await people.enable(person);
    const given = { session_token: waitingToken(await people.logInAs(person)), totp_code: people.codeOf(secret) };
    const replies = await Promise.all(
      Array.from({ length: 64 }, (_each, at) => people.logIn(given, { ip: `10.${at}.0.1` })),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('ends after 5 wrong codes, 5 minutes, or with the sessions of its user', async () => {
    const person = await addUser(stores.store, 'ends');
    const { secret } = await people.enable(person);
    const finish = async (waiting: Reply): Promise<string> =>
      outcome(await people.logIn({ session_token: waitingToken(waiting), totp_code: people.codeOf(secret) }));
    const guessed = await people.logInAs(person);
    for (let at = 0; at < 5; at += 1) {
      const ip = `10.9.${at}.1`;
      const wrong = await people.logIn({ session_token: waitingToken(guessed), totp_code: '000000' }, { ip });
      expect(outcome(wrong)).toBe('401 INVALID_TOTP_CODE');
    }
    const late = await people.logInAs(person);
    expect(await finish(guessed)).toBe('401 INVALID_CREDENTIALS');
    clock.advance(301);
    expect(await finish(late)).toBe('401 INVALID_CREDENTIALS');
    const revoked = await people.logInAs(person);
    await commit(stores.store, 1000, [change(userRow, person.user, { add: { session_epoch: 1 } })]);
    expect(await finish(revoked)).toBe('401 INVALID_CREDENTIALS');
    expect(await finish(await people.logInAs(person))).toBe('200');
  });

  test('counts wrong codes to the lock-out, which the right password does not clear', async () => {
    const person = await addUser(stores.store, 'guessed');
    const { secret } = await people.enable(person);
    const from = { ip: '198.51.100.9' };
    for (let at = 0; at < 5; at += 1) {
      const waiting = await people.logIn({ username: 'guessed', password: person.password }, from);
      await people.logIn({ session_token: waitingToken(waiting), totp_code: '000000' }, from);
    }
    const right = { username: 'guessed', password: person.password, totp_code: people.codeOf(secret) };
    expect(outcomes([await people.logIn(right, from), await people.logIn(right)])).toEqual([
      '403 ACCOUNT_LOCKED',
      '200',
    ]);
  });

  test('by POST /auth/login answers 401 with the token that continues it', async () => {
    const person = await addUser(stores.store, 'simple-factor');
    const { secret } = await people.enable(person);
    const simple = (json: object) => call(people.auth, 'POST /auth/login', { json });
    const waiting = await simple({ username: 'simple-factor', password: person.password });
    expect([waiting.status, waiting.body]).toEqual([
      401,
      {
        error: 'two_factor_required',
        message: expect.any(String),
        session_token: expect.stringMatching(/^2fa_/),
        request_id: 'req-1',
      },
    ]);
    const done = await simple({ session_token: waitingToken(waiting), totp_code: people.codeOf(secret) });
    expect([done.status, done.body]).toEqual([200, { token: expect.any(String), username: 'simple-factor' }]);
  });

  test('says nothing of the second factor to a caller with a wrong password', async () => {
    const person = await addUser(stores.store, 'discreet');
    await people.enable(person);
    const [known, unknown] = [
      await people.logIn({ username: 'discreet', password: 'wrong', totp_code: '123456' }),
      await people.logIn({ username: 'no-such-person', password: 'wrong', totp_code: '123456' }),
    ];
    expect(known.body).toEqual(unknown.body);
    expect(outcome(known)).toBe('401 INVALID_CREDENTIALS');
  });

  test('checks the account again when the code comes', async () => {
    const person = await addUser(stores.store, 'disabled-meanwhile');
    const { secret } = await people.enable(person);
    const waiting = await people.logInAs(person);
    await commit(stores.store, 1000, [change(userRow, person.user, { set: { status: 'disabled' } })]);
    const reply = await people.logIn({ session_token: waitingToken(waiting), totp_code: people.codeOf(secret) });
    expect(outcome(reply)).toBe('403 ACCOUNT_DISABLED');
  });
});

describe('an organization that requires a second factor', () => {
  const requires = { require_2fa: true, password_rotation_days: 0, session_ttl_max: 86_400, ip_whitelist: [] };

  test('lets its users set it up at log-in, and opens no session before', async () => {
    await addOrganization(stores.store, 4101, { security: requires });
    const person = await addUser(stores.store, 'must-set-up', { organization: 4101 });
    const waiting = await people.logInAs(person);
    expect(waiting.body).toMatchObject({ status: 'pending', requires_2fa: true, requires_2fa_setup: true });
    const token = waitingToken(waiting);
    expect(outcome(await session(token))).toBe('401 INVALID_TOKEN');
    const secret = await people.secretOf(token);
    const enabled = await call(people.factors, 'POST /auth/twofactor', {
      token,
      json: { totp_code: people.codeOf(secret) },
    });
    expect(enabled.body.data).toMatchObject({ enabled: true, token: expect.any(String) });
    expect(outcome(await session(enabled.body.data['token'] ?? ''))).toBe('200');
    // The token of the log-in works once.
    expect(outcome(await call(people.factors, 'GET /auth/twofactor/secret', { token }))).toBe('401 INVALID_TOKEN');
    clock.advance(60);
    expect((await people.logInAs(person)).body).toMatchObject({ status: 'pending' });
  });

  test('is obeyed from the next log-in on', async () => {
    const organization = await addOrganization(stores.store, 4102);
    const person = await addUser(stores.store, 'soon-required', { organization: 4102 });
    const before = await people.logInAs(person);
    await people.require(organization);
    const after = await people.logInAs(person);
    expect([outcome(await session(before.body.data['token'] ?? '')), fieldOf(after, 'status')]).toEqual([
      '200',
      'pending',
    ]);
  });
});

test('secrets and codes of second factors are stored with the credentials, sealed', async () => {
  const person = await addUser(stores.store, 'sealed');
  const { secret, codes } = await people.enable(person);
  const table = tableFor<'credential' | 'user'>(stores.store, 1000);
  const stored = JSON.stringify(await table.get(credentialRow, { user_id: person.user.id }));
  const user = JSON.stringify(await table.get(userRow, { id: person.user.id }));
  expect([secret, ...codes].filter((text) => `${stored}${user}`.includes(text))).toEqual([]);
  expect(stored).toContain('recovery_codes');
  expect(user).not.toContain('recovery_codes');
});

const organization = organizationOf(1001);
const account = { user: userOf('usr_1', {}), credential: undefined, organization };

test('a log-in that names no organization, or its own, is in it; an unknown account is in none', () => {
  expect([
    isInOrganization(account, undefined),
    isInOrganization(account, 1001),
    isInOrganization(account, 1002),
    isInOrganization(undefined, undefined),
  ]).toEqual([true, true, false, false]);
});

test('without networks every address is allowed; those of organization and user must both have it', () => {
  const now = new Date('2026-03-02T12:00:00Z');
  const limited = (ofOrganization: string[], ofUser: string[]) => ({
    ...account,
    user: userOf('usr_1', { access: { ...account.user.access, ip_whitelist: ofUser } }),
    organization: { ...organization, security: { ...organization.security, ip_whitelist: ofOrganization } },
  });
  const allows = (of: Parameters<typeof circumstancesOf>[0], ip: string): boolean =>
    circumstancesOf(of, { ip, now }).isAddressAllowed;
  expect([
    allows(account, '203.0.113.9'),
    allows(limited(['192.0.2.0/24'], []), '192.0.2.9'),
    allows(limited(['192.0.2.0/24'], []), '203.0.113.9'),
    allows(limited([], ['192.0.2.0/24']), '203.0.113.9'),
    allows(limited(['192.0.0.0/16'], ['192.0.2.0/24']), '192.0.2.9'),
    allows(limited(['192.0.0.0/16'], ['192.0.2.0/24']), '192.0.3.9'),
  ]).toEqual([true, true, false, false, true, false]);
});

test('a log-in is possible in the hours of the user only', () => {
  const hours = { timezone: 'UTC', windows: [{ days: ['mon'], start: '08:00', end: '18:00' }] } as const;
  const user = userOf('usr_1', { access: { ...account.user.access, hours } });
  const at = (now: string): boolean =>
    circumstancesOf({ ...account, user }, { ip: '::1', now: new Date(now) }).isInHours;
  expect([at('2026-03-02T08:00:00Z'), at('2026-03-02T18:00:00Z'), at('2026-03-03T12:00:00Z')]).toEqual([
    true,
    false,
    false,
  ]);
});

const logIn = (entity: string, json: unknown): Promise<Reply> =>
  call(people.auth, 'POST /auth/{entity}', { params: { entity }, json });

describe('a service account', () => {
  const service = (clientId: string, more: object = {}): Promise<Reply> =>
    logIn('service', { client_id: clientId, client_secret: 'sk_right', ...more });

  test('logs in by id and secret under any of the three names, also as username and password', async () => {
    await addService(stores.store, 'svc_switch', { secret: 'sk_right' });
    const basic = { authorization: `Basic ${Buffer.from('svc_switch:sk_right').toString('base64')}` };
    const replies = [
      await service('svc_switch'),
      await logIn('api', { username: 'svc_switch', password: 'sk_right' }),
      await call(people.auth, 'POST /auth/{entity}', {
        params: { entity: 'system' },
        form: { grant_type: 'client_credentials' },
        headers: basic,
      }),
    ];
    expect(outcomes(replies)).toEqual(['200', '200', '200']);
    expect(replies[0]?.body.data).toMatchObject({
      token_type: 'Bearer',
      expires_in: 7_200,
      scope: 'cdr:write,events:write',
      service: { client_id: 'svc_switch', name: 'svc_switch' },
    });
    expect((await session(replies[0]?.body.data['access_token'] ?? '')).body.data).toMatchObject({
      type: 'service',
      scopes: ['cdr:write', 'events:write'],
    });
  });

  test('gets the requested scopes, and none that it lacks', async () => {
    await addService(stores.store, 'svc_scoped', { secret: 'sk_right' });
    const [part, beyond] = [
      await service('svc_scoped', { scope: 'events:write' }),
      await service('svc_scoped', { scope: 'events:write users:read' }),
    ];
    expect(part.body.data['scope']).toBe('events:write');
    expect(outcomes([beyond])).toEqual(['403 SCOPE_NOT_PERMITTED']);
  });

  test('that is unknown or disabled, or gives a wrong secret, is rejected, and never locked out', async () => {
    await addService(stores.store, 'svc_known', { secret: 'sk_right' });
    await addService(stores.store, 'svc_off', { secret: 'sk_right', status: 'disabled' });
    const wrong = await Promise.all(
      Array.from({ length: 6 }, () => logIn('service', { client_id: 'svc_known', client_secret: 'sk_wrong' })),
    );
    expect(
      outcomes([
        ...wrong.slice(0, 1),
        await service('svc_nobody'),
        await service('svc_off'),
        await service('svc_known'),
      ]),
    ).toEqual(['401 INVALID_CREDENTIALS', '401 INVALID_CREDENTIALS', '403 ACCOUNT_DISABLED', '200']);
  });

  test('accepts one grant type only', async () => {
    expect(outcomes([await service('svc_known', { grant_type: 'password' })])).toEqual(['422 UNSUPPORTED_GRANT_TYPE']);
  });
});
