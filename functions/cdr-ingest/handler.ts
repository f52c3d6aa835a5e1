import type { BackgroundWorld } from '../../shared/background/world.ts';
import type { Write } from '../../shared/dynamodb/write.ts';
import { Contention } from '../../shared/dynamodb/commit.ts';
import { operatorOrganization } from '../../shared/dynamodb/rows/organization.ts';
import { AppError } from '../../shared/errors.ts';
import { consume, consumerOutside, type Delivery } from '../../shared/queue/consume.ts';
import { organizationText } from '../../shared/schema/values.ts';
import { homeOf, readArrivals, refusalOf, roundsOf, type Arrival, type Refusal, type RefusedArrival, type Sender } from './arrival.ts';
import { countsOfFiled, countsOfRest } from './batch-counts.ts';
import { conflictWith, judgeAge, unknownOrganization, type Rejection } from './cdr.ts';
import type { CdrMessage } from './cdr-message.ts';
import { cdrIngest } from './contract.ts';
import { fileCdr, judgeRepeat, knownOf, replaceCdr, sumsOf, type Account, type FiledCdr, type Known, type Sums } from './filed-cdr.ts';
import { ratedEvent, refusedEvent, refusalsOf } from './notice.ts';
import { counting, filing } from './row.ts';
import { asManyAsFit, cdrsFound, charging, filedCdr, fixingCurrency, newCdrs, replacingCdr, termsStore } from './store.ts';
import { tariffShelf, type TariffShelf } from './tariff-shelf.ts';

type IngestWorld = BackgroundWorld<typeof cdrIngest>;

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
  readonly world: IngestWorld;
  readonly account: Account;
  readonly now: Date;
  /** Unix milliseconds. */
  readonly deadline: number;
  currencyFixed: boolean;
};

type Filing = { readonly arrival: Arrival; readonly filed: FiledCdr };

const refused = (arrival: Arrival, rejection: Rejection): Settled => ({ arrival, fate: { refusal: refusalOf(arrival.cdr, rejection) } });

/** Null where there is no such organization. */
async function openDesk(organization: number, world: IngestWorld, shelf: TariffShelf): Promise<Desk | null> {
  const terms = termsStore(world.tableOf);
  const payer = await terms.payer(organization);
  if (payer === null) return null;
  const { item, profile, currencyFixed } = payer;
  const seller = item.parent_id ?? organization;
  const present = profile === null || profile.tariffId === null ? undefined : await terms.tariff(seller, profile.tariffId);
  const tariff = present === undefined ? null : await shelf.take(present, () => terms.version(seller, present));
  const now = world.clock();
  return {
    world, now, currencyFixed, deadline: now.getTime() + cdrIngest.timeout * 1_000 - margin,
    account: { organization, country: item.country, since: item.created_at, retention: item.retention.cdr_days, shards: item.charge_shards, profile, tariff },
  };
}

/** What a transaction that files CDRs writes beside them. */
function besides(desk: Desk, group: readonly Filing[], sums: readonly Sums[]): Write<'balance' | 'cdrbatch' | 'event:cdr.rated'>[] {
  const { world, account } = desk;
  const currency = account.profile?.currency;
  const charges = sums.some((each) => each.charges !== 0n);
  return [
    ...charging(sums, Math.floor(world.random() * account.shards)),
    ...counting(countsOfFiled(group)),
    world.recorderOf(account.organization)('cdr.rated', ratedEvent(group.map(({ filed }) => filed), sums)),
    ...(charges && !desk.currencyFixed && currency !== undefined ? [fixingCurrency(currency)] : []),
  ];
}

/** Files the CDRs in one transaction. @returns those that are there already: then nothing is done. */
async function fileGroup(desk: Desk, group: readonly Filing[]): Promise<ReadonlyMap<string, FiledCdr>> {
  const cdrs = group.map(({ filed }) => filed);
  const sums = sumsOf(cdrs);
  const failed = await desk.world.tryCommit(desk.account.organization, [...newCdrs(cdrs), ...besides(desk, group, sums)]);
  const found = cdrsFound(failed, cdrs);
  if (failed.length > 0 && found.size === 0) throw new AppError('UNAVAILABLE', 'The currency of the profile is another one by now');
  if (failed.length === 0 && sums.some(({ charges }) => charges !== 0n)) desk.currencyFixed = true;
  return found;
}

/** Files CDRs of different identities, in as few transactions as hold them; one that is there already is sorted out, and its place filled. */
async function fileNew(desk: Desk, arrivals: readonly Arrival[]): Promise<{ readonly found: ReadonlyMap<string, FiledCdr>; readonly unfiled: ReadonlyMap<string, Fate> }> {
  const found = new Map<string, FiledCdr>();
  const all = (fate: Fate): ReadonlyMap<string, Fate> => new Map(waiting.map(({ filed }) => [filed.id, fate]));
  let waiting: readonly Filing[] = arrivals.map((arrival) => ({ arrival, filed: fileCdr(arrival, desk.account, desk.now.toISOString()) }));
  try {
    while (waiting.length > 0) {
      if (desk.world.clock().getTime() > desk.deadline) return { found, unfiled: all('untried') };
      const group = asManyAsFit(waiting);
      const there = await fileGroup(desk, group);
      for (const [id, cdr] of there) found.set(id, cdr);
      waiting = there.size === 0 ? waiting.slice(group.length) : waiting.filter(({ filed }) => !there.has(filed.id));
    }
    return { found, unfiled: new Map() };
  } catch (error) {
    return { found, unfiled: all(error instanceof Contention ? 'outrun' : { error }) };
  }
}

/** Puts a CDR in the place of what the tenant itself had filed under its identity: reversal and new charge in one. */
async function replaceStored(desk: Desk, arrival: Arrival): Promise<Fate> {
  const { account, world } = desk;
  const stored = await filedCdr(world.tableOf(account.organization), arrival.cdr.id);
  if (stored === undefined) throw new AppError('UNAVAILABLE', 'The CDR to be replaced is gone');
  if (judgeRepeat(stored, arrival) !== 'replacement') return settleRepeat(desk, arrival, stored);
  const filed = replaceCdr(stored, fileCdr(arrival, account, desk.now.toISOString()));
  const writes = [...replacingCdr(stored, filed), ...besides(desk, [{ arrival, filed }], sumsOf([filed], [stored]))];
  const failed = await world.tryCommit(account.organization, writes);
  if (failed.length > 0) throw new AppError('UNAVAILABLE', 'The CDR changed while it was being replaced');
  return 'filed';
}

async function settleRepeat(desk: Desk, arrival: Arrival, known: Known): Promise<Fate> {
  const judgement = judgeRepeat(known, arrival);
  switch (judgement) {
    case 'again': return 'filed';
    case 'duplicate': return 'duplicate';
    case 'conflict': return { refusal: refusalOf(arrival.cdr, conflictWith(arrival.cdr)) };
    case 'replacement': return replaceStored(desk, arrival).catch((error: unknown) => ({ error }));
  }
}

/** One round, in which each identity comes once. `known`: what is there, as far as earlier rounds have seen. */
async function settleRound(desk: Desk, round: readonly Arrival[], known: Map<string, Known>): Promise<Settled[]> {
  const fresh = round.filter(({ cdr }) => !known.has(cdr.id));
  const { found, unfiled } = await fileNew(desk, fresh);
  for (const [id, cdr] of found) known.set(id, cdr);
  return Promise.all(round.map(async (arrival): Promise<Settled> => {
    const { id } = arrival.cdr;
    const there = known.get(id);
    const failure = unfiled.get(id);
    if (failure !== undefined) return { arrival, fate: failure };
    if (there !== undefined) return { arrival, fate: await settleRepeat(desk, arrival, there) };
    known.set(id, knownOf(arrival));
    return { arrival, fate: 'filed' };
  }));
}

async function settleOrganization(organization: number, arrivals: readonly Arrival[], world: IngestWorld, shelf: TariffShelf): Promise<Settled[]> {
  const desk = await openDesk(organization, world, shelf);
  if (desk === null) return arrivals.map((arrival) => refused(arrival, unknownOrganization(organizationText(organization))));
  const judged = arrivals.map((arrival) => ({ arrival, rejection: judgeAge(arrival.cdr, desk.now.getTime(), desk.account.retention) }));
  const settled = judged.flatMap(({ arrival, rejection }) => (rejection === null ? [] : [refused(arrival, rejection)]));
  const known = new Map<string, Known>();
  for (const round of roundsOf(judged.flatMap(({ arrival, rejection }) => (rejection === null ? [arrival] : [])))) settled.push(...(await settleRound(desk, round, known)));
  return settled;
}

/** Organizations are independent of each other; one after the other in each lane. What fails in one comes again. */
async function settleAll(arrivals: readonly Arrival[], world: IngestWorld, shelf: TariffShelf): Promise<Settled[]> {
  const waiting = [...Map.groupBy(arrivals, ({ cdr }) => cdr.organization)];
  const settled: Settled[] = [];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [organization, own] = next;
      const outcome = await settleOrganization(organization, own, world, shelf).catch((error: unknown) => own.map((arrival): Settled => ({ arrival, fate: { error } })));
      settled.push(...outcome);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return settled;
}

type NotFiled = { readonly refusals: Refusal[]; duplicates: number };

/** Files, once, what a message brought that was not filed as CDRs: refusals, and of a batch the number of duplicates. */
async function fileRest(from: Sender, home: number, rest: NotFiled, world: IngestWorld): Promise<void> {
  if (rest.refusals.length === 0 && (rest.duplicates === 0 || from.batch_id === null)) return;
  await world.tryCommit(home, [
    filing(refusalsOf(from, rest, world.clock())),
    ...counting(countsOfRest(from, home, rest)),
    ...(rest.refusals.length === 0 ? [] : [world.recorderOf(home)('cdr.rejected', refusedEvent(from, home, rest.refusals))]),
  ]);
}

/** Where nobody can read it, as there is no such organization, the operator shall. */
async function existing(organization: number, { tableOf }: IngestWorld): Promise<number> {
  return (await termsStore(tableOf).exists(organization)) ? organization : operatorOrganization;
}

/** A message as it was read, and what became of its records. */
type Handled = { readonly identity: string; readonly message: CdrMessage; readonly unreadable: readonly RefusedArrival[]; readonly settled: readonly Settled[] };

/** A record that was not filed as a CDR, and whose it is, as far as it says. */
type Left = { readonly from: Sender; readonly ofRecord: number; readonly refusal: Refusal | null };

/** Those of a message. Throws where one must come again. */
function leftOf({ unreadable, settled }: Handled): Left[] {
  const left: Left[] = unreadable.map(({ refusal, from }) => ({ from, ofRecord: operatorOrganization, refusal }));
  for (const { arrival: { from, cdr }, fate } of settled) {
    if (fate === 'filed') continue;
    if (fate === 'untried' || fate === 'outrun') throw new AppError('UNAVAILABLE', 'There was no time left for all of its records');
    if (fate !== 'duplicate' && 'error' in fate) throw fate.error;
    left.push({ from, ofRecord: cdr.organization, refusal: fate === 'duplicate' ? null : fate.refusal });
  }
  return left;
}

/**
 * Ends a message: files what was not taken of it. One that did not get its turn goes to the back of the queue, so that
 * a rush of them does not use up their receives; one that is half done, or that failed, comes again.
 */
async function finish(handled: Handled, world: IngestWorld): Promise<void> {
  const { settled } = handled;
  if (settled.length > 0 && settled.every(({ fate }) => fate === 'untried' || fate === 'outrun')) return putBack(handled, world);
  const left = await Promise.all(leftOf(handled).map(async (each) => ({ ...each, home: await existing(homeOf(each.from, each.ofRecord), world) })));
  for (const [home, of] of Map.groupBy(left, (each) => each.home)) {
    const refusals = of.flatMap(({ refusal }) => refusal ?? []);
    const [first] = of;
    if (first !== undefined) await fileRest(first.from, home, { refusals, duplicates: of.length - refusals.length }, world);
  }
}

/** It keeps its identity: should both come after all, they are one. */
const putBack = ({ identity, message }: Handled, { queues }: IngestWorld): Promise<void> =>
  queues.send('cdr-ingest', [{ body: { ...message, first_delivered_as: identity }, ...(typeof message.org_id === 'number' ? { group: organizationText(message.org_id) } : {}) }]);

/** Where no record at all got on, time is not what is missing: a store that does not answer uses up receives. */
function withoutProgress(settled: readonly Settled[]): Settled[] {
  const none = settled.every(({ fate }) => fate === 'untried' || (typeof fate === 'object' && 'error' in fate));
  const error = new AppError('UNAVAILABLE', 'No record could be filed in this turn');
  return settled.map((each) => (none && each.fate === 'untried' ? { ...each, fate: { error } } : each));
}

const identityOf = ({ id, message }: Delivery<CdrMessage>): string => message.first_delivered_as ?? id;

/** @param outside what the function touches; tests bring their own */
export const cdrIngestHandler = (outside = consumerOutside()) => {
  const shelf = tariffShelf(keptRates);
  return consume(cdrIngest, async (deliveries, world) => {
    // A message that comes twice at once is one message: its duplicates are counted once.
    const read = new Map(deliveries.map((delivery) => [identityOf(delivery), { message: delivery.message, ...readArrivals(delivery.message, identityOf(delivery)) }]));
    const settled = withoutProgress(await settleAll([...read.values()].flatMap(({ arrivals }) => arrivals), world, shelf));
    const byMessage = Map.groupBy(settled, ({ arrival }) => arrival.from.message);
    const ends = new Map([...read].map(([identity, { message, refused: unreadable }]) =>
      [identity, finish({ identity, message, unreadable, settled: byMessage.get(identity) ?? [] }, world)]));
    return Promise.allSettled(deliveries.map(async (delivery) => ends.get(identityOf(delivery))));
  }, outside);
};

export const handler = cdrIngestHandler();
