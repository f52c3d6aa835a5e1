import { expect, test } from 'vitest';
import { resetHealth, healthAfter, hasFailedTooLong, newHealth, type Health } from './health.ts';

const start = Date.parse('2026-11-20T12:00:00.000Z');
const at = (hours: number): Date => new Date(start + hours * 3_600_000);
const afterFailures = (count: number, health: Health = newHealth): Health =>
  Array.from({ length: count }).reduce<Health>((before) => healthAfter(before, false, at(0)), health);

test('a webhook fails from its first failure until its next success', () => {
  const failing = healthAfter(healthAfter(newHealth, false, at(0)), false, at(2));
  expect(failing).toMatchObject({ failing_since: at(0).toISOString(), failures: 2 });
  expect(healthAfter(failing, true, at(3))).toMatchObject({ failing_since: null, failures: 0 });
});

test('attempts that change nothing are not stored: successes within an hour, and failures beyond the tenth', () => {
  const healthy = healthAfter(newHealth, true, at(0));
  expect(healthAfter(healthy, true, at(0.9))).toBe(healthy);
  expect(healthAfter(healthy, true, at(1))).toMatchObject({ last_success_at: at(1).toISOString() });
  const dead = afterFailures(10);
  expect(healthAfter(dead, false, at(0.9))).toBe(dead);
});

test('a webhook without success in five days and with ten failures is beyond hope', () => {
  expect(hasFailedTooLong(afterFailures(10), at(5 * 24))).toBe(true);
  expect(hasFailedTooLong(afterFailures(10), at(5 * 24 - 0.01))).toBe(false);
  expect(hasFailedTooLong(afterFailures(9), at(50 * 24))).toBe(false);
  expect(hasFailedTooLong(healthAfter(afterFailures(10), true, at(1)), at(50 * 24))).toBe(false);
  expect(hasFailedTooLong(resetHealth(afterFailures(10)), at(50 * 24))).toBe(false);
});
