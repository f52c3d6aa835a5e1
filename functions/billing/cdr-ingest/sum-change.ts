/**
 * The sums that ratings change: of periods, of days, and of each number as every organization of its chain sees it
 * (functions/billing/README.md, "Credit", "Profit").
 */
import type { PeriodName } from '../billing-profiles/period.ts';
import { bookingDateOf, reversalDateOf, type BillingCalendar, type BookingDate } from './booking-date.ts';
import { chargeOf, type Rating } from './rating.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { amountOf } from '#schema/money.ts';
import { omit } from '#schema/omit.ts';

type Sums = { readonly charges: bigint; readonly seconds: number; readonly calls: number };
export type PeriodSums = Sums & { readonly period: PeriodName };
/** `call_day`: the day of the calls, if they are booked on another. */
export type DaySums = Sums & { readonly day: string; readonly call_day?: string };

/** What an organization earns and pays for a number on a day (UTC), in one currency; amounts in micro-units. */
export type NumberSums = {
  readonly number: string;
  readonly day: string;
  /** The day (UTC) on which the organization's ledger books the calls, if that is another. */
  readonly rated_day?: string;
  /** The organization that has the number. */
  readonly holder: number;
  readonly currency: string;
  readonly calls: number;
  readonly seconds: number;
  readonly revenue: bigint;
  readonly cost: bigint;
  /** Calls whose cost is unknown, or in another currency. */
  readonly unknown: number;
};

/** All sums of one organization that ratings change. */
export type SumChange = {
  readonly organization: number;
  readonly periods: readonly PeriodSums[];
  readonly days: readonly DaySums[];
  readonly numbers: readonly NumberSums[];
};

/** `seller` sells to `organization`. If the seller is a reseller, the operator sells to the seller. */
export type SalesChain = { readonly organization: number; readonly seller: number; readonly operator: number };

/** Whether the seller is a reseller, which is charged for the calls of its customers. */
export const hasReseller = ({ seller, operator }: SalesChain): boolean => seller !== operator;

const isVoid = ({ status }: Rating): boolean => status === 'void';

/** Stands for the number of calls that have none. */
const OTHER = 'other';

/** What a rating adds to the sums of the organization that it charges, where it is booked, and the day of its call. */
export type Posting = Sums & { readonly bookingDate: BookingDate; readonly callDay: string };

const dayOf = (time: string): string => time.slice(0, 10);

const postingOf = (
  rating: Rating,
  { bookingDate, start }: { bookingDate: BookingDate; start: string },
  sign: 1 | -1,
): Posting => ({
  bookingDate,
  callDay: dayOf(start),
  charges: BigInt(sign) * chargeOf(rating),
  seconds: sign * rating.billed_seconds,
  calls: isVoid(rating) ? 0 : sign,
});

/** The posting that books a rating. @param start of its call, ISO 8601 */
export const chargePosting = (rating: Rating, start: string): Posting =>
  postingOf(rating, { bookingDate: bookingDateOf(rating, start), start }, 1);

/** The exact negative of the posting that booked a rating. @param start of its call, ISO 8601 */
export const reversalPosting = (rating: Rating, start: string, calendar: BillingCalendar): Posting =>
  postingOf(rating, { bookingDate: reversalDateOf(rating, start, calendar), start }, -1);

const addSums = (one: Sums, other: Sums): Sums => ({
  charges: one.charges + other.charges,
  seconds: one.seconds + other.seconds,
  calls: one.calls + other.calls,
});

function sumByKey<T>(all: readonly T[], keyOf: (each: T) => string, add: (one: T, other: T) => T): [string, T][] {
  const sums = new Map<string, T>();
  for (const each of all) {
    const key = keyOf(each);
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? each : add(sum, each));
  }
  return [...sums];
}

const sumPostings = (postings: readonly Posting[], keyOf: (posting: Posting) => string): Posting[] =>
  sumByKey(postings, keyOf, (one, other) => ({ ...one, ...addSums(one, other) })).map(([, sum]) => sum);

const periodSums = (postings: readonly Posting[]): PeriodSums[] =>
  sumPostings(postings, ({ bookingDate }) => bookingDate.period).map(({ bookingDate, charges, seconds, calls }) => ({
    period: bookingDate.period,
    charges,
    seconds,
    calls,
  }));

/** The sums of a day. Calls of each other day have sums of their own, so that readers can tell them apart. */
const daySums = (postings: readonly Posting[]): DaySums[] =>
  sumPostings(postings, ({ bookingDate, callDay }) => `${bookingDate.day} ${callDay}`).map(
    ({ bookingDate: { day }, callDay, charges, seconds, calls }) => ({
      day,
      ...(callDay === day ? {} : { call_day: callDay }),
      charges,
      seconds,
      calls,
    }),
  );

type View = NumberSums & { readonly organization: number };

/** What the carrier charges; null if unknown. A free call costs nothing unless its carrier charges for it. */
function costOf(cost: string | null, { status }: Rating): bigint | null {
  if (cost !== null) return amountOf(cost);
  return status === 'free' ? 0n : null;
}

const carrierCost = (rating: Rating, currency: string): bigint | null =>
  rating.cost_currency !== null && rating.cost_currency !== currency ? null : costOf(rating.cost, rating);

const wholesaleCost = (wholesale: Rating, currency: string): bigint | null =>
  wholesale.currency !== currency || wholesale.status === 'unrated' ? null : chargeOf(wholesale);

type Seen = { readonly currency: string; readonly revenue: bigint; readonly cost: bigint | null };

/** A call as each charged organization of the chain sees it. */
function viewsOf(cdr: Rated, { organization, seller, operator }: SalesChain): View[] {
  const { rating, number, start_time } = cdr;
  const { currency, wholesale } = rating;
  if (currency === null) return [];
  const day = dayOf(start_time);
  const view = (of: number, booked: string, seen: Seen): View => ({
    organization: of,
    number: number ?? OTHER,
    day,
    ...(booked === day ? {} : { rated_day: booked }),
    holder: organization,
    calls: 1,
    seconds: rating.billed_seconds,
    ...seen,
    cost: seen.cost ?? 0n,
    unknown: seen.cost === null ? 1 : 0,
  });
  const charge = chargeOf(rating);
  const days = cdr.days ?? bookedDays(cdr);
  if (organization === operator)
    return [view(operator, days.own, { currency, revenue: 0n, cost: carrierCost(rating, currency) })];
  const own = view(organization, days.own, { currency, revenue: 0n, cost: charge });
  if (seller === operator)
    return [own, view(operator, days.own, { currency, revenue: charge, cost: carrierCost(rating, currency) })];
  if (wholesale?.currency === null || wholesale === null) return [own];
  return [
    own,
    view(seller, days.wholesale, { currency, revenue: charge, cost: wholesaleCost(wholesale, currency) }),
    view(operator, days.wholesale, {
      currency: wholesale.currency,
      revenue: chargeOf(wholesale),
      cost: carrierCost(rating, wholesale.currency),
    }),
  ];
}

const negate = (view: View): View => ({
  ...view,
  calls: -view.calls,
  seconds: -view.seconds,
  revenue: -view.revenue,
  cost: -view.cost,
  unknown: -view.unknown,
});

const addViews = (one: View, other: View): View => ({
  ...one,
  calls: one.calls + other.calls,
  seconds: one.seconds + other.seconds,
  revenue: one.revenue + other.revenue,
  cost: one.cost + other.cost,
  unknown: one.unknown + other.unknown,
});

/** Days (UTC) on which a call is booked: in the ledger of its organization, and in that of the reseller. */
export type BookedDays = { readonly own: string; readonly wholesale: string };

/** `days`: those on which it is reversed, if they are not the ones on which it was booked. */
type Rated = Pick<FiledCdr, 'rating' | 'number' | 'start_time'> & { readonly days?: BookedDays };

const bookedDays = ({ rating, start_time }: Pick<Rated, 'rating' | 'start_time'>): BookedDays => ({
  own: bookingDateOf(rating, start_time).day,
  wholesale: bookingDateOf(rating.wholesale ?? rating, start_time).day,
});

/**
 * The days on which the ratings of a CDR are reversed. @param own calendar of its organization, @param seller of the
 * reseller; null for a rating that stays
 */
export function reversedDays(
  { rating, start_time }: Pick<Rated, 'rating' | 'start_time'>,
  { own, seller }: { readonly own: BillingCalendar | null; readonly seller: BillingCalendar | null },
): BookedDays {
  const dayIn = (of: Rating, calendar: BillingCalendar | null): string =>
    (calendar === null ? bookingDateOf(of, start_time) : reversalDateOf(of, start_time, calendar)).day;
  return { own: dayIn(rating, own), wholesale: dayIn(rating.wholesale ?? rating, seller) };
}

/** CDRs as they are now, and as they were before the change. */
export type RatedChange = { readonly now: readonly Rated[]; readonly before: readonly Rated[] };

/** The changed sums of numbers, for every organization of the chain. */
function numberViews({ now, before }: RatedChange, chain: SalesChain): View[] {
  const views = [
    ...now.flatMap((cdr) => viewsOf(cdr, chain)),
    ...before.flatMap((cdr) => viewsOf(cdr, chain)).map(negate),
  ];
  const isZero = (view: View): boolean =>
    view.calls === 0 && view.seconds === 0 && view.revenue === 0n && view.cost === 0n && view.unknown === 0;
  return sumByKey(
    views,
    ({ organization, number, day, rated_day = day, currency }) =>
      `${organization} ${day} ${rated_day} ${currency} ${number}`,
    addViews,
  )
    .map(([, view]) => view)
    .filter((view) => !isZero(view));
}

/** A void call is in no sum, so that nothing is booked for it. */
const bookedPostings = (postings: readonly Posting[] = []): Posting[] => postings.filter(({ calls }) => calls !== 0);

/**
 * The sums that change for each organization: periods and days of those that are charged, and numbers of the whole
 * chain. @param charged postings by organization
 */
export function sumChangesOf(
  change: RatedChange,
  charged: ReadonlyMap<number, readonly Posting[]>,
  chain: SalesChain,
): SumChange[] {
  const numbers = Map.groupBy(numberViews(change, chain), ({ organization }) => organization);
  return [...new Set([...charged.keys(), ...numbers.keys()])].map((organization) => ({
    organization,
    periods: periodSums(bookedPostings(charged.get(organization))),
    days: daySums(bookedPostings(charged.get(organization))),
    numbers: (numbers.get(organization) ?? []).map((view) => omit(view, 'organization')),
  }));
}

/** Whether changes of sums change a balance. */
export const changesBalance = (sumChanges: readonly SumChange[]): boolean =>
  sumChanges.some(({ periods }) => periods.some(({ charges }) => charges !== 0n));

/** Included seconds (negative) that a reversed rating gives back to its period, if that is still open. */
export const includedRefund = (rating: Rating, start: string, calendar: BillingCalendar): number =>
  reversalDateOf(rating, start, calendar).period === rating.period ? -rating.included_seconds : 0;
