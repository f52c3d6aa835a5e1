/** What a slice of a task does, and what it adds to the task (functions/billing/README.md, "Tasks"). */
import type { RecordFacts } from '#schema/record-class.ts';
import { AppError } from '#errors.ts';
import { moneyFromStore } from '#schema/money.ts';
import { day } from '#schema/time.ts';
import type { BillingProfile } from '../schema/billing-profile.ts';
import { gracePeriod, periodNamed } from '../schema/period.ts';
import { wholeSecond } from '../cdr/search.ts';
import type { BillingCalendar } from '../cdr-ingest/booking-date.ts';
import { accountOf, calendarOf, type Account, type FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { hasReseller, type SalesChain } from '../cdr-ingest/sales-chain.ts';
import { chargeOf, type Rating } from '../cdr-ingest/rating.ts';
import { periodOfRerating, rerate, type Replacement, type RerateInputs } from '../cdr-ingest/rerating.ts';
import { tariffCache } from '../cdr-ingest/tariff-cache.ts';
import { countsUsage } from '../cdr-ingest/usage.ts';
import { pauseBetween, type Counts, type Task, type TaskError } from '../cdr-munch/task.ts';
import { billingErrors } from '../schema/errors.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';

export const newTariffCache = () => tariffCache();

type Organization = Parameters<typeof accountOf>[0];

/** The terms by which CDRs of an organization are rated again. */
export type Terms = {
  readonly account: Account;
  readonly calendar: BillingCalendar;
  readonly chain: SalesChain;
  /** Whether ratings depend on what a period has used. */
  readonly counts: boolean;
  /** Whether calls are charged to a reseller, too. */
  readonly resold: boolean;
};

type Payer = {
  readonly item: Organization;
  readonly profile: BillingProfile | null;
  readonly tariff: CompiledTariff | null;
};

/** @param now Unix milliseconds */
export function termsOf(
  { item, profile, tariff }: Payer,
  operator: number,
  { now, environment }: { readonly now: number; readonly environment: Parameters<typeof gracePeriod>[0] },
): Terms {
  const account = accountOf(item, profile, tariff);
  const chain = { organization: account.organization, seller: account.seller, operator };
  return {
    account,
    chain,
    calendar: calendarOf(account, now, gracePeriod(environment)),
    counts: countsUsage(account),
    resold: hasReseller(chain),
  };
}

/**
 * A task that names a tariff rates by no other.
 * @throws AppError UNKNOWN_TARIFF if the tariff was deleted, or its currency is no longer that of the profile
 */
export function assertNamedTariff(
  { tariff_id }: Pick<Task, 'tariff_id'>,
  tariff: CompiledTariff | null,
  profile: BillingProfile | null,
): void {
  if (tariff_id === null || (tariff !== null && tariff.currency === (profile?.currency ?? tariff.currency))) return;
  throw new AppError(billingErrors.UNKNOWN_TARIFF, `Tariff ${tariff_id} was deleted, or its currency has changed`);
}

/** Whether a task that failed by this error would fail again. */
export const isPermanent = (error: unknown): boolean => error instanceof AppError && error.code === 'UNKNOWN_TARIFF';

/** The period that a CDR is booked in when it is rated again. */
export const periodOf = (cdr: FiledCdr, { calendar }: Terms): string => periodOfRerating(cdr, calendar);

/** The replacement of a CDR by the same one at its present price; null if the price is unchanged. */
export const rerateCdr = (
  cdr: FiledCdr,
  { account, chain, calendar }: Terms,
  inputs: Omit<RerateInputs, 'chain' | 'calendar'>,
): Replacement | null => rerate(cdr, account, { ...inputs, chain, calendar });

/** What became of a CDR. `after` is null if it was deleted. */
export type Outcome =
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'changed'; readonly before: Rating; readonly after: Rating | null }
  | { readonly outcome: 'failed'; readonly error: TaskError };

const maxErrors = 100;

/** The outcome of a CDR that the task has rated already: a slice that is repeated counts it in the same way. */
export const earlierOutcome = (cdr: FiledCdr, task: Pick<Task, 'id'>): Outcome | null => {
  const [before] = cdr.rating_history;
  return cdr.task_id === task.id && before !== undefined ? { outcome: 'changed', before, after: cdr.rating } : null;
};

const chargeIn = (rating: Rating | null): bigint => (rating === null ? 0n : chargeOf(rating));

/** Charges by currency, with those that a slice has reversed and made. Deleting a CDR moves no money. */
function addCharges({ totals }: Pick<Task, 'totals'>, outcomes: readonly Outcome[]): Task['totals'] {
  const sums = new Map(
    Object.entries(totals).map(([currency, { reversed, charged }]) => [
      currency,
      { reversed: BigInt(moneyFromStore(reversed)), charged: BigInt(moneyFromStore(charged)) },
    ]),
  );
  for (const each of outcomes) {
    if (each.outcome !== 'changed' || each.after === null) continue;
    const currency = each.after.currency ?? each.before.currency;
    if (currency === null) continue;
    const { reversed, charged } = sums.get(currency) ?? { reversed: 0n, charged: 0n };
    sums.set(currency, { reversed: reversed + chargeIn(each.before), charged: charged + chargeIn(each.after) });
  }
  return Object.fromEntries(sums);
}

/** The counts, totals and errors of a task after a slice. */
export function addOutcomes(
  task: Pick<Task, 'counts' | 'totals' | 'errors'>,
  outcomes: readonly Outcome[],
): Pick<Task, 'counts' | 'totals' | 'errors'> {
  const count = (wanted: Outcome['outcome']): number => outcomes.filter(({ outcome }) => outcome === wanted).length;
  const counts: Counts = {
    processed: task.counts.processed + outcomes.length,
    changed: task.counts.changed + count('changed'),
    unchanged: task.counts.unchanged + count('unchanged'),
    failed: task.counts.failed + count('failed'),
  };
  const errors = outcomes.flatMap((each) => (each.outcome === 'failed' ? [each.error] : []));
  return { counts, totals: addCharges(task, outcomes), errors: [...task.errors, ...errors].slice(0, maxErrors) };
}

/**
 * The sort keys between which a task reads CDRs, both included. A cleanup ends where the organization's retention
 * begins.
 * @param now Unix milliseconds @param retention days
 */
export function keyRangeOf(
  { task_type, date_range }: Pick<Task, 'task_type' | 'date_range'>,
  { now, retention }: { readonly now: number; readonly retention: number },
): readonly [string, string] {
  const from = date_range === null ? '0' : wholeSecond(Date.parse(date_range.start));
  const to = date_range === null ? '9' : wholeSecond(Date.parse(date_range.end));
  const oldest = wholeSecond(now - retention * day);
  return [from, task_type === 'cleanup' && oldest < to ? oldest : to];
}

const hasPrice = (rating: Rating | null): boolean => rating !== null && rating.status !== 'unrated';

/** Whether a task rates a CDR: `process` those without a price, and no task one that is void. */
export const isRatable = ({ rating: { status } }: Pick<FiledCdr, 'rating'>, { task_type }: Pick<Task, 'task_type'>) =>
  task_type === 'process' ? status === 'unrated' : status !== 'void';

/**
 * Whether a CDR may be deleted: it has its prices, wholesale included, or is void, and the period that it is booked in
 * is closed.
 */
export const isDeletable = (
  { rating }: Pick<FiledCdr, 'rating'>,
  { calendar: { days, now, grace }, resold }: Pick<Terms, 'calendar' | 'resold'>,
): boolean =>
  hasPrice(rating) &&
  (!resold || rating.status === 'void' || hasPrice(rating.wholesale)) &&
  now >= periodNamed(rating.period, days).end + grace;

/** What legal holds ask of a CDR. */
export const cdrFacts = (cdr: FiledCdr): RecordFacts => ({
  at: new Date(cdr.start_time).toISOString(),
  users: cdr.user_id === null ? [] : [cdr.user_id],
  parties: [...new Set([cdr.caller, cdr.callee, cdr.caller_party, cdr.callee_party])],
  entities: [cdr.id, cdr.call_id],
  direction: cdr.direction,
  text: '',
});

/** Seconds until the next slice. */
export const pauseAfter = ({ priority }: Pick<Task, 'priority'>): number => pauseBetween[priority];
