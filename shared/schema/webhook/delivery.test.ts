import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  abandon,
  afterAttempt,
  deferral,
  isTooLate,
  newDelivery,
  outcomeOfAnswer,
  outcomeOfFailure,
  restartDelivery,
  retryAfterOf,
  stepOf,
  waitAfter,
  type Delivery,
} from './delivery.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const event = { id: 'evt_01', type: 'trunk.created' };
const fresh = newDelivery({ webhookId: 'wh_1', event }, '', now);
const failure = outcomeOfFailure('TIMEOUT', 10_000);
const retried = (before: Delivery = fresh): Delivery =>
  afterAttempt(before, failure, { now, chance: 0.5, isFinal: false });

test('twelve attempts fit into 24 hours, each wait a tenth longer or shorter at most', () => {
  const total = (chance: number): number =>
    Array.from({ length: 12 }, (_, at) => waitAfter(at + 1, null, chance) ?? 0).reduce((sum, wait) => sum + wait, 0);
  expect(waitAfter(11, null, 0.5)).toBe(8 * 3_600_000);
  expect(waitAfter(12, null, 0.5)).toBeUndefined();
  expect(total(0.5)).toBeLessThan(24 * 3_600_000);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 11 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
      const [wait = 0, middle = 0] = [waitAfter(attempt, null, chance), waitAfter(attempt, null, 0.5)];
      expect(Math.abs(wait - middle)).toBeLessThanOrEqual(middle / 10 + 1);
    }),
  );
});

test.each([
  [undefined, null],
  ['120', 120_000],
  [' 0 ', 0],
  ['Fri, 20 Nov 2026 12:01:00 GMT', 60_000],
  ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
  ['soon', null],
  ['-1', null],
  ['1e3', null],
  ['99999999999', 3_600_000],
  ['9'.repeat(400), 3_600_000],
  ['Fri, 20 Nov 2099 12:01:00 GMT', 3_600_000],
])('a Retry-After of %j is %j milliseconds', (value, wait) => {
  expect(retryAfterOf(value, now)).toBe(wait);
});

test.each([
  ['https://www.example.org/hooks?token=x', 'Redirects to www.example.org\nMoved'],
  ['https://example.org:8443', 'Redirects to example.org:8443\nMoved'],
  ['/hooks/', 'Moved'],
  [undefined, 'Moved'],
])('a redirection to %s names its host', (location, excerpt) => {
  const headers = location === undefined ? {} : { location };
  const outcome = outcomeOfAnswer({ status: 308, headers, excerpt: 'Moved', duration_ms: 1 }, now);
  expect(outcome).toMatchObject({ error: 'REDIRECTED', response_excerpt: excerpt });
});

test('any Retry-After is a wait of at most an hour beyond the schedule', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 11 }), (value, attempt) => {
      const wait = waitAfter(attempt, retryAfterOf(value, now), 0.5) ?? 0;
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(8 * 3_600_000);
    }),
  );
});

test.each([
  [200, null],
  [299, null],
  [301, 'REDIRECTED'],
  [404, 'HTTP_ERROR'],
  [410, 'GONE'],
  [500, 'HTTP_ERROR'],
])('an answer %i has the error %j', (status, error) => {
  expect(outcomeOfAnswer({ status, headers: {}, excerpt: '', duration_ms: 1 }, now).error).toBe(error);
});

test('a success ends a delivery, a failure lets it wait, and a final one fails it', () => {
  const success = outcomeOfAnswer({ status: 200, headers: {}, excerpt: 'ok', duration_ms: 5 }, now);
  expect(afterAttempt(retried(), success, { now, chance: 0, isFinal: false })).toMatchObject({
    status: 'delivered',
    attempt: 2,
    next_attempt_at: null,
    error: null,
    version: 2,
  });
  expect(retried()).toMatchObject({ status: 'pending', error: 'TIMEOUT', next_attempt_at: '2026-11-20T12:00:05.000Z' });
  const gone = afterAttempt(fresh, failure, { now, chance: 0, isFinal: true });
  expect(gone).toMatchObject({ status: 'failed', next_attempt_at: null });
  expect(abandon(retried(), 'DISABLED', now)).toMatchObject({ status: 'failed', error: 'DISABLED', attempt: 1 });
});

describe('a message asks for', () => {
  const step = (delivery: Delivery | undefined, attempt: number, { series = '', repeated = false } = {}) =>
    stepOf(delivery, { series, attempt }, repeated, now);
  const due: Delivery = { ...retried(), next_attempt_at: now.toISOString() };

  test('the first attempt of a new delivery; any other one comes after its delivery has expired', () => {
    expect([step(undefined, 1), step(undefined, 2), step(undefined, 1, { series: 'r1' })]).toEqual([
      'attempt',
      'expired',
      'expired',
    ]);
  });

  test('the next attempt when it is due; before, it waits', () => {
    expect([step(due, 2), step(due, 3), step(due, 1)]).toEqual(['attempt', 'nothing', 'nothing']);
    expect(step(retried(), 2)).toEqual({ attempt: 2, wait: 5_000 });
  });

  test('the message of the next attempt, if it comes again and that may be missing', () => {
    expect(step(retried(), 1, { repeated: true })).toEqual({ attempt: 2, wait: 5_000 });
    expect(step(due, 1, { repeated: true })).toEqual({ attempt: 2, wait: 0 });
    const long: Delivery = { ...due, next_attempt_at: '2026-11-20T13:00:00.000Z' };
    // A pointer was stored with it.
    expect(step(long, 1, { repeated: true })).toBe('nothing');
  });

  test('nothing of a delivery that has ended, or of an earlier series', () => {
    expect(step(abandon(due, 'DISABLED', now), 2)).toBe('nothing');
    const again = restartDelivery(due, 'r1', now);
    expect([step(again, 1), step(again, 1, { series: 'r1' })]).toEqual(['nothing', 'attempt']);
  });
});

test('an attempt that is not free waits longer each time, up to 15 minutes; after a day it is too late', () => {
  expect([0, 1, 2].map((often) => deferral(often, 1))).toEqual([5_000, 10_000, 20_000]);
  expect(deferral(1_000, 1)).toBe(900_000);
  expect(isTooLate('2026-11-19T12:00:00.000Z', now)).toBe(true);
  expect(isTooLate('2026-11-19T12:00:00.001Z', now)).toBe(false);
});
