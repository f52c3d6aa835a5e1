import { describe, expect, test } from 'vitest';
import { changedLimits, defaultLimits, limitsWithin, WantedLimits } from './limits.ts';

const operator = { type: 'operator', limits: defaultLimits } as const;
const reseller = { type: 'reseller', limits: { ...defaultLimits, max_trunks: 10, daily_spend: '50.0000' } } as const;

const exceeding = (...names: string[]): unknown =>
  expect.objectContaining({
    code: 'LIMIT_EXCEEDS_PARENT',
    details: names.map((name) => expect.objectContaining({ path: `limits.${name}` }) as unknown),
  });

describe('below the operator', () => {
  test('limits are the requested ones, else the defaults', () => {
    expect(limitsWithin({ max_trunks: 10_000_000 }, operator)).toEqual({ ...defaultLimits, max_trunks: 10_000_000 });
    expect(limitsWithin(undefined, operator)).toEqual(defaultLimits);
  });
});

describe('below a reseller', () => {
  test("a limit that is not requested is the reseller's, where that is below the default", () => {
    expect(limitsWithin(undefined, reseller)).toEqual({ ...defaultLimits, max_trunks: 10, daily_spend: '50.0000' });
    const large = { type: 'reseller', limits: { ...defaultLimits, max_trunks: 500 } } as const;
    expect(limitsWithin(undefined, large).max_trunks).toBe(100);
  });

  test("a limit may equal the reseller's and not exceed it; all that exceed are named", () => {
    expect(limitsWithin({ max_trunks: 10 }, reseller).max_trunks).toBe(10);
    expect(() => limitsWithin({ max_trunks: 11, max_users: 10_001 }, reseller)).toThrow(
      exceeding('max_users', 'max_trunks'),
    );
  });

  test('daily spending is compared as an amount; no limit exceeds any', () => {
    expect(limitsWithin({ daily_spend: '9' }, reseller).daily_spend).toBe('9');
    expect(limitsWithin({ daily_spend: '50' }, reseller).daily_spend).toBe('50');
    expect(() => limitsWithin({ daily_spend: '50.0001' }, reseller)).toThrow(exceeding('daily_spend'));
    expect(() => limitsWithin({ daily_spend: null }, reseller)).toThrow(exceeding('daily_spend'));
    const unlimited = { type: 'reseller', limits: defaultLimits } as const;
    expect(limitsWithin({ daily_spend: null }, unlimited).daily_spend).toBeNull();
  });
});

test('a change keeps the limits that it does not name, even where they exceed the reseller', () => {
  const current = { ...defaultLimits, max_users: 20_000 };
  expect(changedLimits(current, { max_trunks: 5 }, reseller)).toEqual({ ...current, max_trunks: 5 });
  expect(changedLimits(current, undefined, reseller)).toEqual(current);
  expect(changedLimits(current, { max_trunks: 5 }, undefined)).toEqual({ ...current, max_trunks: 5 });
  expect(() => changedLimits(current, { max_trunks: 11 }, reseller)).toThrow(exceeding('max_trunks'));
});

test.each([
  [{ max_users: 0 }, false],
  [{ max_users: 1 }, true],
  [{ max_trunks: -1 }, false],
  [{ max_trunks: 10_000_001 }, false],
  [{ daily_spend: '1.00001' }, false],
  [{ daily_spend: '-1' }, false],
  [{ daily_spend: '0' }, true],
])('%j is accepted: %s', (limits, isAccepted) => expect(WantedLimits.safeParse(limits).success).toBe(isAccepted));
