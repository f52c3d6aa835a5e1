/**
 * What ratings move: the sums of periods, of days, and of each number as every organization up the tree sees it
 * (billing.md, "Rating a call").
 */
import type { PeriodName } from '../billing-profiles/period.ts';
import { placeOf, placeOfReversal, type Books, type Place } from './booking.ts';
import { chargeOf, type Rating } from './rating.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { amountOf } from '../../../shared/schema/money.ts';

type Sums = { readonly charges: bigint; readonly seconds: number; readonly calls: number };
export type PeriodSums = Sums & { readonly period: PeriodName };
export type DaySums = Sums & { readonly day: string };

/** What an organization earns and pays for a number on a day, in one currency. */
export type NumberSums = {
  readonly number: string;
  readonly day: string;
  /** Whose number it is. */
  readonly holder: number;
  readonly currency: string;
  readonly calls: number;
  readonly seconds: number;
  readonly revenue: bigint;
  readonly cost: bigint;
  /** Calls whose cost is not known, or in another currency. */
  readonly unknown: number;
};

/** All that ratings move of one organization. */
export type Movement = {
  readonly organization: number;
  readonly periods: readonly PeriodSums[];
  readonly days: readonly DaySums[];
  readonly numbers: readonly NumberSums[];
};

/** Who sells to whom: `seller` to `organization`, and, where it is a reseller, the operator to it. */
export type Chain = { readonly organization: number; readonly seller: number; readonly operator: number };

export const sellsOn = ({ seller, operator }: Chain): boolean => seller !== operator;

/** Of calls that are no number's. */
const OTHER = 'other';

/** What a rating moves of whom it charges, and where. */
export type Counted = Sums & { readonly place: Place };

const countedOf = (rating: Rating, place: Place, sign: 1 | -1): Counted => ({
  place,
  charges: BigInt(sign) * chargeOf(rating),
  seconds: sign * rating.billed_seconds,
  calls: sign,
});

/** What a rating adds. @param start of its call, ISO 8601 */
export const addition = (rating: Rating, start: string): Counted => countedOf(rating, placeOf(rating, start), 1);

/** The exact negative of what a rating added. */
export const reversal = (rating: Rating, start: string, books: Books): Counted =>
  countedOf(rating, placeOfReversal(rating, start, books), -1);

const plus = (one: Sums, other: Sums): Sums => ({
  charges: one.charges + other.charges,
  seconds: one.seconds + other.seconds,
  calls: one.calls + other.calls,
});

function totals<T>(all: readonly T[], keyOf: (each: T) => string, add: (one: T, other: T) => T): [string, T][] {
  const sums = new Map<string, T>();
  for (const each of all) {
    const key = keyOf(each);
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? each : add(sum, each));
  }
  return [...sums];
}

const sumsBy = (counted: readonly Counted[], keyOf: (place: Place) => string): [string, Sums][] =>
  totals(
    counted,
    ({ place }) => keyOf(place),
    (one, other) => ({ place: one.place, ...plus(one, other) }),
  );

const periodSums = (counted: readonly Counted[]): PeriodSums[] =>
  sumsBy(counted, ({ period }) => period).map(([period, { charges, seconds, calls }]) => ({
    period,
    charges,
    seconds,
    calls,
  }));

const daySums = (counted: readonly Counted[]): DaySums[] =>
  sumsBy(counted, ({ day }) => day).map(([day, { charges, seconds, calls }]) => ({ day, charges, seconds, calls }));

type View = NumberSums & { readonly organization: number };

/** Calls that are free cost nothing unless a carrier says so. */
const costOf = (cost: string | null, { status }: Rating): bigint | null =>
  cost !== null ? amountOf(cost) : status === 'free' ? 0n : null;

const carrierCost = (rating: Rating, currency: string): bigint | null =>
  rating.cost_currency !== null && rating.cost_currency !== currency ? null : costOf(rating.cost, rating);

const wholesaleCost = (wholesale: Rating, currency: string): bigint | null =>
  wholesale.currency !== currency || wholesale.status === 'unrated' ? null : chargeOf(wholesale);

/** A call as every organization of the chain sees it, as far as it is charged. */
function viewsOf(cdr: Rated, { organization, seller, operator }: Chain): View[] {
  const { rating, number, start_time } = cdr;
  const { currency, wholesale } = rating;
  if (currency === null) return [];
  const view = (
    of: number,
    seen: { readonly currency: string; readonly revenue: bigint; readonly cost: bigint | null },
  ): View => ({
    organization: of,
    number: number ?? OTHER,
    day: start_time.slice(0, 10),
    holder: organization,
    calls: 1,
    seconds: rating.billed_seconds,
    ...seen,
    cost: seen.cost ?? 0n,
    unknown: seen.cost === null ? 1 : 0,
  });
  const charge = chargeOf(rating);
  if (organization === operator)
    return [view(operator, { currency, revenue: 0n, cost: carrierCost(rating, currency) })];
  const own = view(organization, { currency, revenue: 0n, cost: charge });
  if (seller === operator)
    return [own, view(operator, { currency, revenue: charge, cost: carrierCost(rating, currency) })];
  if (wholesale?.currency === null || wholesale === null) return [own];
  return [
    own,
    view(seller, { currency, revenue: charge, cost: wholesaleCost(wholesale, currency) }),
    view(operator, {
      currency: wholesale.currency,
      revenue: chargeOf(wholesale),
      cost: carrierCost(rating, wholesale.currency),
    }),
  ];
}

const negative = (view: View): View => ({
  ...view,
  calls: -view.calls,
  seconds: -view.seconds,
  revenue: -view.revenue,
  cost: -view.cost,
  unknown: -view.unknown,
});

const viewSum = (one: View, other: View): View => ({
  ...one,
  calls: one.calls + other.calls,
  seconds: one.seconds + other.seconds,
  revenue: one.revenue + other.revenue,
  cost: one.cost + other.cost,
  unknown: one.unknown + other.unknown,
});

type Rated = Pick<FiledCdr, 'rating' | 'number' | 'start_time'>;

/** CDRs as they are now, and as they were before. */
export type Exchange = { readonly now: readonly Rated[]; readonly before: readonly Rated[] };

/** What an exchange moves of numbers, in every organization of the chain. */
function numbersMoved({ now, before }: Exchange, chain: Chain): View[] {
  const views = [
    ...now.flatMap((cdr) => viewsOf(cdr, chain)),
    ...before.flatMap((cdr) => viewsOf(cdr, chain)).map(negative),
  ];
  const isNothing = (view: View): boolean =>
    view.calls === 0 && view.seconds === 0 && view.revenue === 0n && view.cost === 0n && view.unknown === 0;
  return totals(
    views,
    ({ organization, number, day, currency }) => `${organization} ${day} ${currency} ${number}`,
    viewSum,
  )
    .map(([, view]) => view)
    .filter((view) => !isNothing(view));
}

/** Sums of whoever is charged, beside the numbers of all of the chain. */
export function movementsOf(
  exchange: Exchange,
  charged: ReadonlyMap<number, readonly Counted[]>,
  chain: Chain,
): Movement[] {
  const numbers = Map.groupBy(numbersMoved(exchange, chain), ({ organization }) => organization);
  return [...new Set([...charged.keys(), ...numbers.keys()])].map((organization) => ({
    organization,
    periods: periodSums(charged.get(organization) ?? []),
    days: daySums(charged.get(organization) ?? []),
    numbers: (numbers.get(organization) ?? []).map(({ organization: _, ...sums }) => sums),
  }));
}

/** Included seconds that a rating used and now gives back: where its period still is open. */
export const includedBack = (rating: Rating, start: string, books: Books): number =>
  placeOfReversal(rating, start, books).period === rating.period ? -rating.included_seconds : 0;
