import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { keyOf } from '#sip/headers.ts';
import { Field, Headers } from '#sip/headers.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { newNumber, useExtensions } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { machineAddress, needsMachineAddress } from '../peers/machine-address.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { expectEnd, newSoftphones, untilTrusted, type RegisteredSoftphone } from '../softphones.fixture.ts';
import {
  consentToHost,
  outcome,
  texts,
  trustAddresses,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

needsMachineAddress();

/** What passes of the headers of an INVITE. Trunks call from the address of this machine. */

let tenant: AdministeredTenant;
let alice: RegisteredSoftphone;
let bob: RegisteredSoftphone;
const open = new DisposableStack();

beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant);
  [alice, bob] = await newSoftphones(tenant, ['200', '201']);
  for (const { phone } of [alice, bob]) open.use(phone);
});
afterAll(() => open.dispose());

/** What is at a trunk of the organization, which calls from its address. */
async function trunk(type: 'carrier' | 'pbx' | 'peer'): Promise<Softphone> {
  const port = await freePort();
  const made = await tenant.ask('PUT', `/siptrunk/${type}`, { name: uniqueName(type), host: machineAddress, port });
  const ips = [{ address: machineAddress, port, type: 'both' }] as const;
  const trusted = await trustAddresses(tenant, texts(made)['id'] ?? '', ips);
  expect([outcome(made), outcome(trusted)]).toEqual(['201', '201']);
  await untilTrusted(machineAddress, port);
  return open.use(await Softphone.open(sipServer, { from: machineAddress, port }));
}

const headersOf = (...lines: readonly string[]): Headers =>
  new Headers(
    lines.map((line) => {
      const [name = '', ...value] = line.split(': ');
      return new Field(name, keyOf(name), value.join(': '));
    }),
  );

const sent = headersOf(
  's: lunch',
  'Alert-Info: <http://127.0.0.1/ring.wav>;info=alert-autoanswer;delay=0',
  'Alert-Info: <urn:alert:priority:high>',
  'Call-Info: <sip:127.0.0.1>;answer-after=0',
  'Answer-Mode: Auto',
  'Priv-Answer-Mode: Auto',
  'User-to-User: 56a390f3;encoding=hex',
  'Diversion: <sip:+46890510@pbx.example.com>;reason=no-answer',
  'History-Info: <sip:+46890510@pbx.example.com>;index=1',
  'X-Customer: 4711',
  'X-Auto-Answer: 1',
  'Privacy: user;critical',
);
const names = [
  'Subject',
  'Alert-Info',
  'Call-Info',
  'Answer-Mode',
  'Priv-Answer-Mode',
  'User-to-User',
  'Diversion',
  'History-Info',
  'X-Customer',
  'X-Auto-Answer',
  'Privacy',
  'P-Called-Party-ID',
  'P-Asserted-Identity',
];

/** The headers of these names that have come with a call, sorted. */
const cameWith = ({ invite }: SoftCall): readonly string[] =>
  [...(invite?.headers ?? [])]
    .filter(({ key }) => names.some((name) => keyOf(name) === key))
    .map(({ name, value }) => `${name}: ${value}`)
    .toSorted();

/** Ends a call. @returns what came with it, and the call as the API shows it */
async function ended(call: SoftCall, there: SoftCall) {
  await eventually(() => expect(call.isUp).toBe(true), 20_000);
  const { calls } = (await tenant.ask('GET', '/Calls')).body as { calls: readonly { number: unknown }[] };
  call.hangUp();
  await expectEnd(there, 'ended by peer');
  return { headers: cameWith(there), shown: calls[0] };
}

const ofTrunks = [
  'Alert-Info: <urn:alert:priority:high>',
  'Diversion: <sip:+46890510@pbx.example.com>;reason=no-answer',
  'History-Info: <sip:+46890510@pbx.example.com>;index=1',
];

test('a carrier reaches a phone without opening its microphone; who diverted the call is known', async () => {
  const carrier = await trunk('carrier');
  const number = await newNumber(tenant, { type: 'device', id: alice.device });
  const call = carrier.call(number, { headers: sent });
  const { headers, shown } = await ended(call, await alice.phone.nextCall());
  const called = headers.filter((each) => each.startsWith('P-Called-Party-ID'));
  expect(called).toEqual([expect.stringMatching(new RegExp(`^P-Called-Party-ID: <sip:\\${number}@.+>$`))]);
  expect(headers.filter((each) => !called.includes(each))).toEqual([
    ...ofTrunks,
    'Privacy: id',
    'Subject: lunch',
    'User-to-User: 56a390f3;encoding=hex',
  ]);
  expect(shown).toMatchObject({ number: { called: number, diverter: '+46890510' } });
});

test('a PBX of the organization passes its own headers to a phone, and no more', async () => {
  const pbx = await trunk('pbx');
  const call = pbx.call(alice.extension, { headers: sent });
  const { headers, shown } = await ended(call, await alice.phone.nextCall());
  expect(headers).toEqual([
    ...ofTrunks,
    expect.stringMatching(/^P-Called-Party-ID: <sip:200@/),
    'Privacy: id',
    'Subject: lunch',
    'User-to-User: 56a390f3;encoding=hex',
    'X-Customer: 4711',
  ]);
  expect(shown).toMatchObject({ number: { diverter: '+46890510' } });
});

test('a stranger at a trunk of type peer is not believed, and its extensions reach no phone', async () => {
  const peer = await trunk('peer');
  const call = peer.call(alice.extension, { headers: sent });
  const { headers, shown } = await ended(call, await alice.phone.nextCall());
  expect(headers.some((each) => each.startsWith('X-'))).toBe(false);
  expect(shown).toMatchObject({ number: { diverter: null } });
});

test('a phone opens no microphone of another one, and diverts nothing', async () => {
  const call = alice.phone.call(bob.extension, { headers: sent });
  const { headers } = await ended(call, await bob.phone.nextCall());
  expect(headers).toEqual([
    'Alert-Info: <urn:alert:priority:high>',
    expect.stringMatching(/^P-Called-Party-ID: <sip:201@/),
    'Privacy: id',
    'Subject: lunch',
    'User-to-User: 56a390f3;encoding=hex',
    'X-Customer: 4711',
  ]);
});

test('a gateway gets little of what a phone sends', async () => {
  const gateway = open.use(await Softphone.open(sipServer, { from: ownAddress() }));
  const { address: host, port } = gateway.place;
  const name = uniqueName('gateway');
  const made = await tenant.ask('PUT', '/sipgateways/new', { name, host, port, ping: { enabled: false } });
  expect(outcome(made)).toBe('201');
  await consentToHost(tenant, `/sipgateways/${texts(made)['id']}`);
  const policy = {
    name,
    status: 'active',
    conditions: { pattern: '^07001$' },
    actions: { allow: true, gateway: name },
  };
  expect(outcome(await tenant.ask('PUT', '/dialplan/policy', policy))).toBe('201');
  const call = alice.phone.call('07001', { headers: sent });
  const { headers } = await ended(call, await gateway.nextCall());
  expect(headers).toEqual(['Privacy: id', 'User-to-User: 56a390f3;encoding=hex']);
});
