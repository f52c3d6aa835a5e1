/**
 * The sums that ratings change: of periods, of days, and of each number as every organization of its chain sees it
 * (functions/billing/README.md, "Credit", "Profit").
 */
import type { CallCount } from '#schema/call-counts.ts';
import type { PeriodName } from '../schema/period.ts';
import { bookingDateOf, reversalDateOf, type BillingCalendar, type BookingDate } from './booking-date.ts';
import { addCallSums, callCountsOf, isNothing } from './call-counts.ts';
import { chargeOf, type Rating } from './rating.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { hasReseller, ownPrice, salesOf, type Price, type SalesChain } from './sales-chain.ts';
import { OTHER_NUMBER, type NumberSums } from '#schema/number-sums.ts';
import { omit } from '#schema/omit.ts';

type Sums = { readonly charges: bigint; readonly seconds: number; readonly calls: number };
export type PeriodSums = Sums & { readonly period: PeriodName };
/** `call_day`: the day of the calls, if they are booked on another. */
export type DaySums = Sums & { readonly day: string; readonly call_day?: string };

/** All sums of one organization that ratings change. */
export type SumChange = {
  readonly organization: number;
  readonly periods: readonly PeriodSums[];
  readonly days: readonly DaySums[];
  readonly numbers: readonly NumberSums[];
  /** Without counts that change nothing, one for each counter. */
  readonly counts: readonly CallCount[];
};

const isVoid = ({ status }: Rating): boolean => status === 'void';

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

/** A call for a price, as it is booked on a day. */
function sumsOfCall(
  { number, start_time, disposition, billable_seconds, rating }: Rated,
  booked: string,
  { currency, charge, cost }: Price,
): Omit<NumberSums, 'holder'> {
  const day = dayOf(start_time);
  return {
    number: number ?? OTHER_NUMBER,
    day,
    ...(booked === day ? {} : { rated_day: booked }),
    calls: 1,
    answered: disposition === 'ANSWERED' ? 1 : 0,
    talk: billable_seconds,
    billed: rating.billed_seconds,
    ...{ currency, charge, cost: cost ?? 0n, unknown: cost === null ? 1 : 0 },
  };
}

/** The day that has a call in the usage of its organization. A void call is in none. */
const countedDay = ({ counted, rating }: Rated): Pick<NumberSums, 'counted_day'> =>
  counted?.by_number === true && !isVoid(rating) ? { counted_day: counted.day } : {};

/** A call as each organization of the chain sees it. Without a price it is only counted, for its own. */
function viewsOf(cdr: Rated, chain: SalesChain): View[] {
  const { organization, operator } = chain;
  const { currency, wholesale } = cdr.rating;
  const days = cdr.days ?? bookedDays(cdr);
  const counted = countedDay(cdr);
  if (currency === null && counted.counted_day === undefined) return [];
  const price = ownPrice(cdr.rating);
  const paid = organization === operator && currency !== null ? price : { ...price, cost: 0n };
  const own = { organization, holder: organization, ...sumsOfCall(cdr, days.own, paid), ...counted };
  const sales = currency === null || wholesale?.currency === null ? [] : salesOf(cdr.rating, chain);
  const booked = hasReseller(chain) ? days.wholesale : days.own;
  return [
    own,
    ...sales.map(({ seller, ...sale }) => ({
      ...{ organization: seller, holder: organization },
      ...sumsOfCall(cdr, booked, { ...sale, currency: sale.currency ?? currency }),
    })),
  ];
}

const negate = (view: View): View => ({
  ...view,
  ...{ calls: -view.calls, answered: -view.answered, talk: -view.talk, billed: -view.billed },
  ...{ charge: -view.charge, cost: -view.cost, unknown: -view.unknown },
});

const addViews = (one: View, other: View): View => ({ ...one, ...addCallSums(one, other) });

/** Days (UTC) on which a call is booked: in the ledger of its organization, and in that of the reseller. */
export type BookedDays = { readonly own: string; readonly wholesale: string };

/** `days`: those on which it is reversed, if they are not the ones on which it was booked. */
type Rated = FiledCdr & { readonly days?: BookedDays };

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
  return sumByKey(
    views,
    ({ organization, number, day, rated_day = day, counted_day = '', currency }) =>
      `${organization} ${day} ${rated_day} ${counted_day} ${currency} ${number}`,
    addViews,
  )
    .map(([, view]) => view)
    .filter((view) => !isNothing(view));
}

/** The changed counters of calls, of the organization and of who sells to it. */
export function callCountChanges({ now, before }: RatedChange, chain: SalesChain): CallCount[] {
  const counts = [
    ...now.flatMap((cdr) => callCountsOf(cdr, chain, 1)),
    ...before.flatMap((cdr) => callCountsOf(cdr, chain, -1)),
  ];
  return sumByKey(
    counts,
    ({ organization, by, day, key, currency }) => `${organization} ${by} ${day} ${currency} ${key}`,
    (one, other) => ({ ...one, ...addCallSums(one, other) }),
  )
    .map(([, count]) => count)
    .filter((count) => !isNothing(count));
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
  const counts = Map.groupBy(callCountChanges(change, chain), ({ organization }) => organization);
  return [...new Set([...charged.keys(), ...numbers.keys(), ...counts.keys()])].map((organization) => ({
    organization,
    periods: periodSums(bookedPostings(charged.get(organization))),
    days: daySums(bookedPostings(charged.get(organization))),
    numbers: (numbers.get(organization) ?? []).map((view) => omit(view, 'organization')),
    counts: counts.get(organization) ?? [],
  }));
}

/** Whether changes of sums change a balance. */
export const changesBalance = (sumChanges: readonly SumChange[]): boolean =>
  sumChanges.some(({ periods }) => periods.some(({ charges }) => charges !== 0n));

/** Included seconds (negative) that a reversed rating gives back to its period, if that is still open. */
export const includedRefund = (rating: Rating, start: string, calendar: BillingCalendar): number =>
  reversalDateOf(rating, start, calendar).period === rating.period ? -rating.included_seconds : 0;
