import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { cdrsOf, newNumber, useExtensions, newGatewayTo, newPolicyFor } from '../calls.fixture.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, texts, uniqueName } from '../tenant.fixture.ts';

/** Ring groups with numbers outside: each call to one is a call of the organization. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let bob: ToneListener;
let carrier: Softphone;
let operator: string;
let bye: string;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, tasks } = cloud;
  const [task] = tasks;
  ann = everything.use(await ToneListener.register(tenant, task, '201'));
  bob = everything.use(await ToneListener.register(tenant, task, '202'));
  carrier = everything.use(await Softphone.open(task, { from: ownAddress() }));
  ({ bye } = await uploadTones(tenant, { bye: 0.3 }));
  operator = cloud.operator;
  await newPolicyFor(tenant, '^[+]4670', (await newGatewayTo(tenant, carrier.place)).name);
  await useExtensions(tenant);
});
afterAll(() => everything.disposeAsync());

/** A number of a group with the phone of bob, and numbers outside. */
async function newGroup(numbers: readonly string[], more: object = {}): Promise<string> {
  const members = [{ device: bob.device }, ...numbers.map((number) => ({ number }))];
  const group = { name: uniqueName('group'), members, ring_seconds: 5, ...more };
  const made = await cloud.tenant.ask('PUT', '/ringgroups/new', group);
  expect(outcome(made)).toBe('201');
  return newNumber(cloud.tenant, { type: 'ring_group', id: texts(made)['id'] ?? '' }, operator);
}

test('a number outside is called when no phone takes the call, and has a CDR of its own', async () => {
  bob.phone.answers = 486;
  carrier.answers = 'ring';
  const called = carrier.calls.length;
  const call = ann.phone.call(await newGroup(['+46761111111', '+46701234567']));
  const rung = await carrier.nextCall();
  // The plan denies the first one.
  expect(carrier.calls).toHaveLength(called + 1);
  expect(rung.invite?.uri).toMatchObject({ user: '+46701234567' });
  rung.answer();
  await eventually(() => expect(rung.log).toContain('acknowledged'), 20_000);
  call.hangUp();
  await eventually(() => expect(rung.log.at(-1)).toBe('ended by peer'), 20_000);
  const cdrs = await cdrsOf(cloud.tenant, 2);
  expect(cdrs.filter(({ callee }) => callee === '+46701234567')).toMatchObject([
    { direction: 'outbound', disposition: 'ANSWERED' },
  ]);
}, 60_000);

test('a phone that answers keeps numbers outside from being called', async () => {
  bob.phone.answers = 'answer';
  const called = carrier.calls.length;
  const call = ann.phone.call(await newGroup(['+46701234567']));
  const rung = () => bob.phone.calls.at(-1)?.log ?? [];
  await eventually(() => expect(rung()).toContain('acknowledged'), 20_000);
  call.hangUp();
  await eventually(() => expect(rung().at(-1)).toBe('ended by peer'), 20_000);
  expect(carrier.calls).toHaveLength(called);
}, 60_000);

test('when none answers, the call goes on where the group says', async () => {
  bob.phone.answers = 486;
  carrier.answers = 486;
  const steps = { say: { type: 'play', prompt: { file: bye } } };
  const flow = await cloud.tenant.ask('PUT', '/callflows/new', { name: uniqueName('after'), start: 'say', steps });
  const next = { no_answer: { type: 'flow', id: texts(flow)['id'] } };
  const { call, tones } = await ann.call(await newGroup(['+46701234567'], next));
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 30_000);
  expect(tones()).toContain('bye');
}, 60_000);
