import type { SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, handClock, testOutside, type Clock, type Reply } from '../../test/accounts.fixture.ts';
import { keptQueues, plainOutside } from '../../test/outside.fixture.ts';
import { startStore, type TestStore } from '../../test/store.fixture.ts';
import { noon, tenantsIn, type Tenants } from '../../test/tenants.fixture.ts';
import { commit } from '../../shared/dynamodb/commit.ts';
import { organizationRow } from '../../shared/dynamodb/rows/organization.ts';
import { change } from '../../shared/dynamodb/write.ts';
import type { ApiHandler } from '../../shared/http/serve.ts';
import { billingProfileRow } from '../billing-profiles/row.ts';
import { cdrId } from '../cdr-ingest/cdr.ts';
import { addAccount, cdrIn, chargedTo, eventsOf, ingestionOn, messageOf, record } from '../cdr-ingest/ingest.fixture.ts';
import { startMessage } from '../cdr-tasks/contract.ts';
import { cdrTasksHandler } from '../cdr-tasks/handler.ts';
import { wholesaleOn } from '../cdr-wholesale/wholesale.fixture.ts';
import { creation } from '../tariffs/store.ts';
import { firstVersion, NewTariff } from '../tariffs/tariff.ts';
import { cdrMunchHandler } from './handler.ts';

/** Tasks from the request that makes them to what they have done, on a real store. */

let running: TestStore;
let tenants: Tenants;
let handler: ApiHandler;
let clock: Clock;
let operator: string;
beforeAll(async () => {
  running = await startStore();
  tenants = await tenantsIn(running.store);
  clock = handClock(noon.toISOString());
  handler = cdrMunchHandler(testOutside(running.store, { clock }));
  operator = await tenants.join(1000, { user: { roles: ['operator'] } });
});
afterAll(() => running.stop());

const outcome = ({ status, body }: Reply): string => (status < 400 ? String(status) : `${status} ${body.error.code}`);
const range = { start: '2026-11-01T00:00:00Z', end: '2026-11-30T00:00:00Z' };

type Progress = { readonly state: string; readonly progress: Readonly<Record<string, number>>; readonly totals: readonly object[]; readonly errors: readonly object[] };

let last = 7000;
/** An organization with so many calls; the operator sells to it. */
async function account(calls: readonly Record<string, unknown>[], more: Parameters<typeof addAccount>[2] = {}, at = clock.now()) {
  last += 1;
  const organization = last;
  const token = await tenants.join(organization);
  await addAccount(running.store, organization, more);
  await ingestionOn(running.store, { clock: () => at }).deliver({ m1: messageOf(organization, calls) });
  const query = { org_id: String(organization) };
  const put = (json: object, as = operator) => call(handler, 'PUT /cdrmunch/task', { token: as, query, json });
  const post = (json: object, as = operator) => call(handler, 'POST /cdrmunch/task', { token: as, query, json });
  const get = async (id: string): Promise<Progress> => progressIn(await call(handler, 'GET /cdrmunch/task/{id}', { token: operator, query, params: { id } }));
  return { organization, token, put, post, get, made: async (json: object) => idOf(await put(json)) };
}

const progressIn = ({ body }: { readonly body: unknown }): Progress => (body as { readonly data: Progress }).data;
const idOf = ({ body }: { readonly body: unknown }): string => (body as { readonly task_id: string }).task_id;

/** Another price for an organization's calls. */
async function priced(organization: number, price_per_minute: number): Promise<string> {
  const wanted = NewTariff.parse({ name: `new ${organization} ${price_per_minute}`, currency: 'USD', rates: [{ prefix: '', price_per_minute }] });
  const id = `trf_${organization}x${price_per_minute * 1_000}`;
  await commit(running.store, 1000, [...creation(firstVersion(wanted, { id, organization: 1000, now: '2024-01-01T00:00:00.000Z' }), wanted.rates)]);
  return id;
}
const agree = async (organization: number, tariffId: string) => commit(running.store, organization, [change(billingProfileRow, {}, { set: { tariffId } })]);

/** A worker; each call of `slice` is one message of the task. */
function worker() {
  const queues = keptQueues();
  const outside = { ...plainOutside(running.store), queues, clock: clock.now, deadLetters: () => Promise.reject(new Error('nothing here is unreadable')) };
  const work = cdrTasksHandler(outside);
  const slice = (organization: number, id: string, receives = 1) => work({ Records: [{
    messageId: 'm', body: JSON.stringify(startMessage({ org_id: organization, type: 'cdrtask.created', entity: { id } }).body), attributes: { ApproximateReceiveCount: String(receives) },
  } as SQSRecord] });
  /** All slices, until the task does not queue itself any more. @returns how many */
  const finish = async (organization: number, id: string): Promise<number> => {
    for (let slices = 1; ; slices += 1) {
      queues.sent.length = 0;
      expect(await slice(organization, id)).toEqual({ batchItemFailures: [] });
      if (!queues.sent.some(({ queue }) => queue === 'cdr-tasks')) return slices;
    }
  };
  return { queues, slice, finish };
}

const calls = (count: number, more: Record<string, unknown> = {}) => Array.from({ length: count }, (_, at) => record(`call-${at}`, { start_time: `2026-11-15T10:${String(10 + (at % 50))}:00Z`, end_time: `2026-11-15T10:${String(10 + (at % 50))}:57Z`, ...more }));
const ONE = 25_000n;

describe('a task', () => {
  test('is made, listed, and read', async () => {
    const { organization, token, put, get } = await account(calls(3));
    const reply = await put({ task_type: 'reprocess', date_range: range, priority: 'high' });
    expect(reply).toMatchObject({ status: 201, body: { status: 'success', success: true, task_id: expect.stringMatching(/^task_/), task_type: 'reprocess', estimated_records: 3, priority: 'high', state: 'queued' } });
    expect(await get(idOf(reply))).toMatchObject({ state: 'queued', org_id: `org_${organization}`, dry_run: false, progress: { estimated: 3, processed: 0, percent: 0 }, totals: [], errors: [] });
    const listed = await call(handler, 'GET /cdrmunch/task', { token, query: { task_type: 'reprocess', state: 'queued' } });
    expect(listed.body.data).toMatchObject([{ task_id: idOf(reply) }]);
    expect((await call(handler, 'GET /cdrmunch/task', { token, query: { state: 'failed' } })).body.data).toEqual([]);
    expect((await eventsOf(running.store, organization)).map(({ type }) => type)).toContain('cdrtask.created');
  });

  test.each([
    [{ task_type: 'reprocess' }, '400 MISSING_FIELD'], [{ task_type: 'wash' }, '422 VALIDATION_FAILED'], [{}, '400 MISSING_FIELD'], [{ task_type: 'process', tariff_id: 'trf_1' }, '422 VALIDATION_FAILED'],
    [{ task_type: 'reprocess', date_range: range, tariff_id: 'trf_none' }, '422 UNKNOWN_TARIFF'], [{ task_type: 'reprocess', date_range: { start: range.end, end: range.start } }, '422 VALIDATION_FAILED'],
    [{ task_type: 'process', date_range: { start: '2024-01-01T00:00:00Z', end: '2026-01-01T00:00:00Z' } }, '422 VALIDATION_FAILED'], [{ task_type: 'process', org_id: 424_242 }, '404 NOT_FOUND'],
  ])('with %j is refused', async (json, code) => {
    const { put } = await account([]);
    expect(outcome(await put(json))).toBe(code);
  });

  test('that moves money is for who sells; what has no price anybody may have rated', async () => {
    const { token, put, post, made } = await account([]);
    for (const task_type of ['reprocess', 'cleanup']) expect(outcome(await put({ task_type, date_range: range }, token))).toBe('403 NOT_THE_SELLER');
    const id = await made({ task_type: 'cleanup' });
    expect(outcome(await post({ task_id: id, action: 'cancel' }, token))).toBe('403 NOT_THE_SELLER');
    expect(outcome(await post({ task_id: id, action: 'cancel' }))).toBe('200');
    expect(outcome(await put({ task_type: 'process' }, token))).toBe('201');
  });

  test('does not overlap another one that is not over, of its organization or of all', async () => {
    const { made, put } = await account([]);
    await made({ task_type: 'reprocess', date_range: { start: '2026-11-01T00:00:00Z', end: '2026-11-10T00:00:00Z' } });
    expect(outcome(await put({ task_type: 'process' }))).toBe('409 TASK_CONFLICT');
    expect(outcome(await put({ task_type: 'process', date_range: { start: '2026-11-11T00:00:00Z', end: '2026-11-12T00:00:00Z' } }))).toBe('201');
  });

  test('of all that a reseller reaches overlaps those of its customers', async () => {
    const reseller = await account([]);
    const token = await tenants.join(reseller.organization, { organization: { type: 'reseller' }, user: { roles: ['reseller'] } });
    const customer = await account([], { parent_id: reseller.organization });
    const all = (task_type: string) => call(handler, 'PUT /cdrmunch/task', { token, json: { task_type, org_id: 'all' } });
    const single = await customer.made({ task_type: 'process' });
    expect(outcome(await all('process'))).toBe('409 TASK_CONFLICT');
    await customer.post({ task_id: single, action: 'cancel' });
    const made = await all('process');
    expect(outcome(made)).toBe('201');
    expect([outcome(await customer.put({ task_type: 'process' })), outcome(await reseller.put({ task_type: 'process' }))]).toEqual(['409 TASK_CONFLICT', '409 TASK_CONFLICT']);
    expect(outcome(await call(handler, 'POST /cdrmunch/task', { token, json: { task_id: idOf(made), action: 'cancel' } }))).toBe('200');
    expect(outcome(await customer.put({ task_type: 'process' }))).toBe('201');
  });

  test('of two that are made at once and overlap only one is', async () => {
    const { put } = await account([]);
    const replies = await Promise.all(Array.from({ length: 5 }, () => put({ task_type: 'process' })));
    expect(replies.map(outcome).toSorted()).toEqual(['201', ...Array.from({ length: 4 }, () => '409 TASK_CONFLICT')]);
  });

  test('changes only as its state allows', async () => {
    const { made, post } = await account([]);
    const id = await made({ task_type: 'process' });
    const after = async (json: object) => outcome(await post({ task_id: id, ...json }));
    expect(await after({ action: 'resume' })).toBe('409 INVALID_TASK_STATE');
    expect(await after({ action: 'pause', priority: 'low' })).toBe('200');
    expect(await after({ action: 'pause' })).toBe('409 INVALID_TASK_STATE');
    expect(await after({ action: 'resume' })).toBe('200');
    expect(await after({ action: 'cancel' })).toBe('200');
    expect(await after({ action: 'resume' })).toBe('409 INVALID_TASK_STATE');
    expect(await after({ priority: 'high' })).toBe('409 INVALID_TASK_STATE');
    expect(await after({})).toBe('400 MISSING_FIELD');
    expect(outcome(await post({ task_id: 'task_none', action: 'cancel' }))).toBe('404 NOT_FOUND');
    expect(outcome(await post({ task_type: 'process' }))).toBe('201');
  });

  test('of another organization is not found', async () => {
    const [one, other] = [await account([]), await account([])];
    const id = await one.made({ task_type: 'process' });
    expect(outcome(await call(handler, 'GET /cdrmunch/task/{id}', { token: other.token, params: { id } }))).toBe('404 NOT_FOUND');
    expect(outcome(await call(handler, 'POST /cdrmunch/task', { token: other.token, json: { task_id: id, action: 'cancel' } }))).toBe('404 NOT_FOUND');
    expect((await call(handler, 'GET /cdrmunch/task', { token: other.token })).body.data).toEqual([]);
    expect(outcome(await call(handler, 'PUT /cdrmunch/task', { token: other.token, json: { task_type: 'process', org_id: one.organization } }))).toBe('403 FORBIDDEN_ORG');
  });
});

describe('reprocess', () => {
  test('rates again: reversal and new charge, once however often its slices come', async () => {
    const of = await account(calls(60));
    await agree(of.organization, await priced(of.organization, 0.06));
    const id = await of.made({ task_type: 'reprocess', date_range: range });
    const { slice, finish } = worker();
    await finish(of.organization, id);
    expect(await of.get(id)).toMatchObject({ state: 'completed', progress: { processed: 60, changed: 60, unchanged: 0, failed: 0, percent: 100 }, totals: [{ currency: 'USD', reversed: '1.5000', charged: '3.4200', difference: '1.9200' }] });
    expect(await chargedTo(running.store, of.organization)).toEqual({ charges: 60n * 57_000n, calls: 60, seconds: 60 * 57 });
    expect(await cdrIn(running.store, of.organization, cdrId(of.organization, 'call-1', 'a'))).toMatchObject({ task_id: id, rating: { charge: '0.0570', revision: 2 }, rating_history: [{ charge: '0.0250' }] });
    expect(await slice(of.organization, id)).toEqual({ batchItemFailures: [] });
    expect(await chargedTo(running.store, of.organization)).toMatchObject({ charges: 60n * 57_000n });
    expect((await eventsOf(running.store, of.organization)).map(({ type }) => type)).toContain('cdrtask.completed');
    const again = await of.made({ task_type: 'reprocess', date_range: range });
    await finish(of.organization, again);
    expect(await of.get(again)).toMatchObject({ progress: { changed: 0, unchanged: 60 }, totals: [] });
  });

  test('tries out with dry_run, and with another tariff than the profile\'s', async () => {
    const of = await account(calls(5));
    const tariff_id = await priced(of.organization, 0.12);
    const { finish } = worker();
    for (const dry_run of [true, false]) {
      const id = await of.made({ task_type: 'reprocess', date_range: range, tariff_id, dry_run });
      await finish(of.organization, id);
      expect(await of.get(id)).toMatchObject({ dry_run, progress: { changed: 5 }, totals: [{ reversed: '0.1250', charged: '0.5700', difference: '0.4450' }] });
      expect(await chargedTo(running.store, of.organization)).toMatchObject({ charges: dry_run ? 5n * ONE : 5n * 114_000n });
    }
  });

  test('that is cancelled half-way leaves sums right, and a new task finishes', async () => {
    const of = await account(calls(700).map((each, at) => ({ ...each, call_id: `many-${at}` })).slice(0, 100));
    for (let at = 0; at < 5; at += 1) await ingestionOn(running.store, { clock: () => clock.now() }).deliver({ [`x${at}`]: messageOf(of.organization, calls(100).map((each, number) => ({ ...each, call_id: `more-${at}-${number}` }))) });
    await agree(of.organization, await priced(of.organization, 0.06));
    const id = await of.made({ task_type: 'reprocess', date_range: range });
    const { slice, finish } = worker();
    await slice(of.organization, id);
    const half = (await of.get(id)).progress['changed'] ?? 0;
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(600);
    expect(await chargedTo(running.store, of.organization)).toMatchObject({ charges: BigInt(half) * 57_000n + BigInt(600 - half) * ONE });
    await of.post({ task_id: id, action: 'pause' });
    await slice(of.organization, id);
    expect(await of.get(id)).toMatchObject({ state: 'paused', progress: { changed: half } });
    await of.post({ task_id: id, action: 'cancel' });
    const second = await of.made({ task_type: 'reprocess', date_range: range });
    expect(await finish(of.organization, second)).toBeGreaterThan(1);
    expect(await of.get(second)).toMatchObject({ state: 'completed', progress: { processed: 600, changed: 600 - half, unchanged: half } });
    expect(await chargedTo(running.store, of.organization)).toMatchObject({ charges: 600n * 57_000n, calls: 600 });
  });

  test('by two workers at once, and by one after another that died, moves everything once', async () => {
    const of = await account(calls(40));
    await agree(of.organization, await priced(of.organization, 0.06));
    const id = await of.made({ task_type: 'reprocess', date_range: range });
    const [one, other] = [worker(), worker()];
    await Promise.all([one.slice(of.organization, id), other.slice(of.organization, id)]);
    // Who came second waits for the other's turn to be over.
    expect([...one.queues.sent, ...other.queues.sent].filter(({ message }) => (message.delay ?? 0) > 1)).toHaveLength(1);
    expect(await of.get(id)).toMatchObject({ state: 'completed', progress: { changed: 40 } });
    expect(await chargedTo(running.store, of.organization)).toMatchObject({ charges: 40n * 57_000n });
  });
});

test('process rates what had no price, and leaves the rest', async () => {
  const abroad = calls(4, { callee: '+442079460000' }).map((each, at) => ({ ...each, call_id: `abroad-${at}` }));
  const of = await account([...calls(3), ...abroad]);
  expect(await chargedTo(running.store, of.organization)).toMatchObject({ charges: 3n * ONE });
  await agree(of.organization, await priced(of.organization, 0.06));
  const id = idOf(await of.put({ task_type: 'process' }, of.token));
  await worker().finish(of.organization, id);
  expect(await of.get(id)).toMatchObject({ state: 'completed', progress: { processed: 4, changed: 4 }, totals: [{ reversed: '0.0000', charged: '0.2280' }] });
  expect(await chargedTo(running.store, of.organization)).toMatchObject({ charges: 3n * ONE + 4n * 57_000n, calls: 7 });
});

test('process hands over what only the reseller has no price for, unless it just tries', async () => {
  const reseller = await account([], { type: 'reseller', profile: { tariffId: null } });
  const of = await account(calls(3), { parent_id: reseller.organization });
  const ids = calls(3).map((_, at) => cdrId(of.organization, `call-${at}`, 'a'));
  const step = () => wholesaleOn(running.store, [{ schema: 'cdr-wholesale.v1', org_id: of.organization, cdr_ids: ids }]);
  await step();
  await agree(reseller.organization, await priced(reseller.organization, 0.06));
  for (const dry_run of [true, false]) {
    const id = idOf(await of.put({ task_type: 'process', dry_run }, of.token));
    const { queues, finish } = worker();
    await finish(of.organization, id);
    expect(await of.get(id)).toMatchObject({ state: 'completed', progress: { processed: 3, changed: 0, unchanged: 3 } });
    const handedOver = queues.sent.flatMap(({ message }) => (message.body as { readonly cdr_ids: readonly string[] }).cdr_ids);
    expect(handedOver.toSorted()).toEqual(dry_run ? [] : ids.toSorted());
  }
  await step();
  expect(await chargedTo(running.store, reseller.organization)).toMatchObject({ charges: 3n * 57_000n, calls: 3 });
});

test('of all that a reseller reaches a task goes from one to the next', async () => {
  const abroad = (count: number) => calls(count, { callee: '+442079460000' });
  const reseller = await account(abroad(1));
  const token = await tenants.join(reseller.organization, { organization: { type: 'reseller' }, user: { roles: ['reseller'] } });
  const [one, other] = [await account(abroad(2), { parent_id: reseller.organization }), await account(abroad(3), { parent_id: reseller.organization })];
  await agree(reseller.organization, await priced(reseller.organization, 0.06));
  const wanted = NewTariff.parse({ name: 'resold', currency: 'USD', rates: [{ prefix: '', price_per_minute: 0.12 }] });
  await commit(running.store, reseller.organization, [...creation(firstVersion(wanted, { id: 'trf_resold', organization: reseller.organization, now: '2024-01-01T00:00:00.000Z' }), wanted.rates)]);
  for (const { organization } of [one, other]) await agree(organization, 'trf_resold');
  const made = await call(handler, 'PUT /cdrmunch/task', { token, json: { task_type: 'process', org_id: 'all' } });
  await worker().finish(reseller.organization, idOf(made));
  expect(progressIn(await call(handler, 'GET /cdrmunch/task/{id}', { token, params: { id: idOf(made) } }))).toMatchObject({ state: 'completed', org_id: 'all', progress: { processed: 6, changed: 6 } });
  expect(await chargedTo(running.store, other.organization)).toMatchObject({ charges: 3n * 114_000n });
});

test('cleanup deletes what has its price, is billed and old enough; sums stay', async () => {
  const old = calls(3, { start_time: '2026-07-01T10:00:00Z', end_time: '2026-07-01T10:00:57Z' });
  const of = await account([...old, record('unrated', { ...old[0], call_id: 'unrated', callee: '+442079460000' })], {}, new Date('2026-07-02T00:00:00Z'));
  // Of July, but late: it is in the bill of this month.
  const late = [...calls(2).map((each, at) => ({ ...each, call_id: `new-${at}` })), { ...old[0], call_id: 'late' }];
  await ingestionOn(running.store, { clock: clock.now }).deliver({ m2: messageOf(of.organization, late) });
  const before = await chargedTo(running.store, of.organization);
  await commit(running.store, of.organization, [change(organizationRow, {}, { set: { retention: { cdr_days: 90, log_days: 90 } } })]);
  for (const dry_run of [true, false]) {
    const id = await of.made({ task_type: 'cleanup', dry_run });
    await worker().finish(of.organization, id);
    expect(await of.get(id)).toMatchObject({ state: 'completed', progress: { processed: 5, changed: 3, unchanged: 2 }, totals: [] });
    const kept = await Promise.all(['call-0', 'new-0', 'unrated', 'late'].map(async (each) => (await cdrIn(running.store, of.organization, cdrId(of.organization, each, 'a'))) !== undefined));
    expect(kept).toEqual([dry_run, true, true, true]);
  }
  expect(await chargedTo(running.store, of.organization)).toEqual(before);
});

test('cleanup leaves what the reseller has not paid for', async () => {
  const old = calls(2, { start_time: '2026-07-01T10:00:00Z', end_time: '2026-07-01T10:00:57Z' });
  const reseller = await account([], { type: 'reseller' });
  const of = await account(old, { parent_id: reseller.organization }, new Date('2026-07-02T00:00:00Z'));
  await commit(running.store, of.organization, [change(organizationRow, {}, { set: { retention: { cdr_days: 90, log_days: 90 } } })]);
  for (const changed of [0, 2]) {
    const id = await of.made({ task_type: 'cleanup' });
    await worker().finish(of.organization, id);
    expect(await of.get(id)).toMatchObject({ state: 'completed', progress: { processed: 2, changed } });
    await wholesaleOn(running.store, [{ schema: 'cdr-wholesale.v1', org_id: of.organization, cdr_ids: [0, 1].map((at) => cdrId(of.organization, `call-${at}`, 'a')) }]);
  }
});

test('a task whose slices fail is given up after the last try, and lets others go on', async () => {
  const of = await account(calls(2));
  const id = await of.made({ task_type: 'process' });
  const plain = plainOutside(running.store);
  const broken = { ...plain, clock: clock.now, deadLetters: async () => undefined, store: { ...running.store, client: { send: (command: object) =>
    (JSON.stringify(command).includes('unrated') ? Promise.reject(new Error('down')) : running.store.client.send(command as never)) } } };
  const work = cdrTasksHandler(broken);
  const body = JSON.stringify(startMessage({ org_id: of.organization, type: 'cdrtask.created', entity: { id } }).body);
  const deliver = (receives: number) => work({ Records: [{ messageId: 'm', body, attributes: { ApproximateReceiveCount: String(receives) } } as SQSRecord] });
  expect((await deliver(4)).batchItemFailures).toHaveLength(1);
  clock.advance(31);
  expect((await deliver(5)).batchItemFailures).toEqual([]);
  expect(await of.get(id)).toMatchObject({ state: 'failed' });
  expect(outcome(await of.put({ task_type: 'process' }))).toBe('201');
});
