/**
 * What a reseller pays for its customers' calls: each is rated a second time, by the reseller's own terms
 * (functions/billing/README.md, "Wholesale").
 */
import { countItemOf } from '#schema/call-counts.ts';
import { halfOf } from '#schema/number-sums.ts';
import type { BalancePart, UsedOfPeriod } from '../schema/balance.ts';
import type { PeriodName } from '../schema/period.ts';
import { periodFor, type BillingCalendar } from '../cdr-ingest/booking-date.ts';
import { openAccount, termsOf, type FiledCdr, type OpenAccount } from '../cdr-ingest/filed-cdr.ts';
import {
  callCountChanges,
  chargePosting,
  sumChangesOf,
  reversalPosting,
  reversedDays,
  type SumChange,
  type Posting,
} from '../cdr-ingest/sum-change.ts';
import { hasReseller, type SalesChain } from '../cdr-ingest/sales-chain.ts';
import { rateCall, type PeriodUsage, type Rating } from '../cdr-ingest/rating.ts';
import { tariffCache, type TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { countsUsage, NOTHING_USED, usageAfter, usageBefore, type UsageChange } from '../cdr-ingest/usage.ts';

export const newTariffCache = (): TariffCache => tariffCache();

/** Whether calls are charged to a reseller, too. */
export const isChargedToReseller = (chain: SalesChain): boolean => hasReseller(chain);

/**
 * Whether the reseller is to be charged for a CDR: it has no wholesale rating, or one without a price, and is not void.
 */
export const isUncharged = ({ rating: { status, wholesale } }: Pick<FiledCdr, 'rating'>): boolean =>
  status !== 'void' && (wholesale === null || wholesale.status === 'unrated');

/** The account of a reseller, with its calendar. */
export type Reseller = OpenAccount;

export const resellerOf = openAccount;

/** A CDR before and after it gets its wholesale rating. */
type WholesaleCharge = { readonly before: FiledCdr; readonly after: FiledCdr };

/** Usage item and balance of periods as they were read, from which calls are rated. */
export type UsageRead = ReadonlyMap<
  PeriodName,
  { readonly item: UsedOfPeriod | undefined; readonly balance: readonly BalancePart[] }
>;

/** The periods whose usage must be read, because ratings depend on it. */
export const periodsToRead = (cdrs: readonly FiledCdr[], { account, calendar }: Reseller): PeriodName[] =>
  countsUsage(account) ? [...new Set(cdrs.map(({ start_time }) => periodFor(start_time, calendar).name))] : [];

/** Writes of a transaction (DynamoDB's limit); one of them is for the currency of a balance that has none. */
const maxWrites = 100;
const currencyWrites = 1;

/** The postings of a wholesale charge. An earlier wholesale rating, which was unrated, is reversed. */
function postingsOf({ before, after: { rating, start_time } }: WholesaleCharge, calendar: BillingCalendar): Posting[] {
  if (rating.wholesale === null) return [];
  const { wholesale: earlier } = before.rating;
  return [
    chargePosting(rating.wholesale, start_time),
    ...(earlier === null ? [] : [reversalPosting(earlier, start_time, calendar)]),
  ];
}

/**
 * Items that a charge shares with others of its transaction: sums of its period and day, usage of the period, and sums
 * of its number, and counters, as the reseller and the operator see it.
 */
function sharedItemsOf(charge: WholesaleCharge, calendar: BillingCalendar, chain: SalesChain): string[] {
  const { number, start_time, rating } = charge.after;
  const numberHalf = `${number ?? ''} ${halfOf(start_time.slice(0, 10))}`;
  return postingsOf(charge, calendar).flatMap(({ bookingDate: { period, day }, callDay }) => [
    `period ${period}`,
    `usage ${period}`,
    `day ${day} ${callDay}`,
    `sold ${numberHalf}`,
    `bought ${numberHalf}`,
    ...unratedItemsOf(rating.wholesale),
    ...callCountChanges({ now: [charge.after], before: [charge.before] }, chain).map(countItemOf),
  ]);
}

/** The counter of calls without a price, and its event. */
const unratedItemsOf = (rating: Rating | null): string[] =>
  rating?.status === 'unrated' ? [`counter ${rating.reason}`, `event ${rating.reason}`] : [];

/** As many of the first charges as one transaction can hold. */
function fitTransaction(
  charges: readonly WholesaleCharge[],
  calendar: BillingCalendar,
  chain: SalesChain,
): readonly WholesaleCharge[] {
  const shared = new Set<string>();
  const tooMany = charges.findIndex((charge, at) => {
    for (const item of sharedItemsOf(charge, calendar, chain)) shared.add(item);
    return at + 1 + shared.size + currencyWrites > maxWrites;
  });
  return tooMany < 0 ? charges : charges.slice(0, tooMany);
}

/** Rates calls in their order, each by what its period has used after the one before it. */
function rateAll(cdrs: readonly FiledCdr[], { account, calendar }: Reseller, read: UsageRead): WholesaleCharge[] {
  const used = new Map<PeriodName, PeriodUsage>(
    [...read].map(([period, { item, balance }]) => [period, usageBefore(period, item, balance)]),
  );
  return cdrs.map((cdr) => {
    const period = periodFor(cdr.start_time, calendar);
    const usage = used.get(period.name) ?? NOTHING_USED;
    // The number was dialed in the customer's country, so the reseller's country must not decide how it is read.
    const wholesale = rateCall(
      { ...cdr, callee: cdr.callee_party, cost: null },
      termsOf(account),
      { ...period, usage },
      new Date(calendar.now).toISOString(),
    );
    used.set(period.name, usageAfter(usage, wholesale));
    const revision = (cdr.rating.wholesale?.revision ?? 0) + 1;
    return { before: cdr, after: { ...cdr, rating: { ...cdr.rating, wholesale: { ...wholesale, revision } } } };
  });
}

/** A call that had no wholesale price, and has none now, does not change. */
const changesPrice = ({ before, after }: WholesaleCharge): boolean =>
  before.rating.wholesale === null || after.rating.wholesale?.status !== 'unrated';

/** One transaction: CDRs with their wholesale rating, and the sums and usage that change. */
export type Step = {
  readonly charges: readonly WholesaleCharge[];
  /** Ids of the CDRs for the next step. */
  readonly remaining: readonly string[];
  readonly sumChanges: readonly SumChange[];
  readonly usageChanges: readonly UsageChange[];
  /** Whether the balance changes, so that its currency must be fixed. */
  readonly changesBalance: boolean;
};

/** Charges the reseller for as many of the first calls as one transaction holds. None may have a wholesale price. */
export function nextStep(cdrs: readonly FiledCdr[], reseller: Reseller, read: UsageRead, chain: SalesChain): Step {
  const rated = rateAll(cdrs, reseller, read).filter(changesPrice);
  const charges = fitTransaction(rated, reseller.calendar, chain);
  const wholesale = charges.flatMap(({ after: { rating } }) => rating.wholesale ?? []);
  const postings = charges.flatMap((charge) => postingsOf(charge, reseller.calendar));
  const change = {
    now: charges.map(({ after }) => after),
    before: charges.map(({ before }) => ({
      ...before,
      days: reversedDays(before, { own: null, seller: reseller.calendar }),
    })),
  };
  return {
    charges,
    remaining: rated.slice(charges.length).map(({ before }) => before.id),
    sumChanges: sumChangesOf(change, new Map([[chain.seller, postings]]), chain),
    usageChanges: [...read].map(([period, { item }]) => ({
      organization: chain.seller,
      period,
      item,
      included: wholesale.reduce((sum, rating) => sum + (rating.period === period ? rating.included_seconds : 0), 0),
    })),
    changesBalance: postings.some((posting) => posting.charges !== 0n),
  };
}
