/**
 * A statement over some days: opening balance, what moved it, closing balance (functions/billing/README.md, "Credit").
 */
import { invalidParameter } from '../../../shared/errors.ts';
import { decimalText, money, divideRounded, type StoredMoney } from '../../../shared/schema/money.ts';
import { day as dayLength } from '../../../shared/schema/time.ts';
import { periodAt, type BillingDays } from './period.ts';

/** The sums of one day: charges of calls by the day of the call, and ledger entries by the day of booking. */
export type LedgerDay = {
  /** `2024-01-15`, UTC. */
  readonly day: string;
  readonly charges?: StoredMoney;
  readonly calls?: number;
  /** Billed seconds of the calls. */
  readonly seconds?: number;
  readonly booked?: StoredMoney;
};

/** First and last day of a statement, both included. */
export type DayRange = { readonly from: string; readonly to: string };

const maxDays = 366;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/**
 * The days of a statement. Instants select the days (UTC) that contain them; `end` is the last millisecond. The default
 * is the open period up to today. @param now Unix milliseconds @throws AppError INVALID_PARAMETER
 */
export function statementDays(
  { start, end }: { readonly start?: string | undefined; readonly end?: string | undefined },
  days: BillingDays,
  now: number,
): DayRange {
  const last = end === undefined ? now : Date.parse(end);
  const first = start === undefined ? periodAt(last, days).start : Date.parse(start);
  const range = { from: dayOf(first), to: dayOf(last) };
  const count = (Date.parse(range.to) - Date.parse(range.from)) / dayLength + 1;
  if (count < 1 || count > maxDays) throw invalidParameter('start', `must be within ${maxDays} days before end`);
  return range;
}

export type Statement = {
  readonly start: string;
  readonly end: string;
  readonly currency: string;
  readonly opening_balance: string;
  readonly closing_balance: string;
  /** Charges of calls per day, as they move the balance: negative. */
  readonly charges: readonly {
    readonly day: string;
    readonly amount: string;
    readonly calls: number;
    readonly minutes: string;
  }[];
};

const chargesOf = ({ charges = 0 }: LedgerDay): bigint => BigInt(charges);
const moveOf = (sums: LedgerDay): bigint => BigInt(sums.booked ?? 0) - chargesOf(sums);
const sumOf = (days: readonly LedgerDay[], amount: (day: LedgerDay) => bigint): bigint =>
  days.reduce((sum, day) => sum + amount(day), 0n);

/** Billed seconds as minutes with 4 decimals. */
export const minutesText = (seconds: number): string => decimalText(divideRounded(BigInt(seconds) * 1_000_000n, 60n));

/** The statement over a range. @param moved every daily sum up to the end of the range, from the beginning on */
export function statementOf(moved: readonly LedgerDay[], { from, to }: DayRange, currency: string): Statement {
  const until = moved.filter(({ day }) => day <= to);
  const within = until.filter(({ day }) => day >= from);
  const closing = sumOf(until, moveOf);
  const calls = [...Map.groupBy(within, ({ day }) => day)].filter(([, parts]) =>
    parts.some((part) => part.calls !== undefined),
  );
  return {
    start: from,
    end: to,
    currency,
    opening_balance: decimalText(money(closing - sumOf(within, moveOf))),
    closing_balance: decimalText(money(closing)),
    charges: calls.map(([day, parts]) => ({
      day,
      amount: decimalText(money(-sumOf(parts, chargesOf))),
      calls: parts.reduce((sum, part) => sum + (part.calls ?? 0), 0),
      minutes: minutesText(parts.reduce((sum, { seconds = 0 }) => sum + seconds, 0)),
    })),
  };
}
