import { beforeAll, describe, expect, test } from 'vitest';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { type AddedUser, addOrganization, addService, addUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { call, type Call } from '#test/support/requests.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { accessKeyRow } from '#dynamodb/rows/access-key.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { authHandler } from '../auth/handler.ts';
import { accessKeysHandler } from './handler.ts';

const running = testStore();
let keys: ApiHandler;
let auth: ApiHandler;
const clock = manualClock();
beforeAll(async () => {
  const dependencies = testDependencies(running.store, { clock, secrets: memorySecrets() });
  keys = accessKeysHandler(dependencies);
  auth = authHandler(dependencies, fastPasswords());
  await Promise.all([
    addOrganization(running.store, 1000, { type: 'operator' }),
    addOrganization(running.store, 1001),
    addOrganization(running.store, 1002),
  ]);
});

/** Answers of these endpoints have no envelope. */
type Body = Readonly<Record<string, string>> & { readonly result: readonly Readonly<Record<string, unknown>>[] };
const ask = async (
  route: string,
  of: Call,
): Promise<{ status: number; headers: Readonly<Record<string, string>>; body: Body; outcome: string }> => {
  const { status, headers, body: answered } = await call(keys, route, of);
  const body: unknown = answered;
  const typed = body as Body;
  return { status, headers, body: typed, outcome: status < 400 ? String(status) : `${status} ${typed['error'] ?? ''}` };
};
const sessionOf = async ({ user, password }: AddedUser): Promise<string> =>
  (await call(auth, 'POST /auth/{entity}', { params: { entity: 'user' }, json: { username: user.username, password } }))
    .body.data['token'] ?? '';
const newKey = async (token: string, json: object = {}, of: Call = {}) =>
  ask('PUT /accesskeys', { token, json: { name: `Key ${Math.random()}`, ...json }, ...of });
const who = async (of: Call) => {
  const { status, body } = await call(auth, 'GET /auth/session', of);
  return { status, code: status < 400 ? undefined : body.error.code, session: body.data };
};
const list = async (token: string, query: Record<string, string> = {}) => ask('GET /accesskeys', { token, query });

describe('an access key', () => {
  test('acts for its owner by query and by header, and its secret is shown once', async () => {
    const person = await addUser(running.store, 'owner', { organization: 1001, roles: ['viewer'] });
    const made = await newKey(await sessionOf(person), { name: ' CI ', scopes: ['cdr:read'], detail: 'nightly' });
    const { token = '', ...shown } = made.body;
    expect([made.status, made.headers['cache-control'], shown]).toEqual([
      201,
      'no-store',
      {
        id: expect.stringMatching(/^key_[0-9A-Z]{26}$/),
        name: 'CI',
        detail: 'nightly',
        org_id: 'org_1001',
        user_id: 'usr_owner',
        scopes: ['cdr:read'],
        token_prefix: shown['id'],
        allowed_ips: [],
        expires_at: '2027-11-20T10:00:00.000Z',
        last_used_at: null,
        created_at: '2026-11-20T10:00:00.000Z',
      },
    ]);
    expect(token).toMatch(/^key_[0-9A-Z]{26}\.[A-Za-z0-9_-]{43}$/);
    for (const by of [{ token }, { query: { accesskey: token } }])
      expect((await who(by)).session).toMatchObject({
        sub: 'usr_owner',
        credential: 'accesskey',
        scopes: ['cdr:read'],
        session_id: null,
        org_id: 'org_1001',
      });
    const secret = token.split('.')[1] ?? '';
    const stored = await tableFor<'accesskey'>(running.store, 0).get(accessKeyRow, { id: shown['id'] ?? '' });
    const events = (await eventsOf(running.store, 1001)).filter(({ entity }) => entity.id === shown['id']);
    expect(JSON.stringify([stored, (await list(token)).body, events])).not.toContain(secret);
    expect(events.map(({ type, actor }) => [type, actor.id])).toEqual([['accesskey.created', 'usr_owner']]);
  });

  test('is invalid once it is deleted or expired, or its owner is not active', async () => {
    const person = await addUser(running.store, 'ender', { organization: 1001 });
    const session = await sessionOf(person);
    const [deleted, short, owned] = await Promise.all(
      [newKey(session), newKey(session, { expires_at: '2026-11-20T10:00:30Z' }), newKey(session)].map(
        async (each) => (await each).body,
      ),
    );
    expect(
      (await ask('DELETE /accesskeys/{id}', { token: deleted?.['token'], params: { id: deleted?.['id'] ?? '' } })).body,
    ).toEqual({ id: deleted?.['id'], deleted_at: clock.now().toISOString() });
    expect(await who({ token: deleted?.['token'] })).toMatchObject({ status: 401, code: 'INVALID_TOKEN' });
    expect(await who({ token: short?.['token'] })).toMatchObject({ status: 200 });
    clock.advance(30);
    expect(await who({ token: short?.['token'] })).toMatchObject({ status: 401 });
    expect((await list(session)).body.result.map(({ id }) => id)).toEqual([owned?.['id']]);
    await commit(running.store, 1001, [change(userRow, person.user, { set: { status: 'disabled' } })]);
    expect(await who({ token: owned?.['token'] })).toMatchObject({ status: 401 });
  });

  test('with a wrong secret, an unknown id or a wrong form is rejected like any bad token', async () => {
    const { token = '' } = (
      await newKey(await sessionOf(await addUser(running.store, 'guessed', { organization: 1001 })))
    ).body;
    const [id, secret = ''] = token.split('.');
    const wrong = `${secret.slice(0, 42)}${secret.endsWith('A') ? 'E' : 'A'}`;
    for (const guess of [
      `${id}.${wrong}`,
      `key_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A.${secret}`,
      `${id}.${secret}x`,
      `${id}.`,
      `${id}`,
      'key_',
      `${id?.toLowerCase()}.${secret}`,
    ])
      expect(await who({ token: guess })).toMatchObject({ status: 401, code: 'INVALID_TOKEN' });
    expect(await who({ token })).toMatchObject({ status: 200 });
  });

  test('has those of its scopes that its owner has now', async () => {
    const person = await addUser(running.store, 'demoted', { organization: 1001, roles: ['admin'] });
    const { token } = (await newKey(await sessionOf(person), { scopes: ['billing:read', 'cdr:read'] })).body;
    const scopes = async () => (await who({ token })).session['scopes'];
    expect(await scopes()).toEqual(['billing:read', 'cdr:read']);
    await commit(running.store, 1001, [change(userRow, person.user, { set: { roles: ['viewer'] } })]);
    expect(await scopes()).toEqual(['cdr:read']);
    await commit(running.store, 1001, [change(userRow, person.user, { set: { roles: ['agent'] } })]);
    expect((await who({ token })).session).toMatchObject({ scopes: ['cdr:read'], own_only: ['cdr:read'] });
    await commit(running.store, 1001, [change(userRow, person.user, { set: { roles: ['admin'] } })]);
    expect(await scopes()).toEqual(['billing:read', 'cdr:read']);
  });

  test("is valid from its addresses only, and with its owner's API access", async () => {
    const person = await addUser(running.store, 'bound', { organization: 1001 });
    const session = await sessionOf(person);
    const [near, far] = [
      await newKey(session, { allowed_ips: ['192.0.2.0/24', '2001:db8::/32'] }),
      await newKey(session, { allowed_ips: ['198.51.100.0/24'] }),
    ];
    expect([await who({ token: near.body['token'] }), await who({ token: far.body['token'] })]).toMatchObject([
      { status: 200 },
      { status: 403, code: 'IP_NOT_ALLOWED' },
    ]);
    await commit(running.store, 1001, [
      change(userRow, person.user, { set: { access: { ...person.user.access, api_access: false } } }),
    ]);
    expect([await who({ token: near.body['token'] }), await who({ token: session })]).toMatchObject([
      { status: 403, code: 'API_ACCESS_DISABLED' },
      { status: 200 },
    ]);
    expect((await newKey(session)).outcome).toBe('403 api_access_disabled');
  });

  test('stays valid when its owner logs out everywhere', async () => {
    const session = await sessionOf(await addUser(running.store, 'leaver', { organization: 1001 }));
    const { token } = (await newKey(session)).body;
    await call(auth, 'DELETE /auth', { token, query: { all_sessions: 'true' } });
    expect([await who({ token }), await who({ token: session })]).toMatchObject([{ status: 200 }, { status: 401 }]);
  });

  test('shows its last use, precise to one hour', async () => {
    const session = await sessionOf(await addUser(running.store, 'used', { organization: 1001 }));
    const { token } = (await newKey(session)).body;
    const lastUsed = async (by = token) => (await list(by ?? '')).body.result[0]?.['last_used_at'];
    const never = await lastUsed(session);
    const uses: unknown[] = [];
    for (const seconds of [60, 3_599, 1]) {
      clock.advance(seconds);
      uses.push(await lastUsed());
    }
    const [first, second, third] = uses;
    expect([never, first === second, Date.parse(String(third)) - Date.parse(String(first))]).toEqual([
      null,
      true,
      3_600_000,
    ]);
  });
});

test('a session token in a URL is no credential', async () => {
  const token = await sessionOf(await addUser(running.store, 'careless', { organization: 1001 }));
  expect(await who({ query: { accesskey: token } })).toMatchObject({ status: 401, code: 'INVALID_TOKEN' });
});

describe('access keys are created', () => {
  test('by sessions only, also of a service', async () => {
    await addService(running.store, 'worker', { organization: 1001, secret: 'sk_secret' });
    const login = await call(auth, 'POST /auth/{entity}', {
      params: { entity: 'service' },
      json: { client_id: 'worker', client_secret: 'sk_secret', scope: 'cdr:write' },
    });
    const made = await newKey(login.body.data['access_token'] ?? '');
    expect([made.status, made.body['scopes'], made.body['user_id']]).toEqual([201, ['cdr:write'], 'svc_worker']);
    expect((await newKey(made.body['token'] ?? '')).outcome).toBe('403 user_session_required');
    expect(
      (await ask('POST /accesskeys/{id}/rotate', { token: made.body['token'], params: { id: made.body['id'] ?? '' } }))
        .outcome,
    ).toBe('403 user_session_required');
    expect((await newKey(login.body.data['access_token'] ?? '', { scopes: ['events:write'] })).outcome).toBe(
      '403 cannot_grant',
    );
  });

  test('with 400 for a broken rule', async () => {
    const token = await sessionOf(await addUser(running.store, 'strict', { organization: 1001 }));
    const bad = async (json: object) => (await ask('PUT /accesskeys', { token, json })).outcome;
    expect(
      await Promise.all(
        [
          {},
          { name: '' },
          { name: 'x'.repeat(65) },
          { name: 'a', allowed_ips: ['192.0.2.1'] },
          { name: 'a', expires_at: '2020-01-01T00:00:00Z' },
          { name: 'a', scopes: ['all'] },
        ].map(bad),
      ),
    ).toEqual(['400 missing_field', ...Array.from({ length: 5 }, () => '400 validation_failed')]);
  });

  test('up to 25 for a user, and one of a name, also in parallel', async () => {
    const token = await sessionOf(await addUser(running.store, 'greedy', { organization: 1001 }));
    const same = await Promise.all(Array.from({ length: 4 }, () => newKey(token, { name: 'Same' })));
    expect(same.map(({ outcome }) => outcome).sort()).toEqual([
      '201',
      '409 name_taken',
      '409 name_taken',
      '409 name_taken',
    ]);
    for (let made = 1; made < 23; made += 1) expect((await newKey(token)).status).toBe(201);
    const last = await Promise.all(Array.from({ length: 5 }, () => newKey(token)));
    expect(last.map(({ outcome }) => outcome).sort()).toEqual([
      '201',
      '201',
      '400 too_many_keys',
      '400 too_many_keys',
      '400 too_many_keys',
    ]);
    expect((await list(token)).body.result).toHaveLength(25);
    expect((await list(token, { limit: '10' })).body).toMatchObject({
      next_page_token: expect.stringMatching(/.+/) as string,
    });
  });
});

describe('keys of other users', () => {
  test('are listed with users:read and deleted with users:write, in the organization of the request', async () => {
    const owner = await addUser(running.store, 'colleague', { organization: 1001 });
    const made = (await newKey(await sessionOf(owner), { name: 'Hers' })).body;
    const [admin, biller, stranger, operator] = await Promise.all(
      [
        addUser(running.store, 'chief', { organization: 1001, roles: ['admin'] }),
        addUser(running.store, 'ingestion', { organization: 1001, roles: ['ingest'] }),
        addUser(running.store, 'stranger', { organization: 1002, roles: ['admin'] }),
        addUser(running.store, 'root', { roles: ['operator'] }),
      ].map(async (each) => sessionOf(await each)),
    );
    const hers = { user_id: 'usr_colleague' };
    const seen = await Promise.all(
      [
        [admin, hers],
        [biller, hers],
        [stranger, hers],
        [operator, hers],
        [operator, { ...hers, org_id: '1001' }],
      ].map(async ([token, query]) => {
        const { outcome, body } = await list(token as string, query as Record<string, string>);
        return outcome === '200' ? body.result.length : outcome;
      }),
    );
    expect(seen).toEqual([1, '403 insufficient_scope', 0, 0, 1]);
    const remove = async (token = '', query = {}) =>
      (await ask('DELETE /accesskeys/{id}', { token, params: { id: made['id'] ?? '' }, query })).outcome;
    expect([await remove(biller), await remove(stranger), await remove(operator)]).toEqual([
      '404 not_found',
      '404 not_found',
      '404 not_found',
    ]);
    const rotate = (
      await ask('POST /accesskeys/{id}/rotate', { token: admin, params: { id: made['id'] ?? '' }, json: {} })
    ).outcome;
    expect([rotate, await remove(admin), await remove(admin), await who({ token: made['token'] })]).toMatchObject([
      '404 not_found',
      '200',
      '404 not_found',
      { status: 401 },
    ]);
    expect((await newKey(await sessionOf(owner), { name: 'Hers' })).status).toBe(201);
  });
});

test('a rotated key has two tokens during the overlap, then one', async () => {
  const session = await sessionOf(await addUser(running.store, 'rotator', { organization: 1001 }));
  const { id = '', token: old } = (await newKey(session)).body;
  const rotate = (overlap: number) =>
    ask('POST /accesskeys/{id}/rotate', { token: session, params: { id }, json: { overlap_hours: overlap } });
  const fresh = await rotate(1);
  expect(fresh.body).toMatchObject({ id, token: expect.stringMatching(new RegExp(`^${id}\\.`)) as string });
  expect([fresh.body['token'] === old, (await rotate(1)).outcome, (await rotate(169)).outcome]).toEqual([
    false,
    '409 rotation_in_progress',
    '400 validation_failed',
  ]);
  expect([await who({ token: old }), await who({ token: fresh.body['token'] })]).toMatchObject([
    { status: 200 },
    { status: 200 },
  ]);
  clock.advance(3_590);
  const again = await sessionOf({
    organization: 1001,
    user: { username: 'rotator' } as AddedUser['user'],
    password: 'Quiet-Otter-Lantern-4',
  });
  clock.advance(10);
  expect([await who({ token: old }), await who({ token: fresh.body['token'] })]).toMatchObject([
    { status: 401 },
    { status: 200 },
  ]);
  const last = await ask('POST /accesskeys/{id}/rotate', { token: again, params: { id }, json: { overlap_hours: 0 } });
  expect([await who({ token: fresh.body['token'] }), await who({ token: last.body['token'] })]).toMatchObject([
    { status: 401 },
    { status: 200 },
  ]);
});
