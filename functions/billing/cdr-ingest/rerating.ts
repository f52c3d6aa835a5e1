/**
 * Replacing a filed CDR, or its price: one transaction reverses exactly what the CDR has added to sums and adds the new
 * amounts (functions/billing/README.md, "Corrections", "Tasks").
 */
import { isDeepStrictEqual } from 'node:util';
import type { BalancePart, UsedOfPeriod } from '../charging/balance.ts';
import type { PeriodName } from '../billing-profiles/period.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import { periodFor, placeOfReversal, type Books } from './booking.ts';
import { rerateCdr, type Account, type FiledCdr } from './filed-cdr.ts';
import {
  chargePosting,
  includedRefund,
  movementsOf,
  reversalPosting,
  reversedDays,
  type Chain,
  type Posting,
  type Movement,
} from './movement.ts';
import type { PeriodUsage, Rating } from './rating.ts';
import { countsUsage, NOTHING_USED, usageBefore, type UsageChange } from './usage.ts';

/** A CDR as it was read, the one that replaces it, and every sum that changes. */
export type Replacement = {
  readonly before: FiledCdr;
  readonly after: FiledCdr;
  readonly movements: readonly Movement[];
  readonly usageChanges: readonly UsageChange[];
};

/** The books of an organization that is charged. `item`: usage of the period that its rating is booked in, as read. */
export type OpenBooks = {
  readonly books: Books;
  readonly item: UsedOfPeriod | undefined;
  /** Usage of the period of the former rating, if that is another one and changes. */
  readonly formerItem?: UsedOfPeriod | undefined;
};

export type Parties = {
  readonly chain: Chain;
  readonly own: OpenBooks;
  /** Whether the organization's ratings depend on what its periods have used. */
  readonly counts: boolean;
  /** The reseller's books, if it has paid for the call. */
  readonly seller: OpenBooks | null;
};

/** Included seconds that change when a rating is replaced (or, without `after`, reversed). */
function usageChangeOf(
  before: Rating,
  after: Rating | null,
  start: string,
  { organization, books: { books, item } }: { readonly organization: number; readonly books: OpenBooks },
): UsageChange {
  const period = after?.period ?? before.period;
  const back = before.period === period ? includedRefund(before, start, books) : 0;
  return { organization, period, included: (after?.included_seconds ?? 0) + back, item };
}

/** Whether a former rating is reversed in a period of its own, which then gets its use back. */
export const isReversedElsewhere = (before: FiledCdr, period: PeriodName, books: Books): boolean =>
  before.rating.period !== period &&
  placeOfReversal(before.rating, before.start_time, books).period === before.rating.period;

/** Use that the former period gets back, if the call moves to another one. */
function formerUsageChanges(
  { before, after }: { readonly before: FiledCdr; readonly after: FiledCdr },
  { chain: { organization }, own: { books, formerItem }, counts }: Parties,
): UsageChange[] {
  const { period, included_seconds: included } = before.rating;
  if (!isReversedElsewhere(before, after.rating.period, books) || !(counts || included > 0)) return [];
  return [{ organization, period, included: -included, item: formerItem }];
}

/**
 * The replacement of a CDR by another of its identity. Without a wholesale rating in `after`, the reseller gets back
 * what it paid, and the consumer `cdr-wholesale` charges it again.
 */
export function replacementOf(before: FiledCdr, after: FiledCdr, parties: Parties): Replacement {
  const { chain, own, counts, seller } = parties;
  const {
    start_time: start,
    rating: { wholesale },
  } = before;
  const charged = new Map<number, readonly Posting[]>([
    [
      chain.organization,
      [reversalPosting(before.rating, start, own.books), chargePosting(after.rating, after.start_time)],
    ],
  ]);
  const change = usageChangeOf(before.rating, after.rating, start, { organization: chain.organization, books: own });
  const usageChanges = [
    ...(counts || change.included !== 0 ? [change] : []),
    ...formerUsageChanges({ before, after }, parties),
  ];
  if (wholesale !== null && after.rating.wholesale === null && seller !== null) {
    charged.set(chain.seller, [reversalPosting(wholesale, start, seller.books)]);
    const back = usageChangeOf(wholesale, null, start, { organization: chain.seller, books: seller });
    if (back.included !== 0) usageChanges.push(back);
  }
  const days = reversedDays(before, {
    own: own.books,
    seller: charged.has(chain.seller) ? (seller?.books ?? null) : null,
  });
  const movements = movementsOf({ now: [after], before: [{ ...before, days }] }, charged, chain);
  return { before, after, usageChanges, movements };
}

/** A CDR that another one of the same price stands for: no charge is reversed, and a new cost counts. */
export const confirmationOf = (before: FiledCdr, after: FiledCdr, chain: Chain): Replacement => ({
  before,
  after,
  usageChanges: [],
  movements: movementsOf({ now: [after], before: [before] }, new Map(), chain),
});

/** What rating a CDR again needs, beside the account. */
export type RerateInputs = {
  readonly chain: Chain;
  readonly books: Books;
  readonly carrier: CompiledTariff | null;
  /** Usage item of the period `periodOfRerating`, read before the balance; undefined if ratings do not depend on it. */
  readonly item: UsedOfPeriod | undefined;
  readonly balance: readonly BalancePart[];
  /** Id of the task, `task_…`. */
  readonly task: string;
};

/** The period that a CDR is booked in when it is rated again: its own, or the open one if that is closed. */
export const periodOfRerating = ({ start_time }: FiledCdr, books: Books): PeriodName =>
  periodFor(start_time, books).name;

/** A rating that stored what was used before it is computed from that again, in any order. */
const usageBeforeCall = (stored: FiledCdr, account: Account, { books, item, balance }: RerateInputs): PeriodUsage =>
  stored.rating.usage_before ??
  (countsUsage(account) ? usageBefore(periodOfRerating(stored, books), item, balance) : NOTHING_USED);

/** What a rating adds to sums. A new tariff, rate or discount with the same amounts moves nothing. */
const amountsOf = ({ status, billed_seconds, included_seconds, charge, currency, cost, cost_currency }: Rating) => ({
  status,
  billed_seconds,
  included_seconds,
  charge,
  currency,
  cost,
  cost_currency,
});

/**
 * The replacement of a filed CDR by the same one at its present price; null if no amount differs, or if the CDR is
 * anonymous: without its last digits a number may have another price. What a reseller has paid for it does not change.
 */
export function rerate(stored: FiledCdr, account: Account, inputs: RerateInputs): Replacement | null {
  if (stored.anonymous === true) return null;
  const after = rerateCdr(stored, account, {
    books: inputs.books,
    carrier: inputs.carrier,
    usage: usageBeforeCall(stored, account, inputs),
  });
  if (isDeepStrictEqual(amountsOf(stored.rating), amountsOf(after.rating))) return null;
  return replacementOf(
    stored,
    { ...after, task_id: inputs.task },
    {
      chain: inputs.chain,
      own: { books: inputs.books, item: inputs.item },
      counts: countsUsage(account),
      seller: null,
    },
  );
}
