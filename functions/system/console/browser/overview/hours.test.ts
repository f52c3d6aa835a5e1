import { expect, test } from 'vitest';
import { answerRate, axisEnd, lastHours, sumOf } from './hours.ts';

test('the hours end with the running one', () => {
  expect(lastHours(2, Date.parse('2026-11-25T08:30:00Z'))).toEqual([
    { start: '2026-11-25T07:00:00.000Z', end: '2026-11-25T08:00:00.000Z' },
    { start: '2026-11-25T08:00:00.000Z', end: '2026-11-25T09:00:00.000Z' },
  ]);
});

test('the answer rate is that of all hours together, and unknown without a call', () => {
  const hours = [
    { all: 1, answered: 1 },
    { all: 3, answered: 1 },
  ];
  expect(answerRate(sumOf(hours))).toBe(50);
  expect(answerRate(sumOf([]))).toBeNull();
});

test.each([
  [[], 2],
  [[3], 4],
  [[7, 10], 10],
  [[11], 20],
  [[1_234], 2_000],
  [[9_999], 10_000],
])('the axis of %j ends at %d', (values, end) => {
  expect(axisEnd(values)).toBe(end);
});
