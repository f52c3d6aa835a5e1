import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import type { Write } from '../../../shared/dynamodb/write.ts';
import { Contention, type FailedCondition } from '../../../shared/dynamodb/commit.ts';
import { operatorOrganization } from '../../../shared/dynamodb/rows/organization.ts';
import { AppError } from '../../../shared/errors.ts';
import { consume, consumerDependencies, type Delivery } from '../../../shared/queue/consume.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import type { UsedOfPeriod } from '../billing-profiles/balance.ts';
import type { PeriodName } from '../billing-profiles/period.ts';
import { wholesaleMessages } from '../cdr-wholesale/contract.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import {
  homeOf,
  readArrivals,
  refusalOf,
  roundsOf,
  type Arrival,
  type Refusal,
  type RefusedArrival,
  type Sender,
} from './arrival.ts';
import { untold } from './standing-change.ts';
import { countsOfFiled, countsOfRest, summed } from './batch-counts.ts';
import { periodFor, type Books } from './booking.ts';
import { conflictWith, judgeAge, unknownOrganization, type Rejection } from './cdr.ts';
import type { CdrMessage } from './cdr-message.ts';
import { cdrIngest } from './contract.ts';
import {
  accountOf,
  booksIn,
  booksOf,
  fileCdr,
  judgeRepeat,
  knownOf,
  replaceCdr,
  sellerOf,
  type Account,
  type FiledCdr,
  type Known,
} from './filed-cdr.ts';
import { addition, movementsOf, sellsOn, type Chain, type Movement } from './movement.ts';
import { ratedEvent, refusedEvent, refusalsOf } from './batch-report.ts';
import type { PeriodUsage } from './rating.ts';
import { exchangeOf, type OpenBooks, type Use } from './rerating.ts';
import { counting, filedCdrs, filing, moving, replacingCdr, using } from './row.ts';
import {
  accountStore,
  asManyAsFit,
  cdrsFound,
  creditStanding,
  filedCdr,
  firstCharge,
  maxCdrs,
  newCdrs,
  termsStore,
} from './store.ts';
import { tariffCache, type TariffCache } from './tariff-cache.ts';
import { countsUsage, NOTHING_USED, usageAfter, usageBefore } from './usage.ts';

type IngestContext = BackgroundContext<typeof cdrIngest>;
type Tools = { readonly context: IngestContext; readonly cache: TariffCache };
/** `again`: messages that came before, so that some of their records may be filed already. */
type Turn = Tools & { readonly again: ReadonlySet<string> };

/** Rates of compiled tariffs that a process keeps: some 60 MB. */
const keptRates = 100_000;
/** Organizations that are worked on at once. */
const lanes = 32;
/** Milliseconds before the time-out after which no transaction is begun: what is left comes again. */
const margin = 1_500;

/**
 * What became of a record: `filed` now or by this very record before; there already; no time was left for it; others
 * held the balance all the time; not taken; or an error.
 */
type Fate = 'filed' | 'duplicate' | 'untried' | 'outrun' | { readonly refusal: Refusal } | { readonly error: unknown };
type Settled = { readonly arrival: Arrival; readonly fate: Fate };

/** The account of one organization while a batch is worked on. */
type Desk = {
  readonly context: IngestContext;
  readonly account: Account;
  readonly chain: Chain;
  readonly books: Books;
  /** Unix milliseconds. */
  readonly deadline: number;
  /** Cost tariffs, by the trunks that they name. */
  readonly carriers: ReadonlyMap<string, CompiledTariff>;
  /** What periods have used, as far as ratings depend on it. */
  readonly usages: Map<PeriodName, { readonly item: UsedOfPeriod | undefined; readonly before: PeriodUsage }>;
  currencyFixed: boolean;
};

type Filing = { readonly arrival: Arrival; readonly filed: FiledCdr };

const refused = (arrival: Arrival, rejection: Rejection): Settled => ({
  arrival,
  fate: { refusal: refusalOf(arrival.cdr, rejection) },
});

/** Null where there is no such organization. */
async function openDesk(
  organization: number,
  arrivals: readonly Arrival[],
  { context, cache }: Tools,
): Promise<Desk | null> {
  const terms = termsStore(context.tableOf);
  const payer = await terms.payer(organization);
  if (payer === null) return null;
  const { item, profile, currencyFixed } = payer;
  const seller = sellerOf(item);
  const tariff =
    profile === null || profile.tariffId === null ? null : await terms.tariff(seller, profile.tariffId, cache);
  const carriers = await terms.carriers(
    operatorOrganization,
    [...new Set(arrivals.flatMap(({ cdr }) => cdr.trunk_id ?? []))],
    cache,
  );
  const now = context.clock().getTime();
  const account = accountOf(item, profile, tariff);
  return {
    context,
    account,
    currencyFixed,
    carriers,
    chain: { organization, seller, operator: operatorOrganization },
    books: booksIn(account, now, context.environment),
    deadline: now + cdrIngest.timeout * 1_000 - margin,
    usages: new Map(),
  };
}

/** What a period has used before; nothing where no rating depends on it. */
async function usageIn(desk: Desk, period: PeriodName): Promise<PeriodUsage> {
  if (!countsUsage(desk.account)) return NOTHING_USED;
  const known = desk.usages.get(period);
  if (known !== undefined) return known.before;
  const store = accountStore(desk.context.tableOf(desk.account.organization));
  const item = await store.usage(period);
  const before = usageBefore(period, item, await store.balance());
  desk.usages.set(period, { item, before });
  return before;
}

/** Rates arrivals one after the other, each by what those before it leave. */
async function rateInOrder(desk: Desk, arrivals: readonly Arrival[]): Promise<Filing[]> {
  const used = new Map<PeriodName, PeriodUsage>();
  const filings: Filing[] = [];
  for (const arrival of arrivals) {
    const { name } = periodFor(arrival.cdr.start_time, desk.books);
    const usage = used.get(name) ?? (await usageIn(desk, name));
    const filed = fileCdr(arrival, desk.account, {
      books: desk.books,
      usage,
      carrier: desk.carriers.get(arrival.cdr.trunk_id ?? '') ?? null,
    });
    used.set(name, usageAfter(usage, filed.rating));
    filings.push({ arrival, filed });
  }
  return filings;
}

/** What the ratings of some CDRs use of what their periods include. */
function usesOf({ account, usages }: Desk, filed: readonly FiledCdr[]): Use[] {
  if (!countsUsage(account)) return [];
  return [...Map.groupBy(filed, ({ rating }) => rating.period)].map(([period, cdrs]) => ({
    organization: account.organization,
    period,
    included: cdrs.reduce((sum, { rating }) => sum + rating.included_seconds, 0),
    item: usages.get(period)?.item,
  }));
}

const chargesIn = (movements: readonly Movement[]): boolean =>
  movements.some(({ periods }) => periods.some(({ charges }) => charges !== 0n));

/** What a transaction that files CDRs writes beside them. */
function besides(desk: Desk, group: readonly Filing[], movements: readonly Movement[]) {
  const { context, account } = desk;
  const currency = account.profile?.currency;
  const own = movements.find(({ organization }) => organization === account.organization);
  return [
    ...movements.flatMap(moving),
    ...counting(countsOfFiled(group)),
    context.recorderOf(account.organization)(
      'cdr.rated',
      ratedEvent(
        group.map(({ filed }) => filed),
        own?.periods ?? [],
      ),
    ),
    ...(chargesIn(movements) && !desk.currencyFixed && currency !== undefined ? [firstCharge(currency)] : []),
  ];
}

const usageIsStale = (failed: readonly FailedCondition[], writes: readonly Write[]): boolean =>
  failed.some(({ at }) => writes[at]?.effect === 'usage');

/**
 * Files the CDRs in one transaction. @returns those that are there already: then nothing is done; or that what their
 * ratings rest on is no longer so.
 */
async function fileGroup(desk: Desk, group: readonly Filing[]): Promise<ReadonlyMap<string, FiledCdr> | 'stale'> {
  const cdrs = group.map(({ filed }) => filed);
  const charged = new Map([
    [desk.account.organization, cdrs.map(({ rating, start_time }) => addition(rating, start_time))],
  ]);
  const movements = movementsOf({ now: cdrs, before: [] }, charged, desk.chain);
  const writes = [...newCdrs(cdrs), ...using(usesOf(desk, cdrs)), ...besides(desk, group, movements)];
  const failed = await desk.context.tryCommit(desk.account.organization, writes);
  // Read anew for the next group, too.
  desk.usages.clear();
  const found = cdrsFound(failed, cdrs);
  if (found.size > 0) return found;
  if (usageIsStale(failed, writes)) return 'stale';
  if (failed.length > 0) throw new AppError('UNAVAILABLE', 'The currency of the profile is another one by now');
  if (chargesIn(movements)) desk.currencyFixed = true;
  return found;
}

/**
 * Which of the CDRs are there. One that is seldom comes alone, and a transaction that fails for each few of them would
 * take the turn's time.
 */
async function filedBefore(desk: Desk, waiting: readonly Arrival[]): Promise<[string, FiledCdr][]> {
  const filed = await filedCdrs(
    desk.context.tableOf(desk.account.organization),
    waiting.map(({ cdr }) => cdr.id),
  );
  return filed.map((cdr) => [cdr.id, cdr]);
}

/**
 * Files CDRs of different identities, in as few transactions as hold them; one that is there already is sorted out, and
 * its place filled.
 */
async function fileNew(
  desk: Desk,
  arrivals: readonly Arrival[],
): Promise<{ readonly found: ReadonlyMap<string, FiledCdr>; readonly unfiled: ReadonlyMap<string, Fate> }> {
  const found = new Map<string, FiledCdr>();
  let waiting: readonly Arrival[] = arrivals;
  const all = (fate: Fate): ReadonlyMap<string, Fate> => new Map(waiting.map(({ cdr }) => [cdr.id, fate]));
  try {
    while (waiting.length > 0) {
      if (desk.context.clock().getTime() > desk.deadline) return { found, unfiled: all('untried') };
      const group = asManyAsFit(await rateInOrder(desk, waiting.slice(0, maxCdrs)), desk.chain);
      const there = await fileGroup(desk, group);
      if (there === 'stale') continue;
      if (there.size === 0) {
        waiting = waiting.slice(group.length);
        continue;
      }
      for (const [id, cdr] of [...there, ...(await filedBefore(desk, waiting))]) found.set(id, cdr);
      waiting = waiting.filter(({ cdr }) => !found.has(cdr.id));
    }
    return { found, unfiled: new Map() };
  } catch (error) {
    return { found, unfiled: all(error instanceof Contention ? 'outrun' : { error }) };
  }
}

/** The reseller's books, where it has paid for the call. */
async function sellerBooks(desk: Desk, { rating: { wholesale } }: FiledCdr): Promise<OpenBooks | null> {
  if (wholesale === null) return null;
  const table = desk.context.tableOf(desk.account.seller);
  const [payer, item] = await Promise.all([
    termsStore(desk.context.tableOf).payer(desk.account.seller),
    accountStore(table).usage(wholesale.period),
  ]);
  return { books: booksOf({ profile: payer?.profile ?? null }, desk.books.now, desk.books.grace), item };
}

/** The use of a period that a CDR is booked in anew: as its rating rests on it, or to take back what it had used. */
async function itemFor(
  { account, context, usages }: Desk,
  stored: FiledCdr,
  period: PeriodName,
): Promise<UsedOfPeriod | undefined> {
  if (countsUsage(account)) return usages.get(period)?.item;
  return stored.rating.included_seconds > 0
    ? accountStore(context.tableOf(account.organization)).usage(period)
    : undefined;
}

/** Puts a CDR in the place of what the tenant itself had filed under its identity: reversal and new charge in one. */
async function replaceStored(desk: Desk, arrival: Arrival): Promise<Fate> {
  const { account, context, chain, books } = desk;
  const stored = await filedCdr(context.tableOf(account.organization), arrival.cdr.id);
  if (stored === undefined) throw new AppError('UNAVAILABLE', 'The CDR to be replaced is gone');
  if (judgeRepeat(stored, arrival) !== 'replacement') return settleRepeat(desk, arrival, stored);
  const [rated] = await rateInOrder(desk, [arrival]);
  if (rated === undefined) return 'untried';
  const filed = replaceCdr(stored, rated.filed);
  const own = { books, item: await itemFor(desk, stored, filed.rating.period) };
  const exchange = exchangeOf(stored, filed, {
    chain,
    own,
    counts: countsUsage(account),
    seller: await sellerBooks(desk, stored),
  });
  const failed = await context.tryCommit(account.organization, [
    ...replacingCdr(exchange),
    ...besides(desk, [{ arrival, filed }], exchange.movements),
  ]);
  desk.usages.clear();
  if (failed.length > 0) throw new AppError('UNAVAILABLE', 'The CDR changed while it was being replaced');
  return 'filed';
}

async function settleRepeat(desk: Desk, arrival: Arrival, known: Known): Promise<Fate> {
  const judgement = judgeRepeat(known, arrival);
  switch (judgement) {
    case 'again':
      return 'filed';
    case 'duplicate':
      return 'duplicate';
    case 'conflict':
      return { refusal: refusalOf(arrival.cdr, conflictWith(arrival.cdr)) };
    case 'replacement':
      return replaceStored(desk, arrival).catch((error: unknown) => ({ error }));
  }
}

/** One round, in which each identity comes once. `known`: what is there, as far as earlier rounds have seen. */
async function settleRound(desk: Desk, round: readonly Arrival[], known: Map<string, Known>): Promise<Settled[]> {
  const fresh = round.filter(({ cdr }) => !known.has(cdr.id));
  const { found, unfiled } = await fileNew(desk, fresh);
  for (const [id, cdr] of found) known.set(id, cdr);
  return Promise.all(
    round.map(async (arrival): Promise<Settled> => {
      const { id } = arrival.cdr;
      const there = known.get(id);
      const failure = unfiled.get(id);
      if (failure !== undefined) return { arrival, fate: failure };
      if (there !== undefined) return { arrival, fate: await settleRepeat(desk, arrival, there) };
      known.set(id, knownOf(arrival));
      return { arrival, fate: 'filed' };
    }),
  );
}

/** Tells of a balance that has crossed its limits, once. */
async function tellBalance({ context, account: { organization, profile } }: Desk): Promise<void> {
  if (profile === null) return;
  const store = accountStore(context.tableOf(organization));
  await context.transact(organization, async () => {
    const change = untold(await store.balance(), profile);
    const record = context.recorderOf(organization);
    return change === null
      ? []
      : [creditStanding(change.noted), ...change.events.map(({ crossing, event }) => record(crossing, event))];
  });
}

/** What is to be done once CDRs are filed: done again when their message comes again, it changes nothing. */
async function afterFiling(desk: Desk, settled: readonly Settled[]): Promise<Settled[]> {
  const ids = settled.flatMap(({ arrival, fate }) => (fate === 'filed' ? [arrival.cdr.id] : []));
  if (ids.length === 0) return [...settled];
  try {
    await tellBalance(desk);
    if (sellsOn(desk.chain))
      await desk.context.queues.send('cdr-wholesale', wholesaleMessages(desk.account.organization, ids));
    return [...settled];
  } catch (error) {
    return settled.map((each) => (each.fate === 'filed' ? { ...each, fate: { error } } : each));
  }
}

async function settleOrganization(organization: number, arrivals: readonly Arrival[], tools: Turn): Promise<Settled[]> {
  const desk = await openDesk(organization, arrivals, tools);
  if (desk === null)
    return arrivals.map((arrival) => refused(arrival, unknownOrganization(organizationText(organization))));
  const judged = arrivals.map((arrival) => ({
    arrival,
    rejection: judgeAge(arrival.cdr, desk.books.now, desk.account.retention),
  }));
  const settled = judged.flatMap(({ arrival, rejection }) => (rejection === null ? [] : [refused(arrival, rejection)]));
  const taken = judged.flatMap(({ arrival, rejection }) => (rejection === null ? [arrival] : []));
  const known = new Map<string, Known>(
    taken.some(({ from }) => tools.again.has(from.message)) ? await filedBefore(desk, taken) : [],
  );
  for (const round of roundsOf(taken)) settled.push(...(await settleRound(desk, round, known)));
  return afterFiling(desk, settled);
}

/** Organizations are independent of each other; one after the other in each lane. What fails in one comes again. */
async function settleAll(arrivals: readonly Arrival[], tools: Turn): Promise<Settled[]> {
  const waiting = [...Map.groupBy(arrivals, ({ cdr }) => cdr.organization)];
  const settled: Settled[] = [];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [organization, own] = next;
      const outcome = await settleOrganization(organization, own, tools).catch((error: unknown) =>
        own.map((arrival): Settled => ({ arrival, fate: { error } })),
      );
      settled.push(...outcome);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return settled;
}

/** What a message brought that was not filed as CDRs, and who shall read of it. */
type Rest = {
  readonly identity: string;
  readonly home: number;
  readonly from: Sender;
  readonly refusals: readonly Refusal[];
  readonly duplicates: number;
};

/** Messages whose rest goes into one transaction: three items each at most. */
const restsAtOnce = 30;

/**
 * Files, once, refusals, and of batches the number of duplicates: together, as messages of a batch would else wait
 * for each other's counts. One that was filed before is left out.
 */
async function fileRests(home: number, rests: readonly Rest[], context: IngestContext): Promise<void> {
  for (let waiting = rests; waiting.length > 0;) {
    const group = waiting.slice(0, restsAtOnce);
    const failed = await context.tryCommit(home, [
      ...group.map(({ from, ...rest }) => filing(refusalsOf(from, rest, context.clock()))),
      ...counting(summed(group.flatMap(({ from, ...rest }) => countsOfRest(from, home, rest)))),
      ...group.flatMap(({ from, refusals }) =>
        refusals.length === 0 ? [] : [context.recorderOf(home)('cdr.rejected', refusedEvent(from, home, refusals))],
      ),
    ]);
    const filedBefore = new Set(failed.map(({ at }) => group[at]));
    waiting = failed.length === 0 ? waiting.slice(group.length) : waiting.filter((rest) => !filedBefore.has(rest));
  }
}

/** Where nobody can read it, as there is no such organization, the operator shall. */
async function existing(organization: number, { tableOf }: IngestContext): Promise<number> {
  return (await termsStore(tableOf).exists(organization)) ? organization : operatorOrganization;
}

/** A message as it was read, and what became of its records. */
type Handled = {
  readonly identity: string;
  readonly message: CdrMessage;
  readonly unreadable: readonly RefusedArrival[];
  readonly settled: readonly Settled[];
};

/** A record that was not filed as a CDR, and whose it is, as far as it says. */
type Left = { readonly from: Sender; readonly ofRecord: number; readonly refusal: Refusal | null };

/** Those of a message. Throws where one must come again. */
function leftOf({ unreadable, settled }: Handled): Left[] {
  const left: Left[] = unreadable.map(({ refusal, from }) => ({ from, ofRecord: operatorOrganization, refusal }));
  for (const {
    arrival: { from, cdr },
    fate,
  } of settled) {
    if (fate === 'filed') continue;
    if (fate === 'untried' || fate === 'outrun') throw new AppError('UNAVAILABLE', 'Others of its records failed');
    if (fate !== 'duplicate' && 'error' in fate) throw fate.error;
    left.push({ from, ofRecord: cdr.organization, refusal: fate === 'duplicate' ? null : fate.refusal });
  }
  return left;
}

/**
 * What a message leaves to be filed. One that did not get its turn, or not for all of its records, goes to the back of
 * the queue, so that a rush of them does not use up their receives: what it has filed is known by it. One that failed
 * comes again.
 */
async function restsOf(
  handled: Handled,
  homeFor: (organization: number) => Promise<number>,
  context: IngestContext,
): Promise<Rest[]> {
  const { identity, settled } = handled;
  const failed = settled.some(({ fate }) => typeof fate === 'object' && 'error' in fate);
  if (!failed && settled.some(({ fate }) => fate === 'untried' || fate === 'outrun')) {
    await putBack(handled, context);
    return [];
  }
  const left = await Promise.all(
    leftOf(handled).map(async (each) => ({ ...each, home: await homeFor(homeOf(each.from, each.ofRecord)) })),
  );
  return [...Map.groupBy(left, ({ home }) => home)].flatMap(([home, of]): Rest[] => {
    const refusals = of.flatMap(({ refusal }) => refusal ?? []);
    const duplicates = of.length - refusals.length;
    const from = of[0]?.from;
    return from === undefined || (refusals.length === 0 && from.batch_id === null)
      ? []
      : [{ identity, home, from, refusals, duplicates }];
  });
}

/** Ends all messages. @returns for each, by its identity, whether it is done */
async function finishAll(
  all: readonly Handled[],
  context: IngestContext,
): Promise<ReadonlyMap<string, PromiseSettledResult<unknown>>> {
  const homes = new Map<number, Promise<number>>();
  const homeFor = (organization: number): Promise<number> => {
    const home = homes.get(organization) ?? existing(organization, context);
    homes.set(organization, home);
    return home;
  };
  const ends = new Map<string, PromiseSettledResult<unknown>>();
  const rests: Rest[] = [];
  await Promise.all(
    all.map(async (handled) => {
      const [end] = await Promise.allSettled([restsOf(handled, homeFor, context)]);
      ends.set(handled.identity, end);
      if (end.status === 'fulfilled') rests.push(...end.value);
    }),
  );
  await Promise.all(
    [...Map.groupBy(rests, ({ home }) => home)].map(async ([home, own]) => {
      const [end] = await Promise.allSettled([fileRests(home, own, context)]);
      if (end.status === 'rejected') for (const { identity } of own) ends.set(identity, end);
    }),
  );
  return ends;
}

/** It keeps its identity: should both come after all, they are one. */
const putBack = ({ identity, message }: Handled, { queues }: IngestContext): Promise<void> =>
  queues.send('cdr-ingest', [
    {
      body: { ...message, first_delivered_as: identity },
      ...(typeof message.org_id === 'number' ? { group: organizationText(message.org_id) } : {}),
    },
  ]);

/** Where no record at all got on, time is not what is missing: a store that does not answer uses up receives. */
function withoutProgress(settled: readonly Settled[]): Settled[] {
  const none = settled.every(({ fate }) => fate === 'untried' || (typeof fate === 'object' && 'error' in fate));
  const error = new AppError('UNAVAILABLE', 'No record could be filed in this turn');
  return settled.map((each) => (none && each.fate === 'untried' ? { ...each, fate: { error } } : each));
}

const identityOf = ({ id, message }: Delivery<CdrMessage>): string => message.first_delivered_as ?? id;

/** @param outside what the function touches; tests bring their own */
export const cdrIngestHandler = (dependencies = consumerDependencies()) => {
  const cache = tariffCache(keptRates);
  return consume(
    cdrIngest,
    async (deliveries, context) => {
      // A message that comes twice at once is one message: its duplicates are counted once.
      const read = new Map(
        deliveries.map((delivery) => [
          identityOf(delivery),
          { message: delivery.message, ...readArrivals(delivery.message, identityOf(delivery)) },
        ]),
      );
      const again = new Set(
        deliveries
          .filter(({ message, receives }) => receives > 1 || typeof message.first_delivered_as === 'string')
          .map(identityOf),
      );
      const settled = withoutProgress(
        await settleAll(
          [...read.values()].flatMap(({ arrivals }) => arrivals),
          { context, cache, again },
        ),
      );
      const byMessage = Map.groupBy(settled, ({ arrival }) => arrival.from.message);
      const ends = await finishAll(
        [...read].map(([identity, { message, refused: unreadable }]) => ({
          identity,
          message,
          unreadable,
          settled: byMessage.get(identity) ?? [],
        })),
        context,
      );
      return deliveries.map((delivery) => ends.get(identityOf(delivery)) ?? { status: 'fulfilled', value: undefined });
    },
    dependencies,
  );
};

export const handler = cdrIngestHandler();
