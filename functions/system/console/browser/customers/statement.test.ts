import { expect, test } from 'vitest';
import type { ApiRequest } from '../kit/api-request.ts';
import { chargedIn, daysOf, monthsUntil, readStatement, spentText } from './statement.ts';

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

test('a month with the fees of more numbers than a page has entries is read whole', async () => {
  const sums = { currency: 'EUR', opening_balance: '5.0000', closing_balance: '2.0000', charges: [] };
  const asked: ApiRequest['query'][] = [];
  const ask = async ({ query }: ApiRequest): Promise<object> => {
    asked.push(query);
    return query?.['page_token'] === 'next'
      ? { ...sums, data: [{ id: 'led_3' }] }
      : { ...sums, data: [{ id: 'led_1' }, { id: 'led_2' }], next_page_token: 'next' };
  };
  const statement = await readStatement(ask, 'org_1001', '2027-01');
  expect(statement).toMatchObject({ ...sums, data: [{ id: 'led_1' }, { id: 'led_2' }, { id: 'led_3' }] });
  expect(asked).toMatchObject([
    { start: '2027-01-01', limit: 500 },
    { start: '2027-01-01', page_token: 'next' },
  ]);
});
