/**
 * A statement over some days: opening balance, what moved it, closing balance (functions/billing/README.md, "Credit").
 */
import { invalidParameter } from '#errors.ts';
import { decimalText, money, divideRounded } from '#schema/money.ts';
import { day as dayLength } from '#schema/time.ts';
import type { LedgerDay } from '../schema/balance.ts';
import { periodAt, type BillingDays } from '../schema/period.ts';

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

type Charges = { readonly amount: string; readonly calls: number; readonly minutes: string };

export type Statement = {
  readonly start: string;
  readonly end: string;
  /** That of its days. */
  readonly time_zone: 'UTC';
  readonly currency: string;
  readonly opening_balance: string;
  readonly closing_balance: string;
  /** Charges of calls and SMS per day, as they move the balance: negative. `late`: those that are of earlier days. */
  readonly charges: readonly (Charges & {
    readonly day: string;
    /** Segments of SMS. */
    readonly sms: number;
    readonly late: readonly (Charges & { readonly call_day: string })[];
  })[];
};

const chargesOf = ({ charges = 0 }: LedgerDay): bigint => BigInt(charges);
const moveOf = (sums: LedgerDay): bigint => BigInt(sums.booked ?? 0) - chargesOf(sums);
const sumOf = (days: readonly LedgerDay[], amount: (day: LedgerDay) => bigint): bigint =>
  days.reduce((sum, day) => sum + amount(day), 0n);

/** Billed seconds as minutes with 4 decimals. */
export const minutesText = (seconds: number): string => decimalText(divideRounded(BigInt(seconds) * 1_000_000n, 60n));

const presentCharges = (parts: readonly LedgerDay[]): Charges => ({
  amount: decimalText(money(-sumOf(parts, chargesOf))),
  calls: parts.reduce((sum, { calls = 0 }) => sum + calls, 0),
  minutes: minutesText(parts.reduce((sum, { seconds = 0 }) => sum + seconds, 0)),
});

/** The charges of calls of other days, by the day of the calls. */
const lateCharges = (parts: readonly LedgerDay[]) =>
  [...Map.groupBy(parts, ({ call_day }) => call_day)]
    .filter(([, own]) => own.some(({ calls, charges, seconds }) => calls !== 0 || charges !== 0 || seconds !== 0))
    .flatMap(([call_day, own]) => (call_day === undefined ? [] : [{ call_day, ...presentCharges(own) }]))
    .sort((one, other) => (one.call_day < other.call_day ? -1 : 1));

/** The statement over a range. @param moved every daily sum up to the end of the range, from the beginning on */
export function statementOf(moved: readonly LedgerDay[], { from, to }: DayRange, currency: string): Statement {
  const until = moved.filter(({ day }) => day <= to);
  const within = until.filter(({ day }) => day >= from);
  const closing = sumOf(until, moveOf);
  const charged = [...Map.groupBy(within, ({ day }) => day)].filter(([, parts]) =>
    parts.some((part) => part.calls !== undefined || part.sms !== undefined),
  );
  return {
    start: from,
    end: to,
    time_zone: 'UTC',
    currency,
    opening_balance: decimalText(money(closing - sumOf(within, moveOf))),
    closing_balance: decimalText(money(closing)),
    charges: charged.map(([day, parts]) => ({
      day,
      ...presentCharges(parts),
      sms: parts.reduce((sum, { sms = 0 }) => sum + sms, 0),
      late: lateCharges(parts),
    })),
  };
}
