/**
 * Money is integer micro-units of its currency (1 = 0.000001), a BigInt, never a float (billing.md).
 * A JSON number is read by its shortest decimal text, so 0.0955 is 95,500 and nothing else.
 */
import * as z from 'zod';
import { AppError } from '../errors.ts';

declare const moneyBrand: unique symbol;

/** An amount in micro-units. Sums and differences of amounts are re-branded by {@link money}. */
export type Money = bigint & { readonly [moneyBrand]: true };

/** Decimals that an amount may have: 4 what moves a balance, 6 a price per minute. */
export type Decimals = 4 | 6;

/** Which amounts a field takes. */
export type Sign = 'any' | 'not negative' | 'positive';

const STEP = { 4: 100n, 6: 1n } as const satisfies Record<Decimals, bigint>;
/** Sign, whole units, up to six decimals; zeros behind those do not count. */
const DECIMAL = /^(-?)(\d{1,15})(?:\.(?=\d)(\d{0,6})0{0,9})?$/;

/** Brands micro-units: of a computation, or as the table holds them. */
export const money = (micros: bigint): Money => micros as Money;

/** Micro-units as the table gives them: a number where a double holds it exactly, else a BigInt. */
export type StoredMoney = number | bigint;

/** The amount that the table gave. */
export const storedMoney = (stored: StoredMoney): Money => money(BigInt(stored));

export const NOTHING = money(0n);

/** The largest amount that anything takes, either way: 999,999,999.9999 (billing.md). */
export const maxAmount = money(999_999_999_999_900n);

/**
 * The micro-units of a decimal: of a text such as "-12.5", or of a number by its shortest text.
 * Null if it is no plain decimal or has more than six decimals that are not zero.
 */
export function parseMicros(decimal: string | number): bigint | null {
  const parts = DECIMAL.exec(String(decimal).trim());
  if (parts === null) return null;
  const [, sign, whole = '', fraction = ''] = parts;
  const magnitude = BigInt(whole + fraction.padEnd(6, '0'));
  return sign === '-' ? -magnitude : magnitude;
}

/**
 * The amount of a decimal that a schema has judged before; anything else is a defect (`INTERNAL_ERROR`), never taken
 * for 0.
 */
export function amountOf(decimal: string | number): Money {
  const amount = parseMicros(decimal);
  if (amount === null) throw new AppError('INTERNAL_ERROR', `${decimal} is stored as an amount and is none`);
  return money(amount);
}

/**
 * numerator / denominator in micro-units, rounded to 4 decimals. Half-up goes away from zero, so that the
 * rounding of a reversal is the exact negative of the rounding of its charge. The denominator is positive.
 */
export function divideRounded(numerator: bigint, denominator: bigint): Money {
  const step = denominator * STEP[4];
  const magnitude = numerator < 0n ? -numerator : numerator;
  const rounded = ((2n * magnitude + step) / (2n * step)) * STEP[4];
  return money(numerator < 0n ? -rounded : rounded);
}

/** What an amount moves a balance by: half-up to 4 decimals (billing.md). */
export const roundAmount = (amount: Money): Money => divideRounded(amount, 1n);

/** "0.0955" for 95,500 micro-units; with 4 decimals rounded half-up, with 6 exact. */
export function decimalText(amount: Money, decimals: Decimals = 4): string {
  const exact = decimals === 6 ? amount : roundAmount(amount);
  const digits = String(exact < 0n ? -exact : exact).padStart(7, '0');
  const text = `${digits.slice(0, -6)}.${digits.slice(-6).slice(0, decimals)}`;
  return exact < 0n ? `-${text}` : text;
}

/** The JSON number nearest to the amount: for answers only (`/billingprofile`, `/billing-accounts`). */
export const decimalNumber = (amount: Money): number => Number(decimalText(amount, 6));

/** Without needless zeros: "0", "12.5". For percentages and the like, which are micro-units too. */
export const shortDecimalText = (amount: bigint): string => decimalText(money(amount), 6).replace(/\.?0+$/, '');

/** What is wrong with a field's amount, as a sentence, or null. */
function problem(amount: bigint | null, decimals: Decimals, sign: Sign): string | null {
  if (amount === null || amount % STEP[decimals] !== 0n) return `must be a decimal with at most ${decimals} decimals`;
  if (amount > maxAmount || amount < -maxAmount) return 'must be at most 999999999.9999';
  if (sign === 'positive' && amount <= 0n) return 'must be greater than 0';
  if (sign === 'not negative' && amount < 0n) return 'must not be negative';
  return null;
}

/** A field that takes an amount as a JSON number or a decimal text, and gives it as {@link Money}. */
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

/** As {@link Amount}, but gives the canonical text ("0.0100"): for documents that are stored as they are shown. */
export const AmountText = (decimals: Decimals, sign: Sign = 'not negative') =>
  Amount(decimals, sign)
    .transform((amount) => decimalText(amount, decimals))
    .pipe(z.string());
