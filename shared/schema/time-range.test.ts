import { expect, test } from 'vitest';
import { timeRange } from './time-range.ts';

const now = Date.parse('2026-11-20T12:00:00Z');
const bounds = { defaultDays: 1, maxDays: 31, ahead: 1 };

test('a range ends now, or a little later, and starts its default length before, by default', () => {
  expect(timeRange({}, now, bounds)).toEqual({ since: '2026-11-19T12:00:00.000Z', until: '2026-11-20T12:00:00.001Z' });
  expect(timeRange({ start: '2026-12-01T00:00:00Z', end: null }, now, bounds)).toEqual({
    since: '2026-12-01T00:00:00.000Z',
    until: '2026-12-01T00:00:00.001Z',
  });
  expect(timeRange({ end: '2026-11-01T00:00:00+01:00' }, now, bounds)).toEqual({
    since: '2026-10-30T23:00:00.000Z',
    until: '2026-10-31T23:00:00.000Z',
  });
});

test('a range that ends before its start or is too long is rejected, with the names of the request', () => {
  const named = { ...bounds, names: ['date_from', 'date_to'] } as const;
  const rejected = (path: string, message: string): unknown =>
    expect.objectContaining({ code: 'INVALID_PARAMETER', details: [{ path, message }] });
  expect(() => timeRange({ start: '2026-11-02T00:00:00Z', end: '2026-11-01T00:00:00Z' }, now, bounds)).toThrow(
    rejected('start', 'must not be after end'),
  );
  expect(() => timeRange({ start: '2026-10-20T11:59:59Z' }, now, named)).toThrow(
    rejected('date_to', 'must be at most 31 days after date_from'),
  );
  expect(() => timeRange({ start: '2026-10-20T12:00:00Z' }, now, named)).not.toThrow();
});
