/**
 * A statement: what stood on a balance, what moved it, and what stands on it after (billing.md, `GET
 * /billingprofile/{id}/ledger`).
 */
import { AppError } from '../../../shared/errors.ts';
import { decimalText, money, roundedQuotient, type StoredMoney } from '../../../shared/schema/money.ts';
import { periodAt, type BillingDays } from './period.ts';

/** What a day moved: charges of calls and SMS by the day of the call, and what was booked on it. */
export type LedgerDay = {
  /** `2024-01-15`, UTC. */
  readonly day: string;
  readonly charges?: StoredMoney;
  readonly calls?: number;
  /** Billed. */
  readonly seconds?: number;
  readonly booked?: StoredMoney;
};

/** Days of a statement, both in it. */
export type DayRange = { readonly from: string; readonly to: string };

const maxDays = 366;
const DAY = 86_400_000;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/**
 * The days that are asked for, `end` being the last millisecond: instants stand for the days (UTC) that they touch; by
 * default the open period up to today.
 * @param now Unix milliseconds @throws AppError INVALID_PARAMETER
 */
export function daysAsked(
  { start, end }: { readonly start?: string | undefined; readonly end?: string | undefined },
  days: BillingDays,
  now: number,
): DayRange {
  const last = end === undefined ? now : Date.parse(end);
  const first = start === undefined ? periodAt(last, days).start : Date.parse(start);
  const range = { from: dayOf(first), to: dayOf(last) };
  const count = (Date.parse(range.to) - Date.parse(range.from)) / DAY + 1;
  if (count < 1 || count > maxDays)
    throw new AppError('INVALID_PARAMETER', `A ledger shows 1 to ${maxDays} days`, {
      details: [{ path: 'start', message: `must lie within ${maxDays} days before end` }],
    });
  return range;
}

export type Statement = {
  readonly start: string;
  readonly end: string;
  readonly currency: string;
  readonly opening_balance: string;
  readonly closing_balance: string;
  /** What each day charged for calls and SMS, as it moves the balance: below zero. */
  readonly charges: readonly {
    readonly day: string;
    readonly amount: string;
    readonly calls: number;
    readonly minutes: string;
  }[];
};

const charged = ({ charges = 0 }: LedgerDay): bigint => BigInt(charges);
const booked = (each: LedgerDay): bigint => BigInt(each.booked ?? 0);
const sumOf = (days: readonly LedgerDay[], amount: (day: LedgerDay) => bigint): bigint =>
  days.reduce((sum, day) => sum + amount(day), 0n);

/** Minutes of billed seconds, with 4 decimals. */
export const minutesText = (seconds: number): string => decimalText(roundedQuotient(BigInt(seconds) * 1_000_000n, 60n));

/** A statement over some days, of all that moved the balance up to their end. */
export function statementOf(moved: readonly LedgerDay[], { from, to }: DayRange, currency: string): Statement {
  const until = moved.filter(({ day }) => day <= to);
  const within = until.filter(({ day }) => day >= from);
  const closing = sumOf(until, (day) => booked(day) - charged(day));
  const calls = [...Map.groupBy(within, ({ day }) => day)].filter(([, parts]) =>
    parts.some((part) => part.calls !== undefined),
  );
  return {
    start: from,
    end: to,
    currency,
    opening_balance: decimalText(money(closing - sumOf(within, (day) => booked(day) - charged(day)))),
    closing_balance: decimalText(money(closing)),
    charges: calls.map(([day, parts]) => ({
      day,
      amount: decimalText(money(-sumOf(parts, charged))),
      calls: parts.reduce((sum, part) => sum + (part.calls ?? 0), 0),
      minutes: minutesText(parts.reduce((sum, { seconds = 0 }) => sum + seconds, 0)),
    })),
  };
}
