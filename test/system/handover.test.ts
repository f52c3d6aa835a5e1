import { afterAll, beforeAll, expect, test } from 'vitest';
import { sipUri } from '#sip/uri.ts';
import { eventually } from '../support/eventually.ts';
import { Softphone } from '../support/softphone.fixture.ts';
import { needs } from '../support/tools.ts';
import { useExtensions } from './calls.fixture.ts';
import { sidesOf, taskOf, untilKnown } from './handover.fixture.ts';
import { ownAddress } from './peers/sip-server.ts';
import {
  cdrsOfCaller,
  isRunning,
  liveCalls,
  newAnsweringPhone,
  phoneAt,
  signalTask,
  startTaskCloud,
  type TaskCloud,
} from './sidecar-tasks.fixture.ts';
import { converse, expectEnd, expectJoined, newSoftphones, type Conversation } from './softphones.fixture.ts';
import { outcome } from './tenant.fixture.ts';

needs('sipp');

/** Calls that the task has when it stops. */
const count = Number(process.env['SIDECAR_CALLS'] ?? 6);

let cloud: TaskCloud;
let caller: Softphone;
let callee: Softphone;
let third: Softphone;
const open = new DisposableStack();
beforeAll(async () => {
  cloud = await startTaskCloud(2);
  const [first] = cloud.tasks;
  const made = await newSoftphones(cloud.tenant, ['201', '202', '203'], first);
  [caller, callee, third] = made.map(({ phone }) => open.use(phone)) as [Softphone, Softphone, Softphone];
});
afterAll(async () => {
  open.dispose();
  await cloud.cloud.stop();
});

test('a task that stops loses no call: its calls go on at another task, with one CDR each', async () => {
  const [first] = cloud.tasks;
  if (first === undefined) throw new Error('no task');
  const calls: Conversation[] = [];
  for (let at = 0; at < count; at += 1) calls.push(await converse(caller, callee, '202'));
  await eventually(async () =>
    expect((await liveCalls(cloud)).map(({ status }) => status)).toEqual(calls.map(() => 'answered')),
  );
  const [before] = [...new Set(sidesOf(calls).map(taskOf))];
  const stoppedAt = Date.now();
  const { pid } = signalTask(cloud, first, 'SIGTERM');
  await eventually(() => expect(sidesOf(calls).map(taskOf)).not.toContain(before), 20_000);
  expect(sidesOf(calls).map(({ isUp }) => isUp)).toEqual(sidesOf(calls).map(() => true));
  expect(new Set(sidesOf(calls).map(taskOf)).size).toBe(1);

  // The phones re-INVITE, refer and hang up at the other task.
  const [held, referred, ...others] = calls;
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
  const cdrs = await cdrsOfCaller(cloud, '201', count);
  expect(new Set(cdrs.map(({ call_id: id }) => id)).size).toBe(count);
  const ends = cdrs.filter(({ leg }) => leg === 'a').map(({ end_time: end }) => Date.parse(String(end)));
  expect(ends).toHaveLength(count);
  expect(Math.min(...ends)).toBeGreaterThanOrEqual(stoppedAt - 1_000);
  expect(Math.max(...ends)).toBeLessThanOrEqual(endedAt + 1_000);
  await eventually(async () => expect(await liveCalls(cloud)).toEqual([]));
  // For some seconds it passes on what still comes to it; then another one takes its place.
  await eventually(() => !isRunning(pid), 20_000);
});

test('a call over a gateway goes on without its task; that of a phone with a connection ends', async () => {
  const [first, second] = cloud.tasks;
  if (first === undefined || second === undefined) throw new Error('no task');
  // The one that takes the place of the stopped one is alive when it accepts a phone.
  await eventually(() => phoneAt(cloud, first, '210'), 20_000);
  const gateway = open.use(await Softphone.open(second, { from: ownAddress() }));
  const fields = { name: 'pstn', host: gateway.place.address, port: gateway.place.port, ping: { enabled: false } };
  expect(outcome(await cloud.tenant.ask('PUT', '/sipgateways/new', fields))).toBe('201');
  const rule = { priority: 2, pattern: '^9([0-9]{3})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' };
  await useExtensions(cloud.tenant, rule);
  const [made] = await newSoftphones(cloud.tenant, ['211'], second);
  if (made === undefined) throw new Error('no phone');
  const phone = open.use(made.phone);
  const connected = await newAnsweringPhone(cloud, second, { extension: '212', transport: 'tcp' });
  open.defer(() => connected.close());

  const placedAt = Date.now();
  const outside = await converse(phone, gateway, '9555');
  const inside = phone.call('212');
  await eventually(() => expect(inside.log.at(-1)).toBe('answered'), 20_000);
  await eventually(async () =>
    expect((await liveCalls(cloud)).map(({ status }) => status)).toEqual(['answered', 'answered']),
  );
  const [before, answeredAt] = [taskOf(outside.caller), Date.now()];
  const { pid } = signalTask(cloud, second, 'SIGTERM');
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
  const cdrs = await cdrsOfCaller(cloud, '211', 2);
  expect(cdrs).toHaveLength(2);
  const moved = cdrs.find(({ callee: called }) => called === '555');
  expect(moved).toMatchObject({ disposition: 'ANSWERED' });
  const [start, end] = [moved?.['answer_time'], moved?.['end_time']].map((at) => Date.parse(String(at)));
  const lasted = (end ?? 0) - (start ?? 0);
  // A CDR has whole seconds.
  expect(lasted).toBeGreaterThanOrEqual(hungUpAt - answeredAt - 1_000);
  expect(lasted).toBeLessThanOrEqual(endedAt - placedAt + 1_000);
});

test('a call moves twice, and goes on', async () => {
  const [first, second] = cloud.tasks;
  if (first === undefined || second === undefined) throw new Error('no task');
  await untilKnown(cloud, first, second, open);
  const made = await newSoftphones(cloud.tenant, ['290', '291'], first);
  const [one, other] = made.map(({ phone }) => open.use(phone)) as [Softphone, Softphone];
  const call = await converse(one, other, '291');
  await eventually(async () => expect((await liveCalls(cloud)).map(({ status }) => status)).toEqual(['answered']));
  for (const stopped of [first, second]) {
    const [before] = [...new Set(sidesOf([call]).map(taskOf))];
    const { pid } = signalTask(cloud, stopped, 'SIGTERM');
    await eventually(() => expect(sidesOf([call]).map(taskOf)).not.toContain(before), 30_000);
    await eventually(() => !isRunning(pid), 30_000);
    expect(sidesOf([call]).map(({ isUp }) => isUp)).toEqual([true, true]);
    if (stopped === first) await untilKnown(cloud, second, first, open);
  }
  expect(await call.caller.offer('sendonly')).toBe(`${other.mediaPort} recvonly`);
  expect(await call.callee.offer('sendrecv')).toMatch(new RegExp(`^${one.mediaPort} `));
  call.callee.hangUp();
  await expectEnd(call.caller, 'ended by peer');
  expect(await cdrsOfCaller(cloud, '290', 1)).toMatchObject([{ callee: '291', disposition: 'ANSWERED' }]);
});

test('a call that rings at a task which stops gets 503 with Retry-After, and its phone stops ringing', async () => {
  const [first, second] = cloud.tasks;
  if (first === undefined || second === undefined) throw new Error('no task');
  await untilKnown(cloud, first, second, open);
  const made = await newSoftphones(cloud.tenant, ['295', '296'], first);
  const [one, other] = made.map(({ phone }) => open.use(phone)) as [Softphone, Softphone];
  other.answers = 'ring';
  const call = one.call('296');
  const ringing = await other.nextCall();
  await eventually(async () => expect((await liveCalls(cloud)).map(({ status }) => status)).toEqual(['ringing']));
  const [{ id } = {}] = await liveCalls(cloud);
  const { pid } = signalTask(cloud, first, 'SIGTERM');
  await expectEnd(call, 'failed 503');
  expect(call.failure).toMatchObject({ status: 503, retryAfter: 1, q850: 41 });
  await expectEnd(ringing, 'ended by peer');
  await eventually(() => !isRunning(pid), 30_000);
  expect((await cloud.tenant.ask('GET', `/Calls/${String(id)}`)).body).toMatchObject({
    status: 'hangup',
    hangup: { cause: 'SYSTEM_SHUTDOWN', by: 'system', sip_code: 503, q850: 41 },
  });
  expect(await cdrsOfCaller(cloud, '295', 1)).toMatchObject([
    { callee: '296', disposition: 'FAILED', answer_time: null, cause: { sip_code: 503, q850: 41 } },
  ]);
  expect(await liveCalls(cloud)).toEqual([]);
});
