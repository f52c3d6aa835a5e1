/** Revenue, cost and profit of numbers, as an organization sees them (functions/billing/README.md, "Profit"). */
import * as z from 'zod';
import { AppError, errorKinds, invalidParameter } from '#errors.ts';
import { decimalText, money } from '#schema/money.ts';
import { day as dayLength } from '#schema/time.ts';
import { omit } from '#schema/omit.ts';
import { organizationText } from '#schema/values.ts';
import { billingDayAlways, periodAt, type BillingDays } from '../schema/period.ts';
import { minutesText } from '../billing-profiles/statement.ts';
import type { NumberDay } from '#schema/number-sums.ts';

export const profitErrors = errorKinds({
  RANGE_TOO_LARGE: [400, 'The range covers too much data; narrow it.'],
});

const amount = z.string().nullable();

const sums = {
  currency: z.string().describe('ISO 4217 code of the amounts'),
  calls: z.int().describe('Number of calls'),
  minutes: z.string().describe('Billed minutes, a decimal with 4 decimals'),
  revenue: z.string().describe('What the organization charged its children, a decimal with 4 decimals'),
  cost: amount.describe('What it was charged itself; null if the cost of a call is unknown or in another currency'),
  profit: amount.describe('Revenue minus cost; null without a cost'),
};

const LateSums = z.object({
  call_day: z.iso.date().describe('Day (UTC) of the calls'),
  rated_day: z.iso.date().describe('Day (UTC) on which the ledger of the organization has them'),
  ...omit(sums, 'currency'),
});

const late = z
  .array(LateSums)
  .describe('Those of these sums that the ledger has on another day than that of the calls, by both days');

const NumberProfit = z.object({
  number: z.string().describe('Caller of outbound calls, callee of inbound calls; `other` if that is no number'),
  org_id: z.string().describe('Organization that made or received the calls, such as `org_1001`'),
  ...sums,
  margin_percent: amount.describe('Profit in percent of revenue, with 2 decimals; null without revenue'),
  late,
});

export const ProfitAnswer = z
  .object({
    time_zone: z.literal('UTC').describe('Time zone of the days'),
    period: z
      .object({ start: z.iso.date().describe('First day'), end: z.iso.date().describe('Last day, included') })
      .describe('Days that are summed'),
    numbers: z.array(NumberProfit).describe('A page of the numbers'),
    totals: z.array(z.object({ ...sums, late })).describe('Sums of all numbers, one per currency'),
    total: z.int().describe('Number of numbers on all pages'),
    next_page_token: z.string().describe('Token of the next page; empty on the last page'),
  })
  .meta({ id: 'NumberProfit' });

export const profitSorts = ['profit', 'revenue', 'cost', 'calls'] as const;
export type ProfitSort = (typeof profitSorts)[number];

/** First and last day, both included. */
export type Days = { readonly start: string; readonly end: string };

const maxDays = 366;

/** The days to sum; by default the open period. @param now Unix milliseconds @throws AppError INVALID_PARAMETER */
export function profitDays(
  { start, end }: { readonly start?: string | undefined; readonly end?: string | undefined },
  days: BillingDays | null,
  now: number,
): Days {
  const period = periodAt(end === undefined ? now : Date.parse(end), days ?? billingDayAlways(1));
  const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const range = { start: start ?? dayOf(period.start), end: end ?? dayOf(period.end - 1) };
  const count = (Date.parse(range.end) - Date.parse(range.start)) / dayLength + 1;
  if (count < 1 || count > maxDays) throw invalidParameter('start', `must be within ${maxDays} days before end`);
  return range;
}

/** Daily sums that one answer may read. */
export const maxSums = 100_000;

/** @throws AppError RANGE_TOO_LARGE */
export function assertReadable(sumsRead: number): void {
  if (sumsRead <= maxSums) return;
  throw new AppError(
    profitErrors.RANGE_TOO_LARGE,
    `The range has more than ${maxSums} daily sums: select one number, or fewer days`,
  );
}

/** Sums of days of a number. */
type Sum = NumberDay & { readonly revenue: bigint; readonly cost: bigint };

/** The sum of parts that have a number, holder and currency in common. There may be 100,000. */
function sumOf(first: NumberDay, parts: readonly NumberDay[]): Sum {
  const sum = { ...first, calls: 0, seconds: 0, revenue: 0n, cost: 0n, unknown: 0 };
  for (const { calls, seconds, revenue, cost, unknown } of parts) {
    sum.calls += calls;
    sum.seconds += seconds;
    sum.revenue += BigInt(revenue);
    sum.cost += BigInt(cost);
    sum.unknown += unknown;
  }
  return sum;
}

/** The parts of each key, summed. */
const sumBy = <Part extends NumberDay>(parts: readonly Part[], keyOf: (part: Part) => string) =>
  [...Map.groupBy(parts, keyOf).values()].flatMap((of) =>
    of.slice(0, 1).map((first) => ({ sum: sumOf(first, of), of })),
  );

const costIn = ({ cost, unknown }: Sum): bigint | null => (unknown === 0 ? cost : null);
const profitIn = (profit: Sum): bigint | null => (profit.unknown === 0 ? profit.revenue - profit.cost : null);

const measures: Readonly<Record<ProfitSort, (profit: Sum) => bigint | null>> = {
  profit: profitIn,
  cost: costIn,
  revenue: ({ revenue }) => revenue,
  calls: ({ calls }) => BigInt(calls),
};

function compareNumbers(one: Sum, other: Sum): number {
  if (one.number === other.number) return one.holder - other.holder;
  return one.number < other.number ? -1 : 1;
}

/** Unknown sums come last in either order; equal sums are ordered by number. */
const compareBy =
  (sort: ProfitSort, order: 'asc' | 'desc') =>
  (one: Sum, other: Sum): number => {
    const [left, right] = [measures[sort](one), measures[sort](other)];
    if (left === right) return compareNumbers(one, other);
    if (left === null || right === null) return left === null ? 1 : -1;
    return left < right === (order === 'asc') ? -1 : 1;
  };

const amountText = (value: bigint | null): string | null => (value === null ? null : decimalText(money(value)));

/** Percent with 2 decimals, rounded half-up away from zero. */
function margin(profit: Sum): string | null {
  const gained = profitIn(profit);
  if (gained === null || profit.revenue === 0n) return null;
  const magnitude = (gained < 0n ? -gained : gained) * 10_000n;
  const hundredths = (2n * magnitude + profit.revenue) / (2n * profit.revenue);
  const digits = String(hundredths).padStart(3, '0');
  return `${gained < 0n && hundredths > 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

const presentSums = (profit: Sum) => ({ ...presentAmounts(profit), currency: profit.currency });

const presentAmounts = (profit: Sum) => ({
  calls: profit.calls,
  minutes: minutesText(profit.seconds),
  revenue: decimalText(money(profit.revenue)),
  cost: amountText(costIn(profit)),
  profit: amountText(profitIn(profit)),
});

const isLate = ({ rated_day }: NumberDay): boolean => rated_day !== undefined;

/** Sums of calls that the ledger has on another day, by the day of the calls and that day. */
const presentLate = (days: readonly NumberDay[]): z.input<typeof late> =>
  sumBy(days, ({ day, rated_day }) => `${day} ${rated_day}`)
    .map(({ sum }) => sum)
    .filter(({ calls, seconds, revenue, cost }) => calls !== 0 || seconds !== 0 || revenue !== 0n || cost !== 0n)
    .map((profit) => ({ call_day: profit.day, rated_day: profit.rated_day ?? profit.day, ...presentAmounts(profit) }))
    .sort((one, other) => (one.call_day + one.rated_day < other.call_day + other.rated_day ? -1 : 1));

const presentNumber = (profit: Sum, days: readonly NumberDay[]): z.input<typeof NumberProfit> => ({
  number: profit.number,
  org_id: organizationText(profit.holder),
  ...presentSums(profit),
  margin_percent: margin(profit),
  late: presentLate(days),
});

/** All numbers in the given order, and the totals of each currency. Numbers without a call left are omitted. */
export function profitOf(days: readonly NumberDay[], sort: ProfitSort, order: 'asc' | 'desc') {
  const compare = compareBy(sort, order);
  const numbers = sumBy(days, ({ number, holder, currency }) => `${number} ${holder} ${currency}`)
    .filter(({ sum }) => sum.calls !== 0)
    .map(({ sum, of }) => ({ sum, late: of.filter(isLate) }))
    .sort((one, other) => compare(one.sum, other.sum));
  const totals = [...Map.groupBy(numbers, ({ sum }) => sum.currency)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([currency, of]) =>
      sumBy(
        of.map(({ sum }) => sum),
        () => currency,
      ).map(({ sum }) => ({ ...presentSums(sum), late: presentLate(of.flatMap(({ late: days }) => days)) })),
    );
  return { numbers: numbers.map(({ sum, late: days }) => presentNumber(sum, days)), totals };
}
