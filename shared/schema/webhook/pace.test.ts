import { expect, test } from 'vitest';
import { paceAfter, unknownPace } from './pace.ts';

const at = (minutes: number): Date => new Date(Date.parse('2026-11-20T12:00:00.000Z') + minutes * 60_000);

const took = (duration_ms: number, error: string | null = null) => ({ duration_ms, error });

test('a receiver becomes quick by a success within a second', () => {
  expect(paceAfter(unknownPace, took(999), at(0))).toEqual({ quick: true, slow_at: null });
  expect(paceAfter(unknownPace, took(1_000), at(0))).toBe(unknownPace);
  expect(paceAfter(unknownPace, took(1, 'CONNECT_FAILED'), at(0))).toBe(unknownPace);
});

test('a quick receiver that takes two seconds is slow for ten minutes at least', () => {
  const quick = paceAfter(unknownPace, took(1), at(0));
  expect(paceAfter(quick, took(1_999, 'HTTP_ERROR'), at(1))).toBe(quick);
  const slow = paceAfter(quick, took(2_000), at(1));
  expect(slow).toEqual({ quick: false, slow_at: at(1).toISOString() });
  expect(paceAfter(slow, took(1), at(10.99))).toBe(slow);
  expect(paceAfter(slow, took(1), at(11)).quick).toBe(true);
});
