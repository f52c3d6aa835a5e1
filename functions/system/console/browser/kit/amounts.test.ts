import { expect, test } from 'vitest';
import { amountText } from './amounts.ts';

test.each([
  ['a sum has two decimals', amountText('1.5', 'EUR'), '1.50 EUR'],
  ['a sum is rounded', amountText(269.5871, 'USD'), '269.59 USD'],
  ['a rate has up to four', amountText('0.1560', 'USD', 'rate'), '0.156 USD'],
  ['a rate below a cent is shown', amountText('0.0042', 'USD', 'rate'), '0.0042 USD'],
  ['nothing is an amount of its own', amountText('0.0000', 'USD'), '0.00 USD'],
  ['a currency without coins has no decimals', amountText('1500', 'JPY'), '1,500 JPY'],
  ['what is unknown is no amount', amountText(null, 'USD'), '–'],
  ['a text is no amount', amountText('much', 'USD'), '–'],
  ['an amount may have no currency', amountText(2, undefined), '2.00'],
])('%s', (_rule, shown, expected) => {
  expect(shown).toBe(expected);
});
