import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { manualClock, memoryQueues, testDependencies } from '#test/support/dependencies.fixture.ts';
import { catalogueAssets } from '#test/support/event-catalogue.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome, type Call, type Reply } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { webhookDeliveryRow, webhookRow } from '#dynamodb/rows/webhook.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { brakes } from '#limits/brake.ts';
import { newOutbound, publicOnly, type Outbound } from '#outbound/outbound.ts';
import { abandon, newDelivery } from '#schema/webhook/delivery.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { cascade } from './cascade.ts';
import { webhooksHandler } from './handler.ts';

const running = testStore();
let join: Awaited<ReturnType<typeof tenantsIn>>['join'];
beforeAll(async () => {
  ({ join } = await tenantsIn(running.store));
});

let last = 7_200;
/** `private.example` has a private address, every other name a public one. */
const lookup = async (name: string): Promise<string[]> => [name === 'private.example' ? '10.0.0.1' : '93.184.216.34'];
const checked = newOutbound({ policy: publicOnly, lookup });

const Listed = z.object({
  data: z.array(z.looseObject({ id: z.string() })),
  next_page_token: z.string(),
  total: z.number(),
});

/** A tenant that calls the endpoints. @param send what the receiver does */
async function tenant(send: Outbound['send'] = checked.send) {
  const organization = (last += 1);
  const token = await join(organization);
  const clock = manualClock('2026-11-20T12:00:00.000Z');
  const queues = memoryQueues();
  const dependencies = {
    ...testDependencies(running.store, { clock, secrets: rotatedSecret() }),
    queues,
    outbound: { check: checked.check, send },
  };
  const handler = webhooksHandler(dependencies, catalogueAssets);
  const ask = (route: string, id?: string, more: Call = {}): Promise<Reply> =>
    call(handler, route, { token, ...more, ...(id === undefined ? {} : { params: { id } }) });
  const put = (id: string, json: object, more: Call = {}) => ask('PUT /webhooks/{id}', id, { ...more, json });
  return {
    organization,
    clock,
    queues,
    dependencies,
    ask,
    put,
    create: async (more: object = {}) =>
      (await put('new', { url: `https://example.com/${Math.random()}`, events: ['*'], ...more })).body.data,
    list: async (query: Readonly<Record<string, string>> = {}) =>
      Listed.parse((await ask('GET /webhooks', undefined, { query })).body).data,
  };
}

const detailsOf = ({ body }: Reply) => body.error.details.map(({ path }) => path);
const body = { url: 'https://example.com/hook', events: ['trunk.*'] };

describe('a new webhook', () => {
  test('answers its secret once, and never its headers', async () => {
    const { put, ask, organization } = await tenant();
    const made = await put('new', { ...body, headers: { 'X-Api-Key': 'very secret' } });
    expect([made.status, made.headers['etag']]).toEqual([201, '"1"']);
    const { id = '', secret = '' } = made.body.data;
    expect(secret).toMatch(/^whsec_/);
    const shown = await ask('GET /webhooks/{id}', id);
    expect(shown.body.data).toMatchObject({
      id,
      organization_id: `org_${organization}`,
      url: body.url,
      status: 'active',
      secrets: [{ hint: `…${secret.slice(-5, -1)}`, expires_at: null }],
      stats: { delivered_24h: 0, failed_24h: 0, last_success_at: null, last_failure_at: null },
      deliveries: [],
    });
    const stored = await tableFor<'webhook'>(running.store, organization).get(webhookRow, { id });
    const texts = JSON.stringify([shown.body, stored, await eventsOf(running.store, organization)]);
    for (const hidden of [secret, 'very secret', secret.slice('whsec_'.length)]) expect(texts).not.toContain(hidden);
  });

  test.each([
    ['http://example.com/hook', 'url'],
    ['https://example.com:444/hook', 'url'],
    ['https://user:password@example.com', 'url'],
    ['https://example.com/#part', 'url'],
    ['https://private.example/hook', 'url'],
    ['https://169.254.169.254/latest', 'url'],
    ['https://[::ffff:127.0.0.1]/', 'url'],
    [`https://example.com/${'x'.repeat(2_048)}`, 'url'],
    ['not a URL', 'url'],
  ])('with the URL %s is rejected', async (url, path) => {
    const { put } = await tenant();
    const answer = await put('new', { ...body, url });
    expect([outcome(answer), detailsOf(answer)]).toEqual(['422 WEBHOOK_URL_NOT_ALLOWED', [path]]);
  });

  test.each<[object, string, string[]]>([
    [{ url: 'https://example.com' }, '400 MISSING_FIELD', ['events']],
    [{ events: ['*'] }, '400 MISSING_FIELD', ['url']],
    [{ ...body, events: ['trunk.made'] }, '422 VALIDATION_FAILED', ['events[0]']],
    [{ ...body, events: ['*', 'door.*'] }, '422 VALIDATION_FAILED', ['events[1]']],
    [{ ...body, events: [] }, '422 VALIDATION_FAILED', ['events']],
    [{ ...body, events: Array.from({ length: 51 }, () => '*') }, '422 VALIDATION_FAILED', ['events']],
    [{ ...body, events: 'trunk.*' }, '422 VALIDATION_FAILED', ['events']],
    [{ ...body, headers: { Host: 'x' } }, '422 VALIDATION_FAILED', ['headers.Host']],
    [{ ...body, overlap_hours: 169 }, '422 VALIDATION_FAILED', ['overlap_hours']],
    [{ ...body, rotate_secret: true }, '422 VALIDATION_FAILED', ['rotate_secret']],
    [{ ...body, description: 'x'.repeat(256) }, '422 VALIDATION_FAILED', ['description']],
  ])('%j is answered by %s', async (json, code, paths) => {
    const { put } = await tenant();
    const answer = await put('new', json);
    expect([outcome(answer), detailsOf(answer)]).toEqual([code, paths]);
  });

  test('has a URL that no other one of the organization has, also in another spelling', async () => {
    const [{ put, ask }, other] = [await tenant(), await tenant()];
    const first = await put('new', body);
    const again = () => put('new', { ...body, url: 'https://EXAMPLE.com:443/hook' });
    expect([outcome(await again()), outcome(await other.put('new', body))]).toEqual(['409 WEBHOOK_EXISTS', '201']);
    await ask('DELETE /webhooks/{id}', first.body.data['id']);
    expect(outcome(await again())).toBe('201');
  });

  test('is one of twenty at most, also when they are made at the same time', async () => {
    const { create, put, list, ask } = await tenant();
    for (let made = 0; made < 18; made += 1) await create();
    const more = await Promise.all([1, 2, 3, 4].map((at) => put('new', { ...body, url: `https://example.com/${at}` })));
    expect(more.map(outcome).toSorted()).toEqual(['201', '201', '422 LIMIT_EXCEEDED', '422 LIMIT_EXCEEDED']);
    const all = await list();
    expect(all).toHaveLength(21);
    await ask('DELETE /webhooks/{id}', String(all[1]?.['id']));
    expect(outcome(await put('new', body))).toBe('201');
  });
});

test('a list begins with default, then the newest; it is filtered by URL and description, and has pages', async () => {
  const { create, list, ask } = await tenant();
  const ids = [await create({ description: 'One' }), await create(), await create()].map(({ id }) => id);
  expect((await list()).map(({ id }) => id)).toEqual(['default', ...ids.toReversed()]);
  expect((await list({ q: 'oNE' })).map(({ id }) => id)).toEqual([ids[0]]);
  const first = await ask('GET /webhooks', undefined, { query: { limit: '3' } });
  const { next_page_token: token, total } = Listed.parse(first.body);
  expect([total, (await list({ limit: '3', page_token: token })).map(({ id }) => id)]).toEqual([4, [ids[0]]]);
});

describe('a replacement', () => {
  test('moves the URL, and frees the former one', async () => {
    const { put, create } = await tenant();
    const [{ id = '', url = '' }, other] = [await create(), await create()];
    expect(outcome(await put(id, { ...body, url: other['url'] }))).toBe('409 WEBHOOK_EXISTS');
    expect(outcome(await put(id, { ...body, url }))).toBe('200');
    expect(outcome(await put(id, body))).toBe('200');
    expect(outcome(await put(other['id'] ?? '', { ...body, url }))).toBe('200');
  });

  test('of a stale version, or of an unknown webhook, changes nothing', async () => {
    const { put, create } = await tenant();
    const { id = '' } = await create();
    expect(outcome(await put(id, body, { headers: { 'if-match': '"2"' } }))).toBe('409 VERSION_CONFLICT');
    expect((await put(id, body, { headers: { 'if-match': '"1"' } })).headers['etag']).toBe('"2"');
    expect(outcome(await put('wh_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', {}))).toBe('404 NOT_FOUND');
    expect(outcome(await put('other', body))).toBe('400 INVALID_ID');
  });

  test('rotates the secret: two sign for the overlap, and a third has to wait', async () => {
    const { put, create, organization } = await tenant();
    const { id = '', secret } = await create();
    const rotate = async (more = {}) => put(id, { ...body, rotate_secret: true, ...more });
    const rotated = await rotate({ overlap_hours: 1 });
    expect(rotated.body.data['secret']).not.toBe(secret);
    expect(rotated.body.data['secrets']).toMatchObject([
      { expires_at: null },
      { expires_at: '2026-11-20T13:00:00.000Z' },
    ]);
    expect(outcome(await rotate())).toBe('409 ROTATION_IN_PROGRESS');
    expect((await eventsOf(running.store, organization)).map(({ type }) => type)).toEqual([
      'webhook.created',
      'webhook.updated',
      'webhook.secret_rotated',
    ]);
    expect((await put(id, body)).body.data).not.toHaveProperty('secret');
  });
});

test('the webhook default is always there; only its secret can be rotated', async () => {
  const { ask, put } = await tenant();
  expect((await ask('GET /webhooks/{id}', 'default')).body.data).toMatchObject({
    id: 'default',
    url: null,
    secrets: [],
  });
  expect(outcome(await put('default', body))).toBe('422 VALIDATION_FAILED');
  expect(outcome(await put('default', {}))).toBe('422 VALIDATION_FAILED');
  const made = await put('default', { rotate_secret: true });
  expect([made.status, made.body.data['secret']]).toEqual([200, expect.stringMatching(/^whsec_/)]);
  expect(outcome(await put('default', { rotate_secret: true }))).toBe('200');
  expect(outcome(await put('default', { rotate_secret: true }))).toBe('409 ROTATION_IN_PROGRESS');
  expect((await ask('GET /webhooks/{id}', 'default')).body.data['secrets']).toHaveLength(2);
  expect(outcome(await ask('DELETE /webhooks/{id}', 'default'))).toBe('409 DEFAULT_WEBHOOK');
  expect(outcome(await ask('POST /webhooks/{id}/test', 'default', { json: {} }))).toBe('409 DEFAULT_WEBHOOK');
});

describe('a test', () => {
  test('sends one signed event at once, also if the webhook is disabled', async () => {
    const sent: Parameters<Outbound['send']>[0][] = [];
    const { create, ask, organization, queues } = await tenant(async (request) => {
      sent.push(request);
      return { status: 500, headers: {}, excerpt: 'broken', duration_ms: 9 };
    });
    const { id = '' } = await create({ enabled: false });
    const tested = await ask('POST /webhooks/{id}/test', id, { json: { type: 'sms.delivered' } });
    expect(tested.body.data).toMatchObject({
      delivered: false,
      response_status: 500,
      duration_ms: 9,
      response_excerpt: 'broken',
      error: 'HTTP_ERROR',
    });
    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({ type: 'sms.delivered', entity: { type: 'webhook', id } });
    const event = (await eventsOf(running.store, organization)).find(({ type }) => type === 'webhook.test');
    expect(event).toMatchObject({
      id: sent[0]?.headers['webhook-id'],
      data: { delivered: false, type: 'sms.delivered' },
    });
    expect((await ask('GET /webhooks/{id}', id)).body.data['deliveries']).toEqual([
      expect.objectContaining({ event_id: event?.id, status: 'failed', attempt: 1 }),
    ]);
    expect([sent.length, queues.sent]).toEqual([1, []]);
  });

  test('is rejected while its organization has sent too many to the host', async () => {
    const { pair } = brakes['webhook-test'];
    const sent: unknown[] = [];
    const { create, ask } = await tenant(async (request) => {
      sent.push(request);
      return { status: 200, headers: {}, excerpt: '', duration_ms: 1 };
    });
    const { id = '' } = await create();
    const test = () => ask('POST /webhooks/{id}/test', id, { json: {} });
    for (let count = 0; count < pair; count += 1) expect((await test()).status).toBe(200);
    const rejected = await test();
    expect([outcome(rejected), Number(rejected.headers['retry-after']) > 0]).toEqual(['429 RATE_LIMITED', true]);
    expect(sent).toHaveLength(pair);
    const other = await tenant(async () => ({ status: 200, headers: {}, excerpt: '', duration_ms: 1 }));
    const { id: theirs = '' } = await other.create();
    expect((await other.ask('POST /webhooks/{id}/test', theirs, { json: {} })).status).toBe(200);
  });

  test('of an unknown type or webhook is rejected', async () => {
    const { create, ask } = await tenant();
    const { id = '' } = await create();
    const test = (of: string, json: object) => ask('POST /webhooks/{id}/test', of, { json });
    expect(outcome(await test(id, { type: 'door.opened' }))).toBe('422 VALIDATION_FAILED');
    expect(outcome(await test('wh_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', {}))).toBe('404 NOT_FOUND');
  });
});

describe('a redelivery', () => {
  /** A webhook with one failed delivery of an event, half an hour ago. */
  async function withFailure() {
    const of = await tenant();
    const { id = '' } = await of.create();
    const { organization, clock, dependencies } = of;
    const eventId = dependencies.nextId('evt');
    const record = recorder({ origin: systemOrigin, organization, now: clock.now(), nextId: () => eventId });
    const event = record('trunk.created', { entity: { type: 'trunk', id: 'trunk_1' }, description: 'made' });
    const before = newDelivery({ webhookId: id, event: { id: eventId, type: 'trunk.created' } }, '', clock.now());
    await commit(running.store, organization, [
      event,
      overwrite(webhookDeliveryRow, abandon(before, 'HTTP_ERROR', clock.now())),
    ]);
    clock.advance(1_800);
    const redeliver = (json: object, webhook = id) => of.ask('POST /webhooks/{id}/redeliver', webhook, { json });
    return { ...of, id, eventId, redeliver };
  }

  test('of a range is queued as one job', async () => {
    const { redeliver, queues, id, organization } = await withFailure();
    const answer = await redeliver({ since: '2026-11-20T11:00:00Z' });
    expect([answer.status, answer.body.data]).toEqual([202, { queued: 1 }]);
    expect(queues.sent.map(({ queue, message }) => [queue, message.body])).toEqual([
      [
        'webhook-retry',
        expect.objectContaining({
          schema: 'webhook-redelivery.v1',
          org_id: organization,
          webhook_id: id,
          since: '2026-11-20T11:00:00.000Z',
          until: '2026-11-20T12:30:00.000Z',
          status: 'failed',
        }),
      ],
    ]);
    expect((await redeliver({ since: '2026-11-20T12:20:00Z' })).body.data).toEqual({ queued: 0 });
    expect(queues.sent).toHaveLength(1);
  });

  test('of chosen events is queued; an unknown one is named', async () => {
    const { redeliver, queues, eventId } = await withFailure();
    expect((await redeliver({ event_ids: [eventId, eventId] })).body.data).toEqual({ queued: 1 });
    expect(queues.sent).toHaveLength(1);
    const answer = await redeliver({ event_ids: [eventId, 'evt_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A'] });
    expect([outcome(answer), detailsOf(answer)]).toEqual(['422 VALIDATION_FAILED', ['event_ids[1]']]);
    expect(queues.sent).toHaveLength(1);
  });

  test('of an event of another tenant is an unknown event', async () => {
    const [mine, other] = [await withFailure(), await withFailure()];
    expect(outcome(await mine.redeliver({ event_ids: [other.eventId] }))).toBe('422 VALIDATION_FAILED');
    expect(outcome(await mine.redeliver({ since: '2026-11-20T11:00:00Z' }, other.id))).toBe('404 NOT_FOUND');
  });

  test('to a disabled webhook is rejected', async () => {
    const { redeliver, put, id } = await withFailure();
    await put(id, { ...body, enabled: false });
    expect(outcome(await redeliver({ since: '2026-11-20T11:00:00Z' }))).toBe('409 WEBHOOK_DISABLED');
  });
});

test('a closed organization loses its webhooks', async () => {
  const { create, organization, list, dependencies, put } = await tenant();
  await create();
  await put('default', { rotate_secret: true });
  const [step] = cascade['org.closed'];
  const table = tableFor<'webhook' | 'webhook-url' | 'count'>(running.store, organization);
  const context = {
    table,
    now: dependencies.now,
    record: recorder({ origin: systemOrigin, organization, now: dependencies.now, nextId: dependencies.nextId }),
    cascade: () => Promise.reject(new Error('webhooks have nothing below them')),
  };
  await commit(running.store, organization, (await step?.(`org_${organization}`, context)) ?? []);
  expect(await list()).toHaveLength(1);
  expect(await step?.(`org_${organization}`, context)).toEqual([]);
});
