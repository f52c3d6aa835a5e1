import { beforeAll, describe, expect, test } from 'vitest';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { addUser } from '#test/support/accounts.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome, type Call, type Reply } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { brakes } from '#limits/brake.ts';
import { newOutbound, publicOnly, type OutboundRequest } from '#outbound/outbound.ts';
import { newSecureConnections } from '#outbound/secure-connection.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { omit } from '#schema/omit.ts';
import { cascade } from './cascade.ts';
import { zendesk } from './connector.fixture.ts';
import { dataConnectorsHandler } from './handler.ts';
import { connectorRow, connectorTestRow } from './row.ts';

/** Requests that run in one process; test/system/records/data-connectors.test.ts has real servers. */

const running = testStore();
let join: Awaited<ReturnType<typeof tenantsIn>>['join'];
beforeAll(async () => {
  ({ join } = await tenantsIn(running.store));
});

let last = 7_600;
/** `private.example` has a private address, every other name a public one. */
const lookup = async (name: string): Promise<string[]> => [name === 'private.example' ? '10.0.0.1' : '93.184.216.34'];
const guard = { policy: publicOnly, lookup };

type Reaction = { readonly status: number; readonly body: string };

/** A tenant that calls the endpoints; `react` is what the other side does. */
async function tenant() {
  const organization = (last += 1);
  const token = await join(organization);
  const clock = manualClock('2026-11-20T12:00:00.000Z');
  const sent: OutboundRequest[] = [];
  const other: { react: (request: OutboundRequest) => Promise<Reaction> | Reaction } = {
    react: () => ({ status: 200, body: '{"user":{"id":7}}' }),
  };
  const dependencies = {
    ...testDependencies(running.store, { clock, secrets: rotatedSecret() }),
    outbound: {
      check: newOutbound(guard).check,
      send: async (request: OutboundRequest) => {
        sent.push(request);
        const { status, body } = await other.react(request);
        return { status, headers: {}, excerpt: body, duration_ms: 1 };
      },
    },
  };
  const handler = dataConnectorsHandler(dependencies, newSecureConnections(guard));
  const ask = (route: string, id?: string, more: Call = {}): Promise<Reply> =>
    call(handler, route, { token, ...more, ...(id === undefined ? {} : { params: { id } }) });
  const put = (id: string, json: object, more: Call = {}) => ask('PUT /dataconnector/{id}', id, { ...more, json });
  return {
    ...{ organization, clock, dependencies, sent, other, ask, put },
    table: tableFor<'count' | `dataconnector${'' | '-name' | '-test'}`>(running.store, organization),
    create: async (more: object = {}) => (await put('new', { ...zendesk, ...more })).body.data['id'] ?? '',
    test: (id: string, more: Call = {}) => ask('POST /dataconnector/{id}/test', id, more),
    get: async (id: string) => (await ask('GET /dataconnector/{id}', id)).body.data,
  };
}

const detailsOf = ({ body }: Reply) => body.error.details.map(({ path }) => path);

describe('secrets', () => {
  test('are stored sealed, and never answered or logged', async () => {
    const { put, ask, table, organization } = await tenant();
    const made = await put('new', zendesk);
    expect([made.status, made.headers['etag'], made.body.data]).toMatchObject([
      201,
      '"1"',
      {
        organization_id: `org_${organization}`,
        status: 'untested',
        last_test: null,
        token: '********',
        password: null,
      },
    ]);
    const id = made.body.data['id'] ?? '';
    const [shown, listed] = [await ask('GET /dataconnector/{id}', id), await ask('GET /dataconnector')];
    const stored = await table.get(connectorRow, { id });
    expect(stored?.sealed_secrets.token).toMatch(/^\d+\./);
    const texts = JSON.stringify([made, shown, listed, stored, await eventsOf(running.store, organization)]);
    expect(texts).not.toContain(zendesk.token);
  });

  test('stay when they are masked or absent, and go to no other host', async () => {
    const { put, create, test: tryIt, sent } = await tenant();
    const id = await create();
    const without = omit(zendesk, 'token');
    expect((await put(id, { ...without, name: 'Renamed' })).status).toBe(200);
    expect((await put(id, { ...zendesk, token: '********' })).status).toBe(200);
    const moved = await put(id, { ...without, server: 'https://evil.example.com' });
    expect([outcome(moved), detailsOf(moved)]).toEqual(['422 VALIDATION_FAILED', ['token']]);
    await tryIt(id);
    const credential = Buffer.from(`admin@example.com/token:${zendesk.token}`).toString('base64');
    expect(sent.map(({ url, headers }) => [new URL(url).host, headers['authorization']])).toEqual([
      ['acme.zendesk.com', `Basic ${credential}`],
    ]);
  });

  test('open for their own connector alone', async () => {
    const { create, test: tryIt, table, organization, sent } = await tenant();
    const [id, copy] = [await create(), await create({ name: 'Copy', server: 'https://evil.example.com' })];
    const [one, other] = await table.getAll(connectorRow, [{ id }, { id: copy }]);
    if (one === undefined || other === undefined) throw new Error('there are no connectors');
    const mixed = { ...other, sealed_secrets: one.sealed_secrets };
    await commit(running.store, organization, [overwrite(connectorRow, mixed)]);
    expect([(await tryIt(copy)).status, sent]).toEqual([500, []]);
  });

  test('that are no signing key are rejected', async () => {
    const { put } = await tenant();
    const jwt = { name: 'A', kind: 'SalesForce', server: 'https://login.salesforce.com', auth_type: 'jwt' };
    const made = await put('new', { ...jwt, client_id: 'c', username: 'u', private_key: 'not a key' });
    expect([outcome(made), detailsOf(made)]).toEqual(['422 VALIDATION_FAILED', ['private_key']]);
  });
});

describe('a server', () => {
  test.for([
    [{ server: 'https://private.example' }, 'server'],
    [{ server: 'https://127.0.0.1' }, 'server'],
    [{ server: 'https://169.254.169.254' }, 'server'],
    [{ server: 'http://acme.zendesk.com' }, 'server'],
    [{ server: 'https://acme.zendesk.com:636' }, 'server'],
    [{ kind: 'ldap', server: 'ldaps://private.example', auth_type: 'simple', password: 'p', token: null }, 'server'],
    [{ kind: 'ldap', server: 'ldaps://a.example:443', auth_type: 'simple', password: 'p', token: null }, 'server'],
    [
      {
        ...{ kind: 'oracle_fusion', auth_type: 'oauth', client_id: 'c', client_secret: 's', token: null },
        organization: 'private.example',
      },
      'organization',
    ],
  ] as const)('is not %o', async ([more, path]) => {
    const { put } = await tenant();
    const made = await put('new', { ...zendesk, ...more });
    expect([outcome(made), detailsOf(made)]).toEqual(['422 WEBHOOK_URL_NOT_ALLOWED', [path]]);
  });
});

describe('a test', () => {
  test('is stored with its outcome and events, and changes no version', async () => {
    const { create, test: tryIt, get, ask, other, clock, organization } = await tenant();
    const id = await create();
    const worked = await tryIt(id);
    expect([worked.status, worked.body.data]).toMatchObject([
      200,
      { ok: true, stage: 'query', error: null, tested_at: clock.now().toISOString() },
    ]);
    expect(await get(id)).toMatchObject({ status: 'ok', last_test: { ok: true } });
    other.react = () => ({ status: 503, body: `down; you sent ${zendesk.token}` });
    for (let round = 0; round < 2; round += 1)
      expect((await tryIt(id)).body.data).toMatchObject({ ok: false, error: 'HTTP 503: down; you sent ********' });
    expect(await get(id)).toMatchObject({ status: 'failing', last_test: { ok: false, stage: 'query' } });
    expect((await ask('GET /dataconnector/{id}', id)).headers['etag']).toBe('"1"');
    const types = (await eventsOf(running.store, organization)).map(({ type }) => type);
    const count = (type: string): number => types.filter((each) => each === type).length;
    // It turned from ok to failing once.
    expect([count('dataconnector.tested'), count('dataconnector.failed')]).toEqual([3, 1]);
  });

  test('says nothing about other settings', async () => {
    const { create, test: tryIt, get, put } = await tenant();
    const id = await create();
    await tryIt(id);
    await put(id, { ...zendesk, name: 'Other', token: '********' });
    expect(await get(id)).toMatchObject({ status: 'ok' });
    await put(id, { ...zendesk, token: 'token-2' });
    expect(await get(id)).toMatchObject({ status: 'untested', last_test: null });
  });

  test('that outlasts a change of the settings says nothing about the new ones', async () => {
    const { create, test: tryIt, get, put, other } = await tenant();
    const id = await create();
    other.react = async () => {
      await put(id, { ...zendesk, token: 'token-2' });
      return { status: 200, body: '{"user":{"id":7}}' };
    };
    expect((await tryIt(id)).body.data).toMatchObject({ ok: true });
    expect(await get(id)).toMatchObject({ status: 'untested', last_test: null });
  });

  test('of a connector that is deleted in the meantime is sent once, and 404', async () => {
    const { create, test: tryIt, ask, other, sent, table } = await tenant();
    const id = await create();
    other.react = async () => {
      await ask('DELETE /dataconnector/{id}', id);
      return { status: 200, body: '{"user":{"id":7}}' };
    };
    expect([outcome(await tryIt(id)), sent.length]).toEqual(['404 NOT_FOUND', 1]);
    expect(await table.get(connectorTestRow, { id })).toBeUndefined();
  });

  test('may run beside another one', async () => {
    const { create, test: tryIt, sent } = await tenant();
    const id = await create();
    const all = await Promise.all([tryIt(id), tryIt(id), tryIt(id)]);
    expect([all.map(({ status }) => status), sent.length]).toEqual([[200, 200, 200], 3]);
  });

  test('that is repeated with its Idempotency-Key is sent once', async () => {
    const { create, test: tryIt, sent } = await tenant();
    const id = await create();
    const headers = { 'idempotency-key': 'once' };
    const [first, again] = [await tryIt(id, { headers }), await tryIt(id, { headers })];
    expect([again.body.data, again.headers['idempotent-replayed'], sent.length]).toEqual([first.body.data, 'true', 1]);
  });

  test('counts for its host and for the organization, and beyond their limits nothing is sent', async () => {
    const { create, test: tryIt, sent } = await tenant();
    const id = await create();
    const { pair } = brakes['connector-test'];
    for (let round = 0; round < pair; round += 1) await tryIt(id);
    const beyond = await tryIt(id);
    expect([outcome(beyond), beyond.headers['retry-after'], sent.length]).toEqual(['429 RATE_LIMITED', '600', pair]);
    const elsewhere = await create({ name: 'Elsewhere', server: 'https://other.zendesk.com' });
    expect((await tryIt(elsewhere)).status).toBe(200);
  });

  test('counts once for the organization, although it signs in at another host', async () => {
    const { create, test: tryIt, other } = await tenant();
    other.react = () => ({ status: 200, body: '{"access_token":"abcd"}' });
    const ids = [];
    for (let at = 0; at < 4; at += 1)
      ids.push(
        await create({
          ...{ name: `D${at}`, kind: 'MicrosoftDynamics', server: `https://d${at}.crm.dynamics.com` },
          ...{
            auth_type: 'client_credentials',
            client_id: 'c',
            client_secret: 'secret',
            organization: 't',
            token: null,
          },
        }),
      );
    const { pair, organization } = brakes['connector-test'];
    const outcomes: string[] = [];
    for (let round = 0; round < organization; round += 1)
      outcomes.push(outcome(await tryIt(ids[Math.floor(round / pair)] ?? '')));
    expect([...new Set(outcomes)]).toEqual(['200']);
  });

  test('keeps the refresh token that the other side issues, also over a change of other settings', async () => {
    const { put, test: tryIt, other, sent } = await tenant();
    const body = {
      ...{ name: 'S', kind: 'salesforce', server: 'https://login.salesforce.com', auth_type: 'oauth' },
      ...{ client_id: 'c', client_secret: 'secret', token: 'refresh-1' },
    };
    const id = (await put('new', body)).body.data['id'] ?? '';
    let issued = 1;
    other.react = ({ method }) => ({
      status: 200,
      body:
        method === 'POST' ? JSON.stringify({ access_token: 'abcd', refresh_token: `refresh-${(issued += 1)}` }) : '{}',
    });
    await tryIt(id);
    await tryIt(id);
    await put(id, { ...body, token: '********', client_id: 'd' });
    await tryIt(id);
    const refreshed = sent.flatMap(({ body: form }) => new URLSearchParams(form ?? '').get('refresh_token') ?? []);
    expect(refreshed).toEqual(['refresh-1', 'refresh-2', 'refresh-3']);
  });
});

describe('items', () => {
  test('are of the organization', async () => {
    const [one, stranger] = [await tenant(), await tenant()];
    const { user } = await addUser(running.store, `linked-${one.organization}`, { organization: one.organization });
    const items = [{ type: 'user', id: user.id, sync_status: 'synced' }];
    expect((await one.put('new', { ...zendesk, items })).body.data).toMatchObject({
      items: [{ ...items[0], connected_app: null }],
    });
    const foreign = await stranger.put('new', { ...zendesk, items });
    expect([outcome(foreign), detailsOf(foreign)]).toEqual(['422 VALIDATION_FAILED', ['items[0].id']]);
    for (const type of ['number', 'sim', 'trunk']) {
      const wrong = await one.put('new', { ...zendesk, name: type, items: [{ ...items[0], type }] });
      expect(detailsOf(wrong)).toEqual(['items[0].id']);
    }
  });

  test('keep a connector from being deleted without force, and go with what was deleted', async () => {
    const { put, ask, get, organization, table, clock } = await tenant();
    const { user } = await addUser(running.store, `gone-${organization}`, { organization });
    const items = [{ type: 'user', id: user.id, sync_status: 'changed' }];
    const id = (await put('new', { ...zendesk, items })).body.data['id'] ?? '';
    const kept = await ask('DELETE /dataconnector/{id}', id);
    expect([outcome(kept), detailsOf(kept)]).toEqual(['409 CONNECTOR_IN_USE', ['items[0]']]);
    const context = {
      ...{ table, now: clock.now(), cascade: async () => undefined },
      record: recorder({ origin: systemOrigin, organization, now: clock.now(), nextId: (prefix) => `${prefix}_${id}` }),
    };
    const [unlink] = cascade['user.deleted'];
    await commit(running.store, organization, (await unlink?.(user.id, context)) ?? []);
    expect(await get(id)).toMatchObject({ items: [] });
    expect(await unlink?.(user.id, context)).toEqual([]);
    expect((await ask('DELETE /dataconnector/{id}', id)).status).toBe(200);
    const again = (await put('new', { ...zendesk, items })).body.data['id'] ?? '';
    const forced = await ask('DELETE /dataconnector/{id}', again, { query: { force: 'true' } });
    expect([forced.status, outcome(await ask('GET /dataconnector/{id}', again))]).toEqual([200, '404 NOT_FOUND']);
  });
});

test('names are unique in any case, and free after a deletion or a change', async () => {
  const { put, create, ask } = await tenant();
  const id = await create();
  expect(outcome(await put('new', { ...zendesk, name: 'dESK' }))).toBe('409 CONNECTOR_NAME_EXISTS');
  expect((await put(id, { ...zendesk, name: 'DESK 2' })).status).toBe(200);
  const second = await create();
  expect(outcome(await put(second, { ...zendesk, name: 'desk 2' }))).toBe('409 CONNECTOR_NAME_EXISTS');
  await ask('DELETE /dataconnector/{id}', id);
  expect((await put(second, { ...zendesk, name: 'desk 2' })).status).toBe(200);
});

test('an organization has 50 connectors at most', async () => {
  const { put, create, ask } = await tenant();
  const ids = [];
  for (let at = 0; at < 50; at += 1) ids.push(await create({ name: `C${at}` }));
  expect(outcome(await put('new', { ...zendesk, name: 'C50' }))).toBe('422 LIMIT_EXCEEDED');
  await ask('DELETE /dataconnector/{id}', ids[0]);
  expect((await put('new', { ...zendesk, name: 'C50' })).status).toBe(201);
});

test('a stale version changes nothing', async () => {
  const { put, create, ask } = await tenant();
  const id = await create();
  const headers = { 'if-match': '"7"' };
  expect(outcome(await put(id, { ...zendesk, name: 'B' }, { headers }))).toBe('409 VERSION_CONFLICT');
  expect(outcome(await ask('DELETE /dataconnector/{id}', id, { headers }))).toBe('409 VERSION_CONFLICT');
  expect((await put(id, { ...zendesk, name: 'B' }, { headers: { 'if-match': '"1"' } })).headers['etag']).toBe('"2"');
});

test('another organization finds nothing', async () => {
  const [one, stranger] = [await tenant(), await tenant()];
  const id = await one.create();
  const all = [
    await stranger.ask('GET /dataconnector/{id}', id),
    await stranger.put(id, zendesk),
    await stranger.test(id),
    await stranger.ask('DELETE /dataconnector/{id}', id),
  ];
  expect(all.map(outcome)).toEqual(all.map(() => '404 NOT_FOUND'));
});

test('a closed organization keeps nothing', async () => {
  const { create, test: tryIt, organization, table, clock } = await tenant();
  const id = await create();
  await tryIt(id);
  const context = {
    ...{ table, now: clock.now(), cascade: async () => undefined },
    record: recorder({ origin: systemOrigin, organization, now: clock.now(), nextId: (prefix) => `${prefix}_x` }),
  };
  const [close] = cascade['org.closed'];
  await commit(running.store, organization, (await close?.(`org_${organization}`, context)) ?? []);
  expect(await Promise.all([table.get(connectorRow, { id }), table.get(connectorTestRow, { id })])).toEqual([
    undefined,
    undefined,
  ]);
  expect(await close?.(`org_${organization}`, context)).toEqual([]);
});
