import { expect, test } from 'vitest';
import { amountText } from './amounts.ts';

test.each([
  ['a sum has two decimals', amountText('1.5', 'EUR'), '1.50 EUR'],
  ['a sum is rounded', amountText(269.5871, 'USD'), '269.59 USD'],
  ['a charge has up to four', amountText('0.1560', 'USD', 'charge'), '0.156 USD'],
  ['a charge below a cent is shown', amountText('0.0042', 'USD', 'charge'), '0.0042 USD'],
  ['a price has four', amountText('0.100000', 'USD', 'price'), '0.1000 USD'],
  ['a price of more digits has all', amountText('0.010011', 'USD', 'price'), '0.010011 USD'],
  ['a price of yen has four, too', amountText('1.5', 'JPY', 'price'), '1.5000 JPY'],
  ['nothing is an amount of its own', amountText('0.0000', 'USD'), '0.00 USD'],
  ['a currency without coins has no decimals', amountText('1500', 'JPY'), '1,500 JPY'],
  ['what is unknown is no amount', amountText(null, 'USD'), '–'],
  ['a text is no amount', amountText('much', 'USD'), '–'],
  ['an amount may have no currency', amountText(2, undefined), '2.00'],
])('%s', (_rule, shown, expected) => {
  expect(shown).toBe(expected);
});
