import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayAfter, dayAt, startOfDay } from './days.ts';

const start = (day: string, zone: string): string => new Date(startOfDay(day, zone)).toISOString();

test('a day begins at midnight of its zone, by the clocks of that day', () => {
  expect(start('2026-11-27', 'Europe/Berlin')).toBe('2026-11-26T23:00:00.000Z');
  expect(start('2026-06-01', 'Europe/Berlin')).toBe('2026-05-31T22:00:00.000Z');
  expect(start('2026-11-27', 'Asia/Kathmandu')).toBe('2026-11-26T18:15:00.000Z');
  expect(start('2026-11-27', 'America/New_York')).toBe('2026-11-27T05:00:00.000Z');
});

test('a day whose midnight is skipped begins after it', () => {
  expect(start('2026-09-06', 'America/Santiago')).toBe('2026-09-06T04:00:00.000Z');
});

test('days of 23 and of 25 hours are followed by the next day', () => {
  const hours = (day: string): number =>
    (startOfDay(dayAfter(day), 'Europe/Berlin') - startOfDay(day, 'Europe/Berlin')) / 3_600_000;
  expect(['2026-03-29', '2026-10-25', '2026-10-26'].map(hours)).toEqual([23, 25, 24]);
  expect(dayAfter('2026-12-31')).toBe('2027-01-01');
  expect(dayAfter('2026-03-01', -1)).toBe('2026-02-28');
});

test('the first instant of a day is of that day, and the one before is not', () => {
  const zones = fc.constantFrom('Europe/Berlin', 'America/Santiago', 'Asia/Kathmandu', 'Pacific/Auckland', 'UTC');
  const instants = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2030-01-01') });
  fc.assert(
    fc.property(zones, instants, (zone, at) => {
      const day = dayAt(at, zone);
      expect(dayAt(startOfDay(day, zone), zone)).toBe(day);
      expect(dayAt(startOfDay(day, zone) - 1, zone)).not.toBe(day);
    }),
  );
});
