/** Revenue, cost and profit of numbers over days, as an organization sees them (billing.md, `GET /profit/numbers`). */
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { decimalText, money, storedMoney, type StoredMoney } from '../../../shared/schema/money.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import { billingDayAlways, periodAt, type BillingDays } from '../billing-profiles/period.ts';
import { minutesText } from '../billing-profiles/statement.ts';

const amount = z.string().nullable();

const NumberProfit = z.object({
  number: z
    .string()
    .meta({ description: 'Caller of outbound calls, callee of inbound ones; `other` where that is no number' }),
  org_id: z.string(),
  calls: z.int(),
  minutes: z.string(),
  revenue: z.string(),
  cost: amount.meta({ description: 'Null where the cost of a call is not known, or in another currency' }),
  profit: amount,
  margin_percent: amount,
  currency: z.string(),
});

export const ProfitAnswer = z
  .object({
    period: z.object({ start: z.iso.date(), end: z.iso.date() }),
    numbers: z.array(NumberProfit),
    totals: z.array(
      z.object({
        currency: z.string(),
        calls: z.int(),
        minutes: z.string(),
        revenue: z.string(),
        cost: amount,
        profit: amount,
      }),
    ),
    total: z.int(),
    next_page_token: z.string(),
  })
  .meta({ id: 'NumberProfit' });

export const profitSorts = ['profit', 'revenue', 'cost', 'calls'] as const;
export type ProfitSort = (typeof profitSorts)[number];

/** What the sums of a day say of a number. */
export type NumberDay = {
  readonly number: string;
  readonly day: string;
  readonly holder: number;
  readonly currency: string;
  readonly calls: number;
  readonly seconds: number;
  readonly revenue: StoredMoney;
  readonly cost: StoredMoney;
  readonly unknown: number;
};

export type Days = { readonly start: string; readonly end: string };

const maxDays = 366;
const DAY = 86_400_000;

/**
 * Days that are asked for, both in it; by default the present period. @param now Unix milliseconds @throws AppError
 * INVALID_PARAMETER
 */
export function daysAsked(
  { start, end }: { readonly start?: string | undefined; readonly end?: string | undefined },
  days: BillingDays | null,
  now: number,
): Days {
  const period = periodAt(end === undefined ? now : Date.parse(end), days ?? billingDayAlways(1));
  const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const asked = { start: start ?? dayOf(period.start), end: end ?? dayOf(period.end - 1) };
  const count = (Date.parse(asked.end) - Date.parse(asked.start)) / DAY + 1;
  if (count < 1 || count > maxDays)
    throw new AppError('INVALID_PARAMETER', `The range must be 1 to ${maxDays} days`, {
      details: [{ path: 'start', message: `must lie within ${maxDays} days before end` }],
    });
  return asked;
}

/** Daily sums that one answer is made of. */
export const maxSums = 100_000;

export const tooLarge = (): AppError =>
  new AppError('RANGE_TOO_LARGE', `The range has more than ${maxSums} daily sums: name a number or narrow it`);

type Profit = {
  readonly number: string;
  readonly holder: number;
  readonly currency: string;
  readonly calls: number;
  readonly seconds: number;
  readonly revenue: bigint;
  readonly cost: bigint;
  readonly unknown: number;
};

function added(one: Profit, other: Profit): Profit {
  return {
    ...one,
    calls: one.calls + other.calls,
    seconds: one.seconds + other.seconds,
    revenue: one.revenue + other.revenue,
    cost: one.cost + other.cost,
    unknown: one.unknown + other.unknown,
  };
}

function grouped(profits: readonly Profit[], keyOf: (profit: Profit) => string): Profit[] {
  const sums = new Map<string, Profit>();
  for (const profit of profits) {
    const sum = sums.get(keyOf(profit));
    sums.set(keyOf(profit), sum === undefined ? profit : added(sum, profit));
  }
  return [...sums.values()];
}

const costIn = ({ cost, unknown }: Profit): bigint | null => (unknown === 0 ? cost : null);
const profitIn = (profit: Profit): bigint | null => (profit.unknown === 0 ? profit.revenue - profit.cost : null);

const measures: Readonly<Record<ProfitSort, (profit: Profit) => bigint | null>> = {
  profit: profitIn,
  cost: costIn,
  revenue: ({ revenue }) => revenue,
  calls: ({ calls }) => BigInt(calls),
};

/** What is not known comes last, whichever way it is sorted; what is equal, by number. */
const ordered =
  (sort: ProfitSort, order: 'asc' | 'desc') =>
  (one: Profit, other: Profit): number => {
    const [left, right] = [measures[sort](one), measures[sort](other)];
    if (left === right)
      return one.number === other.number ? one.holder - other.holder : one.number < other.number ? -1 : 1;
    if (left === null || right === null) return left === null ? 1 : -1;
    return left < right === (order === 'asc') ? -1 : 1;
  };

const shown = (value: bigint | null): string | null => (value === null ? null : decimalText(money(value)));

/** Percent with 2 decimals, half-up away from zero. */
function margin(profit: Profit): string | null {
  const gained = profitIn(profit);
  if (gained === null || profit.revenue === 0n) return null;
  const magnitude = (gained < 0n ? -gained : gained) * 10_000n;
  const hundredths = (2n * magnitude + profit.revenue) / (2n * profit.revenue);
  const digits = String(hundredths).padStart(3, '0');
  return `${gained < 0n && hundredths > 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

const presentSums = (profit: Profit) => ({
  calls: profit.calls,
  minutes: minutesText(profit.seconds),
  revenue: decimalText(money(profit.revenue)),
  cost: shown(costIn(profit)),
  profit: shown(profitIn(profit)),
  currency: profit.currency,
});

const presentNumber = (profit: Profit): z.input<typeof NumberProfit> => ({
  number: profit.number,
  org_id: organizationText(profit.holder),
  ...presentSums(profit),
  margin_percent: margin(profit),
});

/** All numbers in the order that is asked for, and what each currency comes to. */
export function profitOf(days: readonly NumberDay[], sort: ProfitSort, order: 'asc' | 'desc') {
  const each = days.map(({ revenue, cost, ...day }): Profit => ({
    ...day,
    revenue: storedMoney(revenue),
    cost: storedMoney(cost),
  }));
  const numbers = grouped(each, ({ number, holder, currency }) => `${number} ${holder} ${currency}`)
    .filter(({ calls }) => calls !== 0)
    .sort(ordered(sort, order));
  const totals = grouped(numbers, ({ currency }) => currency).sort((one, other) =>
    one.currency < other.currency ? -1 : 1,
  );
  return { numbers: numbers.map(presentNumber), totals: totals.map(presentSums) };
}
