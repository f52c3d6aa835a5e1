import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { storePlan } from '#test/support/stored-plan.fixture.ts';
import { trunkOf } from '#test/support/resources.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { callRow, callsOfTask } from '#dynamodb/rows/call.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { sipUri } from '#sip/uri.ts';
import { emptyPlan } from '../../dialplan/plan/plan-change.ts';
import { newInventoryNumber } from '../../telephony/numbers/number.ts';
import { trunkAddressRow } from '../../telephony/rows/trunk-ip.ts';
import { dialedIn } from '../calls/routing/dialed.ts';
import { addPhoneLine } from './mailboxes.fixture.ts';
import { sipDomain, testSidecar } from './sidecar.fixture.ts';

/** A PBX behind us that writes what it calls, and who calls, elsewhere than most do, and transfers by REFER. */

const organization = 1_001;
const number = '+12125550100';
const own = '+12125550101';
const confidential = '+12125550102';

const task = testSidecar();
let pbx: Softphone;
let alice: Softphone;
let bob: Softphone;
/** Of a trunk that requires SRTP: one that offers it, and one that does not. */
let keyed: Softphone;
let plain: Softphone;
let carol: Softphone;
/** Of a trunk that has G.729 and G.711A. */
let limited: Softphone;

const key = Buffer.alloc(30, 7).toString('base64');
const srtp = { party: { line: `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}` }, isRequired: true } as const;

beforeAll(async () => {
  await commit(task.store, organization, [create(organizationRow, organizationOf(organization))]);
  const { address, port } = task.sidecar.bound.udp;
  type Options = Partial<Parameters<typeof Softphone.open>[1]>;
  const open = async (from: string, more: Options = {}) =>
    task.everything.use(
      await Softphone.open({ address: address === '0.0.0.0' ? '127.0.0.1' : address, port }, { from, ...more }),
    );
  const phone = async (from: string, device: string, extension: string, more: Options = {}) => {
    const account = await addPhoneLine(task.store, { device, extension, user: null });
    const opened = await open(from, { account: { ...account, domain: sipDomain }, ...more });
    await eventually(async () => expect(await opened.register()).toBe(200));
    return opened;
  };
  alice = await phone('127.8.0.1', 'dev_a', '202');
  bob = await phone('127.8.0.2', 'dev_b', '203');
  carol = await phone('127.8.0.3', 'dev_c', '204', { srtp });
  pbx = await open('127.8.0.9');
  keyed = await open('127.8.0.10', { srtp });
  plain = await open('127.8.0.11');
  limited = await open('127.8.0.12');
  const trunk = trunkOf({
    ...{ id: 'trunk_pbx', type: 'pbx', host: pbx.place.address, port: pbx.place.port, refer: 'accept' },
    did_source: ['request_uri', 'p_called_party_id'],
    caller_source: ['p_preferred_identity', 'from'],
  });
  const encrypted = trunkOf({
    ...{ id: 'trunk_srtp', type: 'pbx', host: keyed.place.address, port: keyed.place.port },
    ...{ name: 'encrypted', media_encryption: 'require', allow_clear_keys: true },
  });
  const narrow = trunkOf({
    ...{ id: 'trunk_g729', type: 'pbx', host: limited.place.address, port: limited.place.port },
    ...{ name: 'narrow', codecs: ['G.729', 'G.711A'] },
  });
  await commit(
    task.store,
    organization,
    [trunk, encrypted, narrow].map((each) => create(trunkRow, each)),
  );
  const routes = { [number]: 'dev_a', [own]: 'dev_a', [confidential]: 'dev_c' };
  const numbers = Object.entries(routes).map(([each, id], at) => ({
    ...newInventoryNumber({ country: 'US', type: 'geographic' }, { number: each, id: `num_${at}`, now: '' }),
    ...{ state: 'active' as const, org_id: organization, route: { type: 'device' as const, id } },
  }));
  const ownersOf = (trunk_id: string) =>
    [{ org_id: organization, trunk_id, type: 'pbx', active: true, trusted: true }] as const;
  await commit(task.store, 0, [
    ...numbers.map((each) => create(numberRow, each)),
    create(trunkAddressRow, { ...pbx.place, owners: ownersOf(trunk.id), version: 1 }),
    create(trunkAddressRow, { ...limited.place, owners: ownersOf(narrow.id), version: 1 }),
    ...[keyed, plain].map(({ place }) =>
      create(trunkAddressRow, { ...place, owners: ownersOf(encrypted.id), version: 1 }),
    ),
  ]);
  await storePlan(task.store, organization, {
    ...{ ...emptyPlan, version: 1 },
    template: {
      rules: [{ priority: 1, pattern: '^(20[0-9])$', action: 'bridge', destination: 'user/$1@office' }],
      variables: {},
    },
  });
});

test('is told by a 404 what was read', async () => {
  const call = pbx.call('reception');
  await eventually(() => expect(call.log.at(-1)).toBe('failed 404'));
  const tried = 'did_source of trunk_pbx: request_uri reception, p_called_party_id none';
  expect(call.failure?.headers?.fields(header.warning)[0]?.value).toBe(`399 sip.example.com "${tried}"`);
});

test('whose trunk requires SRTP calls with keys, and gets 488 without them before anyone rings', async () => {
  const clear = plain.call(confidential);
  await eventually(() => expect(clear.log).toEqual(['failed 488']));
  const call = keyed.call(confidential);
  const received = await carol.nextCall();
  await eventually(() => expect([received.log.at(-1), call.isUp]).toEqual(['acknowledged', true]));
  expect([received.remote, call.remote].map((sdp) => /^m=audio \d+ (\S+)/m.exec(sdp)?.[1])).toEqual([
    'RTP/SAVP',
    'RTP/SAVP',
  ]);
  call.hangUp();
});

test('whose trunk has other codecs than its call gets 488 before anyone rings, and else those of both', async () => {
  const before = alice.calls.length;
  const call = limited.call(number);
  await eventually(() => expect(call.log).toEqual(['failed 488']));
  expect(alice.calls).toHaveLength(before);
  const media = [`m=audio ${limited.mediaPort} RTP/AVP 0 8 9 18`];
  const other = limited.call(number, { media });
  const received = await alice.nextCall();
  expect(/^m=audio \d+ RTP\/AVP (.*)$/m.exec(received.remote)?.[1]?.trim()).toBe('8 18');
  // The Contact of an INVITE names the task, which has the calls whose CDRs are not sent.
  const [, id = ''] = /sip:([^@>]+)@/.exec(received.invite?.headers.fields(header.contact)[0]?.value ?? '') ?? [];
  await eventually(async () => {
    const { items } = await tableFor(task.store, 0).queryIndex(callRow, 'GSI2', callsOfTask(id));
    const rejected = { cause: 'INCOMPATIBLE_DESTINATION', sip_code: 488 };
    expect(items).toContainEqual(expect.objectContaining({ hangup: expect.objectContaining(rejected) as object }));
  });
  other.hangUp();
  await eventually(() => expect(received.isOver).toBe(true));
});

test('that cancels a call because another fork was answered has the phone told so', async () => {
  alice.answers = 'ring';
  const call = pbx.call(number);
  await eventually(() => expect(call.log.at(-1)).toBe('180'));
  call.session.end({ status: 200, text: 'Call completed elsewhere' });
  await eventually(() => expect(alice.cancelled).toEqual(['SIP;cause=200;text="Call completed elsewhere"']));
  await alice.nextCall();
  alice.answers = 'answer';
});

test('calls the number that it names, as the caller that it names, and transfers the party by REFER', async () => {
  const headers = Headers.none
    .append(textHeader('P-Called-Party-ID'), `<sip:${number}@pbx.example>`)
    .append(textHeader('P-Preferred-Identity'), `<sip:${own}@pbx.example>`);
  const call = pbx.call('switchboard', { headers });
  const first = await alice.nextCall();
  const from = first.invite?.from.uri;
  const called = first.invite?.headers.one(header.calledParty);
  expect([from && dialedIn(from), called !== undefined && 'uri' in called && dialedIn(called.uri)]).toEqual([
    own,
    number,
  ]);
  await eventually(() => expect([first.log.at(-1), call.isUp]).toEqual(['acknowledged', true]));

  const reports: number[] = [];
  const to = sipUri({ user: '203', host: sipDomain });
  expect(await call.session.refer({ to }, (each) => reports.push(each))).toBe(202);
  const second = await bob.nextCall();
  await eventually(() => expect(reports.at(-1)).toBe(200));
  // Alice and Bob have each other's media, and the PBX leaves.
  await eventually(() =>
    expect([first.remote, second.remote]).toEqual([
      expect.stringContaining(`m=audio ${bob.mediaPort}`),
      expect.stringContaining(`m=audio ${alice.mediaPort}`),
    ]),
  );
  call.hangUp();
  expect([first.isUp, second.isUp]).toEqual([true, true]);
  second.hangUp();
  await eventually(() => expect(first.log.at(-1)).toBe('ended by peer'));
});
