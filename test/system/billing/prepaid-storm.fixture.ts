import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { balanceOf } from '#functions/billing/schema/balance.ts';
import { creditRow } from '#functions/billing/charging/row.ts';
import { tableFor } from '#dynamodb/table.ts';
import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import type { SipRequest } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { sipUri } from '#sip/uri.ts';
import { newVia } from '#sip/via.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { killEach, price } from './call-storm.fixture.ts';
import { newLine } from '../calls.fixture.ts';
import type { OwnCloud } from '../cloud.ts';
import type { Account } from '../peers/accounts.ts';
import { ownAddress, peerPort } from '../peers/sip-server.ts';
import { storeOf } from '../people.ts';
import {
  calleeOf,
  isCharged,
  isHit,
  isTalked,
  mayRingOn,
  owedBy,
  sumOf,
  wholesale,
  type CallKind,
  type Outage,
  type PlacedCall,
  type PlannedCall,
  type PrepaidOutcome,
  type SeenLeg,
  type StormBalance,
  type StormCustomer,
} from './prepaid-outcome.fixture.ts';
import { allCdrs, tasksOf, type TaskAddress } from '../sidecar-tasks.fixture.ts';
import { logInAsOperator, newAdministeredTenant, outcome, texts, uniqueName, type Body } from '../tenant.fixture.ts';

/**
 * Storms of calls of prepaid organizations of two resellers. Each call may reach one number outside, which is its own
 * and is charged. Phones and carriers lose packets, and the task that carries the calls is killed. What calls are, a
 * scenario says.
 */

export type PrepaidStorm = {
  readonly calls: number;
  /** Calls a second. */
  readonly rate: number;
  /** Milliseconds from one kill to the next; undefined: no task is killed. */
  readonly killEach?: number;
};

/** Where a storm takes place: the task that is killed, and the one that has the phones. */
export type StormPlace = {
  readonly cloud: OwnCloud;
  readonly operator: string;
  readonly tasks: readonly [TaskAddress, TaskAddress];
  /** Ends the phones. */
  readonly open: DisposableStack;
};

/** What the calls of a storm are. */
export type StormScenario<Customer extends StormCustomer, Kind extends CallKind> = {
  readonly kinds: readonly Kind[];
  /** Gives an organization what its calls need. */
  readonly equip: (customer: StormCustomer, place: StormPlace) => Promise<Customer>;
  /** Prepares a call. @returns what is dialed */
  readonly plan: (call: Omit<PlannedCall<Customer, Kind>, 'dialed'>, place: StormPlace) => Promise<string>;
  /** The number outside of the call that a phone or carrier gets. */
  readonly outsideOf: (peer: Softphone, call: SoftCall, customer: Customer) => string;
  /** What its parties do until it is over. Default: nothing. */
  readonly play?: (placed: PlacedCall<Customer, Kind>) => Promise<void>;
};

/** Share of packets that each phone and carrier loses, in both directions. */
const lost = 0.05;
const loses = () => Math.random() < lost;
/** Credit of each organization: the last one cannot pay all of its calls. */
const credits = [1_000, 1_000, 0.3] as const;
const resellers = 2;
/** Milliseconds between two looks at the phones. */
const interval = 100;
/** Milliseconds between two questions whether the task that is killed answers again. */
const asking = 250;

/** Notes what becomes of the calls that come to phones and carriers. */
function watchLegs<Customer extends StormCustomer>(
  customers: readonly Customer[],
  outsideOf: StormScenario<Customer, CallKind>['outsideOf'],
) {
  const seen = new Map<SoftCall, SeenLeg>();
  const callsAt = (customer: Customer) =>
    [customer.carrier, ...customer.phones].flatMap((peer) => peer.calls.map((call) => ({ customer, peer, call })));
  const look = (): void => {
    const now = Date.now();
    for (const { customer, peer, call } of customers.flatMap(callsAt)) {
      const isOutside = peer === customer.carrier;
      const leg = seen.get(call) ?? { outside: outsideOf(peer, call, customer), isOutside, from: now };
      seen.set(call, leg);
      if (call.log.includes('acknowledged')) leg.answered ??= now;
      if (call.isOver) leg.to ??= now;
    }
  };
  const timer = setInterval(look, interval);
  return {
    /** Those that are not over. */
    open: () => [...seen.values()].filter(({ to }) => to === undefined),
    of: (number: string): readonly SeenLeg[] => [...seen.values()].filter(({ outside }) => outside === number),
    /** Whether a phone or carrier has got a call. */
    hasReached: (number: string) => [...seen.values()].some(({ outside }) => outside === number),
    stop: (): ReadonlyMap<string, readonly SeenLeg[]> => {
      clearInterval(timer);
      look();
      return Map.groupBy(seen.values(), ({ outside }) => outside);
    },
  };
}

type WatchedLegs = ReturnType<typeof watchLegs>;

const options = ({ address: host, port }: TaskAddress): SipRequest => {
  const uri = sipUri({ host, port });
  const from = address(sipUri({ user: 'watch', host }), new Parameters([['tag', randomUUID()]]));
  const via = newVia('UDP', host, port, `z9hG4bK${randomUUID()}`);
  return newRequest({ method: 'OPTIONS', uri, via, from, to: address(uri), callId: randomUUID(), sequence: 1 });
};

/** Notes when a task answers, by OPTIONS. */
async function watchTask(task: TaskAddress, open: DisposableStack) {
  const stranger = open.use(await Softphone.open(task, { from: ownAddress() }));
  const answers: { readonly asked: number; readonly at: number }[] = [];
  const ask = async (): Promise<void> => {
    const asked = Date.now();
    await stranger.exchange(options(task));
    answers.push({ asked, at: Date.now() });
  };
  // One that is not answered is repeated for half a minute, beside the next ones.
  const timer = setInterval(() => void ask().catch(() => undefined), asking);
  open.defer(() => clearInterval(timer));
  return {
    /** From each kill to the first question that was answered after it. */
    outages: (killed: readonly number[]): readonly Outage[] =>
      killed.map((from) => {
        const after = answers.filter(({ asked }) => asked > from).map(({ at }) => at);
        return { from, to: Math.min(Infinity, ...after) };
      }),
  };
}

/** A phone of a storm, which is registered. @param answers what it does with calls */
export async function openPhone(
  account: Account,
  at: TaskAddress,
  answers: Softphone['answers'],
  open: DisposableStack,
): Promise<Softphone> {
  const phone = open.use(await Softphone.open(at, { from: ownAddress(), account, loses }));
  phone.answers = answers;
  expect(await phone.register(3_600)).toBe(200);
  return phone;
}

/** A reseller that pays later. @returns its id */
async function newReseller({ cloud, operator }: Pick<StormPlace, 'cloud' | 'operator'>): Promise<string> {
  const ask = (method: string, path: string, json: Body) =>
    cloud.api(path, { method, token: operator, json, headers: { accept: 'application/json' } });
  const body = { name: uniqueName('reseller'), country: 'US', timezone: 'UTC', type: 'reseller' };
  const { id = '' } = texts(await ask('PUT', '/orgs', body));
  const tariff = await ask('PUT', '/tariffs/new', { name: uniqueName('storm'), currency: 'USD', rates: [wholesale] });
  const profile = { tariffPlan: texts(tariff)['id'], creditLimit: 10_000 };
  expect(outcome(await ask('PUT', `/billingprofile/${id}`, profile))).toBe('200');
  return id;
}

/** Numbers outside go to a carrier; what else is dialed, a scenario may add. */
export const outsideRule = {
  priority: 1,
  pattern: '^1212[0-9]{7}$',
  action: 'bridge',
  destination: 'sofia/gateway/carrier/$0',
};

/** A prepaid organization of a reseller, with a carrier. */
async function newCustomer(
  { cloud, operator, tasks: [one], open }: StormPlace,
  { credit, reseller, seller }: { readonly credit: number; readonly reseller: number; readonly seller: string },
): Promise<Omit<StormCustomer, 'caller'>> {
  const more = { country: 'US', timezone: 'UTC', parent_id: seller };
  const tenant = await newAdministeredTenant('prepaid', { cloud, operator, more });
  const { ask, id } = tenant;
  const asOperator = { token: operator };
  const carrier = open.use(await Softphone.open(one, { from: ownAddress(), port: peerPort, loses }));
  const prices = { name: uniqueName('storm'), currency: 'USD', rates: [price] };
  const tariff = await ask('PUT', `/tariffs/new?org_id=${seller}`, prices, asOperator);
  const profile = { accountType: 'prepaid', tariffPlan: texts(tariff)['id'], reservationMinutes: 1 };
  const gateway = { name: 'carrier', host: carrier.place.address, port: peerPort, ping: { enabled: false } };
  const made = [
    await ask('PUT', `/billingprofile/${id}`, profile, asOperator),
    await ask('POST', `/billingprofile/${id}/credit`, { amount: String(credit), reference: 'storm' }, asOperator),
    await ask('PUT', '/sipgateways/new', gateway),
    await ask('PUT', '/dialplan/template', { name: 'Storm', rules: [outsideRule], variables: {} }),
  ];
  expect(made.map(outcome).join()).toMatch(/^(?:20[01],?){4}$/);
  return { tenant, reseller, carrier, phones: [] };
}

/** Milliseconds for which a caller waits until a call reaches someone, at least. */
const patience = 8_000;
/** Calls that are prepared at once. */
const together = 12;

async function planCalls<Customer extends StormCustomer, Kind extends CallKind>(
  { kinds, plan }: StormScenario<Customer, Kind>,
  customers: readonly Customer[],
  calls: number,
  place: StormPlace,
): Promise<readonly PlannedCall<Customer, Kind>[]> {
  const planned: PlannedCall<Customer, Kind>[] = [];
  const planCall = async (at: number): Promise<PlannedCall<Customer, Kind>> => {
    const customer = customers[at % customers.length] ?? expect.fail('there is no customer');
    const kind = kinds[Math.floor(at / customers.length) % kinds.length] ?? expect.fail('there is no kind');
    const call = { customer, kind, outside: `1212555${String(1_000 + at).padStart(4, '0')}` };
    return { ...call, dialed: await plan(call, place) };
  };
  for (let at = 0; at < calls; at += together) {
    const some = Array.from({ length: Math.min(together, calls - at) }, (_, next) => planCall(at + next));
    planned.push(...(await Promise.all(some)));
  }
  return planned;
}

/** A call that must reach someone is talked after that only: on a busy machine it takes a while. */
async function hangUpInTime(placed: PlacedCall, hasReached: () => boolean): Promise<void> {
  const { call, kind } = placed;
  // One whose task was killed reaches none.
  if (!kind.mayReachNoOne) await eventually(() => hasReached() || call.isOver, patience).catch(() => undefined);
  setTimeout(() => {
    call.hangUp();
    placed.endedAt = Date.now();
  }, kind.talk);
}

/** Places the calls, at a rate, and lets their parties act. */
async function placeCalls<Customer extends StormCustomer, Kind extends CallKind>(
  planned: readonly PlannedCall<Customer, Kind>[],
  rate: number,
  { play, hasReached }: Pick<StormScenario<Customer, Kind>, 'play'> & Pick<WatchedLegs, 'hasReached'>,
): Promise<readonly PlacedCall<Customer, Kind>[]> {
  const placed: PlacedCall<Customer, Kind>[] = [];
  const began = Date.now();
  for (const [at, plan] of planned.entries()) {
    await eventually(() => Date.now() >= began + (at * 1_000) / rate, 10_000);
    const headers = Headers.none.append(textHeader('Subject'), plan.outside);
    const call = plan.customer.caller.call(plan.dialed, { headers });
    const made = { ...plan, call, startedAt: Date.now(), endedAt: Infinity };
    placed.push(made);
    void hangUpInTime(made, () => hasReached(plan.outside));
    // What its parties cannot do, as their task was killed, the expectations of the outcome allow for.
    void play?.(made).catch(() => undefined);
  }
  return placed;
}

/** The organizations of a storm, and the ids of their resellers. */
async function newCustomers<Customer extends StormCustomer, Kind extends CallKind>(
  place: StormPlace,
  { equip }: StormScenario<Customer, Kind>,
) {
  const sellers: string[] = [];
  for (let at = 0; at < resellers; at += 1) sellers.push(await newReseller(place));
  const customers: Customer[] = [];
  for (const [at, credit] of credits.entries()) {
    const reseller = at % resellers;
    const made = await newCustomer(place, { credit, reseller, seller: sellers[reseller] ?? '' });
    const caller = await openPhone(await newLine(made.tenant, '201'), place.tasks[0], 603, place.open);
    customers.push(await equip({ ...made, caller }, place));
  }
  return { sellers, customers };
}

/** Runs a storm, and waits until every call has ended and is charged. */
export async function runPrepaidStorm<Customer extends StormCustomer, Kind extends CallKind>(
  cloud: OwnCloud,
  { calls, rate, killEach: each }: PrepaidStorm,
  scenario: StormScenario<Customer, Kind>,
): Promise<PrepaidOutcome> {
  using open = new DisposableStack();
  const [one, two] = tasksOf(cloud);
  if (two === undefined) throw new Error('the cloud has no two tasks');
  const tasks = [one, two] as const;
  const place: StormPlace = { cloud, operator: await logInAsOperator(cloud), tasks, open };
  const { sellers, customers } = await newCustomers(place, scenario);
  const planned = await planCalls(scenario, customers, calls, place);
  const watched = watchLegs(customers, scenario.outsideOf);
  const task = await watchTask(tasks[0], open);
  const kills = each === undefined ? undefined : killEach(cloud, tasks[0], each);
  const placed = await placeCalls(planned, rate, { ...scenario, ...watched });
  const killed = kills?.stop() ?? [];
  const outages = task.outages(killed);
  await eventually(() => {
    const legs = watched.open().filter((leg) => !mayRingOn(leg, killed));
    const callers = placed.filter(({ call }) => !call.isOver).map(({ outside, call: { log } }) => ({ outside, log }));
    expect({ legs, callers, outages }).toEqual({ legs: [], callers: [], outages });
  }, 20_000);
  // A call that has gone on at another task may be charged while the others are read.
  const paid = await eventually(async () => {
    const accounts = await Promise.all(
      customers.map((customer) => accountOf({ cloud, placed, killed, legsOf: watched.of }, customer)),
    );
    return { accounts, resellers: await resellerBalances(cloud, sellers, accounts) };
  }, 20_000);
  return { placed, killed, outages, legs: watched.stop(), ...paid };
}

async function balanceIn({ outputs }: OwnCloud, organization: number): Promise<StormBalance> {
  return balanceOf((await tableFor<'balance'>(storeOf(outputs), organization).query(creditRow, {})).items);
}

type EndedStorm = {
  readonly cloud: OwnCloud;
  readonly placed: readonly PlacedCall[];
  readonly killed: readonly number[];
  readonly legsOf: (number: string) => readonly SeenLeg[];
};

/** CDRs and balance of an organization, when all of its calls are charged. */
async function accountOf(
  { cloud, placed, killed, legsOf }: EndedStorm,
  { tenant, reseller }: StormCustomer,
): Promise<PrepaidOutcome['accounts'][number]> {
  await eventually(
    async () => ((await tenant.ask('GET', '/Calls')).body as { calls: unknown[] }).calls.length === 0,
    10_000,
  );
  return eventually(async () => {
    const balance = await balanceIn(cloud, tenant.organization);
    const cdrs = await allCdrs(tenant);
    const charged = cdrs.filter(isCharged);
    const known = new Set(charged.map(calleeOf));
    const isMissing = (each: PlacedCall): boolean =>
      !isHit(each, killed) && !known.has(each.outside) && legsOf(each.outside).some((leg) => isTalked(leg, each));
    const missing = placed.filter((each) => each.customer.tenant === tenant && isMissing(each));
    if (missing.length > 0) {
      const facts = missing.map(({ outside, kind, dialed, startedAt, endedAt, call: { log } }) => ({
        ...{ kind: kind.name, dialed, outside, startedAt, endedAt, log },
        legs: legsOf(outside),
        cdrs: cdrs.filter((cdr) => calleeOf(cdr) === outside),
      }));
      throw new Error(`without a CDR: ${JSON.stringify(facts)}, killed ${killed.join()}`);
    }
    if (balance.charges !== sumOf(charged)) throw new Error(`${balance.charges} of ${sumOf(charged)} are charged`);
    // What a call has reserved that was not stored when its task died ends some minutes later.
    if (killed.length === 0 && balance.reservations > 0n) throw new Error(`${balance.reservations} are reserved`);
    return { reseller, cdrs, balance };
  });
}

/** What resellers were charged. @throws Error unless that is the sum of the calls of their customers */
async function resellerBalances(
  cloud: OwnCloud,
  sellers: readonly string[],
  accounts: PrepaidOutcome['accounts'],
): Promise<readonly StormBalance[]> {
  return Promise.all(
    sellers.map(async (seller, at) => {
      const balance = await balanceIn(cloud, Number(seller.slice('org_'.length)));
      const owed = owedBy(at, accounts);
      if (balance.charges !== owed) throw new Error(`reseller ${at}: ${balance.charges} of ${owed} are charged`);
      return balance;
    }),
  );
}
