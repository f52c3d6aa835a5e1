import { expect, test } from 'vitest';
import { chargedIn, daysOf, monthsUntil, spentText } from './statement.ts';

test('what was spent is named by currency, also if it is nothing', () => {
  const charges = [
    { currency: 'EUR', amount: '0.3000' },
    { currency: 'USD', amount: '1.0000' },
  ];
  expect([spentText({ charges }), spentText({ charges: [] })]).toEqual(['0.30 EUR, 1.00 USD', '0.00']);
});

test('a month ends with its last day, in a leap year, too', () => {
  expect(daysOf('2028-02')).toEqual({ start: '2028-02-01', end: '2028-02-29' });
  expect(daysOf('2027-12')).toEqual({ start: '2027-12-01', end: '2027-12-31' });
});

test('months go back over the year', () => {
  expect(monthsUntil('2027-01-31', 3)).toEqual(['2027-01', '2026-12', '2026-11']);
});

test('what a month costs is the sum of its days', () => {
  const day = { day: '2027-01-01', calls: 1, minutes: '1.0000', sms: 0 };
  const charges = [
    { ...day, amount: '-0.1000' },
    { ...day, amount: '-0.2000' },
  ];
  expect(chargedIn({ charges })).toBe(0.3);
});
