import { afterAll, beforeAll, expect, test } from 'vitest';
import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { serialize, type SipRequest } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { newVia } from '#sip/via.ts';
import { eventually } from '../support/eventually.ts';
import type { Phone } from '../support/sip-phone.fixture.ts';
import { Softphone } from '../support/softphone.fixture.ts';
import { needs } from '../support/tools.ts';
import { newLine, useExtensions } from './calls.fixture.ts';
import { untilKnown } from './handover.fixture.ts';
import { freePort } from '#infra/local/free-port.ts';
import { answer, callAndAwaitHangUp, callAndHangUp } from './peers/call-scenarios.ts';
import { playTogether } from './peers/played-call.ts';
import { newAccounts } from './peers/accounts.ts';
import { ownAddress } from './peers/sip-server.ts';
import * as sip from './peers/sipp-dialog.ts';
import { expecting, receive } from './peers/sipp-elements.ts';
import { answerCalls, callAll } from './peers/sipp.ts';
import {
  answeringPhoneOf,
  calleeTag,
  cdrsOfCaller,
  liveCalls,
  newAnsweringPhone,
  phoneAt,
  signalTask,
  startTaskCloud,
  untilAnswered,
  type TaskAddress,
  type TaskCloud,
} from './sidecar-tasks.fixture.ts';
import { converse, expectEnd, expectJoined, newSoftphones, type Conversation } from './softphones.fixture.ts';
import { logInAsOperator, outcome } from './tenant.fixture.ts';

needs('sipp');

let cloud: TaskCloud;
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
  const token = await logInAsOperator(cloud.cloud);
  const limits = { max_concurrent_calls: 1_000 };
  expect(outcome(await cloud.tenant.ask('POST', `/orgs/${cloud.tenant.id}`, { limits }, { token }))).toBe('200');
  const [first, second] = cloud.tasks;
  if (first === undefined || second === undefined) throw new Error('SIDECARS=2 does not start two tasks');
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
  if (made === undefined) throw new Error('no phone');
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

/** The BYE of the called side. */
function byeTo(invite: SipRequest, from: string, port: number): SipRequest {
  const contact = invite.headers.first(header.contact);
  if (contact === undefined || contact === '*' || contact instanceof Fault) throw new Error('no Contact');
  return newRequest({
    method: 'BYE',
    uri: contact.uri,
    via: newVia('UDP', from, port, 'z9hG4bKbye'),
    from: address(invite.to.uri, new Parameters([['tag', calleeTag]])),
    to: invite.from,
    callId: invite.callId,
    sequence: 1,
  });
}

test('a phone at one task takes a call that rings at the other', async () => {
  using open = new DisposableStack();
  const [caller, called] = await newSoftphones(cloud.tenant, ['261', '262'], one);
  const [account] = await newAccounts(cloud.tenant, { devices: 1, watches: ['262'] });
  if (caller === undefined || called === undefined || account === undefined) throw new Error('there are no phones');
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

/** Calls of each task. `SIDECAR_CALLS=100 npm run test:system` makes it a crash of that size. */
const calls = Number(process.env['SIDECAR_CALLS'] ?? 10);

test('the calls of a killed task end with one CDR each; those of the other go on', async () => {
  const [killed, kept] = [await phoneAt(cloud, one, '211'), await phoneAt(cloud, two, '212')];
  const callee = await phoneAt(cloud, two, '213');
  const accounts = (of: typeof killed) => Array.from({ length: calls }, () => of.account);
  await using _ = answerCalls(answer, callee);
  const lost = callAll(callAndAwaitHangUp('213'), { ...killed, accounts: accounts(killed), within: 120_000 });
  const others = callAll(callAndAwaitHangUp('213'), { ...kept, accounts: accounts(kept), within: 120_000 });
  // A call that fails ends the wait.
  await Promise.race([untilAnswered(cloud, 2 * calls), lost, others]);
  const killedAt = Date.now();
  signalTask(cloud, one, 'SIGKILL');
  await lost;
  const cdrs = await cdrsOfCaller(cloud, '211', calls);
  expect(new Set(cdrs.map(({ call_id: id }) => id)).size).toBe(calls);
  expect(cdrs).toHaveLength(calls);
  const ends = cdrs.map(({ end_time: end }) => Date.parse(String(end)));
  // The last sign of life is a heartbeat, after 7 s without which a task has been dead already.
  expect(Math.min(...ends)).toBeGreaterThan(killedAt - 8_000);
  expect(Math.max(...ends)).toBeLessThanOrEqual(killedAt + 1_000);
  const live = await liveCalls(cloud);
  expect(live.map(({ status }) => status)).toEqual(Array.from({ length: calls }, () => 'answered'));
  for (const { id } of live) await cloud.tenant.ask('DELETE', `/Calls/${String(id)}`);
  await others;
  expect(await cdrsOfCaller(cloud, '212', calls)).toHaveLength(calls);
});

test('the calls of a killed task end at both sides', async () => {
  const made = await newSoftphones(cloud.tenant, ['221', '222'], two);
  const [caller, callee] = made.map(({ phone }) => phone);
  if (caller === undefined || callee === undefined) throw new Error('no phones');
  const conversations: Conversation[] = [];
  for (let at = 0; at < calls; at += 1) conversations.push(await converse(caller, callee, '222'));
  await untilAnswered(cloud, calls);
  // The one that took the place of the killed one.
  await phoneAt(cloud, one, '223');
  signalTask(cloud, two, 'SIGKILL');
  for (const conversation of conversations)
    for (const side of [conversation.caller, conversation.callee]) await expectEnd(side, 'ended by peer');
  expect(await cdrsOfCaller(cloud, '221', calls)).toHaveLength(calls);
  for (const { phone } of made) phone[Symbol.dispose]();
});

/** A carrier that challenges INVITE and BYE. */
const challengingCarrier = sip.part(
  ...(['INVITE', 'BYE'] as const).flatMap((method) => {
    const lines = [`WWW-Authenticate: Digest realm="carrier", nonce="${method}", qop="auth", algorithm=SHA-256`];
    const proof = expecting(`Authorization: Digest .*nonce="${method}"`);
    return method === 'INVITE'
      ? [
          sip.invited(),
          sip.respond('401 Unauthorized', { lines }),
          receive({ request: 'ACK' }),
          sip.invited(proof),
          sip.ring(),
          sip.answer(),
        ]
      : [
          receive({ request: 'BYE' }),
          sip.reply('401 Unauthorized', { lines }),
          receive({ request: 'BYE' }, proof),
          sip.reply('200 OK'),
        ];
  }),
);

test('a carrier that challenges the BYE of a take-over gets the credentials of its gateway', async () => {
  // The one that took the place of the killed one.
  await eventually(() => phoneAt(cloud, two, '224'), 30_000);
  const port = await freePort();
  const fields = { name: 'challenging', host: 'localhost', port, ping: { enabled: false } };
  const account = { username: 'trunkline', password: "a carrier's secret" };
  expect(outcome(await cloud.tenant.ask('PUT', '/sipgateways/new', { ...fields, ...account }))).toBe('201');
  const destination = 'sofia/gateway/challenging/$1';
  await useExtensions(cloud.tenant, { priority: 2, pattern: '^9([0-9]{3})$', action: 'bridge', destination });
  const [made] = await newSoftphones(cloud.tenant, ['225'], one);
  if (made === undefined) throw new Error('no phone');
  using caller = made.phone;
  const carrier = playTogether([{ from: '127.0.0.1', port, scenario: challengingCarrier }], []);
  const call = caller.call('9555');
  await Promise.race([carrier, eventually(() => expect(call.isUp).toBe(true), 30_000)]);
  await untilAnswered(cloud, 1);
  signalTask(cloud, one, 'SIGKILL');
  await carrier;
  await expectEnd(call, 'ended by peer');
  expect(await cdrsOfCaller(cloud, '225', 1)).toMatchObject([{ callee: '555', disposition: 'ANSWERED' }]);
});
