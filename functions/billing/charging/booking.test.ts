import { expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { billingDayAlways, periodNamed } from '../schema/period.ts';
import { booking, position } from './booking.fixture.ts';
import { ledgerBookings, bookingId, entriesOf, feeBooking, isCharged, proratedFee, totalOf } from './booking.ts';

const november = periodNamed('2026-11', billingDayAlways(1));

test.each([
  ['2026-11-01T00:00:00Z', 3_000_000n],
  ['2026-11-16T00:00:00Z', 1_500_000n],
  ['2026-11-30T23:59:59Z', 0n],
  ['2026-11-30T23:00:00Z', 4_200n],
])('a fee of 3.00 for the rest of the period from %s is %s', (now, amount) => {
  expect(proratedFee(money(3_000_000n), november, Date.parse(now))).toBe(amount);
});

test('the fee of a number has one id per payer and period, whatever the amount', () => {
  const number = { id: 'num_1', number: '+46890510' };
  const idOf = (organization: number, period: string): string =>
    feeBooking(number, { organization, period, fee: money(1_234_550n) })?.id ?? '';
  expect(
    new Set([idOf(1001, '2026-11'), idOf(1001, '2026-11'), idOf(1001, '2026-12'), idOf(1002, '2026-11')]).size,
  ).toBe(3);
  expect(feeBooking(number, { organization: 1001, period: '2026-11', fee: money(1_234_550n) })).toMatchObject({
    type: 'number',
    amount: -1_234_600n,
    reference: '+46890510',
    period: '2026-11',
  });
  expect(feeBooking(number, { organization: 1001, period: '2026-11', fee: money(49n) })).toBeNull();
});

test('an id depends on the organization, the period, the kind and the subject', () => {
  const id = bookingId(1001, '2026-11', 'number', 'num_1');
  expect(id).toMatch(/^led_[A-Za-z0-9_-]{32}$/);
  expect(bookingId(1001, '2026-11', 'number', 'num_1')).toBe(id);
  expect(
    new Set([id, bookingId(1001, '2026-11', 'minimum', 'num_1'), bookingId(1001, '2026-11', 'number', 'num_2')]).size,
  ).toBe(3);
});

const profile = profileOf({ lowBalanceThreshold: money(1_000_000n) });

test('bookings become entries, and a limit that they cross becomes an event', () => {
  const fee = { id: 'num_1', number: '+46890510' };
  const booking = feeBooking(fee, { organization: 1001, period: '2026-11', fee: money(600_000n) });
  const balance = [{ credits: 1_500_000, low: false }];
  const { entries, standingChange, events } = ledgerBookings({ profile, balance }, [booking!], '2026-11-01T00:00:00Z');
  expect(entries).toMatchObject([{ balance_before: 1_500_000n, balance_after: 900_000n, currency: 'USD' }]);
  expect(standingChange).toEqual({ read: balance[0], standing: { low: true, exhausted: false } });
  expect(events.map(({ crossing }) => crossing)).toEqual(['balance.low']);
});

test('an organization pays fees if its profile has the currency of the operator', () => {
  expect([isCharged(profile, 'USD'), isCharged(profile, 'EUR'), isCharged(profile, undefined)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(isCharged(null, 'USD')).toBe(false);
});

test('of several bookings each starts from the balance after the one before', () => {
  const entries = entriesOf([booking(-400_000n), booking(-700_000n)], position);
  expect(entries.map(({ balance_before, balance_after }) => [balance_before, balance_after])).toEqual([
    [1_000_000n, 600_000n],
    [600_000n, -100_000n],
  ]);
  expect(totalOf(entries)).toBe(-1_100_000n);
  expect(totalOf([])).toBe(0n);
});
