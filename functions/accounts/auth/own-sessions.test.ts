import { beforeAll, describe, expect, test } from 'vitest';
import { adminPassword, manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { type AddedUser, addOrganization, addUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { call, type Call } from '#test/support/requests.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import type { ApiHandler } from '#http/serve.ts';
import { authHandler } from './handler.ts';

const running = testStore();
let handler: ApiHandler;
const clock = manualClock();
beforeAll(async () => {
  handler = authHandler(testDependencies(running.store, { clock, secrets: memorySecrets() }), fastPasswords());
  await call(handler, 'POST /auth/{entity}', {
    params: { entity: 'user' },
    json: { username: 'admin', password: adminPassword },
  });
  await addOrganization(running.store, 1001);
});

const logIn = async ({ user, password }: AddedUser, of: Call = {}): Promise<string> =>
  (
    await call(handler, 'POST /auth/{entity}', {
      params: { entity: 'user' },
      json: { username: user.username, password, ttl: 86_400 },
      ...of,
    })
  ).body.data['token'] ?? '';

type Listed = { readonly id: string; readonly current: boolean; readonly last_seen_at: string };
const sessions = async (token: string, query: Record<string, string> = {}): Promise<readonly Listed[]> => {
  const listed: unknown = (await call(handler, 'GET /auth/sessions', { token, query })).body.data;
  return listed as readonly Listed[];
};
const end = async (token: string, id: string) =>
  (await call(handler, 'DELETE /auth/sessions/{id}', { token, params: { id } })).status;
const status = async (token: string) => (await call(handler, 'GET /auth/session', { token })).status;

describe('sessions', () => {
  test('are listed newest first, with client, address and user agent', async () => {
    const person = await addUser(running.store, 'lister', { organization: 1001 });
    await logIn(person);
    clock.advance(10);
    const token = await logIn(person);
    const [newest, oldest, ...more] = await sessions(token);
    expect(newest).toEqual({
      id: expect.stringMatching(/^ses_/) as string,
      client: 'api',
      ip: '192.0.2.7',
      user_agent: expect.any(String) as string,
      created_at: clock.now().toISOString(),
      last_seen_at: clock.now().toISOString(),
      expires_at: new Date(clock.now().getTime() + 86_400_000).toISOString(),
      current: true,
    });
    expect([oldest?.current, more]).toEqual([false, []]);
  });

  test('show their last use, precise to one hour', async () => {
    const token = await logIn(await addUser(running.store, 'seen', { organization: 1001 }));
    const seen: string[] = [];
    for (const seconds of [3_599, 1, 3_599, 1]) {
      clock.advance(seconds);
      seen.push((await sessions(token))[0]?.last_seen_at ?? '');
    }
    const began = clock.now().getTime() - 7_200_000;
    expect(seen.map((at) => (Date.parse(at) - began) / 3_600_000)).toEqual([0, 1, 1, 2]);
  });

  test('that have ended are not listed, whether they expired or ended together', async () => {
    const person = await addUser(running.store, 'over', { organization: 1001 });
    const first = await logIn(person);
    await logIn(person, { json: { username: 'over', password: person.password, ttl: 60 } });
    const short = (await sessions(first)).find(({ current }) => !current);
    clock.advance(60);
    expect([(await sessions(first)).length, await end(first, short?.id ?? '')]).toEqual([1, 404]);
    await call(handler, 'DELETE /auth', { token: first, query: { all_sessions: 'true' } });
    const dead = await logIn(person);
    expect((await sessions(dead)).map(({ current }) => current)).toEqual([true]);
  });

  test('end singly, at the next request, and only by their user', async () => {
    const person = await addUser(running.store, 'many', { organization: 1001 });
    const other = await logIn(await addUser(running.store, 'neighbour', { organization: 1001, roles: ['admin'] }));
    const [one, two] = [await logIn(person), await logIn(person)];
    const id = (await sessions(one)).find(({ current }) => current)?.id ?? '';
    expect([
      await end(other, id),
      await status(one),
      await end(two, id),
      await status(one),
      await end(two, id),
      await status(two),
    ]).toEqual([404, 200, 200, 401, 404, 200]);
    const event = (await eventsOf(running.store, 1001)).filter(({ type }) => type === 'auth.logout').at(-1);
    expect(event).toMatchObject({ actor: { id: 'usr_many' }, data: { session_id: id } });
  });
});

describe('the log-in with username and password', () => {
  /** Its answers have no envelope. */
  const simple = async (json: unknown) => {
    const { status: code, headers, body } = await call(handler, 'POST /auth/login', { json });
    const bare: unknown = body;
    return { status: code, headers, body: bare as Readonly<Record<string, string>> };
  };

  test('answers a token of 7 days and the username', async () => {
    const person = await addUser(running.store, 'simple', { organization: 1001 });
    const {
      status: code,
      headers,
      body: { token = '', ...rest },
    } = await simple({ username: ' Simple', password: person.password });
    expect([code, headers['cache-control'], rest]).toEqual([200, 'no-store', { username: 'simple' }]);
    const { body } = await call(handler, 'GET /auth/session', { token });
    expect(Date.parse(body.data['expires_at'] ?? '') - clock.now().getTime()).toBe(7 * 86_400_000);
  });

  test('names a misspelt field beside the token', async () => {
    const { user, password } = await addUser(running.store, 'misspelt', { organization: 1001 });
    const { body } = await simple({ username: user.username, password, totpcode: '1' });
    expect(body).toMatchObject({
      token: expect.any(String) as string,
      warnings: ['The field totpcode is unknown and has no effect; did you mean totp_code?'],
    });
  });

  test('lasts no longer than the organization allows', async () => {
    const { security } = await addOrganization(running.store, 1003);
    await addOrganization(running.store, 1004, { security: { ...security, session_ttl_max: 600 } });
    const person = await addUser(running.store, 'brief', { organization: 1004 });
    const { body } = await simple({ username: 'brief', password: person.password });
    expect((await call(handler, 'GET /auth/session', { token: body['token'] })).body.data['expires_at']).toBe(
      new Date(clock.now().getTime() + 600_000).toISOString(),
    );
  });

  test('answers errors in its own form, and its failures count to the same lock-out', async () => {
    const person = await addUser(running.store, 'locked', { organization: 1001 });
    const incomplete = await simple({ username: 'locked' });
    expect(`${incomplete.status} ${incomplete.body['error']}`).toBe('400 missing_field');
    for (let failed = 0; failed < 5; failed += 1)
      expect((await simple({ username: 'locked', password: 'wrong' })).body).toEqual({
        error: 'invalid_credentials',
        message: expect.any(String) as string,
        request_id: 'req-1',
      });
    const locked = await simple({ username: 'locked', password: person.password });
    expect([locked.status, locked.body['error'], locked.headers['retry-after']]).toEqual([
      403,
      'account_locked',
      '900',
    ]);
    expect(
      (
        await call(handler, 'POST /auth/{entity}', {
          params: { entity: 'user' },
          json: { username: 'locked', password: person.password },
        })
      ).status,
    ).toBe(403);
  });
});
