import { describe, expect, test } from 'vitest';
import { isSuppressed, presentSuppression, strikeAddress, type Strike, type Suppression } from './suppression.ts';

const start = Date.parse('2026-11-20T12:00:00.000Z');
const day = 24 * 3_600_000;
const daysLater = (days: number) => new Date(start + days * day);

/** An address after reports, each some days after the start. */
const struckBy = (...strikes: readonly (readonly [strike: Strike, days: number])[]) =>
  strikes.reduce<Suppression | undefined>(
    (before, [strike, days]) => strikeAddress('ann@example.com', before, { strike, now: daysLater(days) }),
    undefined,
  ) as Suppression;

test.each([
  ['permanent bounce', 'bounce'],
  ['complaint', 'complaint'],
] as const)('a %s suppresses the address until that is lifted', (strike, reason) => {
  const suppression = struckBy([strike, 0]);
  expect(suppression).toMatchObject({ reason, at: daysLater(0).toISOString(), until: null, version: 1 });
  expect(isSuppressed(suppression, daysLater(3_650))).toBe(true);
});

describe('bounces that may pass', () => {
  test('suppress an address for seven days after the third within seven days', () => {
    const two = struckBy(['transient bounce', 0], ['transient bounce', 3]);
    expect(isSuppressed(two, daysLater(3))).toBe(false);
    const three = struckBy(['transient bounce', 0], ['transient bounce', 3], ['transient bounce', 6.9]);
    expect(three).toMatchObject({ reason: 'bounce', until: daysLater(13.9).toISOString(), bounces: [], version: 3 });
    expect([isSuppressed(three, daysLater(13.8)), isSuppressed(three, daysLater(13.9))]).toEqual([true, false]);
  });

  test('do not count after seven days', () => {
    const three = struckBy(['transient bounce', 0], ['transient bounce', 3], ['transient bounce', 7]);
    expect(isSuppressed(three, daysLater(7))).toBe(false);
    expect(three.bounces).toHaveLength(2);
  });

  test('count from the beginning after a suppression has ended', () => {
    const ended = struckBy(
      ['transient bounce', 0],
      ['transient bounce', 0],
      ['transient bounce', 0],
      ['transient bounce', 8],
    );
    expect(ended).toMatchObject({ reason: null, at: null, until: null });
    expect(ended.bounces).toHaveLength(1);
  });

  test('do not shorten or prolong a suppression', () => {
    const permanent = struckBy(['complaint', 0]);
    const report = { strike: 'transient bounce', now: daysLater(1) } as const;
    expect(strikeAddress('ann@example.com', permanent, report)).toBe(permanent);
    const passing = struckBy(['transient bounce', 0], ['transient bounce', 0], ['transient bounce', 0]);
    expect(strikeAddress('ann@example.com', passing, report)).toBe(passing);
  });
});

test('a permanent bounce prolongs a suppression that would pass', () => {
  const suppression = struckBy(
    ['transient bounce', 0],
    ['transient bounce', 0],
    ['transient bounce', 0],
    ['permanent bounce', 1],
  );
  expect(suppression).toMatchObject({ reason: 'bounce', until: null, at: daysLater(1).toISOString() });
});

test('an address that is not suppressed, or not any more, is not found', () => {
  const notFound = expect.objectContaining({ code: 'NOT_FOUND' });
  expect(() => presentSuppression(undefined, daysLater(0))).toThrow(notFound);
  expect(() => presentSuppression(struckBy(['transient bounce', 0]), daysLater(0))).toThrow(notFound);
  const suppression = struckBy(['complaint', 0]);
  expect(presentSuppression(suppression, daysLater(0))).toEqual({
    address: 'ann@example.com',
    reason: 'complaint',
    at: daysLater(0).toISOString(),
    until: null,
  });
});
