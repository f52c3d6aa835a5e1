import { expect, test } from 'vitest';
import { money } from '../../../shared/schema/money.ts';
import { feeBooking, restOfFee } from './booking.ts';
import { billingDayAlways, periodNamed } from './period.ts';

const november = periodNamed('2026-11', billingDayAlways(1));

test.each([
  ['2026-11-01T00:00:00Z', 3_000_000n],
  ['2026-11-16T00:00:00Z', 1_500_000n],
  ['2026-11-30T23:59:59Z', 0n],
  ['2026-11-30T23:00:00Z', 4_200n],
])('a fee of 3.00 from %s on is %s', (now, amount) => {
  expect(restOfFee(money(3_000_000n), november, Date.parse(now))).toBe(amount);
});

test('the fee of a number is one entry for each who pays it and each period, whatever it is booked for', () => {
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
