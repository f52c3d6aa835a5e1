/**
 * Money is an integer number of micro-units of its currency (1 = 0.000001), a BigInt, never a floating-point number. A
 * JSON number is parsed by its shortest decimal text, so that 0.0955 is exactly 95,500.
 */
import * as z from 'zod';
import { AppError } from '../errors.ts';

declare const moneyBrand: unique symbol;

/** An amount in micro-units. {@link money} brands sums and differences of amounts again. */
export type Money = bigint & { readonly [moneyBrand]: true };

/** Decimals of an amount: 4 for charges and credits, 6 for prices per minute. */
export type Decimals = 4 | 6;

/** Which amounts a field accepts. */
export type Sign = 'any' | 'not negative' | 'positive';

const steps = { 4: 100n, 6: 1n } as const satisfies Record<Decimals, bigint>;
/** Sign, integer part, up to six decimals, and any trailing zeros. */
const decimalForm = /^(-?)(\d{1,15})(?:\.(?=\d)(\d{0,6})0{0,9})?$/;

/** Brands micro-units as an amount. */
export const money = (micros: bigint): Money => micros as Money;

/** Micro-units as the table returns them: a number if a double holds them exactly, else a BigInt. */
export type StoredMoney = number | bigint;

/** The amount of stored micro-units. */
export const moneyFromStore = (stored: StoredMoney): Money => money(BigInt(stored));

export const zeroAmount = money(0n);

/** The largest amount of any field, positive or negative: 999,999,999.9999. */
export const maxAmount = money(999_999_999_999_900n);

/**
 * The micro-units of a decimal: a text such as "-12.5", or a number, by its shortest text. Null if it is no plain
 * decimal or has more than six decimals, not counting trailing zeros.
 */
export function parseMicros(decimal: string | number): bigint | null {
  const parts = decimalForm.exec(String(decimal).trim());
  if (parts === null) return null;
  const [, sign, whole = '', fraction = ''] = parts;
  const magnitude = BigInt(whole + fraction.padEnd(6, '0'));
  return sign === '-' ? -magnitude : magnitude;
}

/** The amount of a decimal that a schema has accepted before. @throws AppError INTERNAL_ERROR for any other text */
export function amountOf(decimal: string | number): Money {
  const amount = parseMicros(decimal);
  if (amount === null) throw new AppError('INTERNAL_ERROR', `the stored amount ${decimal} is not a decimal`);
  return money(amount);
}

/**
 * numerator / denominator in micro-units, rounded half-up to 4 decimals. Half goes away from zero, so that a rounded
 * reversal is the exact negative of its rounded charge.
 * @param denominator positive
 */
export function divideRounded(numerator: bigint, denominator: bigint): Money {
  const step = denominator * steps[4];
  const magnitude = numerator < 0n ? -numerator : numerator;
  const rounded = ((2n * magnitude + step) / (2n * step)) * steps[4];
  return money(numerator < 0n ? -rounded : rounded);
}

/** An amount rounded half-up to 4 decimals, as it changes a balance (functions/billing/README.md, "Rounding"). */
export const roundAmount = (amount: Money): Money => divideRounded(amount, 1n);

/** "0.0955" for 95,500 micro-units: rounded half-up with 4 decimals, exact with 6. */
export function decimalText(amount: Money, decimals: Decimals = 4): string {
  const exact = decimals === 6 ? amount : roundAmount(amount);
  const digits = String(exact < 0n ? -exact : exact).padStart(7, '0');
  const text = `${digits.slice(0, -6)}.${digits.slice(-6).slice(0, decimals)}`;
  return exact < 0n ? `-${text}` : text;
}

/** The JSON number nearest to the amount; for answers only. */
export const decimalNumber = (amount: Money): number => Number(decimalText(amount, 6));

/** A decimal without trailing zeros ("0", "12.5"), for percentages, which are micro-units too. */
export const shortDecimalText = (amount: bigint): string => decimalText(money(amount), 6).replace(/\.?0+$/, '');

/** What is wrong with the amount of a field, as a sentence; null if nothing is. */
function problem(amount: bigint | null, decimals: Decimals, sign: Sign): string | null {
  if (amount === null || amount % steps[decimals] !== 0n) return `must be a decimal with at most ${decimals} decimals`;
  if (amount > maxAmount || amount < -maxAmount) return 'must be at most 999999999.9999';
  if (sign === 'positive' && amount <= 0n) return 'must be greater than 0';
  if (sign === 'not negative' && amount < 0n) return 'must not be negative';
  return null;
}

/** A field that accepts an amount as a JSON number or a decimal text, and converts it to {@link Money}. */
export const Amount = (decimals: Decimals, sign: Sign = 'not negative') =>
  z
    .union([z.number(), z.string().max(40)], 'must be a decimal: a number, or a string such as "0.0955"')
    .transform((input, context): Money => {
      const amount = parseMicros(input);
      const message = problem(amount, decimals, sign);
      if (amount === null || message !== null) {
        context.addIssue({ code: 'custom', message: message ?? 'must be a decimal', input });
        return z.NEVER;
      }
      return money(amount);
    });

/** As {@link Amount}, but converted to the canonical text ("0.0100"), for documents that are stored as shown. */
export const AmountText = (decimals: Decimals, sign: Sign = 'not negative') =>
  Amount(decimals, sign)
    .transform((amount) => decimalText(amount, decimals))
    .pipe(z.string());
