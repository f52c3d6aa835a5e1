import { readShards } from '#dynamodb/index-shards.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { numberOf } from '#test/support/resources.fixture.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { dueRow, minuteOf, type DueItem } from '#dynamodb/rows/due.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change, create } from '#dynamodb/write.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { money } from '#schema/money.ts';
import { hour } from '#schema/time.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import { balanceOf } from '../schema/balance.ts';
import { bookingId, feeBooking } from '../charging/booking.ts';
import { closingDue } from '../rows/billing-profile.ts';
import { creditRow, ledgerDayRow, ledgerRow } from '../charging/row.ts';
import { billingDayAlways } from '../schema/period.ts';
import { addAccount, startIngestion, messageOf } from '../cdr-ingest/ingest.fixture.ts';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { sweeperHandler } from '../../system/sweeper/handler.ts';
import { tariffRow } from '../tariffs/row.ts';
import { closingMessage } from './contract.ts';
import { periodCloseHandler } from './handler.ts';

const running = testStore();

let last = 3000;
/** An organization with one call of 0.0955 in November, whose tariff has a minimum. */
async function newAccount(minimum: string, more: Parameters<typeof addAccount>[2] = {}): Promise<number> {
  last += 1;
  await addAccount(running.store, last, more);
  await commit(running.store, 1000, [change(tariffRow, { id: `trf_${last}` }, { set: { monthly_minimum: minimum } })]);
  await startIngestion(running.store).deliver({ m1: messageOf(last, [record('one')]) });
  return last;
}

async function close(organization: number, now: string, { copies = 1, environment = {} } = {}): Promise<number> {
  const dependencies = {
    ...testDependencies(running.store),
    clock: () => new Date(now),
    environment,
  };
  const { body } = closingMessage({ org_id: organization, subject: '2026-11' }, 0);
  return (await periodCloseHandler(dependencies)(batchOf(Array(copies).fill(body)))).batchItemFailures.length;
}

const entriesOf = async (organization: number) =>
  (await tableFor<'ledger'>(running.store, organization).query(ledgerRow, {})).items;
async function dueAt(at: string): Promise<DueItem[]> {
  const table = tableFor<'due'>(running.store, 0);
  const shards = readShards.map((shard) =>
    table.query<'due', DueItem, { minute: number; shard: number }>(dueRow, { minute: minuteOf(new Date(at)), shard }),
  );
  return (await Promise.all(shards)).flatMap(({ items }) => items);
}

describe('a period', () => {
  test('is closed once: the rest of the minimum is booked, and the next period gets a timer', async () => {
    const organization = await newAccount('5.0000');
    expect(await close(organization, '2026-12-02T00:05:00Z', { copies: 3 })).toBe(0);
    await close(organization, '2026-12-03T00:00:00Z');
    expect(await entriesOf(organization)).toEqual([
      {
        id: bookingId(organization, '2026-11', 'minimum', `trf_${organization}`),
        type: 'minimum',
        amount: -4_904_500,
        currency: 'USD',
        balance_before: -95_500,
        balance_after: -5_000_000,
        reference: `trf_${organization}`,
        period: '2026-11',
        note: `Rest of the minimum of plan ${organization}`,
        created_at: '2026-12-02T00:05:00.000Z',
      },
    ]);
    const { items } = await tableFor<'balance'>(running.store, organization).query(creditRow, {});
    expect(balanceOf(items)).toMatchObject({ credits: -4_904_500n, charges: 95_500n });
    const days = await tableFor<'chargeday'>(running.store, organization).query(ledgerDayRow, {}, { order: 'asc' });
    expect(days.items.at(-1)).toEqual({ day: '2026-12-02', shard: 'ledger', booked: -4_904_500 });
    expect((await dueAt('2027-01-02T00:05:00Z')).filter(({ org_id }) => org_id === organization)).toMatchObject([
      { kind: 'period.close', subject: '2026-12' },
    ]);
    expect((await eventsOf(running.store, organization)).map(({ type }) => type)).toContain('balance.exhausted');
  });

  test.each([['0.0955'], ['0.0000']])(
    'whose charges reach the minimum of %s is closed without an entry',
    async (minimum) => {
      const organization = await newAccount(minimum);
      await close(organization, '2026-12-02T00:05:00Z');
      expect(await entriesOf(organization)).toEqual([]);
      expect((await dueAt('2027-01-02T00:05:00Z')).filter(({ org_id }) => org_id === organization)).toHaveLength(1);
    },
  );

  test('that still takes calls gets a later timer', async () => {
    const organization = await newAccount('5.0000');
    await close(organization, '2026-12-02T00:04:59Z');
    expect(await entriesOf(organization)).toEqual([]);
    expect((await dueAt('2026-12-02T00:05:00Z')).filter(({ org_id }) => org_id === organization)).toMatchObject([
      { subject: '2026-11' },
    ]);
    await close(organization, '2026-12-02T00:05:00Z', { environment: { PERIOD_GRACE_HOURS: '48' } });
    expect(await entriesOf(organization)).toEqual([]);
    expect((await dueAt('2026-12-03T00:05:00Z')).filter(({ org_id }) => org_id === organization)).toMatchObject([
      { subject: '2026-11' },
    ]);
  });

  test('of a closed organization books nothing', async () => {
    const organization = await newAccount('5.0000', { status: 'closed' });
    await close(organization, '2026-12-02T00:05:00Z');
    expect(await entriesOf(organization)).toEqual([]);
  });
});

test('the sweeper sets the timers of profiles of an earlier version once', async () => {
  const sweepAt = (now: string) =>
    sweeperHandler({ ...testDependencies(running.store), clock: () => new Date(now) })({ time: '' });
  const [early, late] = [
    await newAccount('5.0000'),
    await newAccount('5.0000', { profile: { billingDays: billingDayAlways(20) } }),
  ];
  await sweepAt('2026-11-20T12:00:00Z');
  const dueOf = async (at: string, organization: number) =>
    (await dueAt(at)).filter(({ org_id }) => org_id === organization).map(({ subject }) => subject);
  expect(await dueOf('2026-12-02T00:05:00Z', early)).toEqual(['2026-11']);
  // The period that ended at midnight still takes calls.
  expect(await dueOf('2026-11-21T00:05:00Z', late)).toEqual(['2026-10']);
  const after = await newAccount('5.0000');
  await sweepAt('2026-11-20T12:01:00Z');
  expect(await dueOf('2026-12-02T00:05:00Z', after)).toEqual([]);
});

describe('fees of numbers', () => {
  const number = (org_id: number, at: number, more: Partial<PhoneNumber> = {}): PhoneNumber =>
    numberOf({
      id: `num_${org_id}x${at}`,
      number: `+4689${org_id}${String(at).padStart(3, '0')}`,
      org_id,
      monthly_fee: 2_000_000n,
      activated_at: '2026-11-01T00:00:00.000Z',
      ...more,
    });
  const holds = async (...numbers: PhoneNumber[]) => {
    for (const each of numbers) await commit(running.store, 0, [create(numberRow, each)]);
  };
  /** Closes November and handles all messages that follow. @param copies deliveries of each message */
  async function closeAll(organization: number, copies = 1): Promise<number> {
    const dependencies = {
      ...testDependencies(running.store),
      clock: () => new Date('2026-12-02T00:05:00Z'),
    };
    const handle = periodCloseHandler(dependencies);
    let messages = 0;
    let body: unknown = closingMessage({ org_id: organization, subject: '2026-11' }, 0).body;
    for (; body !== undefined; messages += 1) {
      dependencies.queues.sent.length = 0;
      for (let copy = 0; copy < copies; copy += 1)
        expect((await handle(batchOf([body]))).batchItemFailures).toEqual([]);
      body = dependencies.queues.sent[0]?.message.body;
    }
    return messages;
  }
  beforeAll(() => addAccount(running.store, 1000, { type: 'operator' }));

  test('are charged for the next period in slices, each once however often its message arrives', async () => {
    const organization = await newAccount('0.0000');
    await holds(
      ...Array.from({ length: 45 }, (_item, at) => number(organization, at)),
      number(organization, 100, { state: 'released' }),
      number(organization, 101, { monthly_fee: 0n }),
    );
    expect(await closeAll(organization, 2)).toBe(3);
    await closeAll(organization);
    const entries = await entriesOf(organization);
    expect(entries).toHaveLength(45);
    expect(entries[0]).toMatchObject({ type: 'number', amount: -2_000_000, period: '2026-12', currency: 'USD' });
    expect(new Set(entries.map(({ reference }) => reference)).size).toBe(45);
    const { items } = await tableFor<'balance'>(running.store, organization).query(creditRow, {});
    expect(balanceOf(items)).toMatchObject({ credits: -90_000_000n, charges: 95_500n });
  });

  test('are charged to a reseller above the holder too, and not again if they were paid already', async () => {
    const reseller = await newAccount('0.0000', { type: 'reseller' });
    const organization = await newAccount('0.0000', { parent_id: reseller });
    await holds(number(organization, 1), number(organization, 2));
    const paid = feeBooking(number(organization, 2), { organization, period: '2026-12', fee: money(500_000n) });
    if (paid === null) throw new Error('the fee is not zero');
    await commit(running.store, organization, [
      create(ledgerRow, {
        ...paid,
        currency: 'USD',
        balance_before: 0n,
        balance_after: paid.amount,
        created_at: '2026-12-01T12:00:00.000Z',
      }),
    ]);
    await closeAll(organization);
    expect((await entriesOf(organization)).map(({ amount }) => amount).toSorted()).toEqual([-2_000_000, -500_000]);
    expect((await entriesOf(reseller)).map(({ amount, period }) => [amount, period])).toEqual([
      [-2_000_000, '2026-12'],
      [-2_000_000, '2026-12'],
    ]);
  });
});

test('the sweeper queues a due closing once', async () => {
  await commit(running.store, 0, [
    closingDue({ organization: 1001, billingDays: billingDayAlways(1) }, '2026-05', 24 * hour),
  ]);
  const dependencies = { ...testDependencies(running.store), clock: () => new Date('2026-06-02T00:05:10Z') };
  const sweep = () => sweeperHandler(dependencies)({ time: '' });
  await sweep();
  await sweep();
  expect(dependencies.queues.sent.filter(({ queue }) => queue === 'jobs').map(({ message }) => message.body)).toEqual([
    { schema: 'period-close.v1', org_id: 1001, period: '2026-05' },
  ]);
});
