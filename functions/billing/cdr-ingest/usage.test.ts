import { describe, expect, test } from 'vitest';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import type { Discount } from '../schema/billing-profile.ts';
import { accountWith, filedCdrOf, tariffOf } from './filed-cdr.fixture.ts';
import { countsUsage, NOTHING_USED, usageAfter, usageBefore, usageChangesOf } from './usage.ts';

const including = accountWith({ tariff: tariffOf({ included_minutes: 10 }, { included: true }) });

test('charges depend on usage with included minutes or a volume discount, and not with a loyalty discount', () => {
  const discounted = (discount: Discount) => accountWith({ profile: profileOf({ discounts: [discount] }) });
  expect(countsUsage(including)).toBe(true);
  expect(countsUsage(discounted({ type: 'volume', threshold: 10, percentage: 10 }))).toBe(true);
  expect(countsUsage(discounted({ type: 'loyalty', yearsActive: 1, percentage: 10 }))).toBe(false);
  expect(countsUsage(accountWith())).toBe(false);
});

describe('the usage of a period', () => {
  const balance = [
    { period: '2026-11', seconds: 100 },
    { period: '2026-11', seconds: 20 },
    { period: '2026-10', seconds: 7 },
    { credits: 5 },
  ];

  test('is the sum of its parts of the balance, and the included seconds of its item', () => {
    const item = { period: '2026-11', included_seconds: 60, version: 2 };
    expect(usageBefore('2026-11', item, balance)).toEqual({ seconds: 120, includedSeconds: 60 });
    expect(usageBefore('2026-12', undefined, balance)).toEqual(NOTHING_USED);
  });

  test('grows by the billed and the included seconds of a rating', () => {
    const { rating } = filedCdrOf({}, including);
    expect(usageAfter({ seconds: 8, includedSeconds: 5 }, rating)).toEqual({ seconds: 350, includedSeconds: 347 });
  });
});

describe('usage changes', () => {
  const partly = accountWith({ tariff: tariffOf({ included_minutes: 3 }, { included: true }) });
  const cdrs = [filedCdrOf({}, partly), filedCdrOf({ call_id: 'two', end_time: '2026-11-15T10:31:00Z' }, partly)];
  const item = { period: '2026-11', included_seconds: 60, version: 2 };

  test('add up the included seconds of each period, under the item that was read', () => {
    expect(usageChangesOf(partly, cdrs, new Map([['2026-11', { item }]]))).toEqual([
      { organization: 1001, period: '2026-11', included: 180 + 60, item },
    ]);
  });

  test('are none if no rating depends on them', () => {
    expect(usageChangesOf(accountWith(), cdrs, new Map())).toEqual([]);
  });
});
