import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { balanceOf } from '#functions/billing/charging/balance.ts';
import { creditRow } from '#functions/billing/charging/row.ts';
import { tableFor } from '#dynamodb/table.ts';
import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { serialize, type SipRequest } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { isSipUri, sipUri, userOf } from '#sip/uri.ts';
import { newVia } from '#sip/via.ts';
import { eventually } from '../support/eventually.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import { Softphone } from '../support/softphone.fixture.ts';
import { costOf, killEach, price } from './call-storm.fixture.ts';
import { newLine, newNumber } from './calls.fixture.ts';
import type { OwnCloud } from './cloud.ts';
import { ownAddress, peerPort } from './peers/sip-server.ts';
import { storeOf } from './people.ts';
import { allCdrs, type TaskAddress } from './sidecar-tasks.fixture.ts';
import {
  logInAsOperator,
  newAdministeredTenant,
  outcome,
  texts,
  uniqueName,
  type AdministeredTenant,
  type Body,
} from './tenant.fixture.ts';

/**
 * Calls to ring groups of prepaid organizations, with phones that decline, ring on or answer, and numbers outside, each
 * of which is charged. Phones and carriers lose packets, and the task that carries the calls is killed.
 */

export type GroupedCalls = {
  readonly calls: number;
  /** Calls a second. */
  readonly rate: number;
  /** Milliseconds from one kill to the next; undefined: no task is killed. */
  readonly killEach?: number;
};

/** What the groups of calls are, and after how many milliseconds their callers hang up. */
const kinds = {
  /** A phone answers while another one rings. */
  answered: {
    members: ['busy', 'ringing', 'answering'],
    number: false,
    talk: 3_000,
  },
  /** The number outside is called at once. */
  declined: { members: ['busy'], number: true, talk: 4_000 },
  /** It is called after 5 s. */
  silent: { members: ['ringing'], number: true, talk: 10_000 },
  /** The caller has hung up before. */
  abandoned: { members: ['ringing'], number: true, talk: 2_000 },
} as const;
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as Kind[];
type Role = (typeof kinds)[Kind]['members'][number];

/** Share of packets that each phone and carrier loses, in both directions. */
const lost = 0.05;
/** Credit of each organization: the last one cannot pay all of its calls. */
const credits = [1_000, 1_000, 0.3] as const;
/** Milliseconds in which all others have stopped to ring: CANCEL is repeated if it is lost (RFC 3261 §17.1). */
const settling = 12_000;
/** Milliseconds by which an INVITE is late whose first copies are lost. */
const late = 4_000;
/** Milliseconds between two looks at the phones. */
const interval = 100;
/** Milliseconds between two questions whether the task that is killed answers again. */
const asking = 250;

/** Milliseconds for which a task that has started may reject calls by 503, as it does not know its media relay yet. */
const joiningRelay = 5_000;

/** When a task did not answer, as it was killed and had not started again: Unix milliseconds. */
type Outage = { readonly from: number; readonly to: number };

type Customer = {
  readonly tenant: AdministeredTenant;
  readonly caller: Softphone;
  readonly phones: Readonly<Record<Role, { readonly phone: Softphone; readonly device: string }>>;
  readonly carrier: Softphone;
};

/** A call as its caller sees it. */
type PlacedCall = {
  readonly customer: Customer;
  readonly kind: Kind;
  /** Of the organization, and outside. */
  readonly number: string;
  readonly outside: string;
  readonly startedAt: number;
  readonly call: SoftCall;
};

/** A leg as its phone or carrier sees it: Unix milliseconds. */
type SeenLeg = {
  /** The number outside of the group that calls. */
  readonly group: string;
  /** Whether a carrier has it, and so whether it is charged. */
  readonly isOutside: boolean;
  readonly from: number;
  answered?: number;
  to?: number;
};

export type GroupedOutcome = {
  readonly placed: readonly PlacedCall[];
  readonly killed: readonly number[];
  readonly outages: readonly Outage[];
  /** By the number outside of their group. */
  readonly legs: ReadonlyMap<string, readonly SeenLeg[]>;
  readonly accounts: readonly {
    readonly cdrs: readonly Body[];
    readonly balance: {
      readonly credits: bigint;
      readonly charges: bigint;
      readonly reservations: bigint;
    };
  }[];
};

/** The number outside of the group that calls: phones see it as its prefix, and a carrier as what is called. */
function groupIn({ invite }: SoftCall): string {
  if (invite === undefined) return '';
  const [, prefix] = /^From: "(1212[0-9]{7})/im.exec(serialize(invite).toString()) ?? [];
  return prefix ?? (isSipUri(invite.uri) ? (userOf(invite.uri) ?? '') : '');
}

/** Notes what becomes of the calls that come to phones and carriers. */
function watchLegs(customers: readonly Customer[]) {
  const carriers = new Set(customers.map(({ carrier }) => carrier));
  const peers = [...carriers, ...customers.flatMap(({ phones }) => Object.values(phones).map(({ phone }) => phone))];
  const seen = new Map<SoftCall, SeenLeg>();
  const look = (): void => {
    const now = Date.now();
    for (const [peer, call] of peers.flatMap((each) => each.calls.map((call) => [each, call] as const))) {
      const leg = seen.get(call) ?? {
        group: groupIn(call),
        isOutside: carriers.has(peer),
        from: now,
      };
      seen.set(call, leg);
      if (call.log.includes('acknowledged')) leg.answered ??= now;
      if (call.isOver) leg.to ??= now;
    }
  };
  const timer = setInterval(look, interval);
  return {
    /** Those that are not over. */
    open: () => [...seen.values()].filter(({ to }) => to === undefined),
    /** Whether a carrier has answered the number outside of a group. */
    areAnswered: (outside: string) =>
      [...seen.values()].some(
        ({ group, isOutside, answered }) => isOutside && group === outside && answered !== undefined,
      ),
    stop: (): ReadonlyMap<string, readonly SeenLeg[]> => {
      clearInterval(timer);
      look();
      return Map.groupBy(seen.values(), ({ group }) => group);
    },
  };
}

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

type Place = {
  readonly cloud: OwnCloud;
  readonly operator: string;
  readonly tasks: readonly TaskAddress[];
};

/** A prepaid organization with phones at the task that is not killed, and a carrier. */
async function newCustomer(
  { cloud, operator, tasks }: Place,
  credit: number,
  open: DisposableStack,
): Promise<Customer> {
  const [one, two] = tasks;
  if (one === undefined || two === undefined) throw new Error('the cloud has no two tasks');
  const tenant = await newAdministeredTenant('grouped', {
    cloud,
    operator,
    more: { country: 'US', timezone: 'UTC' },
  });
  const asOperator = { token: operator };
  const tariff = await cloud.api('/tariffs/new', {
    ...{
      method: 'PUT',
      token: operator,
      headers: { accept: 'application/json' },
    },
    json: { name: uniqueName('grouped'), currency: 'USD', rates: [price] },
  });
  const loses = () => Math.random() < lost;
  const carrier = open.use(await Softphone.open(one, { from: ownAddress(), port: peerPort, loses }));
  const profile = {
    accountType: 'prepaid',
    tariffPlan: texts(tariff)['id'],
    reservationMinutes: 1,
  };
  const { ask, id } = tenant;
  const rule = {
    priority: 1,
    pattern: '^1212[0-9]{7}$',
    action: 'bridge',
    destination: 'sofia/gateway/carrier/$0',
  };
  const gateway = {
    name: 'carrier',
    host: carrier.place.address,
    port: peerPort,
    ping: { enabled: false },
  };
  const made = [
    await ask('PUT', `/billingprofile/${id}`, profile, asOperator),
    await ask('POST', `/billingprofile/${id}/credit`, { amount: String(credit), reference: 'grouped' }, asOperator),
    await ask('PUT', '/sipgateways/new', gateway),
    await ask('PUT', '/dialplan/template', {
      name: 'Grouped',
      rules: [rule],
      variables: {},
    }),
  ];
  expect(made.map(outcome).join()).toMatch(/^(?:20[01],?){4}$/);
  const phone = async (extension: string, at: TaskAddress, answers: Softphone['answers']) => {
    const account = await newLine(tenant, extension);
    const opened = open.use(await Softphone.open(at, { from: ownAddress(), account, loses }));
    opened.answers = answers;
    expect(await opened.register()).toBe(200);
    return { phone: opened, device: account.device };
  };
  const [{ phone: caller }, busy, ringing, answering] = [
    await phone('201', one, 603),
    await phone('202', two, 486),
    await phone('203', two, 'ring'),
    await phone('204', two, 'answer'),
  ];
  return { tenant, caller, phones: { busy, ringing, answering }, carrier };
}

/** A number with a group of its own, so that each leg shows which call it is of. */
async function newGroup(
  { tenant, phones }: Customer,
  operator: string,
  { kind, outside }: { kind: Kind; outside: string },
) {
  const { members, number } = kinds[kind];
  const group = {
    name: uniqueName('group'),
    caller_name_prefix: outside,
    ring_seconds: 5,
    members: [
      ...members.map((role) => ({
        device: phones[role].device,
        priority: role === 'busy' ? 1 : 2,
      })),
      ...(number ? [{ number: outside, priority: 3 }] : []),
    ],
  };
  const made = await tenant.ask('PUT', '/ringgroups/new', group);
  if (outcome(made) !== '201') throw new Error(`the group is answered ${outcome(made)}`);
  return newNumber(tenant, { type: 'ring_group', id: texts(made)['id'] ?? '' }, operator);
}

/** Groups that are made at once. */
const together = 12;

/** A call of a customer in turn, and its group. */
async function planCall(at: number, customers: readonly Customer[], operator: string) {
  const customer = customers[at % customers.length] ?? expect.fail('there is no customer');
  const kind = kindNames[Math.floor(at / customers.length) % kindNames.length] ?? 'answered';
  const outside = `1212555${String(1_000 + at).padStart(4, '0')}`;
  return {
    customer,
    kind,
    outside,
    number: await newGroup(customer, operator, { kind, outside }),
  };
}

/** Runs the storm, and waits until every call has ended and is charged. */
export async function runGroupedCalls(
  cloud: OwnCloud,
  { calls, rate, killEach: each }: GroupedCalls,
): Promise<GroupedOutcome> {
  using open = new DisposableStack();
  const operator = await logInAsOperator(cloud);
  const tasks = (cloud.outputs['SipAddresses'] ?? '').split(',').map((text): TaskAddress => {
    const [address = '', port = ''] = text.split(':');
    return { address, port: Number(port) };
  });
  const [one] = tasks;
  if (one === undefined) throw new Error('the cloud has no task');
  const customers: Customer[] = [];
  for (const credit of credits) customers.push(await newCustomer({ cloud, operator, tasks }, credit, open));
  const planned: Omit<PlacedCall, 'startedAt' | 'call'>[] = [];
  for (let at = 0; at < calls; at += together) {
    const some = Array.from({ length: Math.min(together, calls - at) }, (_, next) =>
      planCall(at + next, customers, operator),
    );
    planned.push(...(await Promise.all(some)));
  }
  const watched = watchLegs(customers);
  const task = await watchTask(one, open);
  const kills = each === undefined ? undefined : killEach(cloud, one, each);
  const placed: PlacedCall[] = [];
  const began = Date.now();
  for (const [at, plan] of planned.entries()) {
    await eventually(() => Date.now() >= began + (at * 1_000) / rate, 10_000);
    const call = plan.customer.caller.call(plan.number);
    placed.push({ ...plan, call, startedAt: Date.now() });
    setTimeout(() => call.hangUp(), kinds[plan.kind].talk);
  }
  const killed = kills?.stop() ?? [];
  const outages = task.outages(killed);
  await eventually(() => {
    const legs = watched.open().filter((leg) => !mayRingOn(leg, killed));
    const callers = placed.filter(({ call }) => !call.isOver).map(({ outside, call: { log } }) => ({ outside, log }));
    expect({ legs, callers, outages }).toEqual({ legs: [], callers: [], outages });
  }, 100_000);
  // What a call has reserved that was not stored when its task died ends some minutes later.
  const mayBeReserved = killed.length > 0;
  const store = storeOf(cloud.outputs);
  const accounts = await Promise.all(
    customers.map(async ({ tenant }) => {
      await eventually(
        async () => ((await tenant.ask('GET', '/Calls')).body as { calls: unknown[] }).calls.length === 0,
        60_000,
      );
      return eventually(async () => {
        const table = tableFor<'balance'>(store, tenant.organization);
        const balance = balanceOf((await table.query(creditRow, {})).items);
        const cdrs = await allCdrs(tenant);
        const charged = cdrs.filter(isCharged);
        const known = new Set(charged.map(calleeOf));
        const late = placed.filter(
          (each) =>
            each.customer.tenant === tenant &&
            !isHit(each, killed) &&
            !known.has(each.outside) &&
            watched.areAnswered(each.outside),
        );
        if (late.length > 0) throw new Error(`${late.map(({ outside }) => outside).join()} have no CDR yet`);
        if (balance.charges !== sumOf(charged)) throw new Error(`${balance.charges} of ${sumOf(charged)} are charged`);
        if (!mayBeReserved && balance.reservations > 0n) throw new Error(`${balance.reservations} are reserved`);
        return { cdrs, balance };
      }, 120_000);
    }),
  );
  return { placed, killed, outages, legs: watched.stop(), accounts };
}

const calleeOf = ({ callee }: Body): string => String(callee).replace('+', '');
const secondsOf = ({ billable_seconds: seconds }: Body): number => Number(seconds);
/** Of a leg over a carrier that was answered: calls to own numbers cost nothing. */
const isCharged = (cdr: Body): boolean => cdr['disposition'] === 'ANSWERED' && calleeOf(cdr).startsWith('1212');
const sumOf = (cdrs: readonly Body[]): bigint => cdrs.reduce((sum, cdr) => sum + costOf(secondsOf(cdr)), 0n);

/** Milliseconds after which an answer is stored, with the dialogs of its call. */
const unstored = 3_000;

/**
 * Whether a leg rings on, as the task died that called it: no other one can cancel it. The phone stops by itself, or is
 * told when it answers that there is no such call.
 */
const mayRingOn = ({ from, answered }: SeenLeg, killed: readonly number[]): boolean =>
  killed.some((at) => from < at && (answered === undefined || answered > at - unstored));

/** Milliseconds by which CDR and carrier may differ: seconds are whole, and packets are lost. */
const slack = 4_000;
/** Whether a task was killed while a call was set up or talked, or its end was not stored yet. */
const isHit = ({ startedAt, kind }: PlacedCall, killed: readonly number[]): boolean =>
  killed.some((at) => at > startedAt - 1_000 && at < startedAt + kinds[kind].talk + 3_000);

/** Expects what holds for each call, also if its task was killed. */
function expectOneCharge(placed: PlacedCall, { legs, killed }: GroupedOutcome, charged: readonly Body[]): void {
  const { outside, number, kind } = placed;
  const answered = (legs.get(outside) ?? []).filter((leg) => leg.isOutside && leg.answered !== undefined);
  const place = `${kind} ${number} ${outside}, answered ${JSON.stringify(answered)}, killed ${killed.join()}`;
  expect(charged.length, place).toBeLessThanOrEqual(Math.max(1, answered.length));
  if (isHit(placed, killed)) return;
  expect(charged.length, place).toBe(answered.length);
  const [cdr, { answered: from = 0, to = 0 } = {}] = [charged[0], answered[0]];
  if (cdr === undefined) return;
  expect(Math.abs(secondsOf(cdr) * 1_000 - (to - from)), place).toBeLessThanOrEqual(slack);
}

/** Expects that others than who has the call do not ring any more soon after that. */
function expectSilence(placed: PlacedCall, { legs, killed, outages }: GroupedOutcome): void {
  const { outside, number, startedAt, kind, call } = placed;
  const all = legs.get(outside) ?? [];
  const answers = all.flatMap(({ answered }) => answered ?? []);
  const seen = JSON.stringify({ all, outages, caller: call.log });
  const place = `${kind} ${number} ${outside} at ${startedAt}: ${seen}`;
  if (isHit(placed, killed)) return;
  // Two that answer at once: the later one is ended.
  const first = Math.min(...answers, Infinity);
  for (const { from, answered, to = Infinity } of all) {
    expect(from, place).toBeLessThanOrEqual(first + late);
    if (answered === undefined) expect(to, place).toBeLessThanOrEqual(Math.max(first, from) + settling);
  }
  const mayCallOutside = kind === 'declined' || kind === 'silent';
  if (!mayCallOutside)
    expect(
      all.filter(({ isOutside }) => isOutside),
      place,
    ).toEqual([]);
  // A task that was killed answers nothing until it has started again; who gives up early may have reached no one.
  const rejected = call.log.join() === 'failed 503' ? joiningRelay : 0;
  const isStarting = outages.some(({ from, to }) => from < startedAt && startedAt < to + rejected);
  if (!isStarting && kind !== 'abandoned') expect(all.length, place).toBeGreaterThan(0);
}

/**
 * Expects one CDR of each charged leg, charges that are their sum and never more than the credit, and silence after
 * each answer.
 */
export function expectAllGrouped(result: GroupedOutcome): void {
  const { placed, accounts } = result;
  const cdrs = accounts.flatMap((account) => account.cdrs);
  const names = cdrs.map((cdr) => `${String(cdr['call_id'])} ${calleeOf(cdr)}`);
  expect(names.length).toBe(new Set(names).size);
  const charged = Map.groupBy(cdrs.filter(isCharged), calleeOf);
  for (const each of placed) {
    expectOneCharge(each, result, charged.get(each.outside) ?? []);
    expectSilence(each, result);
  }
  for (const { balance, cdrs: of } of accounts) {
    expect(balance.charges).toBe(sumOf(of.filter(isCharged)));
    expect(balance.credits - balance.charges).toBeGreaterThanOrEqual(0n);
    if (result.killed.length === 0) expect(balance.reservations).toBe(0n);
  }
}

/** What a run was, in numbers. */
export const summaryOf = ({ placed, killed, outages, legs, accounts }: GroupedOutcome) => ({
  calls: placed.length,
  kills: killed.length,
  outages: outages.map(({ from, to }) => to - from),
  hit: placed.filter((each) => isHit(each, killed)).length,
  legs: [...legs.values()].flat().length,
  answered: [...legs.values()].flat().filter(({ answered }) => answered !== undefined).length,
  charged: accounts.flatMap(({ cdrs }) => cdrs.filter(isCharged)).length,
  charges: accounts.map(({ balance }) => Number(balance.charges) / 1_000_000),
});
