import { describe, expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import { profileOf } from '../../billing/billing-profiles/billing-profile.fixture.ts';
import { assertCredit, assertCurrency, firstFee, isPaid, periodOf } from './fee.ts';
import { newInventoryNumber } from './number.ts';

const now = new Date('2026-11-16T00:00:00.000Z');
const profile = profileOf({ creditLimit: money(1_000_000n) });
const numberFor = (fee: bigint) =>
  newInventoryNumber(
    { country: 'SE', type: 'mobile', monthly_fee: money(fee) },
    { id: 'num_1', number: '+46701234567', now: now.toISOString() },
  );
const feeOf = (fee: bigint) => firstFee(numberFor(fee), { payer: 1_001, period: periodOf(profile, now), now });

describe('the first fee of a number', () => {
  test('is the monthly fee for the rest of the billing period', () => {
    // 15 of 30 days.
    expect(feeOf(3_000_000n)).toMatchObject({ amount: -1_500_000n, period: '2026-11', reference: '+46701234567' });
  });

  test('is none for a free number', () => {
    expect([isPaid(numberFor(0n)), isPaid(numberFor(1n)), feeOf(0n)]).toEqual([false, true, null]);
  });

  test('is booked under one id per payer, period and number', () => {
    const payer = (organization: number) =>
      firstFee(numberFor(3_000_000n), { payer: organization, period: periodOf(profile, now), now })?.id;
    expect(payer(1_001)).toBe(feeOf(3_000_000n)?.id);
    expect(payer(1_002)).not.toBe(payer(1_001));
  });
});

test('the holder is billed in the currency of the operator', () => {
  expect(() => assertCurrency(profile, 'USD')).not.toThrow();
  for (const [of, currency] of [
    [profile, 'EUR'],
    [profile, null],
    [null, 'USD'],
  ] as const)
    expect(() => assertCurrency(of, currency)).toThrow(expect.objectContaining({ code: 'CURRENCY_MISMATCH' }));
});

test('the fee is at most the available credit', () => {
  const charge = (fee: bigint) => {
    const booking = feeOf(fee);
    if (booking === null) throw new Error('no fee');
    assertCredit(profile, [], booking);
  };
  expect(() => charge(2_000_000n)).not.toThrow();
  expect(() => charge(2_000_200n)).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_CREDITS' }));
});
