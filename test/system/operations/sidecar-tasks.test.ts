// Own cloud: kills and stops tasks and the store.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sipUri } from '#sip/uri.ts';
import { serialize } from '#sip/message.ts';
import { eventually, past } from '#test/support/eventually.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { newLine, useExtensions } from '../calls.fixture.ts';
import { sidesOf, taskOf, untilKnown, untilMoved } from '../handover.fixture.ts';
import { phonePair, storeOfCloud, untilHealth } from './outages.fixture.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { callAndAwaitHangUp, callAndHangUp } from '../peers/call-scenarios.ts';
import { playTogether } from '../peers/played-call.ts';
import { newAccounts } from '../peers/accounts.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { callAll } from '../peers/sipp.ts';
import { isRunning } from '../processes.ts';
import {
  allCdrs,
  answeringPhoneOf,
  byeTo,
  cdrsOfCaller,
  challengingCarrier,
  liveCalls,
  newAnsweringPhone,
  phoneAt,
  signalTask,
  startTaskCloud,
  taskCloudIn,
  untilAnswered,
  type TaskAddress,
  type OwnTaskCloud,
} from '../sidecar-tasks.fixture.ts';
import {
  converse,
  expectEnd,
  expectJoined,
  newSoftphones,
  type Conversation,
  type RegisteredSoftphone,
} from '../softphones.fixture.ts';
import { outcome } from '../tenant.fixture.ts';

needs('sipp');

let cloud: OwnTaskCloud;
let one: TaskAddress;
let two: TaskAddress;
const phones: Phone[] = [];
/** A phone that is registered at a task, and answers. */
async function answeringPhone(at: TaskAddress, extension: string, transport: 'udp' | 'tcp'): Promise<Phone> {
  const phone = await newAnsweringPhone(cloud, at, { extension, transport });
  phones.push(phone);
  return phone;
}

beforeAll(async () => {
  cloud = await startTaskCloud(2);
  const { operator: token } = cloud;
  const limits = { max_concurrent_calls: 1_000 };
  expect(outcome(await cloud.tenant.ask('POST', `/orgs/${cloud.tenant.id}`, { limits }, { token }))).toBe('200');
  const [first, second] = cloud.tasks;
  if (second === undefined) throw new Error('SIDECARS=2 does not start two tasks');
  [one, two] = [first, second];
  // What a phone answers to a task that its own one does not know yet is lost.
  using phonesOfTasks = new DisposableStack();
  await untilKnown(cloud, one, two, phonesOfTasks);
});
afterAll(async () => {
  for (const phone of phones) phone.close();
  await cloud.cloud.stop();
});

const methodsAt = (phone: Phone): string[] => phone.notified.map(({ method }) => method);

test('a call reaches a phone whose connection another task has, and ends there', async () => {
  const caller = await phoneAt(cloud, one, '201');
  const phone = await answeringPhone(two, '202', 'tcp');
  await callAll(callAndHangUp('202', 500), { accounts: [caller.account], from: caller.from, to: one });
  await eventually(() => expect(methodsAt(phone)).toEqual(expect.arrayContaining(['INVITE', 'ACK', 'BYE'])), 20_000);
});

test('a phone whose connection with another task closes may return to any task; else its call ends', async () => {
  const [made] = await newSoftphones(cloud.tenant, ['206'], one);
  using caller = made.phone;
  const accounts = [await newLine(cloud.tenant, '207'), await newLine(cloud.tenant, '208')];
  const called = accounts.map((account) => ({ account, from: ownAddress() }));
  const before = await Promise.all(called.map((of) => answeringPhoneOf(of, two, 'tcp')));
  const [back, lost] = ['207', '208'].map((extension) => caller.call(extension));
  await eventually(() => expect([back?.isUp, lost?.isUp]).toEqual([true, true]), 20_000);
  for (const phone of before) phone.close();
  const phone = await answeringPhoneOf(called[0]!, one, 'tcp');
  phones.push(phone);
  await eventually(() => expect(lost?.log.at(-1)).toBe('ended by peer'), 120_000);
  await eventually(() => expect([back?.isUp, methodsAt(phone)]).toEqual([true, ['INVITE', 'ACK']]), 20_000);
  back?.hangUp();
  await eventually(() => expect(methodsAt(phone)).toContain('BYE'), 20_000);
});

test('a phone at one task takes a call that rings at the other', async () => {
  using open = new DisposableStack();
  const [caller, called] = await newSoftphones(cloud.tenant, ['261', '262'], one);
  const [account] = await newAccounts(cloud.tenant, { devices: 1, watches: ['262'] });
  if (account === undefined) throw new Error('there is no account');
  const picker = open.use(await Softphone.open(two, { from: ownAddress(), account }));
  for (const { phone } of [caller, called]) open.use(phone);
  expect(await picker.register()).toBe(200);
  called.phone.answers = 'ring';
  const call = caller.phone.call('262');
  const rung = await called.phone.nextCall();
  const first = picker.call('**262');
  await expectJoined([caller.phone, call], [picker, first]);
  call.hangUp();
  await expectEnd(first, 'ended by peer');
  expect(rung.isOver).toBe(true);
  const again = caller.phone.call('262');
  const second = picker.call('262', { replaces: (await called.phone.nextCall()).earlyDialog });
  await expectJoined([caller.phone, again], [picker, second]);
  second.hangUp();
  await expectEnd(again, 'ended by peer');
  const none = picker.call('**262');
  await eventually(() => expect(none.log.at(-1)).toBe('failed 404'), 20_000);
});

test('a BYE that reaches another task ends the call', async () => {
  const caller = await phoneAt(cloud, one, '203');
  const phone = await answeringPhone(one, '204', 'udp');
  const call = callAll(callAndAwaitHangUp('204'), { accounts: [caller.account], from: caller.from, to: one });
  await eventually(() => methodsAt(phone).includes('ACK'), 30_000);
  const invite = phone.notified.find(({ method }) => method === 'INVITE');
  if (invite === undefined) throw new Error('no INVITE');
  phone.sendRaw(serialize(byeTo(invite, '127.0.0.1', phone.port)), two);
  await call;
});

/** Phones at a task that may be starting. */
const eventuallySoftphones = async (extensions: readonly string[], at: TaskAddress): Promise<RegisteredSoftphone[]> => {
  await eventually(() => phoneAt(cloud, at, '225'), 30_000);
  return newSoftphones(cloud.tenant, extensions, at);
};

/** Calls of each task. `SIDECAR_CALLS=100 npm run test:system` makes it a crash of that size. */
const calls = Number(process.env['SIDECAR_CALLS'] ?? 10);

/** So many calls from one phone to another. */
async function converseOften([caller, callee]: readonly RegisteredSoftphone[]): Promise<Conversation[]> {
  if (caller === undefined || callee === undefined) throw new Error('no phones');
  const made: Conversation[] = [];
  for (let at = 0; at < calls; at += 1) made.push(await converse(caller.phone, callee.phone, callee.extension));
  return made;
}

test('the calls of a killed task go on at another one, and have one CDR each of all their time', async () => {
  const [mine, others] = [
    await newSoftphones(cloud.tenant, ['221', '222'], two),
    await newSoftphones(cloud.tenant, ['211', '212'], one),
  ];
  const [moved, kept] = [await converseOften(mine), await converseOften(others)];
  await untilAnswered(cloud, 2 * calls);
  const answeredAt = Date.now();
  const [before] = sidesOf(moved).map(taskOf);
  const [own] = sidesOf(kept).map(taskOf);
  signalTask(cloud, two, 'SIGKILL');
  await eventually(() => expect(sidesOf(moved).map(taskOf)).not.toContain(before), 20_000);
  for (const side of sidesOf([...moved, ...kept])) expect(side.isUp).toBe(true);
  expect(new Set(sidesOf(kept).map(taskOf))).toEqual(new Set([own]));

  const [held, ...rest] = moved;
  if (held === undefined) throw new Error('no call');
  expect(await held.caller.offer('sendonly')).toMatch(/ recvonly$/);
  expect(await held.callee.offer('sendrecv')).toMatch(/ sendrecv$/);
  const hungUpAt = Date.now();
  for (const [at, call] of [held, ...rest, ...kept].entries()) {
    const [ends, hears] = at % 2 === 0 ? [call.caller, call.callee] : [call.callee, call.caller];
    ends.hangUp();
    await expectEnd(hears, 'ended by peer');
  }
  for (const caller of ['221', '211']) {
    const cdrs = await cdrsOfCaller(cloud, caller, calls);
    expect(new Set(cdrs.map(({ call_id: id }) => id)).size).toBe(calls);
    expect(cdrs).toHaveLength(calls);
    const times = cdrs.map(
      ({ answer_time: from, answer_ms, end_time: to, end_ms }) =>
        Date.parse(String(to)) + Number(end_ms) - Date.parse(String(from)) - Number(answer_ms),
    );
    expect(Math.min(...times)).toBeGreaterThanOrEqual(hungUpAt - answeredAt);
  }
  expect(await liveCalls(cloud)).toEqual([]);
  for (const { phone } of [...mine, ...others]) phone[Symbol.dispose]();
});

test('a phone whose connection ends with its killed task returns to its call; without it the call ends', async () => {
  // The one that took the place of the killed one.
  const [made] = await eventuallySoftphones(['231'], two);
  if (made === undefined) throw new Error('no phone');
  using caller = made.phone;
  const accounts = [await newLine(cloud.tenant, '232'), await newLine(cloud.tenant, '233')];
  const called = accounts.map((account) => ({ account, from: ownAddress() }));
  const before = await Promise.all(called.map((of) => answeringPhoneOf(of, two, 'tcp')));
  const calls = ['232', '233'].map((extension) => caller.call(extension));
  const [back, lost] = calls;
  if (back === undefined || lost === undefined) throw new Error('no calls');
  await eventually(() => expect(calls.map(({ isUp }) => isUp)).toEqual([true, true]), 20_000);
  await untilAnswered(cloud, 2);
  const task = taskOf(back);
  signalTask(cloud, two, 'SIGKILL');
  for (const phone of before) phone.close();
  const phone = await answeringPhoneOf(called[0]!, one, 'tcp');
  phones.push(phone);
  await untilMoved(back, task);
  await eventually(() => expect(lost.log.at(-1)).toBe('ended by peer'), 60_000);
  expect(back.isUp).toBe(true);
  back.hangUp();
  await eventually(() => expect(methodsAt(phone)).toContain('BYE'), 20_000);
});

test('calls that ring at a killed task end: callers get 503, phones CANCEL, and who answers BYE', async () => {
  // The one that took the place of the killed one.
  const made = await eventuallySoftphones(['226', '227', '228'], two);
  const [caller, ringing, late] = made.map(({ phone }) => phone);
  if (caller === undefined || ringing === undefined || late === undefined) throw new Error('no phones');
  for (const phone of [ringing, late]) phone.answers = 'ring';
  const calls = ['227', '228'].map((called) => caller.call(called));
  const [rung, answered] = [await ringing.nextCall(), await late.nextCall()];
  await eventually(() => expect(calls.map(({ log }) => log.at(-1))).toEqual(['180', '180']), 20_000);
  await eventually(async () => {
    expect((await liveCalls(cloud)).map(({ status }) => status)).toEqual(['ringing', 'ringing']);
  }, 20_000);
  signalTask(cloud, two, 'SIGKILL');
  answered.answer();
  for (const call of calls) await expectEnd(call, 'failed 503');
  for (const call of [rung, answered]) await expectEnd(call, 'ended by peer');
  expect(calls.map(({ failure }) => failure?.retryAfter)).toEqual([1, 1]);
  expect(new Set(ringing.cancelled)).toEqual(new Set(['Q.850;cause=41']));
  const cdrs = await cdrsOfCaller(cloud, '226', calls.length);
  expect(cdrs.map(({ answer_time: at }) => at)).toEqual([null, null]);
  for (const { phone } of made) phone[Symbol.dispose]();
});

test('a caller that cancels while no task has its call gets 487, and its phone CANCEL', async () => {
  // The one that took the place of the killed one.
  const made = await eventuallySoftphones(['236', '237'], two);
  const [caller, ringing] = made.map(({ phone }) => phone);
  if (caller === undefined || ringing === undefined) throw new Error('no phones');
  ringing.answers = 'ring';
  const call = caller.call('237');
  const rung = await ringing.nextCall();
  await eventually(async () => {
    expect((await liveCalls(cloud)).map(({ status }) => status)).toEqual(['ringing']);
  }, 20_000);
  signalTask(cloud, two, 'SIGKILL');
  call.hangUp();
  await expectEnd(call, 'failed 487');
  await expectEnd(rung, 'ended by peer');
  const cdrs = await cdrsOfCaller(cloud, '236', 1);
  expect(cdrs).toMatchObject([{ disposition: 'CANCELLED', cause: { sip_code: 487 } }]);
  for (const { phone } of made) phone[Symbol.dispose]();
});

test('a carrier that challenges a BYE after a take-over gets the credentials of its gateway', async () => {
  // The one that took the place of the killed one.
  await eventually(() => phoneAt(cloud, two, '224'), 30_000);
  const port = await freePort();
  const fields = { name: 'challenging', host: 'localhost', port, ping: { enabled: false } };
  const account = { username: 'trunkline', password: "a carrier's secret" };
  expect(outcome(await cloud.tenant.ask('PUT', '/sipgateways/new', { ...fields, ...account }))).toBe('201');
  const destination = 'sofia/gateway/challenging/$1';
  await useExtensions(cloud.tenant, { priority: 2, pattern: '^9([0-9]{3})$', action: 'bridge', destination });
  const [made] = await newSoftphones(cloud.tenant, ['225'], one);
  using caller = made.phone;
  const carrier = playTogether([{ from: '127.0.0.1', port, scenario: challengingCarrier }], []);
  const call = caller.call('9555');
  await Promise.race([carrier, eventually(() => expect(call.isUp).toBe(true), 30_000)]);
  await untilAnswered(cloud, 1);
  const before = taskOf(call);
  signalTask(cloud, one, 'SIGKILL');
  await Promise.race([carrier, untilMoved(call, before)]);
  // When it is answered, the carrier has acknowledged the Contact.
  expect(await call.offer('sendrecv')).toMatch(/ sendrecv$/);
  call.hangUp();
  await carrier;
  expect(await cdrsOfCaller(cloud, '225', 1)).toMatchObject([{ callee: '555', disposition: 'ANSWERED' }]);
});

describe('a task that stops', () => {
  let place: OwnTaskCloud;
  let caller: Softphone;
  let callee: Softphone;
  let third: Softphone;
  const open = new DisposableStack();
  beforeAll(async () => {
    place = await taskCloudIn(cloud.cloud, cloud.operator);
    await untilKnown(place, one, two, open);
    await untilKnown(place, two, one, open);
    const made = await newSoftphones(place.tenant, ['201', '202', '203'], one);
    [caller, callee, third] = made.map(({ phone }) => open.use(phone)) as [Softphone, Softphone, Softphone];
  });
  afterAll(() => open.dispose());

  test('loses no call: its calls go on at another task, with one CDR each', async () => {
    const moved: Conversation[] = [];
    for (let at = 0; at < calls; at += 1) moved.push(await converse(caller, callee, '202'));
    await eventually(async () =>
      expect((await liveCalls(place)).map(({ status }) => status)).toEqual(moved.map(() => 'answered')),
    );
    const [before] = [...new Set(sidesOf(moved).map(taskOf))];
    const stoppedAt = Date.now();
    const { pid } = signalTask(place, one, 'SIGTERM');
    await eventually(() => expect(sidesOf(moved).map(taskOf)).not.toContain(before), 20_000);
    expect(sidesOf(moved).map(({ isUp }) => isUp)).toEqual(sidesOf(moved).map(() => true));
    expect(new Set(sidesOf(moved).map(taskOf)).size).toBe(1);

    // The phones re-INVITE, refer and hang up at the other task.
    const [held, referred, ...others] = moved;
    if (held === undefined || referred === undefined) throw new Error('too few calls');
    expect(await held.caller.offer('sendonly')).toBe(`${callee.mediaPort} recvonly`);
    expect(await held.callee.offer('sendrecv')).toMatch(new RegExp(`^${caller.mediaPort} `));
    const reports: number[] = [];
    const to = sipUri({ user: '203', host: callee.domain });
    expect(await referred.callee.session.refer({ to }, (status) => void reports.push(status))).toBe(202);
    const transferred = await third.nextCall();
    await expectJoined([caller, referred.caller], [third, transferred]);
    await eventually(() => expect(reports.at(-1)).toBe(200));

    for (const [at, call] of [held, ...others].entries()) {
      const [ends, hears] = at % 2 === 0 ? [call.caller, call.callee] : [call.callee, call.caller];
      ends.hangUp();
      await expectEnd(hears, 'ended by peer');
    }
    transferred.hangUp();
    await expectEnd(referred.caller, 'ended by peer');
    const endedAt = Date.now();
    const cdrs = await cdrsOfCaller(place, '201', calls);
    expect(new Set(cdrs.map(({ call_id: id }) => id)).size).toBe(calls);
    const ends = cdrs.filter(({ leg }) => leg === 'a').map(({ end_time: end }) => Date.parse(String(end)));
    expect(ends).toHaveLength(calls);
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(stoppedAt - 1_000);
    expect(Math.max(...ends)).toBeLessThanOrEqual(endedAt + 1_000);
    await eventually(async () => expect(await liveCalls(place)).toEqual([]));
    // For some seconds it passes on what still comes to it; then another one takes its place.
    await eventually(() => !isRunning(pid), 20_000);
  });

  test('a call over a gateway goes on without its task; that of a phone with a connection ends', async () => {
    // The one that takes the place of the stopped one is alive when it accepts a phone.
    await eventually(() => phoneAt(place, one, '210'), 20_000);
    const gateway = open.use(await Softphone.open(two, { from: ownAddress() }));
    const fields = { name: 'pstn', host: gateway.place.address, port: gateway.place.port, ping: { enabled: false } };
    expect(outcome(await place.tenant.ask('PUT', '/sipgateways/new', fields))).toBe('201');
    const rule = { priority: 2, pattern: '^9([0-9]{3})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' };
    await useExtensions(place.tenant, rule);
    const [made] = await newSoftphones(place.tenant, ['211'], two);
    const phone = open.use(made.phone);
    const connected = await newAnsweringPhone(place, two, { extension: '212', transport: 'tcp' });
    open.defer(() => connected.close());

    const placedAt = Date.now();
    const outside = await converse(phone, gateway, '9555');
    const inside = phone.call('212');
    await eventually(() => expect(inside.log.at(-1)).toBe('answered'), 20_000);
    await eventually(async () =>
      expect((await liveCalls(place)).map(({ status }) => status)).toEqual(['answered', 'answered']),
    );
    const [before, answeredAt] = [taskOf(outside.caller), Date.now()];
    const { pid } = signalTask(place, two, 'SIGTERM');
    await expectEnd(inside, 'ended by peer');
    await eventually(() => expect(connected.notified.map(({ method }) => method)).toContain('BYE'), 20_000);
    await eventually(() => {
      expect(sidesOf([outside]).map(({ isUp }) => isUp)).toEqual([true, true]);
      expect(sidesOf([outside]).map(taskOf)).not.toContain(before);
    }, 20_000);
    await eventually(() => !isRunning(pid), 20_000);
    expect(sidesOf([outside]).map(({ isUp }) => isUp)).toEqual([true, true]);
    const hungUpAt = Date.now();
    outside.callee.hangUp();
    await expectEnd(outside.caller, 'ended by peer');
    const endedAt = Date.now();
    const cdrs = await cdrsOfCaller(place, '211', 2);
    expect(cdrs).toHaveLength(2);
    const cdr = cdrs.find(({ callee: called }) => called === '555');
    expect(cdr).toMatchObject({ disposition: 'ANSWERED' });
    const [start, end] = [cdr?.['answer_time'], cdr?.['end_time']].map((at) => Date.parse(String(at)));
    const lasted = (end ?? 0) - (start ?? 0);
    // A CDR has whole seconds.
    expect(lasted).toBeGreaterThanOrEqual(hungUpAt - answeredAt - 1_000);
    expect(lasted).toBeLessThanOrEqual(endedAt - placedAt + 1_000);
  });

  test('a call moves twice, and goes on', async () => {
    await untilKnown(place, one, two, open);
    const made = await newSoftphones(place.tenant, ['290', '291'], one);
    const [left, right] = made.map(({ phone }) => open.use(phone)) as [Softphone, Softphone];
    const call = await converse(left, right, '291');
    await eventually(async () => expect((await liveCalls(place)).map(({ status }) => status)).toEqual(['answered']));
    for (const stopped of [one, two]) {
      const [before] = [...new Set(sidesOf([call]).map(taskOf))];
      const { pid } = signalTask(place, stopped, 'SIGTERM');
      await eventually(() => expect(sidesOf([call]).map(taskOf)).not.toContain(before), 30_000);
      await eventually(() => !isRunning(pid), 30_000);
      expect(sidesOf([call]).map(({ isUp }) => isUp)).toEqual([true, true]);
      if (stopped === one) await untilKnown(place, two, one, open);
    }
    expect(await call.caller.offer('sendonly')).toBe(`${right.mediaPort} recvonly`);
    expect(await call.callee.offer('sendrecv')).toMatch(new RegExp(`^${left.mediaPort} `));
    call.callee.hangUp();
    await expectEnd(call.caller, 'ended by peer');
    expect(await cdrsOfCaller(place, '290', 1)).toMatchObject([{ callee: '291', disposition: 'ANSWERED' }]);
  });

  test('a call that rings at a task which stops gets 503 with Retry-After, and its phone stops ringing', async () => {
    await untilKnown(place, one, two, open);
    const made = await newSoftphones(place.tenant, ['295', '296'], one);
    const [left, right] = made.map(({ phone }) => open.use(phone)) as [Softphone, Softphone];
    right.answers = 'ring';
    const call = left.call('296');
    const ringing = await right.nextCall();
    await eventually(async () => expect((await liveCalls(place)).map(({ status }) => status)).toEqual(['ringing']));
    const [{ id } = {}] = await liveCalls(place);
    const { pid } = signalTask(place, one, 'SIGTERM');
    await expectEnd(call, 'failed 503');
    expect(call.failure).toMatchObject({ status: 503, retryAfter: 1, q850: 41 });
    await expectEnd(ringing, 'ended by peer');
    await eventually(() => !isRunning(pid), 30_000);
    expect((await place.tenant.ask('GET', `/Calls/${String(id)}`)).body).toMatchObject({
      status: 'hangup',
      hangup: { cause: 'SYSTEM_SHUTDOWN', by: 'system', sip_code: 503, q850: 41 },
    });
    expect(await cdrsOfCaller(place, '295', 1)).toMatchObject([
      { callee: '296', disposition: 'FAILED', answer_time: null, cause: { sip_code: 503, q850: 41 } },
    ]);
    expect(await liveCalls(place)).toEqual([]);
  });
});

/** While calls are up at two tasks. */
describe('an outage', () => {
  let place: OwnTaskCloud;
  let ann: RegisteredSoftphone;
  let bob: RegisteredSoftphone;
  const open = new DisposableStack();
  beforeAll(async () => {
    // One may have taken the place of a task that a test before has stopped.
    await untilKnown(cloud, one, two, open);
    await untilKnown(cloud, two, one, open);
    place = await taskCloudIn(cloud.cloud, cloud.operator);
    [ann, bob] = await phonePair(place, open);
  });
  afterAll(() => open.dispose());

  const store = (): number => storeOfCloud(cloud.cloud);

  const annCallsBob = (): Promise<Conversation> => converse(ann.phone, bob.phone, '202');

  /** Ends a call by its caller, and waits for the one CDR that it adds. */
  async function expectCdr({ caller, callee }: Conversation, before: number): Promise<void> {
    expect([caller.isUp, callee.isUp]).toEqual([true, true]);
    caller.hangUp();
    await expectEnd(callee, 'ended by peer');
    await eventually(async () => {
      const cdrs = await allCdrs(place.tenant);
      expect(cdrs).toHaveLength(before + 1);
      expect(cdrs[0]).toMatchObject({ caller: '201', callee: '202', disposition: 'ANSWERED' });
    }, 30_000);
  }

  test('a store that is killed is started again with its data, and the call that is up goes on', async () => {
    const call = await annCallsBob();
    const before = store();
    process.kill(before, 'SIGKILL');
    await eventually(() => expect(cloud.cloud.printed()).toContain('The DynamoDB store runs again.'), 20_000);
    expect(cloud.cloud.printed()).toContain('The DynamoDB store ended unexpectedly (SIGKILL); it is started again.');
    expect(store()).not.toBe(before);
    expect(await place.tenant.ask('GET', '/users')).toMatchObject({ status: 200 });
    await expectCdr(call, 0);
    await expectCdr(await annCallsBob(), 1);
    await untilHealth(cloud.cloud, 200);
  });

  test('while the store does not answer, /health is 503; a call goes on and is charged after that', async () => {
    const call = await annCallsBob();
    const stopped = store();
    process.kill(stopped, 'SIGSTOP');
    await untilHealth(cloud.cloud, 503);
    process.kill(stopped, 'SIGCONT');
    await untilHealth(cloud.cloud, 200);
    expect(store()).toBe(stopped);
    await expectCdr(call, 2);
  });

  /** Milliseconds after a stall in which a task that believed the others dead would have ended their calls. */
  const afterStall = 8_000;

  describe('a store that does not answer, as on a machine that is overloaded', () => {
    /** Both sides of a call at each task. */
    const sides: SoftCall[] = [];
    beforeAll(async () => {
      for (const [at, task] of place.tasks.entries()) {
        const [caller, callee] = await newSoftphones(place.tenant, [`30${2 * at}`, `30${2 * at + 1}`], task);
        for (const { phone } of [caller, callee]) open.use(phone);
        sides.push(...sidesOf([await converse(caller.phone, callee.phone, callee.extension)]));
      }
    });

    test.each([5, 6, 8, 11])('after %i s without the store no task ends the calls of another one', async (seconds) => {
      const stopped = store();
      process.kill(stopped, 'SIGSTOP');
      await past(seconds * 1_000);
      process.kill(stopped, 'SIGCONT');
      await past(afterStall);
      expect(sides.map(({ isUp }) => isUp)).toEqual(sides.map(() => true));
    });
  });
});
