import { expect, test } from 'vitest';
import { record } from './filed-cdr.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change } from '#dynamodb/write.ts';
import { hour } from '#schema/time.ts';
import { billingProfileRow } from '../rows/billing-profile.ts';
import { readPayer, creditRow, ledgerDayRow, usageRow } from '../charging/row.ts';
import { loadTariff } from '../tariffs/row.ts';
import { createWrites } from '../tariffs/store.ts';
import { firstVersion, NewTariff } from '../tariffs/tariff.ts';
import { cdrId } from './cdr.ts';
import { accountOf, calendarOf } from './filed-cdr.ts';
import { addAccount, cdrIn, chargesTo, startIngestion, messageOf, numberDaysIn } from './ingest.fixture.ts';
import { periodOfRerating, rerate, type Replacement } from './rerating.ts';
import { sumChangeWrites, replaceCdrWrites } from './row.ts';
import { tariffCache } from './tariff-cache.ts';

const running = testStore();

let last = 6000;
/** An organization with calls, whose profile then names another tariff. */
async function addRatedCalls(
  calls: Readonly<Record<string, Record<string, unknown>>>,
  tariff: Record<string, unknown>,
  more: Parameters<typeof addAccount>[2] = {},
) {
  last += 1;
  const organization = last;
  await addAccount(running.store, organization, more);
  const records = Object.entries(calls).map(([id, fields]) => record(id, fields));
  await startIngestion(running.store).deliver({ m1: messageOf(organization, records) });
  const wanted = NewTariff.parse({ name: `new ${organization}`, currency: 'USD', ...tariff });
  const id = `trf_new${organization}`;
  await commit(running.store, 1000, [
    ...createWrites(firstVersion(wanted, { id, organization: 1000, now: '2024-01-01T00:00:00.000Z' }), wanted.rates),
  ]);
  await commit(running.store, organization, [change(billingProfileRow, {}, { set: { tariffId: id } })]);
  return { organization, rateAgain: (call: string, now?: string) => rateAgain(organization, call, now) };
}

/** Rates a call again and commits the change. @returns null if the price is unchanged */
async function rateAgain(
  organization: number,
  call: string,
  now = '2026-11-20T10:00:00.000Z',
): Promise<Replacement | null> {
  const table = tableFor<'organization' | 'billingprofile' | 'balance' | 'usage'>(running.store, organization);
  const stored = await cdrIn(running.store, organization, cdrId(organization, call, 'a'));
  const payer = await readPayer(table);
  if (stored === undefined || payer === null || payer.profile?.tariffId == null)
    throw new Error('there is no CDR to rate');
  const account = accountOf(
    payer.item,
    payer.profile,
    await loadTariff(tableFor(running.store, 1000), payer.profile.tariffId, tariffCache(100)),
  );
  const calendar = calendarOf(account, Date.parse(now), 24 * hour);
  const item = await table.get(usageRow, { period: periodOfRerating(stored, calendar) });
  const { items: balance } = await table.query(creditRow, {});
  const exchange = rerate(stored, account, {
    chain: { organization, seller: 1000, operator: 1000 },
    calendar,
    carrier: null,
    item,
    balance,
    task: 'task_1',
  });
  if (exchange !== null)
    await commit(running.store, organization, [
      ...replaceCdrWrites(exchange),
      ...exchange.sumChanges.flatMap(sumChangeWrites),
    ]);
  return exchange;
}

const price = (price_per_minute: number, more = {}) => ({ rates: [{ prefix: '1', price_per_minute, ...more }] });

test('a CDR keeps its replaced price and changes all sums by the difference, once only', async () => {
  const of = await addRatedCalls({ one: {}, two: {} }, price(0.03));
  expect((await of.rateAgain('one'))?.after).toMatchObject({
    task_id: 'task_1',
    rating: { charge: '0.1710', revision: 2 },
    rating_history: [{ charge: '0.0955', revision: 1 }],
  });
  expect(await of.rateAgain('one')).toBeNull();
  expect(await chargesTo(running.store, of.organization)).toEqual({
    charges: 95_500n + 171_000n,
    calls: 2,
    seconds: 684,
  });
  expect((await tableFor<'chargeday'>(running.store, of.organization).query(ledgerDayRow, {})).items).toMatchObject([
    { day: '2026-11-15', charges: 266_500, calls: 2 },
  ]);
  expect(await numberDaysIn(running.store, of.organization)).toMatchObject([{ calls: 2, cost: 266_500 }]);
});

test('a CDR that another tariff charges equally is left alone', async () => {
  const of = await addRatedCalls(
    { one: {} },
    price(0.015, { connect_fee: 0.01, initial_seconds: 60, increment_seconds: 6 }),
  );
  const before = await cdrIn(running.store, of.organization, cdrId(of.organization, 'one', 'a'));
  expect(await of.rateAgain('one')).toBeNull();
  expect(await of.rateAgain('one', '2026-12-05T10:00:00.000Z')).toBeNull();
  expect(await cdrIn(running.store, of.organization, cdrId(of.organization, 'one', 'a'))).toEqual(before);
});

test('a CDR of an equal charge is rated again if it bills other seconds, which volume discounts count', async () => {
  const same = { minimum_charge: 0.0955, initial_seconds: 60, increment_seconds: 60 };
  const of = await addRatedCalls({ one: {} }, price(0.001, same));
  expect((await of.rateAgain('one'))?.after.rating).toMatchObject({ charge: '0.0955', billed_seconds: 360 });
});

test('an unrated CDR gets its price', async () => {
  const of = await addRatedCalls(
    { one: { callee: '+442079460000' } },
    { rates: [{ prefix: '44', price_per_minute: 0.06 }] },
  );
  expect((await of.rateAgain('one'))?.after.rating).toMatchObject({ status: 'rated', charge: '0.3420' });
  expect(await chargesTo(running.store, of.organization)).toEqual({ charges: 342_000n, calls: 1, seconds: 342 });
});

test('the sums of a closed period do not change: the difference is booked in the open one', async () => {
  const of = await addRatedCalls({ one: {} }, price(0.03));
  expect((await of.rateAgain('one', '2026-12-05T10:00:00.000Z'))?.after.rating).toMatchObject({
    charge: '0.1710',
    period: '2026-12',
    late: true,
  });
  const { items } = await tableFor<'balance'>(running.store, of.organization).query(creditRow, {}, { order: 'asc' });
  expect(items.map(({ period, charges }) => [period, charges]).filter(([period]) => period !== undefined)).toEqual([
    ['2026-11', 95_500],
    ['2026-12', 75_500],
  ]);
  const days = await tableFor<'chargeday'>(running.store, of.organization).query(ledgerDayRow, {}, { order: 'asc' });
  expect(days.items.map(({ day, call_day, charges }) => [day, call_day, charges])).toEqual([
    ['2026-11-15', undefined, 95_500],
    ['2026-12-05', '2026-11-15', 75_500],
  ]);
  const numbers = await numberDaysIn(running.store, of.organization);
  expect(numbers.map(({ day, rated_day, cost, calls }) => [day, rated_day, cost, calls])).toEqual([
    ['2026-11-15', undefined, 95_500, 1],
    ['2026-11-15', '2026-12-05', 75_500, 0],
  ]);
});

test('a CDR that uses included minutes now takes them from its period', async () => {
  const of = await addRatedCalls({ one: {} }, { included_minutes: 10, ...price(0.03, { included: true }) });
  expect((await of.rateAgain('one'))?.after.rating).toMatchObject({ included_seconds: 342, charge: '0.0000' });
  expect(await tableFor<'usage'>(running.store, of.organization).get(usageRow, { period: '2026-11' })).toMatchObject({
    included_seconds: 342,
    version: 1,
  });
});

test('a replaced CDR gives its included minutes back, even if nothing is included any more', async () => {
  const of = await addRatedCalls({}, { included_minutes: 10, ...price(0.03, { included: true }) });
  const consumer = startIngestion(running.store);
  await consumer.deliver({
    m2: messageOf(of.organization, [record('one', { end_time: '2026-11-15T10:31:00Z' })], { origin: 'tenant' }),
  });
  const used = async () =>
    (await tableFor<'usage'>(running.store, of.organization).get(usageRow, { period: '2026-11' }))?.included_seconds;
  expect(await used()).toBe(60);
  await commit(running.store, of.organization, [
    change(billingProfileRow, {}, { set: { tariffId: `trf_${of.organization}` } }),
  ]);
  expect(await consumer.deliver({ m3: messageOf(of.organization, [record('one')]) })).toEqual([]);
  expect([await used(), await chargesTo(running.store, of.organization)]).toEqual([
    0,
    { charges: 95_500n, calls: 1, seconds: 342 },
  ]);
});
