import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStore, type TestStore } from '../../../test/support/store.fixture.ts';
import { tableFor } from '../../../shared/dynamodb/table.ts';
import { cdrId } from './cdr.ts';
import {
  addAccount,
  batchIn,
  cdrIn,
  chargesTo,
  messageOf,
  record,
  rejectionsIn,
  startIngestion,
} from './ingest.fixture.ts';
import { numberDayRow } from './row.ts';

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

let last = 9500;
async function account(more: Parameters<typeof addAccount>[2] = {}): Promise<number> {
  last += 1;
  await addAccount(running.store, last, more);
  return last;
}
const CHARGE = 95_500n;

describe('a record', () => {
  test('of the seller gives way to that of the platform, and the reseller is charged for it', async () => {
    const reseller = await account();
    const customer = await account({ parent_id: reseller });
    const consumer = startIngestion(running.store);
    const empty = record('call-1', { end_time: '2026-11-15T10:30:00Z' });
    await consumer.deliver({ s1: messageOf(customer, [empty], { origin: 'seller' }) });
    expect(await chargesTo(running.store, customer)).toMatchObject({ charges: 0n });
    const real = { p1: messageOf(customer, [record('call-1')]) };
    const platform = startIngestion(running.store);
    expect(await platform.deliver(real)).toEqual([]);
    expect(await chargesTo(running.store, customer)).toEqual({ charges: CHARGE, calls: 1, seconds: 342 });
    expect(platform.queues.sent.map(({ queue }) => queue)).toEqual(['cdr-wholesale']);
    await consumer.deliver({ s2: messageOf(customer, [empty], { origin: 'seller' }) });
    expect(await rejectionsIn(running.store, customer, '-')).toEqual(['call-1 CDR_CONFLICT']);
  });

  test('of a higher rank with the same content raises the rank and fills the cost, and reverses nothing', async () => {
    const organization = await account();
    const consumer = startIngestion(running.store);
    const id = cdrId(organization, 'call-1', 'a');
    await consumer.deliver({ t1: messageOf(organization, [record('call-1')], { origin: 'tenant' }) });
    const confirmed = { p1: messageOf(organization, [record('call-1', { cost: 0.04 })], { batch_id: 'b1' }) };
    for (const copies of [1, 2]) expect(await consumer.deliver(confirmed, copies)).toEqual([]);
    expect(await cdrIn(running.store, organization, id)).toMatchObject({
      origin: 'platform',
      cost: '0.0400',
      rating: { charge: '0.0955', revision: 1, cost: '0.0400' },
      rating_history: [],
    });
    expect(await chargesTo(running.store, organization)).toEqual({ charges: CHARGE, calls: 1, seconds: 342 });
    expect(await batchIn(running.store, organization, 'b1')).toMatchObject({ received: 1, duplicate: 1 });
    const sold = await tableFor<'numberday'>(running.store, 1000).query(numberDayRow, { number: '+14155551234' });
    // Both copies may be filed at the same time, and then in different shards.
    const own = sold.items.filter(({ holder }) => holder === organization);
    const sumOf = (name: 'calls' | 'revenue' | 'cost' | 'unknown') =>
      own.reduce((sum, day) => sum + Number(day[name]), 0);
    expect([sumOf('calls'), sumOf('revenue'), sumOf('cost'), sumOf('unknown')]).toEqual([1, 95_500, 40_000, 0]);
    const other = record('call-1', { end_time: '2026-11-15T10:31:00Z' });
    await consumer.deliver({ s1: messageOf(organization, [other], { origin: 'seller' }) });
    expect(await rejectionsIn(running.store, organization, '-')).toEqual(['call-1 CDR_CONFLICT']);
  });
});
