import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import type { Sender } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { change, create } from '#dynamodb/write.ts';
import { billingProfileRow } from '../rows/billing-profile.ts';
import {
  addAccount,
  batchIn,
  cdrIn,
  chargesTo,
  startIngestion,
  messageOf,
  numberDaysIn,
  type Ingestion,
} from '../cdr-ingest/ingest.fixture.ts';
import { cdrId } from '../cdr-ingest/cdr.ts';
import { tariffTrunkRow } from '../tariffs/row.ts';
import { createWrites } from '../tariffs/store.ts';
import { firstVersion, NewTariff } from '../tariffs/tariff.ts';
import { deliverWholesale, runWholesale } from './wholesale.fixture.ts';

const running = testStore();
beforeAll(async () => {
  const wanted = NewTariff.parse({
    name: 'Carrier',
    kind: 'cost',
    currency: 'USD',
    rates: [{ prefix: '1', price_per_minute: 0.005 }],
  });
  await commit(running.store, 1000, [
    ...createWrites(
      firstVersion(wanted, { id: 'trf_carrier', organization: 1000, now: '2024-01-01T00:00:00.000Z' }),
      wanted.rates,
    ),
    create(tariffTrunkRow, { trunk: 'trunk_cheap', tariff: 'trf_carrier' }),
  ]);
});

let last = 2000;
async function account(more: Parameters<typeof addAccount>[2] = {}): Promise<number> {
  last += 1;
  await addAccount(running.store, last, more);
  return last;
}
/** A customer of a reseller. Both are charged 0.0955 for a call of 342 seconds. */
async function family(more: Parameters<typeof addAccount>[2] = {}) {
  const reseller = await account({ type: 'reseller', ...more });
  return { reseller, customer: await account({ parent_id: reseller }) };
}

/** Delivers the messages that the consumer of CDRs has sent. @returns how many are to be delivered again */
const passOn = (
  { queues }: Pick<Ingestion, 'queues'>,
  {
    copies = 1,
    ...more
  }: { readonly copies?: number; readonly through?: (client: Sender) => Sender; readonly clock?: () => Date } = {},
): Promise<number> =>
  deliverWholesale(
    running.store,
    Array.from({ length: copies }, () => queues.sent.filter(({ queue }) => queue === 'cdr-wholesale'))
      .flat()
      .map(({ message }) => message.body),
    more,
  );

const numbersOf = (organization: number) => numberDaysIn(running.store, organization);
const CHARGE = 95_500n;
const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

test("a reseller is charged for its customers' calls, and each organization sees its own margin", async () => {
  const { reseller, customer } = await family();
  const consumer = startIngestion(running.store);
  await consumer.deliver({
    m1: messageOf(customer, [record('one', { trunk_id: 'trunk_cheap' }), record('two', { cost: 0.02 })]),
  });
  expect((await cdrIn(running.store, customer, cdrId(customer, 'one', 'a')))?.rating).toMatchObject({
    charge: '0.0955',
    wholesale: null,
    cost: '0.0285',
    cost_currency: 'USD',
  });
  expect(await passOn(consumer)).toBe(0);
  expect((await cdrIn(running.store, customer, cdrId(customer, 'one', 'a')))?.rating).toMatchObject({
    charge: '0.0955',
    wholesale: { status: 'rated', charge: '0.0955', tariff: { id: `trf_${reseller}` }, period: '2026-11' },
  });
  expect(await chargesTo(running.store, customer)).toMatchObject({ charges: 2n * CHARGE, calls: 2 });
  expect(await chargesTo(running.store, reseller)).toEqual({ charges: 2n * CHARGE, calls: 2, seconds: 684 });
  const common = {
    number: '+14155551234',
    day: '2026-11-15',
    holder: customer,
    currency: 'USD',
    calls: 2,
    seconds: 684,
    unknown: 0,
  };
  expect(await numbersOf(customer)).toEqual([{ ...common, revenue: 0, cost: 191_000 }]);
  expect(await numbersOf(reseller)).toEqual([{ ...common, revenue: 191_000, cost: 191_000 }]);
  expect((await numbersOf(1000)).filter(({ holder }) => holder === customer)).toEqual([
    { ...common, revenue: 191_000, cost: 48_500 },
  ]);
});

test('each call is charged once, however often its message is delivered', async () => {
  const { reseller, customer } = await family();
  const consumer = startIngestion(running.store);
  const records = range(130).map((at) => record(`call-${at}`, { caller: `+1415555${1_000 + (at % 40)}` }));
  for (const _ of range(2))
    await consumer.deliver({
      m1: messageOf(customer, records.slice(0, 90)),
      m2: messageOf(customer, records.slice(60)),
    });
  expect(await passOn(consumer, { copies: 2 })).toBe(0);
  await Promise.all(range(2).map(() => passOn(consumer)));
  expect(await chargesTo(running.store, reseller)).toMatchObject({ charges: 130n * CHARGE, calls: 130 });
});

test.each([
  [1, false],
  [1, true],
  [2, false],
  [2, true],
])('a consumer that is killed in its transaction %i (committed: %s) leaves nothing half done', async (lost, after) => {
  const { reseller, customer } = await family();
  const consumer = startIngestion(running.store);
  await consumer.deliver({
    m1: messageOf(
      customer,
      range(100).map((at) => record(`call-${at}`)),
    ),
  });
  let transactions = 0;
  const through = (client: Sender): Sender => ({
    send: async (command: TransactWriteItemsCommand): Promise<unknown> => {
      if (!(command instanceof TransactWriteItemsCommand) || (transactions += 1) < lost) return client.send(command);
      if (transactions === lost && after) await client.send(command);
      throw new Error('killed');
    },
  });
  expect(await passOn(consumer, { through })).toBe(1);
  expect(await passOn(consumer)).toBe(0);
  expect(await chargesTo(running.store, reseller)).toMatchObject({ charges: 100n * CHARGE, calls: 100 });
});

describe('a run', () => {
  const idsOf = (bodies: readonly unknown[]): number =>
    bodies.reduce((sum: number, body) => sum + (body as { cdr_ids: string[] }).cdr_ids.length, 0);
  /** Messages of 100 filed calls of a customer each. */
  async function filed(customer: number, count: number): Promise<unknown[]> {
    const ingestion = startIngestion(running.store);
    for (let at = 0; at < count; at += 1)
      await ingestion.deliver({
        [`m${at}`]: messageOf(
          customer,
          Array.from({ length: 100 }, (_, call) => record(`call-${at}-${call}`)),
        ),
      });
    return ingestion.queues.sent.flatMap(({ queue, message }) => (queue === 'cdr-wholesale' ? [message.body] : []));
  }

  test('takes what it can finish, and requeues the other messages', async () => {
    const { reseller, customer } = await family();
    const messages = await filed(customer, 3);
    // Copies of messages are charged once.
    const many = Array.from({ length: 7 }, () => messages).flat();
    const { failed, requeued } = await runWholesale(running.store, many);
    // Of 200 calls per second in the first run, in 8.5 s.
    expect([failed, idsOf(requeued)]).toEqual([0, 2_100 - 1_700]);
    expect(await deliverWholesale(running.store, requeued)).toBe(0);
    expect(await chargesTo(running.store, reseller)).toMatchObject({ charges: 300n * 95_500n, calls: 300 });
  });

  test('that runs out of time requeues the calls that are left', async () => {
    const { reseller, customer } = await family();
    const messages = await filed(customer, 3);
    let at = Date.parse('2026-11-20T10:00:00.000Z');
    const slow = () => new Date((at += 2_000));
    let [waiting, runs, failures] = [messages, 0, 0];
    for (; waiting.length > 0 && runs < 20; runs += 1) {
      const { failed, requeued } = await runWholesale(running.store, waiting, { clock: slow });
      failures += failed;
      expect(idsOf(requeued)).toBeLessThan(idsOf(waiting));
      waiting = [...requeued];
    }
    expect([failures, runs > 1]).toEqual([0, true]);
    expect(await chargesTo(running.store, reseller)).toMatchObject({ charges: 300n * 95_500n, calls: 300 });
  });

  test('in which no time is left for a single transaction has its messages delivered again', async () => {
    const { customer } = await family();
    let at = Date.parse('2026-11-20T10:00:00.000Z');
    const stuck = () => new Date((at += 10_000));
    expect(await runWholesale(running.store, await filed(customer, 1), { clock: stuck })).toEqual({
      failed: 1,
      requeued: [],
    });
  });
});

test('replacing a CDR gives the reseller back what it paid', async () => {
  const { reseller, customer } = await family();
  const consumer = startIngestion(running.store);
  await consumer.deliver({
    m1: messageOf(customer, [record('one', { end_time: '2026-11-15T10:31:00Z' })], { origin: 'tenant' }),
  });
  await passOn(consumer);
  expect(await chargesTo(running.store, reseller)).toMatchObject({ charges: 25_000n });
  await consumer.deliver({ m2: messageOf(customer, [record('one')]) });
  expect(await chargesTo(running.store, reseller)).toEqual({ charges: 0n, calls: 0, seconds: 0 });
  await passOn(consumer);
  expect(await chargesTo(running.store, reseller)).toEqual({ charges: CHARGE, calls: 1, seconds: 342 });
  expect(await numbersOf(reseller)).toMatchObject([{ calls: 1, revenue: 95_500, cost: 95_500 }]);
});

test('a void reverses all charges, whether the reseller was charged or not, and a revival charges again', async () => {
  const { reseller, customer } = await family();
  const consumer = startIngestion(running.store);
  const send = (id: string, fields: Record<string, unknown>) =>
    consumer.deliver({ [id]: messageOf(customer, [record('one', fields)], { batch_id: 'b1' }) });
  const nothing = { charges: 0n, calls: 0, seconds: 0 };
  for (const isCharged of [true, false]) {
    const first = isCharged ? 1 : 4;
    await send(`a${first}`, { revision: first });
    if (isCharged) await passOn(consumer);
    await send(`b${first}`, { revision: first + 1, void: true });
    // Its message may also arrive when the call is void.
    await passOn(consumer);
    for (const organization of [reseller, customer])
      expect(await chargesTo(running.store, organization)).toEqual(nothing);
    for (const organization of [reseller, customer])
      expect(await numbersOf(organization)).toMatchObject([{ calls: 0, seconds: 0, revenue: 0, cost: 0, unknown: 0 }]);
  }
  await send('late', { revision: 3, callee: '+442079460000' });
  await send('revival', { revision: 9, end_time: '2026-11-15T10:31:00Z' });
  await passOn(consumer, { copies: 2 });
  for (const organization of [reseller, customer])
    expect(await chargesTo(running.store, organization)).toEqual({ charges: 25_000n, calls: 1, seconds: 60 });
  const stored = await cdrIn(running.store, customer, cdrId(customer, 'one', 'a'));
  expect(stored).toMatchObject({ record_revision: 9, rating: { revision: 5, wholesale: { charge: '0.0250' } } });
  expect(stored?.rating_history.map(({ status }) => status)).toEqual(['void', 'rated', 'void', 'rated']);
  expect(await batchIn(running.store, customer, 'b1')).toEqual({
    received: 6,
    rated: 3,
    void: 2,
    duplicate: 1,
    superseded: 1,
    conflict: 0,
    rejected: 0,
  });
});

test("a reseller's own volume discount counts the calls of all its customers", async () => {
  const { reseller, customer } = await family({
    profile: { discounts: [{ type: 'volume', threshold: 10, percentage: 50 }] },
  });
  const consumer = startIngestion(running.store);
  await consumer.deliver({
    m1: messageOf(
      customer,
      range(3).map((at) => record(`call-${at}`)),
    ),
  });
  await passOn(consumer);
  expect(await chargesTo(running.store, reseller)).toMatchObject({ charges: 2n * CHARGE + 47_800n });
  const ratings = await Promise.all(
    range(3).map(
      async (at) =>
        (await cdrIn(running.store, customer, cdrId(customer, `call-${at}`, 'a')))?.rating.wholesale?.usage_before
          ?.seconds,
    ),
  );
  expect(ratings.toSorted()).toEqual([0, 342, 684]);
});

test('a call without a wholesale price does not change until it has one, and is then charged', async () => {
  const { reseller, customer } = await family({ profile: { tariffId: null } });
  const consumer = startIngestion(running.store);
  await consumer.deliver({ m1: messageOf(customer, [record('one'), record('two')]) });
  const price = async () => (await cdrIn(running.store, customer, cdrId(customer, 'one', 'a')))?.rating.wholesale;
  await passOn(consumer);
  const unpriced = await price();
  expect(unpriced).toMatchObject({ status: 'unrated', reason: 'NO_RATE', revision: 1 });
  const unpaid = await numbersOf(reseller);
  await passOn(consumer, { clock: () => new Date('2026-11-16T10:31:00Z') });
  expect(await price()).toEqual(unpriced);
  expect(await numbersOf(reseller)).toEqual(unpaid);
  expect(await chargesTo(running.store, reseller)).toEqual({ charges: 0n, calls: 2, seconds: 0 });
  await commit(running.store, reseller, [change(billingProfileRow, {}, { set: { tariffId: `trf_${reseller}` } })]);
  await Promise.all(range(2).map(() => passOn(consumer)));
  expect(await price()).toMatchObject({ status: 'rated', charge: '0.0955', revision: 2 });
  expect(await chargesTo(running.store, reseller)).toEqual({ charges: 2n * CHARGE, calls: 2, seconds: 684 });
  expect(await numbersOf(reseller)).toMatchObject([{ calls: 2, revenue: 191_000, cost: 191_000, unknown: 0 }]);
});

test('a reseller gets an event when calls of its customers exhaust its balance', async () => {
  const { reseller, customer } = await family({ profile: { accountType: 'prepaid' } });
  const consumer = startIngestion(running.store);
  await consumer.deliver({ m1: messageOf(customer, [record('one'), record('two')]) });
  for (const _ of range(2)) await passOn(consumer);
  expect((await eventsOf(running.store, reseller)).map(({ type }) => type)).toEqual(['balance.exhausted']);
});

test('calls without a wholesale price are counted, and recorded for the reseller once an hour', async () => {
  const { reseller, customer } = await family({ profile: { tariffId: null } });
  const consumer = startIngestion(running.store);
  const unrated = async () =>
    (await eventsOf(running.store, reseller)).filter(({ type }) => type === 'cdr.unrated').map(({ data }) => data);
  await consumer.deliver({ m1: messageOf(customer, [record('one'), record('two')]) });
  for (const _ of range(2)) await passOn(consumer);
  expect(await unrated()).toEqual([
    {
      reason: 'NO_RATE',
      wholesale: true,
      customers: [`org_${customer}`],
      unrated: 2,
      since: null,
      numbers: ['+14155555678'],
      sources: expect.any(Array),
    },
  ]);
  // The customer's own calls have a price.
  expect((await eventsOf(running.store, customer)).some(({ type }) => type === 'cdr.unrated')).toBe(false);
  await consumer.deliver({ m2: messageOf(customer, [record('three')]) });
  await passOn(consumer);
  expect(await unrated()).toHaveLength(1);
});

test('a customer of the operator is charged once, and the operator sees its margin immediately', async () => {
  const customer = await account();
  const consumer = startIngestion(running.store);
  await consumer.deliver({
    m1: messageOf(customer, [
      record('one', { trunk_id: 'trunk_cheap' }),
      record('two'),
      record('busy', { disposition: 'BUSY' }),
      record('within', { direction: 'internal' }),
    ]),
  });
  expect(consumer.queues.sent).toEqual([]);
  expect(
    (await numbersOf(1000))
      .filter(({ holder }) => holder === customer)
      .map(({ number, calls, revenue, cost, unknown }) => ({ number, calls, revenue, cost, unknown })),
  ).toEqual([
    { number: '+14155551234', calls: 3, revenue: 191_000, cost: 28_500, unknown: 1 },
    { number: 'other', calls: 1, revenue: 0, cost: 0, unknown: 0 },
  ]);
});
