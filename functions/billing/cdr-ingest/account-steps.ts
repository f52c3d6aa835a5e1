import { Contention } from '#dynamodb/commit.ts';
import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { AppError } from '#errors.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import type { UsedOfPeriod } from '../schema/balance.ts';
import type { PeriodName } from '../schema/period.ts';
import { wholesaleMessages } from '../schema/wholesale-message.ts';
import type { Reservation } from '../reservations/reservation.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import type { Arrival } from './arrival.ts';
import { countsOfFiled, type Filing } from './batch-report.ts';
import { ratedEvent } from './batch-report.ts';
import { periodFor, type BillingCalendar } from './booking-date.ts';
import type { cdrIngest } from './contract.ts';
import type { KeyLimit } from './key-steps.ts';
import { accountOf, calendarIn, fileCdr, sellerOf, type Account, type FiledCdr } from './filed-cdr.ts';
import { changesBalance, chargePosting, sumChangesOf, type SumChange } from './sum-change.ts';
import { hasReseller, type SalesChain } from './sales-chain.ts';
import { type Outcome } from './outcomes.ts';
import type { PeriodUsage } from './rating.ts';
import { countedSinceRow, countSinceWrite } from '../rows/call-count.ts';
import { batchCountWrites, sumChangeWrites, readCdrs, usageWrites } from './row.ts';
import { callsToEnd, endedBy, type ReservedCalls } from './reserved-calls.ts';
import {
  accountStore,
  fitTransaction,
  isStale,
  maxCdrs,
  newCdrWrites,
  settleWrites,
  storedInstead,
  termsStore,
} from './store.ts';
import type { TariffCache } from './tariff-cache.ts';
import { logFiled, unratedWrites } from './unrated-steps.ts';
import { countsUsage, NOTHING_USED, usageAfter, usageBefore, usageChangesOf } from './usage.ts';

export type IngestContext = BackgroundContext<typeof cdrIngest>;
export type IngestTools = {
  readonly context: IngestContext;
  readonly cache: TariffCache;
  readonly limitKeys: KeyLimit;
  /** Unix milliseconds. No transaction begins later. */
  readonly deadline: number;
};

/** Stores when counters of calls began, before the first CDR that they count. Another consumer may do so, too. */
export async function beginCounting({ tableOf, tryCommit, clock }: IngestContext): Promise<void> {
  const counting = ['all', 'numbers'] as const;
  const begun = await tableOf(0).getAll(
    countedSinceRow,
    counting.map((of) => ({ of })),
  );
  for (const [at, of] of counting.entries())
    if (begun[at] === undefined) await tryCommit(0, [countSinceWrite(of, clock())]);
}

/** A run of the consumer on the records of one organization: what was read of its account, and how it is written. */
export type OrganizationRun = {
  readonly context: IngestContext;
  readonly limitKeys: KeyLimit;
  readonly account: Account;
  readonly chain: SalesChain;
  readonly calendar: BillingCalendar;
  /** Unix milliseconds. No transaction begins later. */
  readonly deadline: number;
  /** Cost tariffs by the trunks that they name. */
  readonly carriers: ReadonlyMap<string, CompiledTariff>;
  /** Usage of periods as it was read, if ratings depend on it. Emptied by every transaction. */
  readonly usages: Map<PeriodName, { readonly item: UsedOfPeriod | undefined; readonly before: PeriodUsage }>;
  currencyFixed: boolean;
};

/** Opens the account of an organization; null if there is no such organization. */
export async function openOrganizationRun(
  organization: number,
  arrivals: readonly Arrival[],
  { context, cache, limitKeys, deadline }: IngestTools,
): Promise<OrganizationRun | null> {
  const terms = termsStore(context.tableOf);
  const payer = await terms.payer(organization);
  if (payer === null) return null;
  const { item, profile, currencyFixed } = payer;
  const seller = sellerOf(item);
  const tariff =
    profile === null || profile.tariffId === null ? null : await terms.tariff(seller, profile.tariffId, cache);
  const trunks = [...new Set(arrivals.flatMap(({ cdr }) => cdr.trunk_id ?? []))];
  const [carriers, trunkFormats] = await Promise.all([
    terms.carriers(operatorOrganization, trunks, cache),
    terms.trunkFormats(organization, trunks),
  ]);
  const now = context.clock().getTime();
  const account = { ...accountOf(item, profile, tariff), trunkFormats };
  return {
    context,
    limitKeys,
    account,
    currencyFixed,
    carriers,
    chain: { organization, seller, operator: operatorOrganization },
    calendar: calendarIn(account, now, context.environment),
    deadline,
    usages: new Map(),
  };
}

/** What a period has used so far; nothing if no rating depends on it. */
export async function readUsage(run: OrganizationRun, period: PeriodName): Promise<PeriodUsage> {
  if (!countsUsage(run.account)) return NOTHING_USED;
  const known = run.usages.get(period);
  if (known !== undefined) return known.before;
  const store = accountStore(run.context.tableOf(run.account.organization));
  const item = await store.usage(period);
  const before = usageBefore(period, item, await store.balance());
  run.usages.set(period, { item, before });
  return before;
}

/** CDRs as counters have them, of which each day has a limited number of keys. */
export const limitKeys = ({ context, account, limitKeys: limit }: OrganizationRun, cdrs: readonly FiledCdr[]) =>
  limit(context.tableOf(account.organization), cdrs);

/** Rates arrivals in their order, each by what its period has used after the one before it. */
async function rateArrivals(run: OrganizationRun, arrivals: readonly Arrival[]): Promise<Filing[]> {
  const { account, calendar, carriers } = run;
  const used = new Map<PeriodName, PeriodUsage>();
  const filings: Filing[] = [];
  for (const arrival of arrivals) {
    const { name } = periodFor(arrival.cdr.start_time, calendar);
    const usage = used.get(name) ?? (await readUsage(run, name));
    const carrier = carriers.get(arrival.cdr.trunk_id ?? '') ?? null;
    const filed = fileCdr(arrival, account, { calendar, usage, carrier });
    used.set(name, usageAfter(usage, filed.rating));
    filings.push({ arrival, filed });
  }
  const limited = await limitKeys(
    run,
    filings.map(({ filed }) => filed),
  );
  return filings.map((filing, at) => ({ ...filing, filed: limited[at] ?? filing.filed }));
}

/** The CDRs of a transaction, what they move, and the reservations that they end. */
type Accompanied = {
  readonly group: readonly Filing[];
  readonly sumChanges: readonly SumChange[];
  readonly ended?: readonly Reservation[];
};

/**
 * Sums and counts that a transaction changes beside its CDRs, and the item of credits if the balance is new or
 * reservations end.
 */
export const sumWrites = (
  { account, currencyFixed }: OrganizationRun,
  { group, sumChanges, ended = [] }: Accompanied,
) => {
  const currency = changesBalance(sumChanges) && !currencyFixed ? account.profile?.currency : null;
  return [
    ...sumChanges.flatMap(sumChangeWrites),
    ...batchCountWrites(countsOfFiled(group)),
    ...settleWrites(ended, currency ?? null),
  ];
};

/** What a transaction writes beside its CDRs: sums, counts of batches and of unrated calls, and events. */
export async function accompanyingWrites(run: OrganizationRun, accompanied: Accompanied) {
  const { context, account } = run;
  const { group, sumChanges } = accompanied;
  const own = sumChanges.find(({ organization }) => organization === account.organization);
  const cdrs = group.map(({ filed }) => filed);
  return [
    ...sumWrites(run, accompanied),
    context.recorderOf(account.organization)('cdr.rated', ratedEvent(cdrs, own?.periods ?? [])),
    ...(await unratedWrites(context, account, cdrs)),
  ];
}

/**
 * Files CDRs in one transaction, or none of them.
 * @returns those that are stored already, by id (none: all were filed); `stale` if usage, a reservation or the count of
 *   unrated calls changed since it was read
 * @throws AppError UNAVAILABLE if the profile's currency changed; Contention
 */
async function fileGroup(
  run: OrganizationRun,
  group: readonly Filing[],
  reserved: ReservedCalls,
): Promise<ReadonlyMap<string, FiledCdr> | 'stale'> {
  const { context, account, chain, usages } = run;
  const cdrs = group.map(({ filed }) => filed);
  const postings = cdrs.map(({ rating, start_time }) => chargePosting(rating, start_time));
  const sumChanges = sumChangesOf({ now: cdrs, before: [] }, new Map([[account.organization, postings]]), chain);
  const writes = [
    ...newCdrWrites(cdrs),
    ...usageWrites(usageChangesOf(account, cdrs, usages)),
    ...(await accompanyingWrites(run, { group, sumChanges, ended: endedBy(cdrs, reserved) })),
  ];
  const failed = await context.tryCommit(account.organization, writes);
  usages.clear();
  const stored = storedInstead(failed, cdrs);
  if (stored.size > 0) return stored;
  if (isStale(failed, writes)) return 'stale';
  if (failed.length > 0) throw new AppError('UNAVAILABLE', 'The currency of the profile has changed');
  if (changesBalance(sumChanges)) run.currencyFixed = true;
  logFiled(context, cdrs);
  return stored;
}

/** The reservations that arrivals end. */
export function readReserved(
  { context, account }: OrganizationRun,
  arrivals: readonly Arrival[],
): Promise<ReservedCalls> {
  const cdrs = arrivals.map(({ cdr, from: { origin } }) => ({ ...cdr, origin }));
  return accountStore(context.tableOf(account.organization)).reservations(callsToEnd(account.profile, cdrs));
}

/** The stored CDRs of arrivals, by id. */
export async function readStored(
  { context, account }: OrganizationRun,
  arrivals: readonly Arrival[],
): Promise<[string, FiledCdr][]> {
  const stored = await readCdrs(
    context.tableOf(account.organization),
    arrivals.map(({ cdr }) => cdr.id),
  );
  return stored.map((cdr) => [cdr.id, cdr]);
}

/**
 * `stored`: CDRs that were stored already, by id. `undecided`: outcomes of arrivals that were neither filed nor found
 * stored, by id.
 */
type FilingResult = {
  readonly stored: ReadonlyMap<string, FiledCdr>;
  readonly undecided: ReadonlyMap<string, Outcome>;
};

/**
 * Files CDRs of different identities in as few transactions as hold them. When one turns out to be stored, all that
 * still wait are looked up: such CDRs seldom come alone, and a failing transaction for each few would use up the time.
 * A loop of its own rather than `transact`: each round files another part, until the deadline.
 */
export async function fileNew(run: OrganizationRun, arrivals: readonly Arrival[]): Promise<FilingResult> {
  const stored = new Map<string, FiledCdr>();
  let waiting: readonly Arrival[] = arrivals;
  const leaveUndecided = (outcome: Outcome): FilingResult => ({
    stored,
    undecided: new Map(waiting.map(({ cdr }) => [cdr.id, outcome])),
  });
  try {
    while (waiting.length > 0) {
      if (run.context.clock().getTime() > run.deadline) return leaveUndecided({ is: 'deferred', by: 'deadline' });
      const next = waiting.slice(0, maxCdrs);
      const [reserved, rated] = await Promise.all([readReserved(run, next), rateArrivals(run, next)]);
      const group = fitTransaction(rated, run.chain, reserved);
      const found = await fileGroup(run, group, reserved);
      if (found === 'stale') continue;
      if (found.size === 0) {
        waiting = waiting.slice(group.length);
        continue;
      }
      for (const [id, cdr] of [...found, ...(await readStored(run, waiting))]) stored.set(id, cdr);
      waiting = waiting.filter(({ cdr }) => !stored.has(cdr.id));
    }
    return { stored, undecided: new Map() };
  } catch (error) {
    return leaveUndecided(error instanceof Contention ? { is: 'deferred', by: 'contention' } : { is: 'failed', error });
  }
}

/** Has the consumer `cdr-wholesale` charge the reseller, if there is one, for filed CDRs. */
export async function chargeReseller(
  { context, account, chain }: OrganizationRun,
  ids: readonly string[],
): Promise<void> {
  if (hasReseller(chain)) await context.queues.send('cdr-wholesale', wholesaleMessages(account.organization, ids));
}
