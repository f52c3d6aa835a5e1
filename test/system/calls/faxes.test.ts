import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { UdptlParty } from '#test/support/udptl-party.fixture.ts';
import { newFlow, newNumber, useExtensions } from '../calls.fixture.ts';
import { machineAddress, needsMachineAddress } from '../peers/machine-address.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { expectHeard, speakerOf, type Speaker } from '../relayed-calls.fixture.ts';
import { sharedTaskCloud, type SharedTaskCloud } from '../sidecar-tasks.fixture.ts';
import { converse, newSoftphones, requestIn, untilTrusted } from '../softphones.fixture.ts';
import { consentToHost, outcome, texts, trustAddresses, uniqueName } from '../tenant.fixture.ts';

/** Faxes by T.38 between machines of two tasks, whose media rtpengine relays. */

needs('rtpengine');
needsMachineAddress();

type Machine = Speaker & { readonly fax: UdptlParty; readonly extension: string };

const everything = new DisposableStack();
let cloud: SharedTaskCloud;
let sender: Machine;
let receiver: Machine;

async function machineAt(at: 0 | 1, extension: string): Promise<Machine> {
  const [{ phone }] = await newSoftphones(cloud.tenant, [extension], cloud.tasks[at]);
  const speaker = await speakerOf(everything.use(phone));
  everything.use(speaker.party);
  return { ...speaker, extension, fax: everything.use(await UdptlParty.open(phone, `page ${extension}`)) };
}

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  [sender, receiver] = [await machineAt(0, '201'), await machineAt(1, '202')];
});
afterAll(() => everything.dispose());

/** Packets that make it certain that pages arrive: half a second of them. */
const enough = 25;

async function expectPages([one, ofOne]: readonly [Machine, SoftCall], [other, ofOther]: readonly [Machine, SoftCall]) {
  one.fax.sendTo(ofOne);
  other.fax.sendTo(ofOther);
  await eventually(() => {
    expect(other.fax.received.filter((content) => content === 'page 201').length).toBeGreaterThan(enough);
    expect(one.fax.received.filter((content) => content === 'page 202').length).toBeGreaterThan(enough);
  }, 20_000);
  for (const { fax } of [one, other]) fax.silence();
}

test('a call becomes a fax by re-INVITE, pages pass in both directions, and it becomes audio again', async () => {
  const { caller, callee } = await converse(sender.phone, receiver.phone, '202');
  const [ofSender, ofReceiver] = [
    [sender, caller],
    [receiver, callee],
  ] as const;
  caller.fax = sender.fax.media;
  await expectHeard(ofSender, ofReceiver);
  // The receiver offers, as machines do that have heard the calling tone; who takes no fax rejects it.
  callee.fax = receiver.fax.media;
  expect(await callee.offerFax()).toMatch(/^m=image \d+ udptl t38$/);
  expect(callee.remote).not.toContain(sender.fax.media[0] ?? '');
  await expectPages(ofSender, ofReceiver);

  expect(await caller.offer('sendrecv')).toMatch(/^\d+ sendrecv$/);
  await expectHeard(ofSender, ofReceiver);
  caller.hangUp();
  await eventually(() => expect(callee.log.at(-1)).toBe('ended by peer'), 20_000);
});

test('a fax to an application is rejected with 488, and its audio goes on', async () => {
  const codes = await cloud.tenant.ask('POST', '/orgs/me', { settings: { feature_codes: { echo_test: '*43' } } });
  expect(outcome(codes)).toBe('200');
  const call = sender.phone.call('*43');
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  call.fax = sender.fax.media;
  expect(await call.offerFax()).toBe('488');
  const before = sender.party.packetsOf(sender.voice);
  sender.party.speakTo(call);
  await eventually(() => expect(sender.party.packetsOf(sender.voice)).toBeGreaterThan(before + enough), 20_000);
  call.hangUp();
});

test('a fax to a flow is rejected with 488, and its call goes on', async () => {
  const steps = { beep: { type: 'dtmf', digits: '1', next: 'wait' }, wait: { type: 'pause', seconds: 60 } };
  const route = { type: 'flow', id: await newFlow(cloud.tenant, steps) };
  const call = sender.phone.call(await newNumber(cloud.tenant, route, cloud.operator));
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  call.fax = sender.fax.media;
  expect(await call.offerFax()).toBe('488');
  expect(await call.offer('sendrecv')).toMatch(/^\d+ /);
  expect(call.isUp).toBe(true);
  call.hangUp();
});

test('a trunk that takes faxes as audio only is offered none, whoever calls', async () => {
  const { tenant } = cloud;
  const port = await freePort();
  const trunk = { name: uniqueName('pbx'), host: machineAddress, port, fax: 'audio' };
  const made = await tenant.ask('PUT', '/siptrunk/pbx', trunk);
  const { id = '' } = texts(made);
  const gateway = { name: uniqueName('pstn'), trunk_id: id, ping: { enabled: false } };
  const ips = [{ address: machineAddress, port, type: 'both' }] as const;
  const answers = [
    made,
    await tenant.ask('PUT', '/sipgateways/new', gateway),
    await trustAddresses(tenant, id, ips, cloud.operator),
  ];
  expect(answers.map(outcome)).toEqual(['201', '201', '201']);
  // Trunks of other tests have the address of this machine, too.
  await consentToHost(tenant, `/siptrunk/${id}`, cloud.operator);
  const destination = `sofia/gateway/${gateway.name}/$1`;
  await useExtensions(tenant, { priority: 2, pattern: '^9([0-9]{3})$', action: 'bridge', destination });
  await untilTrusted(machineAddress, port, cloud.tasks[0]);
  const pbx = everything.use(await Softphone.open(cloud.tasks[0], { from: machineAddress, port }));

  const calls = [
    await converse(pbx, sender.phone, sender.extension),
    await converse(sender.phone, pbx, `9${sender.extension}`),
  ];
  for (const call of calls.flatMap(({ caller, callee }) => [caller, callee])) {
    call.fax = sender.fax.media;
    expect(await call.offerFax()).toBe('488');
    expect(await call.offer('sendrecv')).toMatch(/ sendrecv$/);
  }
  expect(calls.flatMap(({ caller, callee }) => [caller.isUp, callee.isUp])).toEqual([true, true, true, true]);
});

test('a fax that a stranger offers in the name of a party changes nothing', async () => {
  const { caller, callee } = await converse(sender.phone, receiver.phone, '202');
  const stranger = everything.use(await Softphone.open(cloud.tasks[0], { from: ownAddress() }));
  const described = new Headers([Field.of(textHeader('Content-Type'), 'application/sdp')]);
  const body = Buffer.from(caller.remote.replace(/m=audio[\s\S]*/, [...sender.fax.media, ''].join('\r\n')));
  const before = callee.log.length;
  const { status } = await stranger.exchange(requestIn(caller, 'INVITE', { headers: described, body }));
  expect([401, 403, 407, 481]).toContain(status);
  expect(callee.log.slice(before)).toEqual([]);
  caller.hangUp();
});
