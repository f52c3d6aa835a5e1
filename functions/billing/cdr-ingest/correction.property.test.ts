import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { runs } from '#test/support/property-runs.ts';
import { isUncharged, nextStep } from '../cdr-wholesale/wholesale.ts';
import type { Arrival } from './arrival.ts';
import { periodFor } from './booking-date.ts';
import { cdrOrigins } from './cdr-message.ts';
import {
  classifyArrival,
  promoteCdr,
  promoteWithUpdate,
  replaceCdr,
  updateCdr,
  usageWithout,
  voidedCall,
} from './correction.ts';
import { calendarOf, fileCdr, type Account, type FiledCdr } from './filed-cdr.ts';
import { accountWith, arrivalOf, now, tariffOf } from './filed-cdr.fixture.ts';
import { chargePosting, sumChangesOf, type SumChange } from './sum-change.ts';
import type { SalesChain } from './sales-chain.ts';
import type { PeriodUsage } from './rating.ts';
import { confirmationOf, replacementOf } from './rerating.ts';
import { usageChangesOf, type UsageChange } from './usage.ts';

/**
 * Records of one identity, in any order and any number of copies, against an oracle that knows the rules only
 * (functions/billing/cdr-ingest/README.md, "Corrections"): of all records, the one of the highest rank counts, and of
 * that rank the one of the highest revision. All that is stored must be as if that one alone had been filed.
 */

const discounts = [{ type: 'volume' as const, threshold: 20, percentage: 10 }];
const terms = { profile: profileOf({ discounts }), tariff: tariffOf({ included_minutes: 8 }, { included: true }) };
const customer = accountWith(terms);
const reseller = accountWith({ ...terms, organization: 1002 });
const chains: readonly SalesChain[] = [
  { organization: 1001, seller: 1000, operator: 1000 },
  { organization: 1001, seller: 1002, operator: 1000 },
];
const calendar = calendarOf(customer, now, 400 * 86_400_000);

/** All sums of the organizations, by what they are sums of, and the stored CDR. */
type World = { readonly sums: Map<string, bigint>; cdr: FiledCdr | undefined };

const add = ({ sums }: World, key: string, amount: bigint | number): void => {
  sums.set(key, (sums.get(key) ?? 0n) + BigInt(amount));
};

function book(world: World, sumChanges: readonly SumChange[], usage: readonly UsageChange[]): void {
  const sum = (key: string, of: object): void => {
    for (const [name, amount] of Object.entries(of))
      if (typeof amount === 'number' || typeof amount === 'bigint') add(world, `${key} ${name}`, amount);
  };
  for (const { organization, periods, days, numbers, counts } of sumChanges) {
    for (const { period, ...sums } of periods) sum(`${organization} ${period}`, sums);
    for (const { day, call_day, ...sums } of days) sum(`${organization} ${day} ${call_day ?? ''}`, sums);
    for (const { number, day, rated_day, counted_day, currency, holder, ...sums } of numbers)
      sum(`${organization} number ${[number, day, rated_day, counted_day, currency, holder].join(' ')}`, sums);
    for (const { by, day, key, currency, organization: of, ...sums } of counts)
      sum(`${of} counter ${by} ${day} ${currency} ${key}`, sums);
  }
  for (const { organization, period, included } of usage) add(world, `${organization} ${period} included`, included);
}

/** Other calls have used 900 seconds before, 400 of them included. */
const usageIn = ({ sums }: World, organization: number, period: string): PeriodUsage => ({
  seconds: 900 + Number(sums.get(`${organization} ${period} seconds`) ?? 0n),
  includedSeconds: 400 + Number(sums.get(`${organization} ${period} included`) ?? 0n),
});

function file(world: World, arrival: Arrival, account: Account): FiledCdr {
  const { name } = periodFor(arrival.cdr.start_time, calendar);
  const usage = usageIn(world, account.organization, name);
  const without = world.cdr === undefined ? usage : usageWithout(world.cdr, { usage, name, calendar });
  return fileCdr(arrival, account, { calendar, usage: without, carrier: null });
}

function replace(world: World, stored: FiledCdr, { arrival, chain }: { arrival: Arrival; chain: SalesChain }): void {
  const filed = replaceCdr(stored, file(world, arrival.cdr.void ? voidedCall(stored, arrival) : arrival, customer));
  const { sumChanges, usageChanges } = replacementOf(stored, filed, {
    chain,
    own: { calendar, item: undefined },
    counts: true,
    seller: { calendar, item: undefined },
  });
  world.cdr = filed;
  book(world, sumChanges, usageChanges);
}

function confirm(world: World, stored: FiledCdr, { cdr, chain }: { cdr: FiledCdr; chain: SalesChain }): void {
  world.cdr = cdr;
  book(world, confirmationOf(stored, cdr, chain).sumChanges, []);
}

function create(world: World, arrival: Arrival, chain: SalesChain): void {
  const filed = file(world, arrival, customer);
  const posting = chargePosting(filed.rating, filed.start_time);
  world.cdr = filed;
  const sumChanges = sumChangesOf({ now: [filed], before: [] }, new Map([[chain.organization, [posting]]]), chain);
  book(world, sumChanges, usageChangesOf(customer, [filed], new Map()));
}

function deliver(world: World, arrival: Arrival, chain: SalesChain): void {
  const stored = world.cdr;
  const change = stored === undefined ? 'new' : classifyArrival(stored, arrival);
  if (stored === undefined) create(world, arrival, chain);
  else if (change === 'replacement') replace(world, stored, { arrival, chain });
  else if (change === 'promotion') confirm(world, stored, { cdr: promoteCdr(stored, arrival), chain });
  else if (change === 'promotion with update')
    confirm(world, stored, { cdr: promoteWithUpdate(stored, arrival), chain });
  else if (change === 'update') confirm(world, stored, { cdr: updateCdr(stored, arrival), chain });
}

/** What the consumer `cdr-wholesale` does when a message of the CDR reaches it. */
function chargeReseller(world: World, chain: SalesChain): void {
  if (chain.seller === chain.operator || world.cdr === undefined || !isUncharged(world.cdr)) return;
  const { name } = periodFor(world.cdr.start_time, calendar);
  const used = usageIn(world, chain.seller, name);
  const balance = [{ period: name, seconds: used.seconds }];
  const item = { period: name, included_seconds: used.includedSeconds, version: 1 };
  const step = nextStep([world.cdr], { account: reseller, calendar }, new Map([[name, { item, balance }]]), chain);
  world.cdr = step.charges[0]?.after ?? world.cdr;
  book(world, step.sumChanges, step.usageChanges);
}

type Sent = { readonly rank: 0 | 1 | 2; readonly revision: number; readonly fields: object };

const contents = [
  {},
  { end_time: '2026-11-15T10:33:00Z' },
  { callee: '+442079460000' },
  { start_time: '2026-10-15T10:30:00Z', end_time: '2026-10-15T10:35:42Z' },
  { caller: '+14155550000' },
  { disposition: 'BUSY' },
  // With another end, as the same call without them would be no other content, which keeps them.
  { user_id: 'usr_1', gateway_id: 'gw_1', end_time: '2026-11-15T10:34:00Z' },
  { void: true },
] as const;

/** One content and one cost of each revision of each rank. */
const records = fc
  .uniqueArray(
    fc.record({
      rank: fc.constantFrom<(0 | 1 | 2)[]>(0, 1, 2),
      revision: fc.integer({ min: 1, max: 3 }),
      content: fc.constantFrom(...contents),
      cost: fc.constantFrom(null, '0.0400', '0.0700'),
    }),
    { minLength: 1, maxLength: 6, selector: ({ rank, revision }) => `${rank} ${revision}` },
  )
  .map((all) =>
    all.flatMap(({ content, cost, ...of }): Sent[] => [
      { ...of, fields: { ...content, cost } },
      // Its copies may come without the cost.
      ...(cost === null ? [] : [{ ...of, fields: content }]),
    ]),
  );

const orders = (sent: readonly Sent[]) =>
  fc.array(fc.nat({ max: sent.length - 1 }), { maxLength: 6 }).chain((copies) =>
    fc.shuffledSubarray([...sent, ...copies.flatMap((at) => sent[at] ?? [])], {
      minLength: sent.length + copies.length,
    }),
  );

const arrivalFor = ({ rank, revision, fields }: Sent, at: number): Arrival => {
  const origin = cdrOrigins[rank];
  const arrival = arrivalOf({ revision, ...fields }, { message: `m${at}`, origin });
  return origin === 'tenant' ? { ...arrival, cdr: { ...arrival.cdr, cost: null } } : arrival;
};

function worldAfter(sent: readonly Sent[], chain: SalesChain, wholesaleAfter: ReadonlySet<number>): World {
  const world: World = { sums: new Map(), cdr: undefined };
  for (const [at, each] of sent.entries()) {
    deliver(world, arrivalFor(each, at), chain);
    if (wholesaleAfter.has(at)) chargeReseller(world, chain);
  }
  chargeReseller(world, chain);
  return world;
}

/** What must not depend on the order: the record, its prices, and every sum that is not 0. */
function stateOf({ cdr, sums }: World): object {
  const amounts = (rating: FiledCdr['rating'] | null | undefined) =>
    rating === null || rating === undefined || rating.status === 'void'
      ? rating?.status
      : [rating.status, rating.charge, rating.billed_seconds, rating.included_seconds, rating.period, rating.cost];
  return {
    record: [cdr?.content_hash, cdr?.origin, cdr?.record_revision, cdr?.void, cdr?.cost],
    call: cdr?.void === true ? null : [cdr?.caller, cdr?.callee, cdr?.start_time, cdr?.end_time, cdr?.number],
    rating: amounts(cdr?.rating),
    wholesale: amounts(cdr?.rating.wholesale),
    sums: [...sums].filter(([, sum]) => sum !== 0n).sort(([one], [other]) => (one < other ? -1 : 1)),
  };
}

/** The records that count. Those with a cost come first. */
function decisive(sent: readonly Sent[]): readonly Sent[] {
  const rank = Math.max(...sent.map((each) => each.rank));
  const ofRank = sent.filter((each) => each.rank === rank);
  const revision = Math.max(...ofRank.map((each) => each.revision));
  return ofRank.filter((each) => each.revision === revision).slice(0, 1);
}

test('records of one identity end in the state of the decisive one, in whatever order and number they come', () => {
  const storms = records.chain((sent) =>
    fc.record({
      order: orders(sent),
      wholesaleAfter: fc.uniqueArray(fc.nat({ max: 12 })),
      chain: fc.constantFrom(...chains),
    }),
  );
  fc.assert(
    fc.property(storms, ({ order, wholesaleAfter, chain }) => {
      const world = worldAfter(order, chain, new Set(wholesaleAfter));
      expect(stateOf(world)).toEqual(stateOf(worldAfter(decisive(order.toSorted(byCost)), chain, new Set())));
    }),
    { numRuns: runs(300) },
  );
});

const byCost = (one: Sent, other: Sent): number => Number(hasCost(other)) - Number(hasCost(one));
const hasCost = ({ fields }: Sent): boolean => 'cost' in fields && fields.cost !== null;
