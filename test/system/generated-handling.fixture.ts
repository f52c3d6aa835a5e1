import fc from 'fast-check';
import { expect } from 'vitest';
import { CallHandling, type HandlingEntry } from '#telephony/call-handling.ts';
import { schedulesWith } from '#telephony/call-handling-generated.fixture.ts';
import { expectedTrail, isOpenAt, type Outcome, type World } from '#telephony/call-handling-oracle.fixture.ts';
import { freePort } from '#infra/local/free-port.ts';
import { day } from '#schema/time.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { eventually } from '../support/eventually.ts';
import { Softphone } from '../support/softphone.fixture.ts';
import { newCalledUserAt, useHandling, type CalledUser } from './called-users.fixture.ts';
import { newNumber, useExtensions } from './calls.fixture.ts';
import { machineAddress } from './peers/machine-address.ts';
import { ownAddress } from './peers/sip-server.ts';
import { untilTrusted } from './softphones.fixture.ts';
import type { TaskAddress, TaskCloud } from './sidecar-tasks.fixture.ts';
import { outcome, texts, trustAddresses, uniqueName } from './tenant.fixture.ts';

/** Calls to users with generated settings, which go where the oracle of call handling says. */

const fields = ['always', 'busy', 'closed', 'no_answer', 'unreachable'] as const;
const failures = ['busy', 'no_answer', 'unreachable'] as const;

/** By which a phone says how it fails. */
const behavior = { answered: 'answer', busy: 486, no_answer: 480, unreachable: 503, denied: 503 } as const;

/** Numbers of callers. The first one is blocked by the organization. */
const outside = ['+19005550100', '+46701234567'] as const;
/** A number that the dial plan has no way to. */
const nowhere = (at: number): string => `+1415555010${at}`;

const way = fc.constantFrom<Outcome | 'none'>('none', 'none', 'answered', 'denied', ...failures);
const generated = fc.record({
  /** Who is called: a user with a mailbox, one without, one that has called for help, or one without a phone. */
  callee: fc.constantFrom('boxed', 'plain', 'plain', 'helped', 'absent'),
  caller: fc.constantFrom('inside', 'inside', ...outside, 'anonymous'),
  isDisturbed: fc.constantFrom(false, false, false, true),
  voicemail: fc.boolean(),
  blocked: fc.subarray(['anonymous', '+1900…', '+46701234567', 'inside', '+4670…'], { maxLength: 2 }),
  ways: fc.record({ always: way, busy: way, closed: way, no_answer: way, unreachable: way }),
  followed: fc.option(fc.constantFrom<Outcome>('answered', 'denied', ...failures), { freq: 2 }),
  phones: fc.constantFrom('answered' as const, ...failures),
  schedule: fc.option(schedulesWith(fc.integer({ min: -1, max: 1 }).map((days) => new Date(Date.now() + days * day)))),
});
type Generated = typeof generated extends fc.Arbitrary<infer Each> ? Each : never;

type Callee = CalledUser & { readonly number: string };

/** The users of calls that are made one after the other. */
type Bench = {
  readonly caller: CalledUser;
  readonly callees: Readonly<Record<Generated['callee'], Callee>>;
  readonly targets: Readonly<Record<(typeof fields)[number] | 'followed', CalledUser>>;
  readonly schedule: string;
};

/** What the calls of all benches share. */
type Shared = { readonly cloud: TaskCloud; readonly carrier: Softphone; readonly open: DisposableStack };

const taskOf = ({ tasks: [task] }: TaskCloud): TaskAddress => task ?? expect.fail('no task');

/** A carrier that calls from the address of this machine. @param open ends it */
async function newCarrier(cloud: TaskCloud, open: DisposableStack): Promise<Softphone> {
  const { tenant, operator } = cloud;
  const port = await freePort();
  const made = await tenant.ask('PUT', '/siptrunk/carrier', { name: uniqueName('c'), host: machineAddress, port });
  const ips = [{ address: machineAddress, port, type: 'both' }] as const;
  expect(outcome(await trustAddresses(tenant, texts(made)['id'] ?? '', ips, operator))).toBe('201');
  await untilTrusted(machineAddress, port, taskOf(cloud));
  return open.use(await Softphone.open(taskOf(cloud), { from: machineAddress, port }));
}

async function newBench({ cloud, open }: Shared, extension: () => string): Promise<Bench> {
  const { tenant, operator } = cloud;
  const user = () => newCalledUserAt(taskOf(cloud), tenant, extension(), open);
  const called = async (): Promise<Callee> => {
    const made = await user();
    return { ...made, number: await newNumber(tenant, { type: 'user', id: made.id }, operator) };
  };
  const schedule = await tenant.ask('PUT', '/schedules/new', { name: uniqueName('hours'), time_zone: 'UTC' });
  const absent = async (): Promise<Callee> => {
    const [username, own] = [uniqueName('absent'), extension()];
    const { id = '' } = texts(await tenant.ask('PUT', '/users', { username, extension: own }));
    const number = await newNumber(tenant, { type: 'user', id }, operator);
    return { id, number, extension: own, phone: open.use(await Softphone.open(taskOf(cloud), { from: ownAddress() })) };
  };
  const callees = { boxed: await called(), plain: await called(), helped: await called(), absent: await absent() };
  for (const name of ['boxed', 'plain', 'helped', 'absent'] as const) {
    const preferences = { max_messages: 1_000, enabled: name !== 'plain' };
    const saved = await tenant.ask('PUT', `/voicemailprefs/${callees[name].extension}`, preferences);
    expect(outcome(saved)).toMatch(/^20[01]$/);
  }
  const targets = {
    ...{ always: await user(), busy: await user(), closed: await user() },
    ...{ no_answer: await user(), unreachable: await user(), followed: await user() },
  };
  for (const target of Object.values(targets)) await useHandling(tenant, target, {});
  const bench = { caller: await user(), callees, targets, schedule: texts(schedule)['id'] ?? '' };
  await callForHelp(cloud, bench);
  return bench;
}

/** A user calls for help, of which a note is stored beside the call. */
async function callForHelp({ tenant }: TaskCloud, { caller, callees: { helped } }: Bench): Promise<void> {
  await useHandling(tenant, helped, { do_not_disturb: true });
  const help = helped.phone.call('112');
  await eventually(() => expect(help.isUp).toBe(true), 20_000);
  help.hangUp();
  await eventually(async () => {
    const call = caller.phone.call(helped.extension);
    await eventually(() => expect(call.isUp || call.isOver).toBe(true), 20_000);
    expect(call.isUp).toBe(true);
    call.hangUp();
  }, 20_000);
}

/** What a user says of its calls, and how all that is tried ends. */
function settingsOf(given: Generated, { caller, targets, schedule }: Bench) {
  const to = (field: (typeof fields)[number]): string | null => {
    const wanted = given.ways[field];
    if (wanted === 'none') return null;
    return wanted === 'denied' ? nowhere(fields.indexOf(field)) : targets[field].extension;
  };
  const number = given.followed === 'denied' ? nowhere(9) : targets.followed.extension;
  return CallHandling.parse({
    do_not_disturb: given.isDisturbed,
    voicemail: given.voicemail,
    forward: { always: to('always'), busy: to('busy'), no_answer: to('no_answer'), unreachable: to('unreachable') },
    follow_me: given.followed === null ? [] : [{ number, accept_key: null }],
    blocked: given.blocked.map((entry) => (entry === 'inside' ? caller.extension : entry)),
    schedule: given.schedule === null ? null : schedule,
    when_closed: to('closed'),
  });
}

function worldOf({ callee, phones: registered, followed, ways }: Generated): World {
  const phones = callee === 'absent' ? 'unreachable' : registered;
  const made = fields.flatMap((field) => (ways[field] === 'none' ? [] : [[field, ways[field]] as const]));
  return { phones, followed: followed === null ? [] : [followed], forwards: Object.fromEntries(made) };
}

/** What becomes of a call: what its user's settings did, how it ended for the caller, and what blocked it. */
type Seen = { readonly trail: readonly string[]; readonly end: string; readonly isBlocked: boolean };

const isFollowMe = (step: string): boolean => step.startsWith('forward FOLLOW_ME');

/** Those that ring together end in any order; when one answers, the others may not have been decided. */
function comparable(trail: readonly string[], isRingAnswered: boolean): readonly string[] {
  const steps = trail.filter((step) => !isFollowMe(step));
  return isRingAnswered ? steps : [...steps, ...trail.filter(isFollowMe).toSorted()];
}

/** Where nothing can follow, the call ends as its phones do, without a step of its own. */
function withoutEndOfPhones(expected: readonly string[], seen: readonly string[]): readonly string[] {
  const at = expected.findIndex((step) => step.startsWith('end '));
  const isOfPhones = at > 0 && expected[at - 1]?.startsWith('ring ') === true;
  return isOfPhones && !seen.some((step) => step.startsWith('end ')) ? expected.toSpliced(at, 1) : expected;
}

function expectedOf(given: Generated, bench: Bench, at: Date): Seen {
  const isHelped = given.callee === 'helped';
  if (given.caller === outside[0] && !isHelped) return { trail: [], end: 'failed 603', isBlocked: true };
  const names =
    given.caller === 'inside' ? [bench.caller.extension] : given.caller === 'anonymous' ? [] : [given.caller];
  const situation = {
    names,
    isOpen: given.schedule === null || isOpenAt(given.schedule, at),
    hasMailbox: given.callee !== 'plain',
    hasCalledForHelp: isHelped,
  };
  const trail = expectedTrail(settingsOf(given, bench), situation, worldOf(given));
  const [last = ''] = trail.slice(-1);
  const [does = '', , tone = ''] = last.split(' ');
  const failed = does === 'reject' ? 'failed 603' : tone === 'busy' ? 'failed 486' : 'failed 480';
  const steps = trail.map((step) => (/^(mailbox|end) /.test(step) ? step.split(' ').slice(0, 2).join(' ') : step));
  return {
    trail: comparable(steps, does === 'ring' || isFollowMe(last)),
    end: does === 'end' || does === 'reject' ? failed : 'answered',
    isBlocked: false,
  };
}

const from = (caller: string): { readonly headers: Headers } => ({
  headers: Headers.none.append(textHeader('P-Asserted-Identity'), `<sip:${caller}@carrier.example.com>`),
});

type Shown = { readonly handling?: readonly HandlingEntry[]; readonly blocked_by: string | null };
type Listed = { readonly data: readonly { readonly call_id: string }[] };

/** Makes a call, and reads what became of it. */
async function seenOf(given: Generated, bench: Bench, { cloud: { tenant }, carrier }: Shared): Promise<Seen> {
  const callee = bench.callees[given.callee];
  const isInside = given.caller === 'inside';
  /** The calls of the last seconds that are filed: two of one second are in any order. */
  const filed = async (): Promise<readonly string[]> => {
    const filter = isInside ? `caller=${bench.caller.extension}` : `callee=${encodeURIComponent(callee.number)}`;
    const { data } = (await tenant.ask('GET', `/cdr?${filter}&limit=10`)).body as Listed;
    return data.map(({ call_id: id }) => id);
  };
  const before = await filed();
  const call = isInside ? bench.caller.phone.call(callee.extension) : carrier.call(callee.number, from(given.caller));
  await eventually(() => expect(call.isUp || call.isOver).toBe(true), 30_000);
  if (call.isUp) call.hangUp();
  const id = await eventually(async () => {
    const found = (await filed()).find((each) => !before.includes(each));
    return found ?? expect.fail(`no CDR of a call of ${given.caller}: ${call.log.join()}`);
  }, 30_000);
  const { handling = [], blocked_by: block } = (await tenant.ask('GET', `/Calls/${id}`)).body as Shown;
  const trail = handling
    .filter(({ user_id: user }) => user === callee.id)
    .map(({ action, reason, denied }) => `${action} ${reason}${denied === null ? '' : ' denied'}`);
  const [last = ''] = trail.filter((step) => !isFollowMe(step)).slice(-1);
  const isAnswered = call.log.includes('answered');
  return {
    trail: comparable(trail, isAnswered && last.startsWith('ring')),
    end: isAnswered ? 'answered' : (call.log.at(-1) ?? ''),
    isBlocked: block !== null,
  };
}

/** Gives the phones their behavior, and the user its settings. */
async function prepare(given: Generated, bench: Bench, { cloud: { tenant } }: Shared): Promise<void> {
  const { callees, targets } = bench;
  const callee = callees[given.callee];
  callee.phone.answers = behavior[given.phones];
  for (const field of fields)
    targets[field].phone.answers = behavior[given.ways[field] === 'none' ? 'answered' : given.ways[field]];
  targets.followed.phone.answers = behavior[given.followed ?? 'answered'];
  if (given.schedule !== null) {
    const saved = await tenant.ask('PUT', `/schedules/${bench.schedule}`, { name: bench.schedule, ...given.schedule });
    expect(outcome(saved)).toBe('200');
  }
  await useHandling(tenant, callee, settingsOf(given, bench));
}

/** A call that is not as expected, with what was generated. */
export type Difference = { readonly given: Generated; readonly expected: Seen; readonly seen: Seen };

/** What a caller hears of phones that fail by themselves may be any failure of theirs. */
const isSameEnd = (expected: string, seen: string): boolean =>
  expected === seen || (expected === 'failed 480' && /^failed (408|480|5\d\d)$/.test(seen));

async function differenceOf(given: Generated, bench: Bench, shared: Shared): Promise<Difference | undefined> {
  await prepare(given, bench, shared);
  const before = expectedOf(given, bench, new Date());
  const seen = await seenOf(given, bench, shared);
  const expected = expectedOf(given, bench, new Date());
  // A window has begun, or ended, during the call.
  if (JSON.stringify(before) !== JSON.stringify(expected)) return undefined;
  const trail = withoutEndOfPhones(expected.trail, seen.trail);
  const isSame =
    isSameEnd(expected.end, seen.end) &&
    expected.isBlocked === seen.isBlocked &&
    JSON.stringify(trail) === JSON.stringify(seen.trail);
  return isSame ? undefined : { given, expected, seen };
}

/** Makes calls with generated settings, on some benches at the same time. @returns those that differ */
export async function runGeneratedHandling(
  cloud: TaskCloud,
  { calls, benches, seed }: { readonly calls: number; readonly benches: number; readonly seed: number },
): Promise<readonly Difference[]> {
  using open = new DisposableStack();
  const { tenant } = cloud;
  await useExtensions(tenant);
  const blocks = { name: uniqueName('b'), caller: outside[0] };
  expect(outcome(await tenant.ask('PUT', '/blockedcallers/new', blocks))).toBe('201');
  const exit = open.use(await Softphone.open(taskOf(cloud), { from: ownAddress() }));
  const { address: host, port } = exit.place;
  const gateway = { name: uniqueName('help'), host, port, ping: { enabled: false } };
  expect(outcome(await tenant.ask('PUT', '/sipgateways/new', gateway))).toBe('201');
  const shared = { cloud, open, carrier: await newCarrier(cloud, open) };
  let next = 200;
  const all: Bench[] = [];
  for (let at = 0; at < benches; at += 1) all.push(await newBench(shared, () => String(next++)));
  const cases = fc.sample(generated, { numRuns: calls, seed }).values();
  const found: Difference[] = [];
  await Promise.all(
    all.map(async (bench) => {
      for (const given of cases) {
        const difference = await differenceOf(given, bench, shared);
        if (difference !== undefined) found.push(difference);
      }
    }),
  );
  return found;
}
