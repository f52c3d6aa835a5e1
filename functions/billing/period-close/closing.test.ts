import { expect, test } from 'vitest';
import { hour } from '#schema/time.ts';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { ledgerBookings } from '../charging/booking.ts';
import { closingTime, feeBookings, feePayers, feePeriod, minimumBookings, paysFees, type Closing } from './closing.ts';

const profile = profileOf();
const tariff = { id: 'trf_1', name: 'enterprise', monthly_minimum: '5.0000' };
const period = '2026-11';
const now = '2026-12-02T00:05:00.000Z';
const closingAt = (at: string, environment = {}) => closingTime({ period, profile }, environment, Date.parse(at));

/** The ledger entries of a closing. */
const closingBookings = (closing: Closing, at: string) => ledgerBookings(closing, minimumBookings(closing), at);

test('a period is due 24 hours and 5 minutes after its end', () => {
  expect(closingAt('2026-12-02T00:04:59.999Z')).toEqual({ isDue: false, grace: 24 * hour, next: '2026-11' });
  expect(closingAt('2026-12-02T00:05:00.000Z')).toEqual({ isDue: true, grace: 24 * hour, next: '2026-12' });
});

test('the operator may set another grace period', () => {
  expect(closingAt('2026-12-01T00:05:00.000Z', { PERIOD_GRACE_HOURS: '0' }).isDue).toBe(true);
  expect(closingAt('2026-12-02T00:05:00.000Z', { PERIOD_GRACE_HOURS: '25' }).isDue).toBe(false);
});

test('the charges of the period are raised to the minimum of the tariff', () => {
  const balance = [{ credits: 1_000_000 }, { period, charges: 4_000_000 }, { period: '2026-12', charges: 9_000_000 }];
  const { entries } = closingBookings({ period, profile, tariff, balance }, now);
  expect(entries).toMatchObject([
    {
      type: 'minimum',
      amount: -1_000_000n,
      reference: 'trf_1',
      period,
      balance_before: -12_000_000n,
      balance_after: -13_000_000n,
      created_at: now,
    },
  ]);
});

test.each([
  ['charges that reach the minimum', tariff, 5_000_000],
  ['charges above the minimum', tariff, 5_000_001],
  ['no minimum', { ...tariff, monthly_minimum: '0.0000' }, 0],
  ['no tariff', null, 0],
])('a period with %s books nothing', (_reason, of, charges) => {
  const balance = [{ period, charges }];
  expect(closingBookings({ period, profile, tariff: of, balance }, now).entries).toEqual([]);
});

const number = (more: object = {}) => ({
  id: 'num_1',
  number: '+46890510',
  state: 'active' as const,
  org_id: 1001,
  monthly_fee: 2_000_000n,
  activated_at: '2026-11-01T00:00:00.000Z' as string | null,
  ...more,
});
const fees = { holder: 1001, payer: 1000, period: feePeriod('2026-11', profile) };

test('only active numbers of the holder with a fee are charged', () => {
  const numbers = [
    number(),
    number({ id: 'num_2', state: 'released' }),
    number({ id: 'num_3', org_id: 1002 }),
    number({ id: 'num_4', monthly_fee: 0n }),
  ];
  expect(feeBookings(numbers, fees)).toMatchObject([
    { type: 'number', amount: -2_000_000n, reference: '+46890510', period: '2026-12' },
  ]);
});

test('a number owes no fee for a period that ended before its activation', () => {
  const before = number({ activated_at: '2026-12-31T23:59:59.999Z' });
  const after = number({ id: 'num_2', activated_at: '2027-01-01T00:00:00.000Z' });
  expect(feeBookings([before, after], fees).map(({ id }) => id)).toEqual(
    feeBookings([before], fees).map(({ id }) => id),
  );
  expect(feeBookings([before], fees)).toHaveLength(1);
});

test('each payer has an entry of its own', () => {
  const ids = feePayers(1001, 1000).flatMap((payer) => feeBookings([number()], { ...fees, payer }).map(({ id }) => id));
  expect(new Set(ids).size).toBe(2);
  expect(feePayers(1001, null)).toEqual([1001]);
});

test('an organization with another currency than the operator pays no fees', () => {
  expect([paysFees(profile, 'USD'), paysFees(profile, 'EUR'), paysFees(null, 'USD')]).toEqual([true, false, false]);
});

test('the fees of the period after the closed one are charged', () => {
  expect(feePeriod('2026-12', profile).name).toBe('2027-01');
});
