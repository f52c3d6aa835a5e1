/**
 * What a reseller pays for its customers' calls: rated a second time, by its own profile (billing.md, "Rating a call",
 * rule 6).
 */
import type { BalancePart, UsedOfPeriod } from '../billing-profiles/balance.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';
import type { PeriodName } from '../billing-profiles/period.ts';
import { untold } from '../cdr-ingest/standing-change.ts';
import { periodFor, type Books } from '../cdr-ingest/booking.ts';
import { accountOf, booksIn, termsOf, type Account, type FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import {
  addition,
  movementsOf,
  reversal,
  sellsOn,
  type Chain,
  type Counted,
  type Movement,
} from '../cdr-ingest/movement.ts';
import { rateCall, type PeriodUsage } from '../cdr-ingest/rating.ts';
import type { Use } from '../cdr-ingest/rerating.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import { tariffCache, type TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { countsUsage, NOTHING_USED, usageAfter, usageBefore } from '../cdr-ingest/usage.ts';

/** Rates of compiled tariffs that a process keeps: some 60 MB. */
const keptRates = 100_000;
export const priceLists = (): TariffCache => tariffCache(keptRates);

/** Whether the seller is a reseller, and so pays for the calls of whom it sells to. */
export const isSoldOn = (chain: Chain): boolean => sellsOn(chain);

/** A reseller as it is charged. */
export type Reseller = { readonly account: Account; readonly books: Books };

type Paying = {
  readonly item: Parameters<typeof accountOf>[0];
  readonly profile: BillingProfile | null;
  readonly tariff: CompiledTariff | null;
};

/** @param now Unix milliseconds */
export function resellerOf(
  { item, profile, tariff }: Paying,
  now: number,
  environment: Readonly<Record<string, string | undefined>>,
): Reseller {
  const account = accountOf(item, profile, tariff);
  return { account, books: booksIn(account, now, environment) };
}

/** A call that is charged to the reseller now; and what it was before. */
type Charged = { readonly before: FiledCdr; readonly after: FiledCdr };

/** What a period had used as it was read, by which its calls are rated. */
export type UsedBefore = ReadonlyMap<
  PeriodName,
  { readonly item: UsedOfPeriod | undefined; readonly balance: readonly BalancePart[] }
>;

/** The periods whose use has to be known, as ratings depend on it. */
export const periodsAsked = (cdrs: readonly FiledCdr[], { account, books }: Reseller): PeriodName[] =>
  countsUsage(account) ? [...new Set(cdrs.map(({ start_time }) => periodFor(start_time, books).name))] : [];

/** Writes of a transaction beside CDRs: the currency of a balance that had none. */
const maxWrites = 100;
const writesAside = 1;

/** What a call's wholesale price moves; one that was unrated gives its place. */
function countedOf({ before, after: { rating, start_time } }: Charged, books: Books): Counted[] {
  if (rating.wholesale === null) return [];
  const { wholesale: earlier } = before.rating;
  return [addition(rating.wholesale, start_time), ...(earlier === null ? [] : [reversal(earlier, start_time, books)])];
}

/**
 * Sums that a call is in: of its period and day, and of its number, as reseller and operator see it; and the use of the
 * period.
 */
function sumsOf(charged: Charged, books: Books): string[] {
  const {
    before,
    after: { number, start_time, rating },
  } = charged;
  const ofNumber = `${number ?? ''} ${start_time.slice(0, 10)}`;
  return [
    ...countedOf(charged, books).flatMap(({ place: { period, day } }) => [
      `period ${period}`,
      `usage ${period}`,
      `day ${day}`,
    ]),
    `sold ${ofNumber}`,
    ...[rating, before.rating].flatMap(({ wholesale }) =>
      wholesale === null ? [] : [`bought ${ofNumber} ${wholesale.currency ?? ''}`],
    ),
  ];
}

function asManyAsFit(charged: readonly Charged[], books: Books): readonly Charged[] {
  const sums = new Set<string>();
  const tooMany = charged.findIndex((each, at) => {
    for (const sum of sumsOf(each, books)) sums.add(sum);
    return at + 1 + sums.size + writesAside > maxWrites;
  });
  return tooMany < 0 ? charged : charged.slice(0, tooMany);
}

/** Rates the calls in their order, each by what those before it leave. */
function rateAll(cdrs: readonly FiledCdr[], { account, books }: Reseller, usedBefore: UsedBefore): Charged[] {
  const used = new Map<PeriodName, PeriodUsage>(
    [...usedBefore].map(([period, { item, balance }]) => [period, usageBefore(period, item, balance)]),
  );
  return cdrs.map((cdr) => {
    const period = periodFor(cdr.start_time, books);
    const usage = used.get(period.name) ?? NOTHING_USED;
    // A number is what it is where it was dialled.
    const wholesale = rateCall(
      { ...cdr, callee: cdr.callee_party, cost: null },
      termsOf(account),
      { ...period, usage },
      new Date(books.now).toISOString(),
    );
    used.set(period.name, usageAfter(usage, wholesale));
    const revision = (cdr.rating.wholesale?.revision ?? 0) + 1;
    return { before: cdr, after: { ...cdr, rating: { ...cdr.rating, wholesale: { ...wholesale, revision } } } };
  });
}

/** A call that had no price, and has none now, stays as it is. */
const isNews = ({ before, after }: Charged): boolean =>
  before.rating.wholesale === null || after.rating.wholesale?.status !== 'unrated';

/** One transaction: calls, what they move up the tree, and what they use of what periods include. */
export type Step = {
  readonly charged: readonly Charged[];
  /** Ids of those for the next one. */
  readonly left: readonly string[];
  readonly movements: readonly Movement[];
  readonly uses: readonly Use[];
  /** Whether the balance is moved, and so its currency fixed. */
  readonly charges: boolean;
};

/** As many calls, from the first on, as one transaction charges to the reseller. None may have a price already. */
export function nextStep(cdrs: readonly FiledCdr[], reseller: Reseller, usedBefore: UsedBefore, chain: Chain): Step {
  const rated = rateAll(cdrs, reseller, usedBefore).filter(isNews);
  const charged = asManyAsFit(rated, reseller.books);
  const wholesale = charged.flatMap(({ after: { rating } }) => rating.wholesale ?? []);
  const counted = charged.flatMap((each) => countedOf(each, reseller.books));
  const exchange = { now: charged.map(({ after }) => after), before: charged.map(({ before }) => before) };
  return {
    charged,
    left: rated.slice(charged.length).map(({ before }) => before.id),
    movements: movementsOf(exchange, new Map([[chain.seller, counted]]), chain),
    uses: [...usedBefore].map(([period, { item }]) => ({
      organization: chain.seller,
      period,
      item,
      included: wholesale.reduce((sum, rating) => sum + (rating.period === period ? rating.included_seconds : 0), 0),
    })),
    charges: counted.some(({ charges }) => charges !== 0n),
  };
}

/** What is to be told of the reseller's balance, as it was read. */
export const untoldOf = (parts: readonly BalancePart[], profile: BillingProfile | null) =>
  profile === null ? null : untold(parts, profile);
