import { describe, expect, test } from 'vitest';
import { record } from './filed-cdr.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { usageRow } from '../charging/row.ts';
import { createWrites } from '../tariffs/store.ts';
import { firstVersion, NewTariff } from '../tariffs/tariff.ts';
import { cdrId } from './cdr.ts';
import {
  addAccount,
  batchIn,
  cdrIn,
  chargesTo,
  messageOf,
  numberDaysIn,
  rejectionsIn,
  startIngestion,
} from './ingest.fixture.ts';

const running = testStore();

let last = 9500;
async function account(more: Parameters<typeof addAccount>[2] = {}): Promise<number> {
  last += 1;
  await addAccount(running.store, last, more);
  return last;
}
const CHARGE = 95_500n;
/** What the operator earned and paid for the numbers of an organization. */
const soldOf = async (organization: number) =>
  (await numberDaysIn(running.store, 1000)).filter(({ holder }) => holder === organization);

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
    expect(await batchIn(running.store, organization, 'b1')).toEqual({ received: 1, updated: 1 });
    expect(await soldOf(organization)).toMatchObject([{ calls: 1, revenue: 95_500, cost: 40_000, unknown: 0 }]);
    const other = record('call-1', { end_time: '2026-11-15T10:31:00Z' });
    await consumer.deliver({ s1: messageOf(organization, [other], { origin: 'seller' }) });
    expect(await rejectionsIn(running.store, organization, '-')).toEqual(['call-1 CDR_CONFLICT']);
  });

  test('with a higher revision replaces the stored one, once, and is recorded', async () => {
    const organization = await account();
    const consumer = startIngestion(running.store);
    await consumer.deliver({ m1: messageOf(organization, [record('call-1')], { batch_id: 'b1' }) });
    const shorter = record('call-1', { revision: 2, end_time: '2026-11-15T10:31:00Z' });
    const corrected = { m2: messageOf(organization, [shorter], { batch_id: 'b1' }) };
    for (const copies of [1, 2]) expect(await consumer.deliver(corrected, copies)).toEqual([]);
    // The record that was replaced is known when it is delivered again, and another copy of it is superseded.
    await consumer.deliver({
      m1: messageOf(organization, [record('call-1')], { batch_id: 'b1' }),
      m3: messageOf(organization, [record('call-1', { callee: 'alice' })], { batch_id: 'b1' }),
    });
    expect(await chargesTo(running.store, organization)).toEqual({ charges: 25_000n, calls: 1, seconds: 60 });
    expect(await batchIn(running.store, organization, 'b1')).toMatchObject({
      received: 3,
      rated: 2,
      duplicate: 1,
      superseded: 1,
      conflict: 0,
    });
    const events = (await eventsOf(running.store, organization)).filter(({ type }) => type === 'cdr.corrected');
    expect(events).toMatchObject([
      {
        entity: { type: 'cdr', id: cdrId(organization, 'call-1', 'a') },
        data: { record_revision: 2, void: false, before: { charge: '0.0955' }, after: { charge: '0.0250' } },
      },
    ]);
  });

  test('is decided again if others change the stored one at the same time', async () => {
    const organization = await account();
    await startIngestion(running.store).deliver({ m1: messageOf(organization, [record('call-1')]) });
    const revisions = [2, 3, 4, 5, 6].map((revision) => ({
      [`m${revision}`]: messageOf(organization, [record('call-1', { revision, void: revision % 2 === 0 })]),
    }));
    const failed = await Promise.all(revisions.map((body) => startIngestion(running.store).deliver(body)));
    expect(failed.flat()).toEqual([]);
    expect(await cdrIn(running.store, organization, cdrId(organization, 'call-1', 'a'))).toMatchObject({
      record_revision: 6,
      rating: { status: 'void' },
    });
    expect(await chargesTo(running.store, organization)).toEqual({ charges: 0n, calls: 0, seconds: 0 });
  });

  test('fills what is empty, in one transaction with the profit', async () => {
    const organization = await account();
    const consumer = startIngestion(running.store);
    const quality = { mos: 4.1, jitter_ms: 2, loss_percent: 0.5, codec: 'opus' };
    await consumer.deliver({ m1: messageOf(organization, [record('call-1')], { batch_id: 'b1' }) });
    const late = record('call-1', { cost: 0.04, quality });
    const filling = { m2: messageOf(organization, [late], { batch_id: 'b1' }) };
    for (const copies of [1, 2]) expect(await consumer.deliver(filling, copies)).toEqual([]);
    await consumer.deliver({ m3: messageOf(organization, [{ ...late, cost: 0.05 }], { batch_id: 'b1' }) });
    expect(await cdrIn(running.store, organization, cdrId(organization, 'call-1', 'a'))).toMatchObject({
      cost: '0.0400',
      quality,
      rating: { charge: '0.0955', cost: '0.0400', revision: 1 },
    });
    expect(await batchIn(running.store, organization, 'b1')).toMatchObject({ received: 3, rated: 1, updated: 1 });
    expect(await soldOf(organization)).toMatchObject([{ cost: 40_000, unknown: 0 }]);
  });

  test('that voids an unknown call leaves a void CDR, which a lower revision does not charge', async () => {
    const organization = await account();
    const consumer = startIngestion(running.store);
    const voiding = { call_id: 'call-1', void: true, revision: 2 };
    await consumer.deliver({ m1: messageOf(organization, [voiding, record('call-1')], { batch_id: 'b1' }) });
    expect(await cdrIn(running.store, organization, cdrId(organization, 'call-1', 'a'))).toMatchObject({
      caller: '',
      start_time: '2026-11-20T10:00:00Z',
      rating: { status: 'void', charge: '0.0000' },
    });
    expect(await chargesTo(running.store, organization)).toEqual({ charges: 0n, calls: 0, seconds: 0 });
    expect(await batchIn(running.store, organization, 'b1')).toMatchObject({ received: 2, void: 1, superseded: 1 });
  });

  test('gives included seconds back, also to another period', async () => {
    const wanted = NewTariff.parse({
      name: 'included',
      currency: 'USD',
      included_minutes: 6,
      rates: [{ prefix: '1', price_per_minute: 0.015, included: true }],
    });
    const of = { id: 'trf_included', organization: 1000, now: '2024-01-01T00:00:00.000Z' };
    await commit(running.store, 1000, [...createWrites(firstVersion(wanted, of), wanted.rates)]);
    const organization = await account({ profile: { tariffId: of.id } });
    const consumer = startIngestion(running.store, { clock: () => new Date('2026-12-01T12:00:00Z') });
    const usedIn = async (period: string) =>
      (await tableFor<'usage'>(running.store, organization).get(usageRow, { period }))?.included_seconds;
    const december = { start_time: '2026-12-01T10:30:00Z', end_time: '2026-12-01T10:35:42Z' };
    for (const [revision, fields] of [{}, {}, december, { void: true }, december].entries())
      await consumer.deliver({
        [`m${revision}`]: messageOf(organization, [record('call-1', { ...fields, revision: revision + 1 })]),
      });
    expect([await usedIn('2026-11'), await usedIn('2026-12')]).toEqual([0, 342]);
    expect(await cdrIn(running.store, organization, cdrId(organization, 'call-1', 'a'))).toMatchObject({
      rating: { charge: '0.0000', included_seconds: 342, usage_before: { seconds: 0, includedSeconds: 0 } },
      rating_history: [{ status: 'void' }, { charge: '0.0000' }, { charge: '0.0000' }, { charge: '0.0000' }],
    });
  });
});
