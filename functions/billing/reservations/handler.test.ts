import { readShards } from '#dynamodb/index-shards.ts';
import { expect, test } from 'vitest';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { dueRow, minuteOf, type DueItem } from '#dynamodb/rows/due.ts';
import { tableFor } from '#dynamodb/table.ts';
import { amountOf } from '#schema/money.ts';
import { balanceOf } from '../schema/balance.ts';
import { creditRow } from '../charging/row.ts';
import { overwrite } from '#dynamodb/write.ts';
import { expiryMessage } from './contract.ts';
import { reservationExpiryHandler } from './handler.ts';
import type { Reservation } from './reservation.ts';
import { readReservation, releaseWrites, reserveWrites } from './row.ts';

const running = testStore();

const at = '2026-11-20T12:00:00.000Z';
const end = '2026-11-20T12:11:59.000Z';
const later = '2026-11-20T12:30:00.000Z';
const profile = profileOf();
const reservation: Reservation = {
  call_id: 'one',
  amount: amountOf('0.04'),
  currency: 'USD',
  number: '+14155550100',
  seconds: 120,
  limit: null,
  at,
  expires_at: end,
};

let last = 4000;
/** An organization with 1.00, of which a call has reserved 0.04. */
async function reservingOrganization(): Promise<number> {
  last += 1;
  const credit = { credits: 1_000_000 };
  const account = { profile, balance: [credit], replaced: null };
  await commit(running.store, last, [overwrite(creditRow, credit)]);
  await commit(running.store, last, reserveWrites(last, reservation, account));
  return last;
}

/** Delivers the message of a due reservation so many times. @returns the number of failed messages */
async function expire(organization: number, now: string, copies = 1): Promise<number> {
  const dependencies = {
    ...testDependencies(running.store),
    clock: () => new Date(now),
  };
  const { body } = expiryMessage({ org_id: organization, subject: 'one' }, 0);
  return (await reservationExpiryHandler(dependencies)(batchOf(Array(copies).fill(body)))).batchItemFailures.length;
}

const sumsOf = async (organization: number) =>
  balanceOf((await tableFor<'balance'>(running.store, organization).query(creditRow, {})).items);
const stored = (organization: number) =>
  readReservation(tableFor<'reservation'>(running.store, organization), reservation.call_id);

/** The timers of an organization in the minute of an instant. */
async function timersOf(organization: number, instant: string): Promise<string[]> {
  const table = tableFor<'due'>(running.store, 0);
  const slices = await Promise.all(
    readShards.map((shard) =>
      table.query<'due', DueItem, { minute: number; shard: number }>(dueRow, {
        minute: minuteOf(new Date(instant)),
        shard,
      }),
    ),
  );
  return slices.flatMap(({ items }) => items.filter(({ org_id: of }) => of === organization).map(({ kind }) => kind));
}

test('a reservation has a timer at its end', async () => {
  const organization = await reservingOrganization();
  expect(await timersOf(organization, end)).toEqual(['reservation.expire']);
});

test('an expired reservation is released once, however many messages come', async () => {
  const organization = await reservingOrganization();
  expect(await expire(organization, end, 4)).toBe(0);
  expect(await stored(organization)).toBeNull();
  expect(await sumsOf(organization)).toEqual({ credits: 1_000_000n, charges: 0n, reservations: 0n });
});

test('a reservation that ends later is left alone, and has its timer then', async () => {
  const organization = await reservingOrganization();
  const raised = { ...reservation, amount: amountOf('0.5'), expires_at: later };
  const balance = [{ credits: 1_000_000, reserved: 40_000 }];
  await commit(
    running.store,
    organization,
    reserveWrites(organization, raised, { profile, balance, replaced: reservation }),
  );
  expect(await expire(organization, end)).toBe(0);
  expect(await stored(organization)).toEqual(raised);
  expect(await sumsOf(organization)).toMatchObject({ reservations: 500_000n });
  expect(await timersOf(organization, later)).toEqual(['reservation.expire']);
  expect(await expire(organization, later)).toBe(0);
  expect(await sumsOf(organization)).toMatchObject({ reservations: 0n });
});

test('nothing is left to do for a call that has ended', async () => {
  const organization = await reservingOrganization();
  await commit(running.store, organization, releaseWrites(reservation));
  expect(await expire(organization, end)).toBe(0);
  expect(await sumsOf(organization)).toMatchObject({ reservations: 0n });
});

test.each([
  ['of a call that has got one since', 'one', [{ credits: 1_000_000 }], null],
  ['of an amount that others have reserved since', 'two', [{ credits: 70_000 }], null],
  ['on credits that have become less', 'one', [{ credits: 2_000_000, reserved: 40_000 }], reservation],
])('no reservation is made %s', async (_case, call_id, balance, replaced) => {
  const organization = await reservingOrganization();
  const other = { ...reservation, call_id, amount: amountOf('0.05') };
  const writes = reserveWrites(organization, other, { profile, balance, replaced });
  await expect(commit(running.store, organization, writes)).rejects.toThrow('an item changed since it was read');
  expect(await sumsOf(organization)).toMatchObject({ reservations: 40_000n });
});
