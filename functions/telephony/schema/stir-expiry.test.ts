import { expect, test } from 'vitest';
import { warningDue, warningTimes } from './stir-expiry.ts';

const end = '2026-12-31T00:00:00.000Z';

test.each([
  ['2026-01-01', ['2026-12-01', '2026-12-24', '2026-12-30']],
  ['2026-12-10', ['2026-12-10', '2026-12-24', '2026-12-30']],
  ['2026-12-30', ['2026-12-30']],
  ['2027-01-01', []],
])('a certificate that is saved on %s is looked at on %j', (now, days) => {
  expect(warningTimes(end, `${now}T00:00:00.000Z`)).toEqual(days.map((each) => `${each}T00:00:00.000Z`));
});

test.each([
  ['2026-11-30T23:59:59.999Z', undefined, undefined],
  ['2026-12-01T00:00:00.000Z', undefined, 30],
  ['2026-12-01T00:00:01.000Z', 30, undefined],
  ['2026-12-24T00:00:00.000Z', 30, 7],
  ['2026-12-30T12:00:00.000Z', undefined, 1],
  ['2026-12-30T12:00:00.000Z', 1, undefined],
  ['2026-12-31T00:00:00.000Z', 7, undefined],
])('at %s after a warning of %s days, that of %s days is due', (now, warned, due) => {
  expect(warningDue(end, warned, now)).toBe(due);
});
