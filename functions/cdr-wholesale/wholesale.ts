/** What a reseller pays for its customers' calls: rated a second time, by its own profile (billing.md, "Rating a call", rule 6). */
import type { BalancePart, UsedOfPeriod } from '../billing-profiles/balance.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';
import type { PeriodName } from '../billing-profiles/period.ts';
import { untold } from '../cdr-ingest/balance-watch.ts';
import { periodFor, placeOf, type Books } from '../cdr-ingest/booking.ts';
import { accountOf, booksIn, termsOf, type Account, type FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { addition, movementsOf, sellsOn, type Chain, type Movement } from '../cdr-ingest/movement.ts';
import { rateCall, type PeriodUsage } from '../cdr-ingest/rating.ts';
import type { Use } from '../cdr-ingest/rerating.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import { tariffShelf, type TariffShelf } from '../cdr-ingest/tariff-shelf.ts';
import { countsUsage, NOTHING_USED, usageAfter, usageBefore } from '../cdr-ingest/usage.ts';

/** Rates of compiled tariffs that a process keeps: some 60 MB. */
const keptRates = 100_000;
export const priceLists = (): TariffShelf => tariffShelf(keptRates);

/** Whether the seller is a reseller, and so pays for the calls of whom it sells to. */
export const isSoldOn = (chain: Chain): boolean => sellsOn(chain);

/** A reseller as it is charged. */
export type Reseller = { readonly account: Account; readonly books: Books };

type Paying = { readonly item: Parameters<typeof accountOf>[0]; readonly profile: BillingProfile | null; readonly tariff: CompiledTariff | null };

/** @param now Unix milliseconds */
export function resellerOf({ item, profile, tariff }: Paying, now: number, environment: Readonly<Record<string, string | undefined>>): Reseller {
  const account = accountOf(item, profile, tariff);
  return { account, books: booksIn(account, now, environment) };
}

/** A call that is charged to the reseller now; and what it was before. */
type Charged = { readonly before: FiledCdr; readonly after: FiledCdr };

/** What a period had used as it was read, by which its calls are rated. */
export type UsedBefore = ReadonlyMap<PeriodName, { readonly item: UsedOfPeriod | undefined; readonly balance: readonly BalancePart[] }>;

/** The periods whose use has to be known, as ratings depend on it. */
export const periodsAsked = (cdrs: readonly FiledCdr[], { account, books }: Reseller): PeriodName[] =>
  (countsUsage(account) ? [...new Set(cdrs.map(({ start_time }) => periodFor(start_time, books).name))] : []);

/** Writes of a transaction beside CDRs: the currency of a balance that had none. */
const mostWrites = 100;
const writesAside = 1;

/** Sums that a call is in: of its period and day, and of its number, as reseller and operator see it; and the use of the period. */
function sumsOf({ before: { number, start_time }, after: { rating } }: Charged): string[] {
  if (rating.wholesale === null) return [];
  const { period, day } = placeOf(rating.wholesale, start_time);
  const ofNumber = `${number ?? ''} ${start_time.slice(0, 10)}`;
  return [`period ${period}`, `usage ${period}`, `day ${day}`, `sold ${ofNumber}`, `bought ${ofNumber}`];
}

function asManyAsFit(charged: readonly Charged[]): readonly Charged[] {
  const sums = new Set<string>();
  const tooMany = charged.findIndex((each, at) => {
    for (const sum of sumsOf(each)) sums.add(sum);
    return at + 1 + sums.size + writesAside > mostWrites;
  });
  return tooMany < 0 ? charged : charged.slice(0, tooMany);
}

/** Rates the calls in their order, each by what those before it leave. */
function rateAll(cdrs: readonly FiledCdr[], { account, books }: Reseller, usedBefore: UsedBefore): Charged[] {
  const used = new Map<PeriodName, PeriodUsage>([...usedBefore].map(([period, { item, balance }]) => [period, usageBefore(period, item, balance)]));
  return cdrs.map((cdr) => {
    const period = periodFor(cdr.start_time, books);
    const usage = used.get(period.name) ?? NOTHING_USED;
    // A number is what it is where it was dialled.
    const wholesale = rateCall({ ...cdr, callee: cdr.callee_party, cost: null }, termsOf(account), { ...period, usage }, new Date(books.now).toISOString());
    used.set(period.name, usageAfter(usage, wholesale));
    return { before: cdr, after: { ...cdr, rating: { ...cdr.rating, wholesale } } };
  });
}

/** One transaction: calls, what they move up the tree, and what they use of what periods include. */
export type Step = {
  readonly charged: readonly Charged[];
  readonly movements: readonly Movement[];
  readonly uses: readonly Use[];
  /** Whether the balance is moved, and so its currency fixed. */
  readonly charges: boolean;
};

/** As many calls, from the first on, as one transaction charges to the reseller. None may be charged already. */
export function nextStep(cdrs: readonly FiledCdr[], reseller: Reseller, usedBefore: UsedBefore, chain: Chain): Step {
  const charged = asManyAsFit(rateAll(cdrs, reseller, usedBefore));
  const wholesale = charged.flatMap(({ after: { rating, start_time } }) => (rating.wholesale === null ? [] : [{ rating: rating.wholesale, start_time }]));
  const additions = wholesale.map(({ rating, start_time }) => addition(rating, start_time));
  const exchange = { now: charged.map(({ after }) => after), before: charged.map(({ before }) => before) };
  return {
    charged,
    movements: movementsOf(exchange, new Map([[chain.seller, additions]]), chain),
    uses: [...usedBefore].map(([period, { item }]) => ({
      organization: chain.seller, period, item, included: wholesale.reduce((sum, { rating }) => sum + (rating.period === period ? rating.included_seconds : 0), 0),
    })),
    charges: additions.some(({ charges }) => charges !== 0n),
  };
}

/** What is to be told of the reseller's balance, as it was read. */
export const untoldOf = (parts: readonly BalancePart[], profile: BillingProfile | null) => (profile === null ? null : untold(parts, profile));
