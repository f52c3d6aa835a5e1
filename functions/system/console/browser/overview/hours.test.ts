import { expect, test } from 'vitest';
import { answerRate, axisEnd, chargesDifferenceText, chargesText, differenceText, sumOf } from './hours.ts';

const part = { calls: 2, answered: 1, talk_seconds: 60, charges: [] };

test('a sum has the charges of each currency', () => {
  const sum = sumOf([
    { ...part, talk_seconds: 93, charges: [{ currency: 'USD', amount: '0.1560' }] },
    part,
    { ...part, charges: [{ currency: 'USD', amount: '0.1000' }] },
  ]);
  expect(sum).toEqual({
    ...{ calls: 6, answered: 3, talkSeconds: 213 },
    charges: [{ currency: 'USD', amount: '0.2560' }],
  });
  expect(chargesText(sum)).toBe('0.26 USD');
});

test('charges of two currencies are two sums, and none is no sum', () => {
  const charges = ['USD', 'EUR', 'USD'].map((currency) => ({ currency, amount: '1.0000' }));
  const sums = sumOf(charges.map((each) => ({ ...part, charges: [each] })));
  expect([chargesText(sums), chargesText({ charges: [] })]).toEqual(['2.00 USD, 1.00 EUR', '–']);
});

test('a figure differs from that of a week before by a share of it', () => {
  expect([differenceText(5, 4), differenceText(3, 4), differenceText(4, 4)]).toEqual(['+25%', '-25%', '0%']);
  expect(differenceText(5, 0)).toBeNull();
});

test('charges differ from those of a week before in each currency of them', () => {
  const charged = (...charges: readonly (readonly [string, string])[]) => ({
    charges: charges.map(([amount, currency]) => ({ currency, amount })),
  });
  const [euros, dollars] = [
    ['0.3000', 'EUR'],
    ['1.0000', 'USD'],
  ] as const;
  const differences = [
    chargesDifferenceText(charged(euros), charged(['0.2000', 'EUR'])),
    chargesDifferenceText(charged(), charged(euros)),
    chargesDifferenceText(charged(euros), charged()),
    // One currency is not compared with another.
    chargesDifferenceText(charged(dollars), charged(euros)),
    chargesDifferenceText(charged(euros, dollars), charged(['0.6000', 'EUR'], ['0.8000', 'USD'])),
  ];
  expect(differences).toEqual(['+50%', '-100%', null, '-100% EUR', '-50% EUR, +25% USD']);
});

test('the answer rate is that of all calls together, and unknown without a call', () => {
  expect(answerRate({ calls: 4, answered: 2 })).toBe(0.5);
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
