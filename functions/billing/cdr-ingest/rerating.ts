/**
 * A filed CDR in another form or at another price: what it moved is taken back exactly, and what it moves now is
 * added, in one transaction (billing.md, "CDRs", "Munch tasks").
 */
import { isDeepStrictEqual } from 'node:util';
import type { BalancePart, UsedOfPeriod } from '../billing-profiles/balance.ts';
import type { PeriodName } from '../billing-profiles/period.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import { periodFor, type Books } from './booking.ts';
import { rateAgain, type Account, type FiledCdr } from './filed-cdr.ts';
import { addition, includedBack, movementsOf, reversal, type Chain, type Counted, type Movement } from './movement.ts';
import type { PeriodUsage, Rating } from './rating.ts';
import { countsUsage, NOTHING_USED, usageBefore } from './usage.ts';

/** Included seconds that a period uses, or gets back, under the version of the item as it was read. */
export type Use = {
  readonly organization: number;
  readonly period: PeriodName;
  readonly included: number;
  readonly item: UsedOfPeriod | undefined;
};

/** A CDR as it was read and as it is to be, with all that this moves. */
export type Exchange = {
  readonly before: FiledCdr;
  readonly after: FiledCdr;
  readonly movements: readonly Movement[];
  readonly uses: readonly Use[];
};

/** The books of who is charged. `item`: the use of the period that its rating is booked in, as it was read. */
export type OpenBooks = { readonly books: Books; readonly item: UsedOfPeriod | undefined };

export type Parties = {
  readonly chain: Chain;
  readonly own: OpenBooks;
  /** Whether the organization's ratings go by what its periods have used. */
  readonly counts: boolean;
  /** The reseller's, where it has paid for the call and gets that back. */
  readonly seller: OpenBooks | null;
};

/** What a rating and the one in its place use of what their period includes. */
function useOf(
  before: Rating,
  after: Rating | null,
  start: string,
  { organization, books: { books, item } }: { readonly organization: number; readonly books: OpenBooks },
): Use {
  const period = after?.period ?? before.period;
  const back = before.period === period ? includedBack(before, start, books) : 0;
  return { organization, period, included: (after?.included_seconds ?? 0) + back, item };
}

/**
 * The exchange of a CDR that was read for another of its identity. The reseller is charged anew where `after` says no
 * wholesale price.
 */
export function exchangeOf(before: FiledCdr, after: FiledCdr, { chain, own, counts, seller }: Parties): Exchange {
  const {
    start_time: start,
    rating: { wholesale },
  } = before;
  const charged = new Map<number, readonly Counted[]>([
    [chain.organization, [reversal(before.rating, start, own.books), addition(after.rating, after.start_time)]],
  ]);
  const use = useOf(before.rating, after.rating, start, { organization: chain.organization, books: own });
  const uses = counts || use.included !== 0 ? [use] : [];
  if (wholesale !== null && after.rating.wholesale === null && seller !== null) {
    charged.set(chain.seller, [reversal(wholesale, start, seller.books)]);
    const back = useOf(wholesale, null, start, { organization: chain.seller, books: seller });
    if (back.included !== 0) uses.push(back);
  }
  return { before, after, uses, movements: movementsOf({ now: [after], before: [before] }, charged, chain) };
}

/** What a CDR is rated again with. */
export type Again = {
  readonly chain: Chain;
  readonly books: Books;
  readonly carrier: CompiledTariff | null;
  /** Of the period `periodAgain`, read in this order; where ratings go by it. */
  readonly item: UsedOfPeriod | undefined;
  readonly balance: readonly BalancePart[];
  /** `task_…` that does it. */
  readonly task: string;
};

/** The period that a CDR is booked in when it is rated again: its own, or the open one. */
export const periodAgain = ({ start_time }: FiledCdr, books: Books): PeriodName => periodFor(start_time, books).name;

/** A rating goes by what was used before it as long as that is known, in whatever order it is computed again. */
const usedBefore = (stored: FiledCdr, account: Account, { books, item, balance }: Again): PeriodUsage =>
  stored.rating.usage_before ??
  (countsUsage(account) ? usageBefore(periodAgain(stored, books), item, balance) : NOTHING_USED);

const priced = ({ revision: _, rated_at: __, period: ___, late: ____, usage_before: _____, ...price }: Rating) => price;

/**
 * A filed CDR rated by the terms of now; null where its price is what it was. What a reseller has paid for it stays.
 */
export function rerate(stored: FiledCdr, account: Account, again: Again): Exchange | null {
  const after = rateAgain(stored, account, {
    books: again.books,
    carrier: again.carrier,
    usage: usedBefore(stored, account, again),
  });
  if (isDeepStrictEqual(priced(stored.rating), priced(after.rating))) return null;
  return exchangeOf(
    stored,
    { ...after, task_id: again.task },
    { chain: again.chain, own: { books: again.books, item: again.item }, counts: countsUsage(account), seller: null },
  );
}
