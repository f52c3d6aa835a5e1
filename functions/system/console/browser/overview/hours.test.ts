import { expect, test } from 'vitest';
import { answerRate, axisEnd, chargesText, hoursOfToday, minutesText, sumOf } from './hours.ts';

const hour = { start: '2026-11-25T08:00:00Z', day: '2026-11-25', calls: 2, answered: 1, billed_seconds: 120 };

test('figures of today are those of the hours of that day', () => {
  const hours = [
    { ...hour, day: '2026-11-24', talk_seconds: 600, charges: [{ currency: 'USD', amount: '9.0000' }] },
    { ...hour, talk_seconds: 93, charges: [{ currency: 'USD', amount: '0.1560' }] },
    { ...hour, talk_seconds: 0, charges: [] },
    { ...hour, talk_seconds: 60, charges: [{ currency: 'USD', amount: '0.1000' }] },
  ];
  const today = hoursOfToday({ today: '2026-11-25', hours });
  expect([minutesText(today), chargesText(today), sumOf(today).calls]).toEqual(['2.6', '0.26 USD', 6]);
});

test('charges of two currencies are two sums, and none is no sum', () => {
  const charges = ['USD', 'EUR', 'USD'].map((currency) => ({ charges: [{ currency, amount: '1.0000' }] }));
  expect([chargesText(charges), chargesText([])]).toEqual(['2.00 USD, 1.00 EUR', '–']);
});

test('the answer rate is that of all hours together, and unknown without a call', () => {
  const hours = [
    { calls: 1, answered: 1 },
    { calls: 3, answered: 1 },
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
