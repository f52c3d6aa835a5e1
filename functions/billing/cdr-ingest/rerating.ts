/**
 * Replacing a filed CDR, or its price: one transaction reverses exactly what the CDR has added to sums and adds the new
 * amounts (functions/billing/cdr-ingest/README.md, "Corrections", "Tasks").
 */
import { isDeepStrictEqual } from 'node:util';
import type { BalancePart, UsedOfPeriod } from '../schema/balance.ts';
import type { PeriodName } from '../schema/period.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import { periodFor, reversalDateOf, type BillingCalendar } from './booking-date.ts';
import { rerateCdr, type Account, type FiledCdr } from './filed-cdr.ts';
import {
  chargePosting,
  includedRefund,
  sumChangesOf,
  reversalPosting,
  reversedDays,
  type Posting,
  type SumChange,
} from './sum-change.ts';
import type { SalesChain } from './sales-chain.ts';
import type { PeriodUsage, Rating } from './rating.ts';
import { countsUsage, NOTHING_USED, usageBefore, type UsageChange } from './usage.ts';

/** A CDR as it was read, the one that replaces it, and every sum that changes. */
export type Replacement = {
  readonly before: FiledCdr;
  readonly after: FiledCdr;
  readonly sumChanges: readonly SumChange[];
  readonly usageChanges: readonly UsageChange[];
};

/** An organization that is charged. `item`: usage of the period that its rating is booked in, as read. */
export type ChargedParty = {
  readonly calendar: BillingCalendar;
  readonly item: UsedOfPeriod | undefined;
  /** Usage of the period of the former rating, if that is another one and changes. */
  readonly formerItem?: UsedOfPeriod | undefined;
};

export type Parties = {
  readonly chain: SalesChain;
  readonly own: ChargedParty;
  /** Whether the organization's ratings depend on what its periods have used. */
  readonly counts: boolean;
  /** The reseller, if it has paid for the call. */
  readonly seller: ChargedParty | null;
};

/** Included seconds that change when a rating is replaced (or, without `after`, reversed). */
function usageChangeOf(
  before: Rating,
  after: Rating | null,
  start: string,
  { organization, party: { calendar, item } }: { readonly organization: number; readonly party: ChargedParty },
): UsageChange {
  const period = after?.period ?? before.period;
  const back = before.period === period ? includedRefund(before, start, calendar) : 0;
  return { organization, period, included: (after?.included_seconds ?? 0) + back, item };
}

/** Whether a former rating is reversed in a period of its own, which then gets its use back. */
export const isReversedElsewhere = (before: FiledCdr, period: PeriodName, calendar: BillingCalendar): boolean =>
  before.rating.period !== period &&
  reversalDateOf(before.rating, before.start_time, calendar).period === before.rating.period;

/** Use that the former period gets back, if the call moves to another one. */
function formerUsageChanges(
  { before, after }: { readonly before: FiledCdr; readonly after: FiledCdr },
  { chain: { organization }, own: { calendar, formerItem }, counts }: Parties,
): UsageChange[] {
  const { period, included_seconds: included } = before.rating;
  if (!isReversedElsewhere(before, after.rating.period, calendar) || !(counts || included > 0)) return [];
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
      [reversalPosting(before.rating, start, own.calendar), chargePosting(after.rating, after.start_time)],
    ],
  ]);
  const change = usageChangeOf(before.rating, after.rating, start, { organization: chain.organization, party: own });
  const usageChanges = [
    ...(counts || change.included !== 0 ? [change] : []),
    ...formerUsageChanges({ before, after }, parties),
  ];
  if (wholesale !== null && after.rating.wholesale === null && seller !== null) {
    charged.set(chain.seller, [reversalPosting(wholesale, start, seller.calendar)]);
    const back = usageChangeOf(wholesale, null, start, { organization: chain.seller, party: seller });
    if (back.included !== 0) usageChanges.push(back);
  }
  const days = reversedDays(before, {
    own: own.calendar,
    seller: charged.has(chain.seller) ? (seller?.calendar ?? null) : null,
  });
  const sumChanges = sumChangesOf({ now: [after], before: [{ ...before, days }] }, charged, chain);
  return { before, after, usageChanges, sumChanges };
}

/** A CDR that another one of the same price stands for: no charge is reversed, and a new cost counts. */
export const confirmationOf = (before: FiledCdr, after: FiledCdr, chain: SalesChain): Replacement => ({
  before,
  after,
  usageChanges: [],
  sumChanges: sumChangesOf({ now: [after], before: [before] }, new Map(), chain),
});

/** What rating a CDR again needs, beside the account. */
export type RerateInputs = {
  readonly chain: SalesChain;
  readonly calendar: BillingCalendar;
  readonly carrier: CompiledTariff | null;
  /** Usage item of the period `periodOfRerating`, read before the balance; undefined if ratings do not depend on it. */
  readonly item: UsedOfPeriod | undefined;
  readonly balance: readonly BalancePart[];
  /** Id of the task, `task_…`. */
  readonly task: string;
};

/** The period that a CDR is booked in when it is rated again: its own, or the open one if that is closed. */
export const periodOfRerating = ({ start_time }: FiledCdr, calendar: BillingCalendar): PeriodName =>
  periodFor(start_time, calendar).name;

/** A rating that stored what was used before it is computed from that again, in any order. */
const usageBeforeCall = (stored: FiledCdr, account: Account, { calendar, item, balance }: RerateInputs): PeriodUsage =>
  stored.rating.usage_before ??
  (countsUsage(account) ? usageBefore(periodOfRerating(stored, calendar), item, balance) : NOTHING_USED);

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
    calendar: inputs.calendar,
    carrier: inputs.carrier,
    usage: usageBeforeCall(stored, account, inputs),
  });
  if (isDeepStrictEqual(amountsOf(stored.rating), amountsOf(after.rating))) return null;
  return replacementOf(
    stored,
    { ...after, task_id: inputs.task },
    {
      chain: inputs.chain,
      own: { calendar: inputs.calendar, item: inputs.item },
      counts: countsUsage(account),
      seller: null,
    },
  );
}
