import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { dialedIn } from '#functions/sip-sidecar/calls/routing/dialed.ts';
import { header } from '#sip/header-kinds.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { TelephoneEvents } from '#test/support/telephone-events.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { newCalledUserAt, useHandling, type CalledUser } from '../called-users.fixture.ts';
import { newNumber, useExtensions, newGatewayTo, newPolicyFor, usePrepaid } from '../calls.fixture.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { allCdrs, sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, type Body } from '../tenant.fixture.ts';

/** Calls that follow a user to numbers outside, where a person takes them by a key. The organization pays before. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let bob: CalledUser;
let bobsNumber: string;
let carrier: Softphone;
let carrierVoice: TelephoneEvents;
const newMobile = (): string => `+4670${String(randomInt(1e7)).padStart(7, '0')}`;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, operator } = cloud;
  const [task] = cloud.tasks;
  ann = everything.use(await ToneListener.register(tenant, task, '201'));
  const phones = everything.use(new DisposableStack());
  bob = await newCalledUserAt(task, tenant, '202', phones);
  bobsNumber = await newNumber(tenant, { type: 'user', id: bob.id }, operator);
  carrier = everything.use(await Softphone.open(task, { from: ownAddress(), hasDigits: true }));
  carrierVoice = everything.use(await TelephoneEvents.open(carrier.place.address, carrier.mediaPort));
  await newPolicyFor(tenant, '^[+]4670', (await newGatewayTo(tenant, carrier.place)).name);
  await usePrepaid(tenant, { prefix: '46', price: '0.60', credit: '100.0000' }, operator);
  expect(outcome(await tenant.ask('POST', `/users/${bob.id}`, { direct_number: bobsNumber }))).toBe('200');
  await useExtensions(tenant);
});
afterAll(() => everything.disposeAsync());

beforeEach(() => {
  bob.phone.answers = 'ring';
  carrier.answers = 'ring';
});

type Credit = { readonly currentBalance: number; readonly availableCredit: number };

async function credit(): Promise<Credit> {
  const { tenant, operator: token } = cloud;
  const { body } = await tenant.ask('GET', `/billingprofile/${tenant.id}`, undefined, { token });
  return (body as { data: Credit }).data;
}

const expectNothingReserved = () =>
  eventually(async () => {
    const { currentBalance, availableCredit } = await credit();
    expect(availableCredit).toBe(currentBalance);
  }, 30_000);

/** The person at a number outside answers, and hears what the platform says. */
async function answerOutside(call: SoftCall): Promise<void> {
  const before = carrierVoice.heard.length;
  call.answer();
  await eventually(() => expect(call.log.at(-1)).toBe('acknowledged'), 10_000);
  carrierVoice.sendTo(call.remote);
  await carrierVoice.speak(100);
  await eventually(() => expect(carrierVoice.heard.length - before).toBeGreaterThan(20), 10_000);
}

/** The two hear each other. */
async function talk(call: SoftCall, called: SoftCall): Promise<void> {
  await eventually(() => expect([call.isUp, called.isUp]).toEqual([true, true]), 15_000);
  await eventually(async () => {
    ann.voice.sendTo(call.remote);
    carrierVoice.sendTo(called.remote);
    const [before, other] = [ann.voice.heard.length, carrierVoice.heard.length];
    await Promise.all([ann.voice.speak(300), carrierVoice.speak(300)]);
    expect(ann.voice.heard.length - before).toBeGreaterThan(5);
    expect(carrierVoice.heard.length - other).toBeGreaterThan(5);
  }, 10_000);
}

const idInProgress = async (): Promise<string> =>
  ((await cloud.tenant.ask('GET', '/Calls')).body as { calls: { id: string }[] }).calls[0]?.id ?? '';

const callOf = async (id: string) => {
  type Shown = { handling: { action: string; reason: string; denied: string | null }[] };
  const { handling } = (await cloud.tenant.ask('GET', `/Calls/${id}`)).body as Shown;
  return handling.map(({ action, reason, denied }) => [action, reason, denied ?? []].flat().join(' '));
};

/** The CDRs of a call by their legs, when all are filed. */
async function cdrsOf(id: string, legs: readonly string[]): Promise<Record<string, Body>> {
  let found: readonly Body[] = [];
  await eventually(async () => {
    found = await allCdrs(cloud.tenant, `&call_id=${id}`);
    expect(found.map(({ leg }) => leg).toSorted()).toEqual(legs);
  }, 30_000);
  return Object.fromEntries(found.map((cdr) => [String(cdr['leg']), cdr]));
}

const chargeOf = (cdr: Body | undefined): number =>
  Number((cdr?.['rating'] as { charge?: string } | undefined)?.charge ?? 0);

test('a call is taken at a number outside by the key, and paid by who is followed', async () => {
  const mobile = newMobile();
  await useHandling(cloud.tenant, bob, { follow_me: [{ number: mobile, accept_key: '5' }] });
  const call = ann.phone.call(bob.extension);
  const [desk, there] = await Promise.all([bob.phone.nextCall(), carrier.nextCall()]);
  const id = await idInProgress();
  expect(dialedIn(there.invite?.from.uri ?? expect.fail('no caller'))).toBe(bobsNumber);
  const [diversion] = there.invite?.headers.fields(header.diversion) ?? [];
  expect(diversion?.value).toMatch(new RegExp(`^<sip:\\${bobsNumber}@.*>;reason=follow-me$`));
  await answerOutside(there);
  await carrierVoice.press('1');
  // Another key takes nothing: the phone rings on, and so does what the caller hears.
  expect([desk.isOver, call.isUp, call.log.includes('180')]).toEqual([false, false, true]);
  await carrierVoice.press('5');
  await talk(call, there);
  await eventually(() => expect(desk.isOver).toBe(true), 10_000);
  expect(bob.phone.cancelled.at(-1)).toContain('SIP;cause=200;text="Call completed elsewhere"');
  expect([await callOf(id), call.log.includes('181')]).toEqual([['ring RING', 'forward FOLLOW_ME'], false]);
  call.hangUp();
  await eventually(() => expect(there.log.at(-1)).toBe('ended by peer'), 10_000);
  const { a, f1 } = await cdrsOf(id, ['a', 'f1']);
  expect(a).toMatchObject({ caller: '201', callee: '202', disposition: 'ANSWERED' });
  expect(f1).toMatchObject({ caller: bobsNumber, callee: mobile, user_id: bob.id, disposition: 'ANSWERED' });
  expect([chargeOf(a), chargeOf(f1) > 0]).toEqual([0, true]);
  await expectNothingReserved();
}, 90_000);

test('a mailbox that answers outside does not take the call, which the phone takes after it', async () => {
  await useHandling(cloud.tenant, bob, { follow_me: [{ number: newMobile() }] });
  const call = ann.phone.call(bob.extension);
  const [desk, there] = await Promise.all([bob.phone.nextCall(), carrier.nextCall()]);
  const id = await idInProgress();
  await answerOutside(there);
  await carrierVoice.speak(1_500);
  await eventually(() => expect(there.log.at(-1)).toBe('ended by peer'), 10_000);
  expect([desk.isOver, call.isUp]).toEqual([false, false]);
  await eventually(async () => {
    expect(await allCdrs(cloud.tenant, `&call_id=${id}`)).toMatchObject([{ leg: 'f1', disposition: 'ANSWERED' }]);
  }, 10_000);
  expect(await callOf(id)).toEqual(['ring RING', 'forward FOLLOW_ME', 'end NOT_ACCEPTED']);
  desk.answer();
  await eventually(() => expect(call.isUp).toBe(true), 10_000);
  call.hangUp();
  const { a, f1 } = await cdrsOf(id, ['a', 'f1']);
  expect(a).toMatchObject({ callee: '202', disposition: 'ANSWERED' });
  expect(chargeOf(f1)).toBeGreaterThan(0);
  await expectNothingReserved();
});

test('the phone that answers first ends the calls outside, also of who hears the prompt', async () => {
  const [first, second, late] = [newMobile(), newMobile(), newMobile()];
  await useHandling(cloud.tenant, bob, {
    follow_me: [{ number: first }, { number: second }, { number: late, delay_seconds: 300 }],
  });
  const call = ann.phone.call(bob.extension);
  const [desk, one] = await Promise.all([bob.phone.nextCall(), carrier.nextCall()]);
  const two = await carrier.nextCall();
  const id = await idInProgress();
  const before = carrier.cancelled.length;
  await answerOutside(one);
  desk.answer();
  await eventually(() => expect([call.isUp, one.isOver, two.isOver]).toEqual([true, true, true]), 10_000);
  expect(carrier.cancelled.slice(before)).toEqual([expect.stringContaining('SIP;cause=200')]);
  call.hangUp();
  const { f1, f2 } = await cdrsOf(id, ['a', 'f1', 'f2']);
  const ends = [f1, f2].map((cdr) => `${String(cdr?.['disposition'])} ${chargeOf(cdr) > 0}`);
  expect(ends.toSorted()).toEqual(['ANSWERED true', 'NO ANSWER false']);
  await expectNothingReserved();
}, 90_000);

test('a number that declines, or is denied, leaves the phones ringing', async () => {
  const [mobile, denied] = [newMobile(), '+46761234567'];
  await useHandling(cloud.tenant, bob, {
    ...{ ring_seconds: 300, forward: { busy: '201' } },
    follow_me: [{ number: mobile }, { number: denied }],
  });
  const call = ann.phone.call(bob.extension);
  const [desk, there] = await Promise.all([bob.phone.nextCall(), carrier.nextCall()]);
  const id = await idInProgress();
  there.reject(603);
  await eventually(async () => {
    const { currentBalance, availableCredit } = await credit();
    expect([desk.isOver, availableCredit]).toEqual([false, currentBalance]);
  }, 10_000);
  desk.reject(486);
  // The forward to the caller itself rings at its phone.
  const back = await ann.phone.nextCall();
  await eventually(async () => {
    expect((await callOf(id)).toSorted()).toEqual([
      ...['forward BUSY', 'forward FOLLOW_ME', 'forward FOLLOW_ME NO_ROUTE', 'ring RING'],
    ]);
  }, 10_000);
  call.hangUp();
  await eventually(() => expect(back.isOver).toBe(true), 10_000);
  await expectNothingReserved();
}, 90_000);

test('a colleague whom calls follow is not called while that one does not want to be disturbed', async () => {
  const { tenant } = cloud;
  const [task] = cloud.tasks;
  const phones = everything.use(new DisposableStack());
  const cem = await newCalledUserAt(task, tenant, '203', phones);
  cem.phone.answers = 'ring';
  await useHandling(tenant, bob, { follow_me: [{ number: cem.extension, accept_key: null }] });
  const call = ann.phone.call(bob.extension);
  const [, ringing] = await Promise.all([bob.phone.nextCall(), cem.phone.nextCall()]);
  ringing.answer();
  await eventually(() => expect(call.isUp).toBe(true), 10_000);
  call.hangUp();
  await useHandling(tenant, cem, { do_not_disturb: true });
  const second = ann.phone.call(bob.extension);
  await bob.phone.nextCall();
  const id = await idInProgress();
  await eventually(async () => {
    expect(await callOf(id)).toEqual(['ring RING', 'forward FOLLOW_ME', 'end DO_NOT_DISTURB']);
  }, 10_000);
  expect(cem.phone.calls).toHaveLength(1);
  second.hangUp();
}, 90_000);

test('a forward that has failed gives the channel of its gateway back while the mailbox has the call', async () => {
  const { tenant } = cloud;
  const { name: narrow } = await newGatewayTo(tenant, carrier.place, { max_channels: 1 });
  await newPolicyFor(tenant, '^[+]4672', narrow, 11);
  expect(outcome(await tenant.ask('PUT', `/voicemailprefs/${bob.extension}`, {}))).toBe('201');
  await useHandling(tenant, bob, { voicemail: true, forward: { busy: '+46721234567' } });
  // The second call needs the only channel while the first one is up.
  const calls: SoftCall[] = [];
  for (const turn of ['first', 'second']) {
    const call = ann.phone.call(bob.extension);
    (await bob.phone.nextCall()).reject(486);
    (await carrier.nextCall()).reject(486);
    await eventually(() => expect([turn, call.isUp]).toEqual([turn, true]), 20_000);
    calls.push(call);
  }
  expect(calls.map(({ isOver }) => isOver)).toEqual([false, false]);
  // What a call in progress shows is stored beside it: the answer does not wait for that.
  await eventually(async () => {
    expect(await callOf(await idInProgress())).toEqual(['ring RING', 'forward BUSY', 'mailbox BUSY']);
  }, 10_000);
  for (const call of calls) call.hangUp();
  await expectNothingReserved();
});
