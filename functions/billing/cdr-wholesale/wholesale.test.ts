import { describe, expect, test } from 'vitest';
import { hour } from '#schema/time.ts';
import { calendarOf, type FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { accountWith, filedCdrOf, now, tariffOf } from '../cdr-ingest/filed-cdr.fixture.ts';
import {
  isChargedToReseller,
  isUncharged,
  nextStep,
  periodsToRead,
  resellerOf,
  type Reseller,
  type UsageRead,
} from './wholesale.ts';

const chain = { organization: 1001, seller: 2000, operator: 1000 };
const resellerWith = (fields: Parameters<typeof accountWith>[0] = {}): Reseller => {
  const account = accountWith({ organization: 2000, seller: 1000, ...fields });
  return { account, calendar: calendarOf(account, now, 24 * hour) };
};
const nothingRead: UsageRead = new Map();
const cdr = filedCdrOf();
const wholesaleOf = (of: FiledCdr, reseller: Reseller) =>
  nextStep([of], reseller, nothingRead, chain).charges[0]?.after.rating.wholesale;

test('calls are charged to a seller that is not the operator', () => {
  expect(isChargedToReseller(chain)).toBe(true);
  expect(isChargedToReseller({ ...chain, seller: 1000 })).toBe(false);
});

test('a call is charged to the reseller once it has a price for it, unless it is void', () => {
  const statusOf = (rating: Partial<FiledCdr['rating']>) => isUncharged({ rating: { ...cdr.rating, ...rating } });
  expect(statusOf({})).toBe(true);
  expect(statusOf({ wholesale: { ...cdr.rating, status: 'unrated' } })).toBe(true);
  expect(statusOf({ wholesale: cdr.rating })).toBe(false);
  expect(statusOf({ status: 'void' })).toBe(false);
});

test('a reseller has its own calendar', () => {
  const item = {
    org_id: 2000,
    parent_id: 1000,
    country: 'US',
    timezone: 'UTC',
    created_at: '2024-01-01T00:00:00.000Z',
    retention: { cdr_days: 90 },
    charge_shards: 1,
  };
  expect(resellerOf({ item, profile: null, tariff: null }, now, { PERIOD_GRACE_HOURS: '2' })).toMatchObject({
    account: { organization: 2000, seller: 1000 },
    calendar: { now, grace: 2 * hour },
  });
});

describe('a wholesale rating', () => {
  test('is by the terms of the reseller, and leaves the charge of the customer as it is', () => {
    const reseller = resellerWith({ tariff: tariffOf({}, { price_per_minute: 0.005 }) });
    const [charge] = nextStep([cdr], reseller, nothingRead, chain).charges;
    expect(charge?.after.rating).toEqual({
      ...cdr.rating,
      wholesale: expect.objectContaining({ status: 'rated', charge: '0.0385', revision: 1, cost: null }),
    });
    expect(charge?.before).toBe(cdr);
  });

  test('reads the number as it was dialed in the country of the customer', () => {
    const dialed = filedCdrOf({ callee: '(415) 555-5678' });
    expect(wholesaleOf(dialed, resellerWith({ country: 'GB' }))).toMatchObject({ status: 'rated', charge: '0.0955' });
  });

  test('counts up its revision', () => {
    const unrated = { ...cdr.rating, status: 'unrated' as const, charge: '0.0000' };
    const stored = { ...cdr, rating: { ...cdr.rating, wholesale: unrated } };
    expect(wholesaleOf(stored, resellerWith())).toMatchObject({ status: 'rated', revision: 2 });
  });
});

describe('a step', () => {
  test('moves the sums of the reseller and of the operator', () => {
    const { sumChanges, changesBalance } = nextStep([cdr], resellerWith(), nothingRead, chain);
    expect(sumChanges).toMatchObject([
      {
        organization: 2000,
        periods: [{ period: '2026-11', charges: 95_500n, seconds: 342, calls: 1 }],
        days: [{ day: '2026-11-15', charges: 95_500n }],
        numbers: [{ holder: 1001, charge: 95_500n, cost: 95_500n }],
      },
      { organization: 1000, periods: [], days: [], numbers: [{ holder: 1001, charge: 95_500n }] },
    ]);
    expect(changesBalance).toBe(true);
  });

  test('that charges nothing does not fix the currency', () => {
    expect(nextStep([filedCdrOf({ disposition: 'BUSY' })], resellerWith(), nothingRead, chain).changesBalance).toBe(
      false,
    );
  });

  test('leaves out a call that had no price and has none now', () => {
    const reseller = resellerWith({ tariff: null });
    const [first] = nextStep([cdr], reseller, nothingRead, chain).charges;
    expect(first?.after.rating.wholesale).toMatchObject({ status: 'unrated', reason: 'NO_RATE' });
    expect(nextStep([first?.after ?? cdr], reseller, nothingRead, chain)).toMatchObject({
      charges: [],
      changesBalance: false,
    });
  });

  test('takes as many calls as a transaction holds, and leaves the others to the next one', () => {
    const cdrs = Array.from({ length: 100 }, (_, at) =>
      filedCdrOf({ call_id: `call-${at}`, caller: `+1415555${1_000 + at}` }),
    );
    const { charges, remaining } = nextStep(cdrs, resellerWith(), nothingRead, chain);
    // A call with a number of its own takes 3 writes; period, usage, day, currency and two counters take 6 of 100.
    expect(charges).toHaveLength(31);
    expect(remaining).toEqual(cdrs.slice(31).map(({ id }) => id));
  });
});

describe('the usage of a period', () => {
  const including = resellerWith({ tariff: tariffOf({ included_minutes: 10 }, { included: true }) });
  const item = { period: '2026-11', included_seconds: 0, version: 1 };

  test('is read if the ratings of the reseller depend on it', () => {
    expect(periodsToRead([cdr, filedCdrOf({ call_id: 'two' })], including)).toEqual(['2026-11']);
    expect(periodsToRead([cdr], resellerWith())).toEqual([]);
  });

  test('passes from call to call, and its change is written under the item that was read', () => {
    const read: UsageRead = new Map([['2026-11', { item, balance: [] }]]);
    const { charges, usageChanges } = nextStep([cdr, filedCdrOf({ call_id: 'two' })], including, read, chain);
    expect(charges.map(({ after }) => after.rating.wholesale?.included_seconds)).toEqual([342, 258]);
    expect(usageChanges).toEqual([{ organization: 2000, period: '2026-11', item, included: 600 }]);
  });
});
