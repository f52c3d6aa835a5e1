/** What a slice of a task does, and what it adds to the task (billing.md, "Munch tasks"). */
import { AppError } from '../../../shared/errors.ts';
import { storedMoney } from '../../../shared/schema/money.ts';
import type { BalancePart } from '../billing-profiles/balance.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';
import { graceIn, periodNamed } from '../billing-profiles/period.ts';
import { wholeSecond } from '../cdr/search.ts';
import { standingChange } from '../cdr-ingest/standing-change.ts';
import type { Books } from '../cdr-ingest/booking.ts';
import { accountOf, booksOf, type Account, type FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { hasReseller, type Chain } from '../cdr-ingest/movement.ts';
import { chargeOf, type Rating } from '../cdr-ingest/rating.ts';
import { periodOfRerating, rerate, type RerateInputs, type Replacement } from '../cdr-ingest/rerating.ts';
import { tariffCache } from '../cdr-ingest/tariff-cache.ts';
import { countsUsage } from '../cdr-ingest/usage.ts';
import { pauseBetween, type Counts, type Task, type TaskError } from '../cdr-munch/task.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';

/** Rates of compiled tariffs that a process keeps: some 60 MB. */
export const priceLists = () => tariffCache(100_000);

type Organization = Parameters<typeof accountOf>[0];

/** The terms by which CDRs of an organization are rated again. */
export type Terms = {
  readonly account: Account;
  readonly books: Books;
  readonly chain: Chain;
  /** Whether ratings go by what a period has used. */ readonly counts: boolean;
  readonly sold: boolean;
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
  { now, environment }: { readonly now: number; readonly environment: Parameters<typeof graceIn>[0] },
): Terms {
  const account = accountOf(item, profile, tariff);
  const chain = { organization: account.organization, seller: account.seller, operator };
  return {
    account,
    chain,
    books: booksOf(account, now, graceIn(environment)),
    counts: countsUsage(account),
    sold: hasReseller(chain),
  };
}

/**
 * No call is rated by terms that nobody asked for. @throws AppError UNKNOWN_TARIFF where the tariff that a task names
 * went, or is in another currency by now
 */
export function checkTerms(
  { tariff_id }: Pick<Task, 'tariff_id'>,
  tariff: CompiledTariff | null,
  profile: BillingProfile | null,
): void {
  if (tariff_id === null || (tariff !== null && tariff.currency === (profile?.currency ?? tariff.currency))) return;
  throw new AppError('UNKNOWN_TARIFF', `${tariff_id} went, or changed its currency`);
}

/** Whether a task that failed fails again, however often it is tried. */
export const isHopeless = (error: unknown): boolean => error instanceof AppError && error.code === 'UNKNOWN_TARIFF';

/** The period that a CDR is booked in when it is rated again. */
export const periodOf = (cdr: FiledCdr, { books }: Terms): string => periodOfRerating(cdr, books);

/** A CDR rated again; null where its price is what it was. */
export const ratedAgain = (
  cdr: FiledCdr,
  { account, chain, books }: Terms,
  by: Omit<RerateInputs, 'chain' | 'books'>,
): Replacement | null => rerate(cdr, account, { ...by, chain, books });

/** What is to be told of a balance, as it was read; null: nothing. */
export const standingChangeOf = (parts: readonly BalancePart[], profile: BillingProfile | null) =>
  profile === null ? null : standingChange(parts, profile);

/** What became of a CDR. */
export type Outcome =
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'changed'; readonly before: Rating; readonly after: Rating | null }
  | { readonly outcome: 'failed'; readonly error: TaskError };

const maxErrors = 100;

/** A CDR that the task has rated before: a slice that comes again counts it as it did. */
export const doneBefore = (cdr: FiledCdr, task: Pick<Task, 'id'>): Outcome | null => {
  const [before] = cdr.rating_history;
  return cdr.task_id === task.id && before !== undefined ? { outcome: 'changed', before, after: cdr.rating } : null;
};

const chargeIn = (rating: Rating | null): bigint => (rating === null ? 0n : chargeOf(rating));

/** The task with what a slice has done. What is deleted moves no money. */
export function withOutcomes(task: Task, outcomes: readonly Outcome[]): Pick<Task, 'counts' | 'totals' | 'errors'> {
  const count = (wanted: Outcome['outcome']): number => outcomes.filter(({ outcome }) => outcome === wanted).length;
  const counts: Counts = {
    processed: task.counts.processed + outcomes.length,
    changed: task.counts.changed + count('changed'),
    unchanged: task.counts.unchanged + count('unchanged'),
    failed: task.counts.failed + count('failed'),
  };
  const totals = new Map(
    Object.entries(task.totals).map(([currency, { reversed, charged }]) => [
      currency,
      { reversed: BigInt(storedMoney(reversed)), charged: BigInt(storedMoney(charged)) },
    ]),
  );
  for (const each of outcomes) {
    if (each.outcome !== 'changed' || each.after === null) continue;
    const currency = each.after.currency ?? each.before.currency;
    if (currency === null) continue;
    const { reversed, charged } = totals.get(currency) ?? { reversed: 0n, charged: 0n };
    totals.set(currency, { reversed: reversed + chargeIn(each.before), charged: charged + chargeIn(each.after) });
  }
  const errors = outcomes.flatMap((each) => (each.outcome === 'failed' ? [each.error] : []));
  return { counts, totals: Object.fromEntries(totals), errors: [...task.errors, ...errors].slice(0, maxErrors) };
}

const DAY = 86_400_000;

/**
 * The call starts that a task looks at; what is cleaned up is as old as the organization keeps it. Both ends in it, of
 * keys in time.
 */
export function rangeOf(
  { task_type, date_range }: Pick<Task, 'task_type' | 'date_range'>,
  { now, retention }: { readonly now: number; readonly retention: number },
): readonly [string, string] {
  const from = date_range === null ? '0' : wholeSecond(Date.parse(date_range.start));
  const to = date_range === null ? '9' : wholeSecond(Date.parse(date_range.end));
  const oldest = wholeSecond(now - retention * DAY);
  return [from, task_type === 'cleanup' && oldest < to ? oldest : to];
}

const hasPrice = (rating: Rating | null): boolean => rating !== null && rating.status !== 'unrated';

/** Whether a CDR may go: it has its price, up the tree too, and the period that it was booked in is closed. */
export const mayGo = (
  { rating }: Pick<FiledCdr, 'rating'>,
  { books: { days, now, grace }, sold }: Pick<Terms, 'books' | 'sold'>,
): boolean =>
  hasPrice(rating) && (!sold || hasPrice(rating.wholesale)) && now >= periodNamed(rating.period, days).end + grace;

/** Seconds until the next slice. */
export const pauseAfter = ({ priority }: Pick<Task, 'priority'>): number => pauseBetween[priority];
