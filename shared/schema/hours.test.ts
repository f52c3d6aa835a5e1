import { describe, expect, test } from 'vitest';
import { assertWithinHours, isWithinHours, weekdays, type Hours, type HourWindow } from './hours.ts';

const office: HourWindow = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], start: '08:00', end: '18:00' };
const inZone = (timezone: string, ...windows: readonly HourWindow[]): Hours => ({ timezone, windows });
const isIn = (hours: Hours, at: string): boolean => isWithinHours(hours, new Date(at));

describe('a window', () => {
  test.each([
    ['Monday 07:59:59', '2026-03-02T07:59:59.999Z', false],
    ['Monday 08:00', '2026-03-02T08:00:00.000Z', true],
    ['Friday 17:59:59', '2026-03-06T17:59:59.999Z', true],
    ['Friday 18:00', '2026-03-06T18:00:00.000Z', false],
    ['Saturday noon', '2026-03-07T12:00:00.000Z', false],
  ])('includes its start and not its end: %s', (_title, at, inside) => {
    expect(isIn(inZone('UTC', office), at)).toBe(inside);
  });

  test.each([
    ['Sunday 22:00', '2026-03-08T22:00:00Z', true],
    ['Monday 05:59', '2026-03-09T05:59:00Z', true],
    ['Monday 06:00', '2026-03-09T06:00:00Z', false],
    ['Monday 22:00', '2026-03-09T22:00:00Z', false],
    ['Sunday 05:59, which belongs to Saturday', '2026-03-08T05:59:00Z', false],
  ])('that ends before its start runs over midnight from its first day: %s', (_title, at, inside) => {
    expect(isIn(inZone('UTC', { days: ['sun'], start: '22:00', end: '06:00' }), at)).toBe(inside);
  });

  test('may last until 24:00', () => {
    const day = inZone('UTC', { days: [...weekdays], start: '00:00', end: '24:00' });
    expect([isIn(day, '2026-03-09T00:00:00Z'), isIn(day, '2026-03-09T23:59:59Z')]).toEqual([true, true]);
  });
});

test('hours follow the wall clock when daylight saving time begins and ends', () => {
  const berlin = inZone('Europe/Berlin', { days: [...weekdays], start: '08:00', end: '18:00' });
  expect([
    // CET, UTC+1, until 2026-03-29T01:00Z
    isIn(berlin, '2026-03-28T06:59:59Z'),
    isIn(berlin, '2026-03-28T07:00:00Z'),
    // CEST, UTC+2
    isIn(berlin, '2026-03-29T05:59:59Z'),
    isIn(berlin, '2026-03-29T06:00:00Z'),
    isIn(berlin, '2026-03-29T16:00:00Z'),
    // CET again since 2026-10-25T01:00Z
    isIn(berlin, '2026-10-25T06:30:00Z'),
    isIn(berlin, '2026-10-25T07:00:00Z'),
  ]).toEqual([false, true, false, true, false, false, true]);
});

test('a repeated hour is inside twice', () => {
  const early = inZone('Europe/Berlin', { days: ['sun'], start: '02:00', end: '03:00' });
  expect(['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:00:00Z'].map((at) => isIn(early, at))).toEqual(
    [true, true, false],
  );
});

test('without hours every instant is allowed, outside of them none is', () => {
  const now = new Date('2026-03-07T12:00:00Z');
  expect(() => assertWithinHours(undefined, now)).not.toThrow();
  expect(() => assertWithinHours(null, now)).not.toThrow();
  expect(() => assertWithinHours(inZone('UTC', office), now)).toThrow(
    expect.objectContaining({ code: 'OUTSIDE_HOURS' }),
  );
});
