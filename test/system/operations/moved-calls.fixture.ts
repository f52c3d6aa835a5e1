import { expect } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { newCalledUserAt, useHandling } from '../called-users.fixture.ts';
import { newLine, newNumber } from '../calls.fixture.ts';
import { machineAddress } from '../peers/machine-address.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { captureFields } from '../peers/tshark.ts';
import { liveCalls, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { refer, untilTrusted } from '../softphones.fixture.ts';
import { outcome, texts, trustAddresses, uniqueName, type Body } from '../tenant.fixture.ts';

/**
 * Generated calls with a price in both directions, whose parties are moved: what their CDRs say of each leg at a
 * carrier, and of a caller inside, is compared with a capture of its packets, and their charges with an oracle.
 */

type Move = 'park' | 'transfer' | 'refer';

/** Who calls, whom, and how the called side is moved then. */
export type MovedPlan = {
  readonly from: 'trunk' | 'phone';
  readonly to: 'phone' | 'forward' | 'flow' | 'mailbox' | 'outside';
  /** `refer`: the phone that is called transfers the caller, without a command of the API. */
  readonly moves: readonly Move[];
  /** Milliseconds before each move, and before the end. */
  readonly talk: number;
  readonly endedBy: 'caller' | 'callee';
};

/** Random plans that follow from a seed (Park and Miller). */
export function plansOf(seed: number, count: number): readonly MovedPlan[] {
  let state = seed;
  const pick = <T>(of: readonly [T, ...T[]]): T => {
    state = (state * 48_271) % 2_147_483_647;
    return of[state % of.length] ?? of[0];
  };
  return Array.from({ length: count }, () => {
    const from = pick(callers);
    const to = pick(from === 'trunk' ? destinations : ofPhones);
    // Who leaves a message is not moved.
    const moves = to === 'mailbox' ? [] : Array.from({ length: pick([0, 1, 2]) }, () => pick(moveNames));
    return { from, to, moves: possibleMoves(to, moves), talk: pick([100, 700, 1_300]), endedBy: pick(enders) };
  });
}

const destinations: readonly [MovedPlan['to'], ...MovedPlan['to'][]] = ['phone', 'forward', 'flow', 'mailbox'];
const ofPhones: typeof destinations = [...destinations, 'outside', 'outside'];
const callers: readonly [MovedPlan['from'], ...MovedPlan['from'][]] = ['trunk', 'phone'];
const enders: readonly [MovedPlan['endedBy'], ...MovedPlan['endedBy'][]] = ['caller', 'callee'];
const moveNames: readonly [Move, ...Move[]] = ['park', 'transfer', 'refer'];

/** Only phones refer: that which was called, or that which has fetched a parked call. */
const possibleMoves = (to: MovedPlan['to'], moves: readonly Move[]): readonly Move[] =>
  moves.map((move, at) => {
    const former = moves[at - 1];
    const isPhone = former === undefined ? to === 'phone' : former === 'park';
    return move === 'refer' && !isPhone ? 'transfer' : move;
  });

/** Charges for each second that has begun. */
const perSecond: Readonly<Record<string, number>> = { outbound: 0.01, inbound: 0.0001, internal: 0 };

const outside = '+14155550100';

/** The parties of a tenant, and what reaches them. */
async function newParties({ tenant, operator, tasks: [task] }: TaskCloud, open: DisposableStack) {
  const asOperator = (method: string, path: string, body: object) =>
    tenant.ask(method, path, body, { token: operator });
  const pstn = open.use(await Softphone.open(task, { from: ownAddress() }));
  const { address: host, port } = pstn.place;
  const gateway = uniqueName('pstn');
  const second = { initial_increment: 1, increment: 1, connect_fee: '0.0000' };
  const rates = [
    { ...second, prefix: '1', description: 'USA', price_per_minute: '0.60' },
    { ...second, prefix: '46', description: 'Own numbers', price_per_minute: '0.006', direction: 'inbound' },
  ];
  const tariff = await asOperator('PUT', '/tariffs/new', { name: gateway, currency: 'USD', rates });
  const profile = { accountType: 'prepaid', tariffPlan: texts(tariff)['id'], reservationMinutes: 1 };
  const own = await freePort();
  const trunk = await tenant.ask('PUT', '/siptrunk/carrier', {
    name: uniqueName('in'),
    host: machineAddress,
    port: own,
  });
  const made = [
    await asOperator('PUT', `/billingprofile/${tenant.id}`, profile),
    await asOperator('POST', `/billingprofile/${tenant.id}/credit`, { amount: '9000.0000', reference: gateway }),
    await tenant.ask('PUT', '/sipgateways/new', { name: gateway, host, port, ping: { enabled: false } }),
    await tenant.ask('PUT', '/dialplan/policy', {
      ...{ name: uniqueName('outside'), status: 'active', priority: 10 },
      ...{ conditions: { pattern: '^[+]1415' }, actions: { allow: true, gateway } },
    }),
    trunk,
    await trustAddresses(
      tenant,
      texts(trunk)['id'] ?? '',
      [{ address: machineAddress, port: own, type: 'both' }],
      operator,
    ),
  ];
  expect(made.map(outcome)).toEqual(['200', '201', '201', '201', '201', '201']);
  await untilTrusted(machineAddress, own, task);
  const carrier = open.use(await Softphone.open(task, { from: machineAddress, port: own, hasDigits: true }));
  const phoneOf = async (extension: string) => {
    const phone = open.use(
      await Softphone.open(task, { from: ownAddress(), account: await newLine(tenant, extension), hasDigits: true }),
    );
    expect(await phone.register()).toBe(200);
    return phone;
  };
  const [caller, fetcher] = [await phoneOf('201'), await phoneOf('203')];
  const [callee, mover] = [
    await newCalledUserAt(task, tenant, '204', open),
    await newCalledUserAt(task, tenant, '205', open),
  ];
  await useHandling(tenant, mover, { forward: { always: outside } });
  const dialing = await tenant.ask('PUT', '/callflows/new', {
    ...{ name: uniqueName('moved'), start: 'ring' },
    steps: { ring: { type: 'dial', to: [outside] } },
  });
  expect(outcome(dialing)).toBe('201');
  const flow = texts(dialing)['id'] ?? '';
  const mailbox = await tenant.ask('PUT', '/users', { username: uniqueName('box'), extension: '206' });
  expect(outcome(mailbox)).toBe('201');
  const routes = {
    phone: { type: 'user', id: callee.id },
    forward: { type: 'user', id: mover.id },
    flow: { type: 'flow', id: flow },
    mailbox: { type: 'voicemail', id: '206' },
  };
  const numbers: Record<string, string> = { outside };
  for (const [name, route] of Object.entries(routes)) numbers[name] = await newNumber(tenant, route, operator);
  const phones = [caller, fetcher, callee.phone, mover.phone];
  return { pstn, carrier, caller, fetcher, callee: callee.phone, phones, numbers };
}

type Parties = Awaited<ReturnType<typeof newParties>>;

const fields = [
  'frame.time_epoch',
  'ip.src',
  'udp.srcport',
  'ip.dst',
  'udp.dstport',
  'sip.Call-ID',
  'sip.CSeq.method',
  'sip.Method',
  'sip.Status-Code',
] as const;

/** A dialog of a party, as its packets say: Unix milliseconds. */
type Dialog = { readonly start: number; readonly answer: number; readonly end: number };

/** The dialogs of a party that were answered, in their order. Another tenant's may have its port elsewhere. */
function dialogsAt({ address, port }: Softphone['place'], lines: readonly (readonly string[])[]): readonly Dialog[] {
  const packets = lines
    .map(([time, from, fromPort, to, toPort, callId = '', of = '', method = '', status = '']) => ({
      at: Number(time) * 1_000,
      ends: [`${from}:${fromPort}`, `${to}:${toPort}`],
      ...{ callId, of, method, status },
    }))
    .filter(({ ends }) => ends.includes(`${address}:${port}`));
  return [...Map.groupBy(packets, ({ callId }) => callId).values()]
    .flatMap((of) => {
      const start = of.find(({ method }) => method === 'INVITE')?.at;
      const answer = of.find((each) => each.of === 'INVITE' && each.status === '200')?.at;
      const end = of.find(({ method }) => method === 'BYE')?.at;
      return start === undefined || answer === undefined || end === undefined ? [] : [{ start, answer, end }];
    })
    .toSorted((one, other) => one.start - other.start);
}

const timeIn = (cdr: Body, name: string): number =>
  Date.parse(String(cdr[`${name}_time`])) + Number(cdr[`${name}_ms`] ?? 0);

/** What a CDR must cost by its own times, which are compared with the packets. */
const chargeBy = (cdr: Body): number =>
  Number(
    (
      Math.ceil((timeIn(cdr, 'end') - timeIn(cdr, 'answer')) / 1_000) * (perSecond[String(cdr['direction'])] ?? NaN)
    ).toFixed(4),
  );

/** Waits for a time, as calls last. */
async function talkFor(time: number): Promise<void> {
  const until = performance.now() + time;
  await eventually(() => performance.now() >= until, Math.max(time, 1_000));
}

/** Calls after which phones register again: registrations last for 10 minutes. */
const registeredFor = 25;

/** Plays calls one after the other. @returns by how much their CDRs differ from their packets, and their charges */
export async function playMovedCalls(cloud: TaskCloud, plans: readonly MovedPlan[]) {
  using open = new DisposableStack();
  const parties = await newParties(cloud, open);
  const { pstn, carrier, caller } = parties;
  const [{ port }] = cloud.tasks;
  const hosts = [pstn.place.address, caller.place.address, machineAddress];
  await using capture = await captureFields(
    hosts,
    [port, ...[pstn, carrier, caller].map(({ place }) => place.port)],
    fields,
  );
  // tshark says that it captures some time before it does.
  await eventually(async () => {
    const probe = carrier.call('+4690');
    await eventually(() => probe.isOver, 20_000);
    return capture.lines().length > 0;
  });
  const compared: Compared[] = [];
  for (const [index, plan] of plans.entries()) {
    if (index % registeredFor === 0) for (const phone of parties.phones) expect(await phone.register()).toBe(200);
    const seen = capture.lines().length;
    const begunAt = Date.now();
    const id = await playOne(cloud, parties, plan);
    let cdrs: readonly Body[] = [];
    const pairs = await eventually(async () => {
      // The capture may be late with the last packets of the call before.
      const lines = capture
        .lines()
        .slice(seen)
        .filter(([time]) => Number(time) * 1_000 >= begunAt);
      const { body } = await cloud.tenant.ask('GET', `/cdr?call_id=${id}`);
      cdrs = (body as { readonly data: readonly Body[] }).data;
      expect(cdrs.length).toBeGreaterThan(0);
      const answered = (direction: string) =>
        cdrs.filter((cdr) => cdr['direction'] === direction && cdr['answer_time'] !== null).toSorted(byStart);
      // Those of the last legs come later.
      expect([answered('outbound').length, answered('inbound').length]).toEqual(legsOf(plan));
      return [
        ...pairsOf(answered('outbound'), dialogsAt(pstn.place, lines)),
        ...pairsOf(answered('inbound'), plan.from === 'trunk' ? dialogsAt(carrier.place, lines) : []),
        ...pairsOf(answered('internal'), isInside(plan) ? dialogsAt(caller.place, lines) : []),
      ];
    }, 20_000).catch((cause: unknown) => {
      const dialogs = [pstn, carrier, caller].map(({ place }) => dialogsAt(place, capture.lines().slice(seen)));
      const found = JSON.stringify({ plan, cdrs, dialogs });
      throw new Error(`the CDRs of ${id} are not those of its packets: ${found}`, { cause });
    });
    compared.push(...pairs.map(([cdr, dialog]) => compare(plan, cdr, dialog)));
  }
  return {
    differences: compared.flatMap(({ differences }) => differences),
    charges: compared.map(({ charge }) => charge),
  };
}

/** How many legs a call has at carriers, outbound and inbound. */
const legsOf = ({ from, to, moves }: MovedPlan): readonly [number, number] => [
  moves.filter((move) => move !== 'park').length + (to === 'phone' || to === 'mailbox' ? 0 : 1),
  from === 'trunk' ? 1 : 0,
];

/** Whether the leg of the caller has a CDR of its own, without a carrier. */
const isInside = ({ from, to }: MovedPlan): boolean => from === 'phone' && to !== 'outside';

/** What a CDR says, beside what its packets say and what that costs. */
function compare(plan: MovedPlan, cdr: Body, dialog: Dialog) {
  const leg = String(cdr['leg']);
  // A call that a phone begins starts before its leg at the carrier, and by an INVITE that is challenged.
  const isOfCaller = leg === 'a' && cdr['direction'] !== 'inbound';
  const names = isOfCaller ? (['answer', 'end'] as const) : (['start', 'answer', 'end'] as const);
  const { charge } = cdr['rating'] as { readonly charge: string };
  return {
    differences: names.map((name) => ({ plan, leg, name, difference: timeIn(cdr, name) - dialog[name] })),
    charge: { plan, leg, charged: Number(charge), owed: chargeBy(cdr) },
  };
}
type Compared = ReturnType<typeof compare>;

const byStart = (one: Body, other: Body): number => timeIn(one, 'start') - timeIn(other, 'start');

/** Each CDR with its dialog. @throws an AssertionError if there are not as many of both */
function pairsOf(cdrs: readonly Body[], dialogs: readonly Dialog[]): readonly (readonly [Body, Dialog])[] {
  expect(cdrs).toHaveLength(dialogs.length);
  return cdrs.flatMap((cdr, at) => {
    const dialog = dialogs[at];
    return dialog === undefined ? [] : [[cdr, dialog] as const];
  });
}

/** Plays one call. @returns its id */
async function playOne(cloud: TaskCloud, parties: Parties, { from, to, moves, talk, endedBy }: MovedPlan) {
  const { carrier, caller, numbers, pstn } = parties;
  const party = from === 'trunk' ? carrier : caller;
  const before = pstn.calls.length;
  const call = party.call(numbers[to] ?? '');
  await eventually(() => expect(call.log.at(-1), `${from} to ${to}`).toBe('answered'), 30_000);
  const id = await eventually(async () => {
    const [live] = await liveCalls(cloud);
    if (live === undefined) throw new Error('no call is in progress');
    return String(live['id']);
  }, 20_000);
  let callee: SoftCall | undefined = to === 'phone' ? parties.callee.calls.at(-1) : undefined;
  if (to === 'forward' || to === 'outside' || to === 'flow') {
    // A flow has answered before it calls.
    await eventually(() => expect(pstn.calls.length).toBeGreaterThan(before), 20_000);
    callee = pstn.calls.at(-1);
    await eventually(() => expect(callee?.log.at(-1)).toBe('acknowledged'), 20_000);
  }
  for (const move of moves) {
    await talkFor(talk);
    callee = await carryOut(cloud, parties, { move, id, callee });
  }
  await talkFor(talk);
  if (endedBy === 'callee' && callee !== undefined && !callee.isOver) callee.hangUp();
  else call.hangUp();
  await eventually(() => expect(call.isOver).toBe(true), 30_000);
  await eventually(async () => expect(await liveCalls(cloud)).toEqual([]), 30_000);
  return id;
}

type Moving = { readonly move: Move; readonly id: string; readonly callee: SoftCall | undefined };

/** Moves the called side. @returns whom the caller talks to then */
async function carryOut(
  { tenant }: TaskCloud,
  { pstn, fetcher }: Parties,
  { move, id, callee }: Moving,
): Promise<SoftCall> {
  const act = (body: Body) =>
    eventually(async () => expect(outcome(await tenant.ask('POST', `/Calls/${id}/actions`, body))).toBe('202'), 20_000);
  if (move === 'park') {
    await act({ action: 'park' });
    // A slot has the call a moment later: the first one, unless it is not free yet after the former move.
    let attempts = 0;
    return eventually(async () => {
      const fetched = fetcher.call(`*85${701 + (attempts % 2)}`);
      attempts += 1;
      await eventually(() => fetched.log.length > 0 && (fetched.isUp || fetched.isOver), 20_000);
      if (!fetched.isUp) throw new Error(`the slot is answered ${fetched.log.join(', ')}`);
      return fetched;
    }, 20_000);
  }
  const before = pstn.calls.length;
  if (move === 'transfer') await act({ action: 'transfer', destination: { type: 'phone', number: outside } });
  else await refer(callee ?? expect.fail('no phone has the call'), outside, { host: fetcher.domain });
  await eventually(() => {
    expect(pstn.calls.length).toBe(before + 1);
    expect(pstn.calls.at(-1)?.log.at(-1)).toBe('acknowledged');
  }, 20_000);
  return pstn.calls.at(-1) ?? expect.fail('the carrier has no call');
}
