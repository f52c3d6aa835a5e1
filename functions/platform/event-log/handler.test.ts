import { readShards } from '#dynamodb/index-shards.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { manualClock, type ManualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { catalogueAssets } from '#test/support/event-catalogue.fixture.ts';
import { type Tenants, tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { eventRow, pendingPartition } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { ApiHandler } from '#http/serve.ts';
import { chainBreaks, type EventLogEntry } from '#schema/event-log.ts';
import { sealMessage } from '../../system/event-sealer/contract.ts';
import { eventSealerHandler } from '../../system/event-sealer/handler.ts';
import { eventsHandler } from '../events/handler.ts';
import { eventLogHandler } from './handler.ts';

const secrets = rotatedSecret();
const running = testStore();
let tenants: Tenants;
let handler: ApiHandler;
let clock: ManualClock;
let eventHandler: ApiHandler;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
  clock = manualClock(noon.toISOString());
  handler = eventLogHandler(testDependencies(running.store, { clock, secrets }), catalogueAssets);
  eventHandler = eventsHandler(testDependencies(running.store, { clock }), catalogueAssets);
});

type Entry = EventLogEntry & { readonly chain: { readonly state: string } };
type Found = {
  readonly results: readonly Entry[];
  readonly pagination: Readonly<Record<string, unknown>> & { readonly next_page_token: string };
};
const dataOf = ({ body }: { readonly body: unknown }) => (body as { readonly data: Found & Entry }).data;

let last = 5000;
async function tenant(person: Parameters<Tenants['join']>[1] = {}) {
  last += 1;
  const organization = last;
  const token = await tenants.join(organization, person);
  const params = { orgId: String(organization) };
  return {
    organization,
    token,
    params,
    file: (more: object = {}) =>
      call(handler, 'PUT /eventlog/{orgId}', {
        token,
        params,
        json: { event_type: 'door.opened', description: 'The door opened', ...more },
      }),
    get: (eventLogId: string) =>
      call(handler, 'GET /eventlog/{orgId}/{eventLogId}', { token, params: { ...params, eventLogId } }),
    search: async (json: object = {}) => dataOf(await call(handler, 'POST /eventlog/{orgId}', { token, params, json })),
    ask: (json: object) => call(handler, 'POST /eventlog/{orgId}', { token, params, json }),
  };
}

/** Lets the sealer have all that waits for it. */
async function sealed(): Promise<void> {
  const table = tableFor<'event@GSI2'>(running.store, 0);
  const shards = await Promise.all(
    readShards.map((shard) => table.queryIndex(eventRow, 'GSI2', pendingPartition(shard))),
  );
  const messages = shards.flatMap(({ items }) => items).map(sealMessage);
  const seal = eventSealerHandler(testDependencies(running.store, { secrets }), catalogueAssets);
  for (let at = 0; at < messages.length; at += 40) {
    const bodies = messages.slice(at, at + 40).map(({ body }) => body);
    expect(await seal(batchOf(bodies))).toEqual({ batchItemFailures: [] });
  }
}

describe('an entry that is filed', () => {
  test('can be read at once and is sealed soon, with all its fields', async () => {
    const { organization, file, get } = await tenant();
    const said = {
      severity: 'critical',
      resource_type: 'door',
      resource_id: 'north 1',
      metadata: { by: { hand: [1, 2.5, null] } },
      ip_address: '2001:db8::1',
    };
    const filed = await file(said);
    expect(filed).toMatchObject({
      status: 201,
      body: {
        status: 'success',
        data: {
          event_log_id: expect.stringMatching(/^evl_/),
          org_id: organization,
          event_type: 'door.opened',
          severity: 'critical',
        },
      },
    });
    const id = filed.body.data['event_log_id'] ?? '';
    const entry = {
      event_log_id: id,
      org_id: organization,
      event_type: 'door.opened',
      severity: 'critical',
      description: 'The door opened',
      metadata: said.metadata,
      ip_address: '2001:db8::1',
      resource: { type: 'door', id: 'north 1', name: null },
      created_at: noon.toISOString(),
    };
    expect(dataOf(await get(id))).toMatchObject({ ...entry, chain: { state: 'pending' } });
    await sealed();
    const chained = dataOf(await get(id));
    expect(chained).toMatchObject({ ...entry, chain: { state: 'sealed', seq: 1 } });
    expect(chainBreaks([chained])).toEqual([]);
  });

  test('names its caller unless it names another actor; the caller is recorded in any case', async () => {
    const { file, get } = await tenant({ user: { id: 'usr_ann', username: 'ann', email: 'ann@example.com' } });
    const actorOf = async (more: object) => {
      const { actor, recorded_by } = dataOf(await get((await file(more)).body.data['event_log_id'] ?? ''));
      expect(recorded_by).toBe('usr_ann');
      return actor;
    };
    expect(await actorOf({})).toEqual({ id: 'usr_ann', type: 'user', name: 'ann', email: 'ann@example.com' });
    expect(await actorOf({ actor_id: 42 })).toEqual({ id: 'usr_42', type: 'user', name: null, email: null });
    expect(await actorOf({ actor_id: 'svc_gate' })).toMatchObject({ id: 'svc_gate', type: 'api' });
    expect(await actorOf({ actor_type: 'system' })).toMatchObject({ id: 'system', type: 'system' });
  });

  test('is an event of its organization, too', async () => {
    const { organization, token, file } = await tenant();
    await file();
    const { body } = await call(eventHandler, 'GET /events/{entity+}', {
      token,
      params: { entity: `org/${organization}` },
    });
    expect(body.data).toMatchObject({ events: [{ type: 'door.opened', data: { description: 'The door opened' } }] });
  });

  test.each([
    [{ event_type: 'trunk.created' }, '422 RESERVED_EVENT_TYPE'],
    [{ event_type: 'call.hangup' }, '422 RESERVED_EVENT_TYPE'],
    [{ event_type: 'Door' }, '422 VALIDATION_FAILED'],
    [{ event_type: null }, '422 VALIDATION_FAILED'],
    [{ event_type: undefined }, '400 MISSING_FIELD'],
    [{ description: '' }, '422 VALIDATION_FAILED'],
    [{ severity: 'bad' }, '422 VALIDATION_FAILED'],
    [{ metadata: { number: 1e300 } }, '422 VALIDATION_FAILED'],
    [{ metadata: [] }, '422 VALIDATION_FAILED'],
    [{ ip_address: '1.2.3' }, '422 VALIDATION_FAILED'],
    [{ actor_id: 'a#b' }, '422 VALIDATION_FAILED'],
  ])('is rejected with %j', async (more, code) => {
    const { file } = await tenant();
    expect(outcome(await file(more))).toBe(code);
  });
});

describe('a search', () => {
  test('finds sealed and pending entries, each once, newest or oldest first', async () => {
    const { file, search } = await tenant();
    for (const at of [1, 2, 3]) await file({ event_type: `door.n${at}` });
    await sealed();
    for (const at of [4, 5]) await file({ event_type: `door.n${at}` });
    const types = async (body: object) =>
      (await search(body)).results.map(({ event_type }) => event_type.slice(-1)).join('');
    expect(await types({})).toBe('54321');
    expect(await types({ sort_order: 'asc' })).toBe('12345');
    expect(await types({ event_types: ['door.n2', 'door.n5'] })).toBe('52');
    expect((await search()).results.map(({ chain }) => chain.state)).toEqual([
      'pending',
      'pending',
      'sealed',
      'sealed',
      'sealed',
    ]);
  });

  test('reads by actor or by resource, and sorts by other keys', async () => {
    const { file, search } = await tenant();
    await file({ severity: 'error', actor_id: 'usr_1', resource_type: 'door', resource_id: 'a' });
    await file({ severity: 'info', actor_id: 'usr_2', resource_type: 'door', resource_id: 'b' });
    await sealed();
    await file({ severity: 'critical', actor_id: 'usr_1', resource_type: 'door', resource_id: 'b' });
    const severities = async (body: object) => (await search(body)).results.map(({ severity }) => severity);
    expect(await severities({ actor_id: 'usr_1' })).toEqual(['critical', 'error']);
    expect(await severities({ resource_type: 'door', resource_id: 'b' })).toEqual(['critical', 'info']);
    expect(await severities({ resource_type: 'door', resource_id: 'b', actor_id: 'usr_2' })).toEqual(['info']);
    expect(await severities({ sort_by: 'severity' })).toEqual(['critical', 'error', 'info']);
    expect(await severities({ sort_by: 'severity', sort_order: 'asc', severities: ['info', 'error'] })).toEqual([
      'info',
      'error',
    ]);
  });

  test('answers page after page, by number or by token', async () => {
    const { file, search } = await tenant();
    for (let at = 0; at < 7; at += 1)
      await file({ event_type: `door.n${at}`, severity: at % 2 === 0 ? 'info' : 'error' });
    await sealed();
    for (const sort_by of ['created_at', 'severity']) {
      const whole = (await search({ sort_by })).results.map(({ event_type }) => event_type);
      const first = await search({ sort_by, per_page: 3 });
      expect(first.pagination).toMatchObject({ page: 1, per_page: 3, total_records: 7, total_pages: 3 });
      const second = await search({ sort_by, per_page: 3, page_token: first.pagination.next_page_token });
      const third = await search({ sort_by, per_page: 3, page: 3 });
      expect([first, second, third].flatMap(({ results }) => results.map(({ event_type }) => event_type))).toEqual(
        whole,
      );
      expect(third.pagination.next_page_token).toBe('');
    }
  });

  test('takes no token of another search or organization', async () => {
    const [one, other] = [await tenant(), await tenant()];
    for (const { file } of [one, other]) for (let at = 0; at < 2; at += 1) await file();
    const {
      pagination: { next_page_token: page_token },
    } = await one.search({ per_page: 1 });
    expect(outcome(await one.ask({ per_page: 1, severities: ['info'], page_token }))).toBe('400 INVALID_PAGE_TOKEN');
    expect(outcome(await other.ask({ per_page: 1, page_token }))).toBe('400 INVALID_PAGE_TOKEN');
  });

  test.each([
    [{ per_page: 501 }],
    [{ date_from: 'yesterday' }],
    [{ event_types: ['*'] }],
    [{ sort_by: 'actor' }],
    [{ date_from: '2020-01-01', date_to: '2022-01-01' }],
  ])('with %j is rejected', async (body) => {
    const { ask } = await tenant();
    expect((await ask(body)).status).toBe(400);
  });
});

test("another organization's entries are out of reach or not found", async () => {
  const [one, other] = [await tenant(), await tenant()];
  const id =
    (await one.file({ actor_id: 'usr_1', resource_type: 'door', resource_id: 'a' })).body.data['event_log_id'] ?? '';
  for (const _ of [1, 2]) {
    expect(outcome(await other.get(id))).toBe('404 NOT_FOUND');
    const searches = [
      {},
      { actor_id: 'usr_1' },
      { resource_type: 'door', resource_id: 'a' },
      { event_types: ['door.opened'] },
      { sort_by: 'severity' },
    ];
    for (const search of searches)
      expect([(await one.search(search)).results.length, (await other.search(search)).results]).toEqual([1, []]);
    for (const route of ['GET /eventlog/{orgId}/{eventLogId}', 'POST /eventlog/{orgId}', 'PUT /eventlog/{orgId}'])
      expect(
        outcome(
          await call(handler, route, { token: other.token, params: { ...one.params, eventLogId: id }, json: {} }),
        ),
      ).toBe('403 FORBIDDEN_ORG');
    await sealed();
  }
  expect(outcome(await one.get('evt_1'))).toBe('404 NOT_FOUND');
  expect(outcome(await one.get('nonsense'))).toBe('400 INVALID_ID');
});

describe('an event that a client files', () => {
  const put = (token: string, entity: string, json: object) =>
    call(eventHandler, 'PUT /events/{entity+}', {
      token,
      params: { entity },
      json: { type: 'door.opened', data: { door: 1 }, ...json },
    });

  test('is listed under its entity and its organization, by its own time, and never in the log', async () => {
    const { organization, token, search } = await tenant();
    expect(await put(token, 'call/call_1', {})).toMatchObject({
      status: 201,
      body: {
        data: {
          event_id: expect.stringMatching(/^evt_/),
          entity: 'call/call_1',
          type: 'door.opened',
          notifications_sent: 0,
        },
      },
    });
    await put(token, `org/${organization}`, { type: 'door.closed', timestamp: '2026-11-19T14:00:00+01:00', data: {} });
    const read = async (entity: string, query = {}) =>
      (await call(eventHandler, 'GET /events/{entity+}', { token, params: { entity }, query })).body.data['events'];
    expect(await read(`org/${organization}`)).toMatchObject([
      { type: 'door.opened', data: { door: 1 } },
      { type: 'door.closed', timestamp: '2026-11-19T13:00:00.000Z', data: {} },
    ]);
    expect(
      await read(`org/${organization}`, { until: '2026-11-19T13:00:01Z', since: '2026-11-19T13:00:00Z' }),
    ).toMatchObject([{ type: 'door.closed' }]);
    expect(await read('call/call_1')).toMatchObject([{ type: 'door.opened' }]);
    await sealed();
    expect((await search()).results).toEqual([]);
  });

  test.each([
    [{ notify: true }, '201'],
    [{ type: 'device.registered' }, '422 RESERVED_EVENT_TYPE'],
    [{ timestamp: '2026-11-18T11:00:00Z' }, '422 VALIDATION_FAILED'],
    [{ timestamp: '2026-11-21T13:00:00Z' }, '422 VALIDATION_FAILED'],
    [{ data: { text: 'x'.repeat(65_536) } }, '422 VALIDATION_FAILED'],
    [{ data: undefined }, '400 MISSING_FIELD'],
    [{ notify: false }, '201'],
  ])('with %j: %s', async (json, code) => {
    const { token } = await tenant();
    expect(outcome(await put(token, 'call/call_1', json))).toBe(code);
  });

  test('about an unknown entity is not found', async () => {
    const { token } = await tenant();
    for (const entity of ['trunk/trunk_1', 'device/dev_1', 'number/num_1', 'email/eml_1', 'policy/pol_1'])
      expect(outcome(await put(token, entity, {}))).toBe('404 NOT_FOUND');
    expect(outcome(await put(token, 'org/1000', {}))).toBe('403 FORBIDDEN_ORG');
  });
});
