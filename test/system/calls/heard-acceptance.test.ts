import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { TelephoneEvents } from '#test/support/telephone-events.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { newNumber, useExtensions, newFlow, newGatewayTo, newPolicyFor } from '../calls.fixture.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { allCdrs, sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import type { Body } from '../tenant.fixture.ts';

/** Parties that a flow calls, hear who calls, and accept by a digit before the caller hears them. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let bob: ToneListener;
let cem: ToneListener;
let carrier: Softphone;
let carrierVoice: TelephoneEvents;
let tones: Awaited<ReturnType<typeof uploadTones>>;
const outside = `+4670${String(randomInt(1e7)).padStart(7, '0')}`;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, tasks } = cloud;
  const [task] = tasks;
  [ann, bob, cem] = [
    everything.use(await ToneListener.register(tenant, task, '201')),
    everything.use(await ToneListener.register(tenant, task, '202')),
    everything.use(await ToneListener.register(tenant, task, '203')),
  ];
  carrier = everything.use(await Softphone.open(task, { from: ownAddress(), hasDigits: true }));
  carrierVoice = everything.use(await TelephoneEvents.open(carrier.place.address, carrier.mediaPort));
  tones = await uploadTones(tenant);
  const gateway = await newGatewayTo(tenant, carrier.place);
  await newPolicyFor(tenant, '^[+]4670', gateway.name);
  await useExtensions(tenant);
});
afterAll(() => everything.disposeAsync());

/** A number whose flow calls these, who hear the menu. */
async function ringing(dial: object): Promise<string> {
  const id = await newFlow(cloud.tenant, {
    ring: { type: 'dial', ring_seconds: 30, announce: { file: tones.menu }, no_answer: 'bye', ...dial },
    bye: { type: 'play', prompt: { file: tones.bye }, next: 'end' },
    end: { type: 'hangup' },
  });
  return newNumber(cloud.tenant, { type: 'flow', id }, cloud.operator);
}

type Called = { readonly phone: Softphone; readonly voice: TelephoneEvents };

/** A party answers, speaks, and hears what the platform says to it. */
async function answers({ voice }: Called, call: SoftCall): Promise<void> {
  await eventually(() => expect(call.log.at(-1)).toBe('acknowledged'), 20_000);
  voice.sendTo(call.remote);
  await voice.speak(100);
}

/** Whether two parties hear each other now, and no platform. */
async function talk(call: SoftCall, { voice }: Called, called: SoftCall): Promise<void> {
  await eventually(() => expect(called.log).toContain('asked for an offer'), 20_000);
  await eventually(async () => {
    ann.voice.sendTo(call.remote);
    voice.sendTo(called.remote);
    const [before, other] = [ann.voice.heard.length, voice.heard.length];
    await Promise.all([ann.voice.speak(300), voice.speak(300)]);
    expect(ann.voice.heard.length - before).toBeGreaterThan(5);
    expect(voice.heard.length - other).toBeGreaterThan(5);
  }, 20_000);
}

const legsOf = async (number: string): Promise<readonly Body[]> => {
  const cdrs = await allCdrs(cloud.tenant);
  const main = cdrs.find(({ callee, leg }) => callee === number && leg === 'a');
  return cdrs.filter(({ call_id: id, leg }) => id === main?.['call_id'] && leg !== 'a');
};

test('of two who ring, one declines what it hears, and the other one accepts by the key', async () => {
  const number = await ringing({ to: ['202', '203'], accept_key: '1' });
  cem.phone.answers = 'ring';
  const [bobs, cems] = [bob.phone.nextCall(), cem.phone.nextCall()];
  const heardByBob = bob.voice.heard.length;
  const { call, tones: heard } = await ann.call(number);
  const [toBob, toCem] = await Promise.all([bobs, cems]);
  await answers(bob, toBob);
  await eventually(() => expect(bob.tonesSince(heardByBob)).toEqual(['menu']), 20_000);
  expect([toCem.isOver, new Set(heard())]).toEqual([false, new Set(['ringing'])]);
  toBob.hangUp();
  toCem.answer();
  cem.phone.answers = 'answer';
  const heardByCem = cem.voice.heard.length;
  await answers(cem, toCem);
  await eventually(() => expect(cem.tonesSince(heardByCem)).toEqual(['menu']), 20_000);
  await cem.voice.press('2');
  await cem.voice.press('1');
  await talk(call, cem, toCem);
  expect(new Set(heard())).toEqual(new Set(['ringing']));
  call.hangUp();
  await eventually(() => expect(toCem.log.at(-1)).toBe('ended by peer'), 20_000);
}, 60_000);

test('who accepts first has the call, and the one who hears the announcement is hung up', async () => {
  const number = await ringing({ to: ['202', '203'], accept_key: '1' });
  const [bobs, cems] = [bob.phone.nextCall(), cem.phone.nextCall()];
  const { call } = await ann.call(number);
  const [toBob, toCem] = await Promise.all([bobs, cems]);
  await Promise.all([answers(bob, toBob), answers(cem, toCem)]);
  await bob.voice.press('1');
  await talk(call, bob, toBob);
  await eventually(() => expect(toCem.log.at(-1)).toBe('ended by peer'), 20_000);
  toBob.hangUp();
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
}, 60_000);

test('who presses no key has not accepted, and the flow goes on', async () => {
  const number = await ringing({ to: ['202'], accept_key: '1' });
  const coming = bob.phone.nextCall();
  const { call, tones: heard } = await ann.call(number);
  const toBob = await coming;
  await answers(bob, toBob);
  await eventually(() => expect(toBob.log.at(-1)).toBe('ended by peer'), 30_000);
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
  expect(heard().filter((tone) => tone !== 'ringing')).toEqual(['bye']);
}, 60_000);

test('without a key the called is joined after the announcement', async () => {
  const number = await ringing({ to: ['202'] });
  const coming = bob.phone.nextCall();
  const { call } = await ann.call(number);
  const toBob = await coming;
  await answers(bob, toBob);
  await talk(call, bob, toBob);
  call.hangUp();
}, 60_000);

test('a caller who hangs up ends the call of a party that hears the announcement', async () => {
  const number = await ringing({ to: ['202'], accept_key: '1' });
  const coming = bob.phone.nextCall();
  const { call } = await ann.call(number);
  const toBob = await coming;
  await answers(bob, toBob);
  call.hangUp();
  await eventually(() => expect(toBob.log.at(-1)).toBe('ended by peer'), 20_000);
}, 60_000);

test('a party behind a carrier without telephone events accepts by a tone', async () => {
  const { tenant, tasks } = cloud;
  const plain = everything.use(await Softphone.open(tasks[0], { from: ownAddress() }));
  const voice = everything.use(await TelephoneEvents.open(plain.place.address, plain.mediaPort));
  await newPolicyFor(tenant, '^[+]4673', (await newGatewayTo(tenant, plain.place)).name);
  const number = await ringing({ to: [outside.replace('+4670', '+4673')], accept_key: '1' });
  const coming = plain.nextCall();
  const { call } = await ann.call(number);
  const toOutside = await coming;
  const called = { phone: plain, voice };
  await answers(called, toOutside);
  await voice.sound('2');
  await voice.sound('1');
  await talk(call, called, toOutside);
  const { body } = await tenant.ask('GET', '/Calls');
  const [id] = (body as { calls: { id: string }[] }).calls.map((each) => each.id);
  call.hangUp();
  await eventually(async () => {
    const ended = (await tenant.ask('GET', `/Calls/${id}`)).body;
    expect(ended).toMatchObject({ status: 'hangup', digits: [{ side: 'destination', way: 'inband' }] });
  }, 20_000);
}, 60_000);

test('an outside party costs from its answer on, whether it accepts or not', async () => {
  const number = await ringing({ to: [outside], accept_key: '1' });
  const called = { phone: carrier, voice: carrierVoice };
  const first = carrier.nextCall();
  const declined = await ann.call(number);
  const refused = await first;
  await answers(called, refused);
  await carrierVoice.speak(1_000);
  refused.hangUp();
  await eventually(() => expect(declined.call.log.at(-1)).toBe('ended by peer'), 20_000);
  expect(declined.tones().at(-1)).toBe('bye');
  await eventually(async () => {
    expect(await legsOf(number)).toMatchObject([{ callee: outside, disposition: 'ANSWERED' }]);
  }, 20_000);
  const other = await ringing({ to: [outside], accept_key: '1' });
  const second = carrier.nextCall();
  const { call } = await ann.call(other);
  const accepted = await second;
  await answers(called, accepted);
  await carrierVoice.press('1');
  await talk(call, called, accepted);
  call.hangUp();
  await eventually(async () => {
    expect(await legsOf(other)).toMatchObject([{ callee: outside, disposition: 'ANSWERED' }]);
  }, 20_000);
}, 90_000);
