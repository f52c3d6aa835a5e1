import { beforeAll, describe, expect, test } from 'vitest';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import {
  manualClock,
  memoryQueues,
  type MemoryQueues,
  noon,
  testDependencies,
} from '#test/support/dependencies.fixture.ts';
import { type Tenants, tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { found } from '#errors.ts';
import type { ApiHandler } from '#http/serve.ts';
import { minute, second } from '#schema/time.ts';
import { addAccount, messageOf, startIngestion } from '../cdr-ingest/ingest.fixture.ts';
import { cdrId } from '../cdr-ingest/cdr.ts';
import { cdrRow } from '../cdr-ingest/row.ts';
import { cdrHandler } from './handler.ts';

const running = testStore();
let tenants: Tenants;
let queues: MemoryQueues;
let handler: ApiHandler;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
  queues = memoryQueues();
  handler = cdrHandler({ ...testDependencies(running.store, { clock: manualClock(noon.toISOString()) }), queues });
});

type Listed = {
  readonly id: string;
  readonly call_id: string;
  readonly start_time: string;
  readonly rating: Readonly<Record<string, unknown>>;
};
type Answer = {
  readonly data: readonly Listed[];
  readonly total: number;
  readonly next_page_token: string;
  readonly batch?: Readonly<Record<string, unknown>>;
  readonly results: readonly Readonly<Record<string, unknown>>[];
  readonly accepted: number;
};
const answerOf = ({ body }: { readonly body: unknown }): Answer => body as Answer;

let last = 3000;
/** An organization with a tariff, and one of its users. */
async function newTenant(person: NonNullable<Parameters<Tenants['join']>[1]> = {}) {
  last += 1;
  const organization = last;
  const token = await tenants.join(organization, person);
  await addAccount(running.store, organization, person.organization);
  const ask = (route: string, more: Omit<Parameters<typeof call>[2], 'token'> & object = {}) =>
    call(handler, route, { token, ...more });
  return {
    organization,
    ask,
    post: (batch: string, records: readonly unknown[], more: Readonly<Record<string, unknown>> = {}) =>
      ask('POST /cdr/{id}', { params: { id: batch }, json: { records, ...more } }),
    list: async (query: Readonly<Record<string, string>>) => answerOf(await ask('GET /cdr', { query })),
  };
}

let sent = 0;
/** Delivers the messages in the queue to the consumer. */
async function deliverQueued(): Promise<void> {
  const bodies = queues.sent.splice(0).map(({ message }) => [`m${(sent += 1)}`, JSON.stringify(message.body)] as const);
  const dependencies = startIngestion(running.store, { clock: () => noon });
  expect(await dependencies.deliver(Object.fromEntries(bodies))).toEqual([]);
}

/** Calls of the hours that `GET /usage` answers. */
async function summedCalls(ask: (route: string) => ReturnType<typeof call>): Promise<number> {
  const { body }: { readonly body: unknown } = await ask('GET /usage');
  const { rows } = (body as { readonly data: { readonly rows: readonly { readonly calls: number }[] } }).data;
  return rows.reduce((sum, { calls }) => sum + calls, 0);
}

const at = (minutes: number) => ({
  start_time: new Date(noon.getTime() - minutes * minute).toISOString(),
  end_time: new Date(noon.getTime() - minutes * minute + 30 * second).toISOString(),
});

describe('POST /cdr/{id}', () => {
  test('returns a result for each record and queues the accepted ones', async () => {
    const { organization, post } = await newTenant();
    const reply = await post(
      'batch001',
      [record('a'), record('b', { end_time: '2026-11-15T10:00:00Z' }), record('a'), record('c', { org_id: 1000 })],
      { source: 'node-1' },
    );
    expect(reply).toMatchObject({
      status: 200,
      body: {
        success: true,
        status: 'success',
        processed: 2,
        accepted: 1,
        duplicate: 1,
        rejected: 2,
        batch_id: 'batch001',
        sgapi_reference: expect.stringMatching(/^sgapi-20261120-120000-[0-9a-z]{6}$/),
        results: [
          { index: 0, status: 'accepted', id: expect.stringMatching(/^cdr_[0-9A-Z]{26}$/) },
          {
            index: 1,
            status: 'rejected',
            code: 'VALIDATION_FAILED',
            message: 'end_time: must not be before start_time',
          },
          { index: 2, status: 'duplicate' },
          { index: 3, status: 'rejected', code: 'FORBIDDEN_ORG' },
        ],
      },
    });
    expect(queues.sent).toMatchObject([
      {
        queue: 'cdr-ingest',
        message: {
          group: `org_${organization}`,
          body: {
            schema: 'cdr.v1',
            source: 'node-1',
            batch_id: 'batch001',
            org_id: organization,
            origin: 'tenant',
            accepted: true,
          },
        },
      },
    ]);
    await deliverQueued();
  });

  test('accepts a batch again: its records are duplicates and charged once', async () => {
    const { post, list } = await newTenant();
    for (const count of [3, 0]) {
      expect(answerOf(await post('b1', [record('a'), record('b'), record('c')])).accepted).toBe(count);
      await deliverQueued();
    }
    expect((await list({ batch_id: 'b1' })).batch).toEqual({
      batch_id: 'b1',
      received: 6,
      rated: 3,
      unrated: 0,
      free: 0,
      void: 0,
      updated: 0,
      duplicate: 3,
      superseded: 0,
      conflict: 0,
      rejected: 0,
      pending: 0,
      rejections: [],
    });
  });

  test('rejects a batch without an accepted record, and counts it', async () => {
    const { organization, post, list } = await newTenant();
    const reply = await post('b1', [record('a', { end_time: 'tomorrow' }), record('b', { callee: '' })]);
    expect(outcome(reply)).toBe('422 CDR_VALIDATION_FAILED');
    expect(reply.body.error.details.map(({ path }) => path)).toEqual(['records[0].end_time', 'records[1].callee']);
    expect((await list({ batch_id: 'b1' })).batch).toMatchObject({
      received: 2,
      rejected: 2,
      pending: 0,
      rejections: [{ call_id: 'a', leg: null, code: 'VALIDATION_FAILED' }, { call_id: 'b' }],
    });
    expect((await eventsOf(running.store, organization)).map(({ type }) => type)).toEqual(['cdr.rejected']);
    expect(queues.sent).toEqual([]);
  });

  test('accepts nothing while the queue is not available; the batch may be sent again', async () => {
    const { post, list } = await newTenant();
    queues.room = 0;
    expect(outcome(await post('b1', [record('a')]))).toBe('503 UNAVAILABLE');
    queues.room = Infinity;
    expect(answerOf(await post('b1', [record('a')])).accepted).toBe(1);
    await deliverQueued();
    expect((await list({ batch_id: 'b1' })).batch).toMatchObject({ received: 1, rated: 1 });
  });

  test.each([
    [{ records: [] }, '422 EMPTY_BATCH'],
    [{ records: Array.from({ length: 1_001 }, () => 1) }, '422 TOO_MANY_RECORDS'],
    [{}, '400 MISSING_FIELD'],
    [{ records: 'all' }, '422 VALIDATION_FAILED'],
  ])('rejects body %# with %s', async (json, code) => {
    const { ask } = await newTenant();
    expect(outcome(await ask('POST /cdr/{id}', { params: { id: 'b1' }, json }))).toBe(code);
    expect(outcome(await ask('POST /cdr/{id}', { params: { id: 'export' }, json }))).toBe('400 INVALID_ID');
  });
});

describe('GET /cdr', () => {
  test('finds a CDR by each filter, newest first or oldest first', async () => {
    const { post, list } = await newTenant();
    const two = {
      caller: '2125550100',
      callee: '+442079460000',
      trunk_id: 't2',
      user_id: 'usr_2',
      disposition: 'BUSY',
      direction: 'inbound',
    };
    await post('b1', [
      record('one', { ...at(50), trunk_id: 't1', user_id: 'usr_1' }),
      record('two', { ...at(40), ...two }),
      record('three', { ...at(30), callee: '+442079460000' }),
    ]);
    await post('b2', [record('one', { ...at(50), leg: 'b', direction: 'internal' })]);
    await deliverQueued();
    const found = async (query: Readonly<Record<string, string>>) =>
      (await list(query)).data.map(({ call_id }) => call_id);
    expect(await found({})).toEqual(['three', 'two', 'one', 'one']);
    expect(await found({ order: 'asc' })).toEqual(['one', 'one', 'two', 'three']);
    expect(await found({ number: '+442079460000' })).toEqual(['three', 'two']);
    expect(await found({ number: ' 14155551234', order: 'asc' })).toEqual(['one', 'one', 'three']);
    expect(await found({ caller: '+12125550100' })).toEqual(['two']);
    for (const callee of ['442079460000', '011442079460000', 'sip:+442079460000@x'])
      expect(await found({ callee })).toEqual(['three', 'two']);
    expect(await found({ callee: '+442079460000', trunk_id: 't2' })).toEqual(['two']);
    expect(await found({ call_id: 'one' })).toEqual(['one', 'one']);
    expect(await found({ user_id: 'usr_2' })).toEqual(['two']);
    expect(await found({ trunk_id: 't1' })).toEqual(['one']);
    expect(await found({ disposition: 'busy' })).toEqual(['two']);
    expect(await found({ direction: 'internal' })).toEqual(['one']);
    expect(await found({ rating_status: 'unrated' })).toEqual(['three']);
    expect(await found({ rating_status: 'rated' })).toEqual(['one']);
    expect(await found({ batch_id: 'b1' })).toEqual(['three', 'two', 'one']);
    expect(await found({ start: at(45).start_time, end: at(30).start_time })).toEqual(['two']);
    expect(await found({ call_id: 'one', start: at(45).start_time })).toEqual([]);
    expect(await found({ min_duration: '31' })).toEqual([]);
  });

  test('pages through both parties and several shards, each CDR once', async () => {
    const { post, ask, list } = await newTenant({ organization: { charge_shards: 3 } });
    const calls = Array.from({ length: 40 }, (_call, minutes) =>
      record(`call-${minutes}`, { ...at(minutes + 1), ...(minutes % 2 === 0 ? { callee: '+14155551234' } : {}) }),
    );
    await post('b1', calls);
    await deliverQueued();
    const seen: string[] = [];
    let token = '';
    do {
      const page = answerOf(
        await ask('GET /cdr', {
          query: { number: '+14155551234', limit: '7', ...(token === '' ? {} : { page_token: token }) },
        }),
      );
      seen.push(...page.data.map(({ call_id }) => call_id));
      token = page.next_page_token;
    } while (token !== '');
    expect(seen).toEqual(calls.map(({ call_id }) => call_id));
    expect((await list({ limit: '1' })).total).toBe(40);
    // In twenty of them caller and callee are the same: each counts once.
    expect((await list({ number: '+14155551234', limit: '1' })).total).toBe(40);
    expect(await list({ caller: '+14155551234', limit: '40' })).toMatchObject({
      total: 40,
      data: calls.map(({ call_id }) => ({ call_id })),
    });
    expect((await list({ callee: '+14155551234', limit: '1' })).total).toBe(20);
    expect((await list({ batch_id: 'b1', disposition: 'BUSY', limit: '1' })).total).toBe(0);
  });

  test.each([
    [{ start: '2026-01-01T00:00:00Z', end: '2026-11-01T00:00:00Z' }],
    [{ start: 'yesterday' }],
    [{ disposition: 'asleep' }],
    [{ order: 'up' }],
    [{ batch_id: 'a b' }],
  ])('rejects %o', async (query) => {
    const { ask } = await newTenant();
    expect(outcome(await ask('GET /cdr', { query }))).toBe('400 INVALID_PARAMETER');
  });
});

describe('visibility', () => {
  test('no filter lists CDRs of another organization, and a batch of the same name is another batch', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const calls = [
      record('a', { ...at(10), user_id: 'usr_1', trunk_id: 't1' }),
      record('b', { ...at(20), callee: '+881612345678', leg: 'c' }),
    ];
    for (const { post } of [one, other])
      await post('b1', post === one.post ? [...calls, record('bad', { callee: '' })] : [record('own', at(15))]);
    await deliverQueued();
    const searches: readonly Readonly<Record<string, string>>[] = [
      {},
      { number: '+14155551234' },
      { caller: '+14155551234' },
      { callee: '+14155555678' },
      { call_id: 'a' },
      { trunk_id: 't1' },
      { user_id: 'usr_1' },
      { disposition: 'ANSWERED' },
      { direction: 'outbound' },
      { rating_status: 'unrated' },
      { min_duration: '1' },
      { batch_id: 'b1' },
    ];
    for (const query of searches) {
      expect((await one.list(query)).data.length).toBeGreaterThan(0);
      expect((await other.list(query)).data.filter(({ call_id }) => call_id !== 'own')).toEqual([]);
      expect(outcome(await other.ask('GET /cdr', { query: { ...query, org_id: String(one.organization) } }))).toBe(
        '403 FORBIDDEN_ORG',
      );
    }
    expect((await one.list({ batch_id: 'b1' })).batch).toMatchObject({ received: 3, rejected: 1 });
    expect((await other.list({ batch_id: 'b1' })).batch).toMatchObject({ received: 1, rejected: 0, rejections: [] });
    const { next_page_token: page_token } = await one.list({ limit: '1' });
    expect(outcome(await other.ask('GET /cdr', { query: { limit: '1', page_token } }))).toBe('400 INVALID_PAGE_TOKEN');
  });

  test('the status of a batch that another organization filed is not found, as that of an unknown one', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    await one.post('mine', [record('a', at(10)), record('bad', { callee: '' })]);
    await deliverQueued();
    expect((await one.list({ batch_id: 'mine' })).batch).toMatchObject({ received: 2, rated: 1, rejected: 1 });
    for (const batch_id of ['mine', 'nothing'])
      expect(outcome(await other.ask('GET /cdr', { query: { batch_id } }))).toBe('404 NOT_FOUND');
    expect((await one.list({ batch_id: 'mine', disposition: 'BUSY' })).batch).toMatchObject({ received: 2 });
  });

  test("CDRs of a seller's batch are found by it, without the status that the seller sees", async () => {
    const { organization, list } = await newTenant();
    const message = messageOf(1000, [record('sold', { ...at(10), org_id: organization })], { batch_id: 'seller' });
    expect(await startIngestion(running.store, { clock: () => noon }).deliver({ seller: message })).toEqual([]);
    const listed = await list({ batch_id: 'seller' });
    expect([listed.data.map(({ call_id }) => call_id), listed.batch]).toEqual([['sold'], undefined]);
    expect((await list({ batch_id: 'seller', disposition: 'BUSY' })).data).toEqual([]);
  });

  test('a customer sees neither cost nor wholesale price; the operator sees both', async () => {
    const { organization, post, ask } = await newTenant();
    const operator = await tenants.join(1000, { user: { roles: ['operator'] } });
    const query = { org_id: String(organization) };
    const { results } = answerOf(
      await call(handler, 'POST /cdr/{id}', {
        token: operator,
        params: { id: 'b1' },
        query,
        json: { records: [record('a', { ...at(10), cost: 0.04 })] },
      }),
    );
    await deliverQueued();
    const params = { id: String(results[0]?.['id']) };
    const own = (await ask('GET /cdr/{id}', { params })).body.data as Readonly<Record<string, unknown>>;
    expect(own).toMatchObject({
      origin: 'platform',
      rating: { status: 'rated', charge: '0.0250' },
      rating_history: [],
    });
    expect(own).not.toHaveProperty('cost');
    expect(own['rating']).not.toHaveProperty('wholesale');
    expect((await call(handler, 'GET /cdr/{id}', { token: operator, params, query })).body.data).toMatchObject({
      cost: '0.0400',
      rating: { cost: '0.0400', wholesale: null },
    });
    expect(answerOf(await post('b2', [record('a', { ...at(10), callee: 'x' })])).results).toBeUndefined();
  });

  test('a call without a wholesale price is unrated for those who see that price', async () => {
    const { organization, post, list } = await newTenant();
    const operator = await tenants.join(1000, { user: { roles: ['operator'] } });
    await post('b1', [record('sold', at(10)), record('other', { ...at(9), disposition: 'BUSY' })]);
    await deliverQueued();
    const table = tableFor<'cdr'>(running.store, organization);
    const sold = found(await table.get(cdrRow, { id: cdrId(organization, 'sold', 'a') }), 'CDR');
    const wholesale = { ...sold.rating, status: 'unrated' as const, reason: 'NO_RATE' as const };
    await commit(running.store, organization, [overwrite(cdrRow, { ...sold, rating: { ...sold.rating, wholesale } })]);
    const asOperator = async (query: Readonly<Record<string, string>>) => {
      const asked = { token: operator, query: { ...query, org_id: String(organization) } };
      return answerOf(await call(handler, 'GET /cdr', asked)).data.map(({ call_id: id }) => id);
    };
    const unrated = { rating_status: 'unrated' };
    expect(await asOperator(unrated)).toEqual(['sold']);
    expect(await asOperator({ ...unrated, callee: '+14155555678' })).toEqual(['sold']);
    expect(await asOperator({ ...unrated, disposition: 'busy' })).toEqual([]);
    expect(await asOperator({ rating_status: 'rated' })).toEqual(['sold']);
    expect((await list(unrated)).data).toEqual([]);
    expect((await list({ rating_status: 'rated' })).data).toHaveLength(1);
  });

  test('every user of the operator sees the cost of its calls, whatever the reach', async () => {
    await addAccount(running.store, 1000, { type: 'operator', parent_id: null });
    const accountant = await tenants.join(1000, { user: { roles: ['billing'] } });
    const { results } = answerOf(
      await call(handler, 'POST /cdr/{id}', {
        token: accountant,
        params: { id: 'own' },
        json: { records: [record('own', { ...at(10), cost: 0.04 })] },
      }),
    );
    await deliverQueued();
    expect(
      (await call(handler, 'GET /cdr/{id}', { token: accountant, params: { id: String(results[0]?.['id']) } })).body
        .data,
    ).toMatchObject({ cost: '0.0400', rating: { cost: '0.0400', wholesale: null } });
  });

  test('a caller that sees only its own calls finds no others', async () => {
    const admin = await newTenant();
    const agent = await tenants.join(admin.organization, {
      user: { id: 'usr_agent', roles: ['agent'] },
      session: { scopes: ['cdr:read'], own_only: ['cdr:read'] },
    });
    await admin.post('b1', [
      record('mine', { ...at(10), user_id: 'usr_agent', trunk_id: 't1' }),
      record('theirs', { ...at(20), user_id: 'usr_other', trunk_id: 't1' }),
    ]);
    await deliverQueued();
    const seen = async (query: Readonly<Record<string, string>>) =>
      answerOf(await call(handler, 'GET /cdr', { token: agent, query })).data.map(({ call_id }) => call_id);
    for (const query of [
      {},
      { call_id: 'mine' },
      { user_id: 'usr_agent' },
      { trunk_id: 't1' },
      { number: '+14155551234' },
    ])
      expect(await seen(query)).toEqual(['mine']);
    const ofBatch = answerOf(await call(handler, 'GET /cdr', { token: agent, query: { batch_id: 'b1' } }));
    expect([ofBatch.data.map(({ call_id }) => call_id), ofBatch.batch]).toEqual([['mine'], undefined]);
    const theirs = (await admin.list({ call_id: 'theirs' })).data[0]?.id ?? '';
    for (const query of [{ call_id: 'theirs' }, { user_id: 'usr_other' }]) expect(await seen(query)).toEqual([]);
    expect((await call(handler, 'GET /usage', { token: agent })).body.data).toMatchObject({ complete: true });
    expect(await summedCalls((route) => call(handler, route, { token: agent }))).toBe(1);
    expect(await summedCalls((route) => admin.ask(route))).toBe(2);
    expect(outcome(await call(handler, 'GET /cdr/{id}', { token: agent, params: { id: theirs } }))).toBe(
      '404 NOT_FOUND',
    );
  });
});

test('the calls of a search are summed, and found by several outcomes, by talk and by charge', async () => {
  const { list, post } = await newTenant();
  const missed = { billable_seconds: 0 };
  await post('b1', [
    record('long', { ...at(10), direction: 'internal', disposition: 'ANSWERED', billable_seconds: 30 }),
    record('short', { ...at(20), direction: 'internal', disposition: 'ANSWERED', billable_seconds: 10 }),
    record('missed', { ...at(30), ...missed, direction: 'internal', disposition: 'NO ANSWER' }),
    record('busy', { ...at(40), ...missed, direction: 'internal', disposition: 'BUSY' }),
  ]);
  await deliverQueued();
  const seen = async (query: Readonly<Record<string, string>>) => (await list(query)).data.map(({ call_id: id }) => id);
  expect(await seen({ disposition: 'BUSY,no-answer' })).toEqual(['missed', 'busy']);
  expect(await seen({ min_talk_seconds: '11' })).toEqual(['long']);
  expect(await seen({ max_talk_seconds: '29', disposition: 'ANSWERED' })).toEqual(['short']);
  expect(await seen({ min_charge: '0.0001' })).toEqual([]);
  const totals = { answered: 2, charges: [{ currency: 'USD', amount: '0.0000' }], complete: true };
  expect(await list({ totals: 'true', limit: '1' })).toMatchObject({
    totals: { ...totals, calls: 4, talk_seconds: 40 },
  });
  expect(await list({ totals: 'true', max_talk_seconds: '29' })).toMatchObject({
    totals: { ...totals, calls: 3, answered: 1, talk_seconds: 10 },
  });
  expect(await list({})).not.toHaveProperty('totals');
});

test('usage is that of counters: by hour of two days, and by month and key of a range', async () => {
  const { ask, post } = await newTenant();
  const users = ['usr_1', 'usr_2', 'usr_1'];
  await post('b1', [
    ...users.map((user_id, number) => record(`call-${number}`, { ...at(1 + number), user_id })),
    record('before', { ...at(40 * 60), user_id: 'usr_1' }),
  ]);
  await deliverQueued();
  expect(await summedCalls(ask)).toBe(3);
  expect((await ask('GET /usage')).body.data).toMatchObject({
    ...{ complete: true, today: '2026-11-20', since: expect.any(String) },
  });
  const { body } = await ask('GET /usage', { query: { by: 'month', group: 'user' } });
  expect(body.data).toMatchObject({
    rows: [
      { day: '2026-11', key: 'usr_1', calls: 3 },
      { day: '2026-11', key: 'usr_2', calls: 1 },
    ],
  });
  const byNumber = await ask('GET /usage', { query: { by: 'day', from: '2026-11-20', group: 'number' } });
  expect(byNumber.body.data).toMatchObject({
    since: expect.any(String),
    rows: [{ day: '2026-11-20', key: '+14155551234', calls: 3, answered: 3 }],
  });
});

test('an id of another type and an unknown job are not found', async () => {
  const { ask } = await newTenant();
  for (const id of ['cdr_0000000000000000000000000Z', 'job_1', 'trunk_1'])
    expect(outcome(await ask('GET /cdr/{id}', { params: { id } }))).toBe('404 NOT_FOUND');
  expect(outcome(await ask('GET /cdr/{id}', { params: { id: 'nonsense' } }))).toBe('400 INVALID_ID');
});
