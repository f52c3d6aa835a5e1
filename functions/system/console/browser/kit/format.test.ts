import { afterEach, expect, test } from 'vitest';
import { clockOf, instantOf, setZone } from './format.ts';

afterEach(() => setZone(undefined));

test('an instant is typed as the clock of the organization shows it', () => {
  setZone('Asia/Kathmandu');
  expect(clockOf('2027-03-01T09:30:00.000Z')).toBe('2027-03-01T15:15');
  expect(instantOf('2027-03-01T15:15')).toBe('2027-03-01T09:30:00.000Z');
});

test.each([
  ['before', '2027-03-28T01:59', '2027-03-28T00:59:00.000Z'],
  ['after', '2027-03-28T03:00', '2027-03-28T01:00:00.000Z'],
])('%s the clock is put forward, it is read by the hour that is in force', (_when, clock, instant) => {
  setZone('Europe/Berlin');
  expect(instantOf(clock)).toBe(instant);
  expect(clockOf(instant)).toBe(clock);
});

test('there is no clock for no instant', () => {
  expect([clockOf(null), clockOf(''), clockOf('soon')]).toEqual(['', '', '']);
});
