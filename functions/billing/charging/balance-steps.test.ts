import { expect, test } from 'vitest';
import { noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { contextOf } from '#runtime/background-context.ts';
import { money } from '#schema/money.ts';
import { newProfile } from '../schema/billing-profile.ts';
import { billingProfileRow } from '../rows/billing-profile.ts';
import { periodClose } from '../period-close/contract.ts';
import { balanceOf } from '../schema/balance.ts';
import { book, profileChangeWrites, readBooking, reportBalance } from './balance-steps.ts';
import type { Booking } from './booking.ts';
import { chargeWrites, creditRow, ledgerDayRow, readBalance } from './row.ts';

const running = testStore();

let last = 9_500;

/** A prepaid organization with 1.00, whose threshold is 0.50. */
async function payer() {
  last += 1;
  const organization = last;
  const profile = {
    ...newProfile({ id: 'bp_1', organization, billingName: 'Acme', currency: 'USD', now: noon.toISOString() }),
    accountType: 'prepaid' as const,
    lowBalanceThreshold: money(500_000n),
  };
  await commit(running.store, organization, [
    overwrite(billingProfileRow, { ...profile, parent: 1000 }),
    overwrite(creditRow, { credits: 1_000_000, currency: 'USD', fixed: true }),
  ]);
  const context = contextOf(periodClose, testDependencies(running.store));
  const table = context.tableOf(organization);
  const place = { record: context.recorderOf(organization), now: noon };
  const charge = (charges: bigint) =>
    commit(
      running.store,
      organization,
      chargeWrites({ periods: [{ period: '2026-11', charges }], days: [{ day: '2026-11-20', charges }] }),
    );
  const crossings = async (): Promise<string[]> =>
    (await tableFor<'event'>(running.store, organization).query(eventRow, {}, { order: 'asc' })).items
      .map(({ type }) => type)
      .filter((type) => type.startsWith('balance.'));
  return { organization, profile, context, table, place, charge, crossings };
}

const fee = (id: string, amount: bigint): Booking => ({
  id,
  type: 'number',
  amount: money(-amount),
  reference: '+46890510',
  period: '2026-12',
  note: null,
});

test('charges that cross a limit are reported once for each crossing', async () => {
  const { organization, context, charge, crossings } = await payer();
  await reportBalance(organization, context);
  expect(await crossings()).toEqual([]);
  await charge(600_000n);
  for (const _message of ['first', 'again']) await reportBalance(organization, context);
  expect(await crossings()).toEqual(['balance.low']);
  await charge(400_000n);
  await reportBalance(organization, context);
  expect(await crossings()).toEqual(['balance.low', 'balance.exhausted']);
});

test('an organization without a profile has nothing to report', async () => {
  const { context, crossings } = await payer();
  await reportBalance(4_242, context);
  expect(await crossings()).toEqual([]);
});

test('a booking that is booked already is not due again', async () => {
  const { organization, profile, table, place } = await payer();
  const first = await readBooking(profile, [fee('led_1', 200_000n)], table);
  await commit(running.store, organization, book(first.account, first.due, place).writes);
  const second = await readBooking(profile, [fee('led_1', 200_000n), fee('led_2', 400_000n)], table);
  expect(second.due.map(({ id }) => id)).toEqual(['led_2']);
  const { entries, writes } = book(second.account, second.due, place);
  expect(entries).toMatchObject([{ id: 'led_2', balance_before: 800_000n, balance_after: 400_000n }]);
  await commit(running.store, organization, writes);
  expect(balanceOf(await readBalance(table))).toMatchObject({ credits: 400_000n, charges: 0n });
  const days = await tableFor<'chargeday'>(running.store, organization).query(ledgerDayRow, {});
  expect(days.items).toEqual([{ day: '2026-11-20', shard: 'ledger', booked: -600_000 }]);
});

test('a booking that crosses a limit records it, and no booking writes nothing', async () => {
  const { organization, profile, table, place, crossings } = await payer();
  const { account } = await readBooking(profile, [], table);
  expect(book(account, [], place).writes).toEqual([]);
  await commit(running.store, organization, book(account, [fee('led_1', 600_000n)], place).writes);
  expect(await crossings()).toEqual(['balance.low']);
});

test('bookings that were decided on the same balance do not both pass', async () => {
  const { organization, profile, table, place } = await payer();
  const { account } = await readBooking(profile, [], table);
  await commit(running.store, organization, book(account, [fee('led_1', 1n)], place).writes);
  await expect(commit(running.store, organization, book(account, [fee('led_2', 1n)], place).writes)).rejects.toThrow(
    'an item changed since it was read',
  );
});

test('a profile whose threshold rises above the balance is reported, and stored as reported', async () => {
  const { organization, profile, context, table, place, crossings } = await payer();
  const raised = { profile: { ...profile, lowBalanceThreshold: money(2_000_000n) }, balance: await readBalance(table) };
  await commit(running.store, organization, profileChangeWrites(raised, place.record, false));
  await commit(running.store, organization, [overwrite(billingProfileRow, { ...raised.profile, parent: 1000 })]);
  await reportBalance(organization, context);
  expect(await crossings()).toEqual(['balance.low']);
});

test('a profile that changes no limit writes nothing to the balance', async () => {
  const { profile, table, place } = await payer();
  expect(profileChangeWrites({ profile, balance: await readBalance(table) }, place.record, false)).toEqual([]);
});

test('the currency of a balance that was charged does not change', async () => {
  const { organization, profile, table, place } = await payer();
  const other = { profile: { ...profile, currency: 'EUR' }, balance: await readBalance(table) };
  await expect(commit(running.store, organization, profileChangeWrites(other, place.record, true))).rejects.toThrow(
    'an item changed since it was read',
  );
});
