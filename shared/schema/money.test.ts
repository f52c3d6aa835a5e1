import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  Amount,
  AmountText,
  decimalNumber,
  decimalText,
  parseMicros,
  money,
  maxAmount,
  zeroAmount,
  roundAmount,
  divideRounded,
  shortDecimalText,
} from './money.ts';

const anyAmount = fc.bigInt({ min: -maxAmount, max: maxAmount }).map(money);

test('a decimal is parsed exactly, as text or number', () => {
  expect(parseMicros('0.0955')).toBe(95_500n);
  expect(parseMicros(0.0955)).toBe(95_500n);
  expect(parseMicros('-12.5')).toBe(-12_500_000n);
  expect(parseMicros(1e-6)).toBe(1n);
  expect(parseMicros(999999999.9999)).toBe(999_999_999_999_900n);
});

test('the floating-point sum of 0.1 and 0.2 is not accepted as 0.3', () => {
  expect(parseMicros(0.1 + 0.2)).toBeNull();
});

test.each(['', '.5', '5.', '1e3', '+1', '0x10', '1,5', 'NaN', '١', '0.0000001', 1e-7, 1e21, NaN, Infinity])(
  '%s is not a decimal',
  (input) => {
    expect(parseMicros(input)).toBeNull();
  },
);

test('trailing zeros are ignored', () => {
  expect(parseMicros('0.020000000')).toBe(20_000n);
  expect(Amount(4).parse('0.020000')).toBe(20_000n);
});

test('an amount is the same after it is rendered and parsed', () => {
  fc.assert(
    fc.property(anyAmount, (amount) => {
      expect(parseMicros(decimalText(amount, 6))).toBe(amount);
      expect(parseMicros(decimalNumber(roundAmount(amount)))).toBe(roundAmount(amount));
    }),
  );
});

test('rounding is half-up to four decimals, away from zero', () => {
  expect(roundAmount(money(50n))).toBe(100n);
  expect(roundAmount(money(49n))).toBe(0n);
  expect(roundAmount(money(-50n))).toBe(-100n);
  expect(divideRounded(95_950n * 9n, 10n)).toBe(86_400n);
});

test('a quotient is rounded to the nearest step, and half-way up', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 20n }),
      fc.bigInt({ min: 1n, max: 10n ** 10n }),
      (numerator, denominator) => {
        const error = divideRounded(numerator, denominator) * denominator - numerator;
        expect(2n * error).toBeLessThanOrEqual(100n * denominator);
        expect(2n * error).toBeGreaterThan(-100n * denominator);
      },
    ),
  );
});

test('a rounded reversal is the negative of its rounded charge', () => {
  fc.assert(
    fc.property(anyAmount, (amount) => {
      expect(roundAmount(money(-amount))).toBe(-roundAmount(amount));
    }),
  );
});

test('an amount has four decimals, a price six, and a percentage no trailing zeros', () => {
  expect(decimalText(zeroAmount)).toBe('0.0000');
  expect(decimalText(money(-1_500_000n))).toBe('-1.5000');
  expect(decimalText(money(20_000n), 6)).toBe('0.020000');
  expect(decimalText(money(-40n))).toBe('0.0000');
  expect(shortDecimalText(0n)).toBe('0');
  expect(shortDecimalText(100_000_000n)).toBe('100');
  expect(shortDecimalText(12_500_000n)).toBe('12.5');
});

test.each([
  ['0.00001', 'must be a decimal with at most 4 decimals'],
  ['1000000000', 'must be at most 999999999.9999'],
  [-1, 'must not be negative'],
  ['ten', 'must be a decimal with at most 4 decimals'],
  [true, 'must be a decimal: a number, or a string such as "0.0955"'],
])('the amount %s is rejected: it %s', (input, message) => {
  expect(
    Amount(4)
      .safeParse(input)
      .error?.issues.map((issue) => issue.message),
  ).toEqual([message]);
});

test('a correction may be negative, and a payment must be positive', () => {
  expect(Amount(4, 'any').parse('-3')).toBe(-3_000_000n);
  expect(Amount(4, 'positive').safeParse(0).success).toBe(false);
});

test('an amount text is canonical, and unchanged when parsed again', () => {
  expect(AmountText(4).parse(0.01)).toBe('0.0100');
  expect(AmountText(6).parse(AmountText(6).parse('0.02'))).toBe('0.020000');
});
