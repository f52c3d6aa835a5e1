import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { trunkIpsRow } from '#functions/telephony/rows/trunk-ip.ts';
import { commit } from '#dynamodb/commit.ts';
import { overwrite } from '#dynamodb/write.ts';
import { address } from '#sip/address.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { sipUri } from '#sip/uri.ts';
import { eventually } from '#test/support/eventually.ts';
import { newCaller, proof, statusOf, type Caller } from '#test/support/sip-caller.fixture.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { useExtensions } from '../calls.fixture.ts';
import { connect } from '../cloud.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { storeOf } from '../people.ts';
import {
  converse,
  expectEnd,
  phoneTrios,
  requestIn,
  type Conversation,
  type RegisteredSoftphone,
} from '../softphones.fixture.ts';
import { outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

// Who has seen a dialog, and sends requests within it from elsewhere. Strangers are at addresses of their own.

const gatewayPort = 15_061;
let tenant: AdministeredTenant;
let gateway: Softphone;
/** At another address that the list of the trunk has. */
let listed: Softphone;
const open = new DisposableStack();

beforeAll(async () => {
  tenant = await newPeerTenant();
  gateway = open.use(await Softphone.open(sipServer, { from: ownAddress(), port: gatewayPort }));
  listed = open.use(await Softphone.open(sipServer, { from: ownAddress() }));
  const [host, port] = [gateway.place.address, gatewayPort];
  const trunk = await tenant.ask('PUT', '/siptrunk/pbx', { name: uniqueName('trunk'), host, port });
  const { id: trunk_id = '' } = texts(trunk);
  // The API accepts no loopback address.
  const entry = {
    address: listed.place.address,
    port: listed.place.port,
    type: 'signaling' as const,
    priority: 1,
    active: true,
  };
  const ips = [{ ...entry, id: 'ip_1', created_at: '', updated_at: '' }];
  await commit(storeOf(connect().outputs), tenant.organization, [
    overwrite(trunkIpsRow, { trunk_id, ips, version: 1 }),
  ]);
  const name = uniqueName('pstn');
  expect(outcome(await tenant.ask('PUT', '/sipgateways/new', { name, trunk_id, ping: { enabled: false } }))).toBe(
    '201',
  );
  await useExtensions(tenant, {
    priority: 2,
    pattern: '^9([0-9]{3})$',
    action: 'bridge',
    destination: `sofia/gateway/${name}/$1`,
  });
});
afterAll(() => open.dispose());

let alice: RegisteredSoftphone;
let bob: RegisteredSoftphone;
const nextPhones = phoneTrios(open);
beforeEach(async () => {
  [alice, bob] = await nextPhones(tenant);
});

const strangerAt = async (from: string, of?: RegisteredSoftphone): Promise<Softphone> =>
  open.use(await Softphone.open(sipServer, { from, ...(of === undefined ? {} : { account: of.account }) }));

/** What is sent in the name of a party: it would end, hold, redirect or transfer the call. */
function attempts(call: SoftCall, from: Softphone) {
  const contact = Headers.none.append(header.contact, address(sipUri({ user: 'x', host: from.place.address })));
  const described = new Headers([...contact, Field.of(textHeader('Content-Type'), 'application/sdp')]);
  const { address: host } = from.place;
  const media = [`o=- 9 9 IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0', 'm=audio 6000 RTP/AVP 0'];
  const body = Buffer.from(['v=0', ...media, ''].join('\r\n'));
  return [
    requestIn(call, 'BYE'),
    requestIn(call, 'INVITE', { headers: described, body }),
    requestIn(call, 'UPDATE', { headers: described, body }),
    requestIn(call, 'INFO', {
      headers: new Headers([Field.of(textHeader('Content-Type'), 'application/dtmf-relay')]),
      body,
    }),
    requestIn(call, 'REFER', {
      headers: contact.append(header.referTo, address(sipUri({ user: '9555', host: alice.phone.domain }))),
    }),
  ];
}

const statusesOf = async (from: Softphone, call: SoftCall, prove = false): Promise<number[]> => {
  const responses = attempts(call, from).map((request) => (prove ? from.prove(request) : from.exchange(request)));
  return (await Promise.all(responses)).map(({ status }) => status);
};

const expectUntouched = ({ caller, callee }: Conversation, logs: readonly (readonly string[])[]): void => {
  expect([caller.log, callee.log]).toEqual(logs);
  expect([caller.isUp, callee.isUp]).toEqual([true, true]);
};

const sides = ['caller', 'callee'] as const;

describe.each(sides)('in the dialog of a phone that is the %s', (side) => {
  let conversation: Conversation;
  let call: SoftCall;
  let phone: RegisteredSoftphone;
  let logs: readonly (readonly string[])[];
  beforeEach(async () => {
    conversation = await converse(alice.phone, bob.phone, bob.extension);
    call = conversation[side];
    phone = side === 'caller' ? alice : bob;
    logs = [[...conversation.caller.log], [...conversation.callee.log]];
  });

  test('a stranger is challenged, and the credentials of the phone are worth nothing to it', async () => {
    expect(await statusesOf(await strangerAt(ownAddress()), call)).toEqual([407, 407, 407, 407, 407]);
    const withPassword = await strangerAt(ownAddress(), phone);
    expect(await statusesOf(withPassword, call, true)).toEqual([403, 403, 403, 403, 403]);
    expectUntouched(conversation, logs);
  });

  test('another phone of the same address is challenged, and rejected with its own password', async () => {
    const colleague = await strangerAt(phone.phone.place.address, side === 'caller' ? bob : alice);
    expect(await statusesOf(colleague, call)).toEqual([407, 407, 407, 407, 407]);
    expect(await statusesOf(colleague, call, true)).toEqual([403, 403, 403, 403, 403]);
    expectUntouched(conversation, logs);
  });

  test('the phone at another port of its address proves its password, and is obeyed from then on', async () => {
    const rebound = await strangerAt(phone.phone.place.address, phone);
    expect((await rebound.prove(requestIn(call, 'INFO'))).status).toBe(200);
    expect((await rebound.exchange(requestIn(call, 'BYE'))).status).toBe(200);
    await expectEnd(side === 'caller' ? conversation.callee : conversation.caller, 'ended by peer');
  });

  test('the phone that has registered at another address is obeyed there', async () => {
    const moved = await strangerAt(ownAddress(), phone);
    expect(await moved.register()).toBe(200);
    expect((await moved.exchange(requestIn(call, 'BYE'))).status).toBe(200);
    await expectEnd(side === 'caller' ? conversation.callee : conversation.caller, 'ended by peer');
  });
});

test('in the dialog of a trunk a stranger gets 481, and the addresses of the trunk are obeyed', async () => {
  const before = gateway.calls.length;
  const conversation = await converse(alice.phone, gateway, '9555');
  const call = conversation.callee;
  expect(gateway.calls).toHaveLength(before + 1);
  const logs = [[...conversation.caller.log], [...call.log]];
  expect(await statusesOf(await strangerAt(ownAddress()), call)).toEqual([481, 481, 481, 481, 481]);
  // A registered phone of the organization is a stranger, too.
  expect((await bob.phone.prove(requestIn(call, 'BYE'))).status).toBe(481);
  expectUntouched(conversation, logs);
  const atHost = await strangerAt(gateway.place.address);
  expect((await atHost.exchange(requestIn(call, 'INFO'))).status).toBe(200);
  expect((await listed.exchange(requestIn(call, 'BYE'))).status).toBe(200);
  await expectEnd(conversation.caller, 'ended by peer');
});

describe('an INVITE', () => {
  let raw: Caller;
  let stranger: Caller;
  beforeEach(async () => {
    raw = await newCaller(sipServer, alice.phone.place.address);
    stranger = await newCaller(sipServer, ownAddress());
    for (const each of [raw, stranger]) open.defer(() => each.close());
  });

  /** Alice calls Bob by hand. */
  async function call(callId: string): Promise<{ readonly final: Promise<string>; readonly callee: SoftCall }> {
    const [uri, user] = [`sip:${bob.extension}@${alice.phone.domain}`, alice.account.username];
    const challenge = await raw.invite({ uri, user });
    const lines = [proof(challenge, alice.account, uri)];
    const final = raw.invite({ uri, user, callId, lines, isAcknowledged: false });
    return { final, callee: await bob.phone.nextCall() };
  }

  const sent = (method: string, callId: string, { to = '', via = raw } = {}): string =>
    [
      `${method} sip:${bob.extension}@${alice.phone.domain} SIP/2.0`,
      `Via: SIP/2.0/UDP ${via.address}:${via.port};branch=z9hG4bK${callId};rport`,
      `From: <sip:${alice.account.username}@pbx.example.com>;tag=${callId}`,
      `To: <sip:${bob.extension}@${alice.phone.domain}>${to === '' ? '' : `;tag=${to}`}`,
      `Call-ID: ${callId}`,
      `CSeq: 1 ${method}`,
      'Max-Forwards: 70',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');

  test('is cancelled by its source only', async () => {
    bob.phone.answers = 'ring';
    const { callee } = await call('cancelled');
    stranger.send(sent('CANCEL', 'cancelled'));
    await eventually(() => expect(stranger.received.map(statusOf)).toContain(481));
    expect(callee.isOver).toBe(false);
    raw.send(sent('CANCEL', 'cancelled'));
    await eventually(() => raw.received.some((each) => /^SIP\/2.0 487/.test(each) && each.includes('cancelled')));
    await expectEnd(callee, 'ended by peer');
  });

  test('is acknowledged from its address only', async () => {
    const { final } = await call('acknowledged');
    const answer = await final;
    const to = /^To: .*;tag=(\S+)$/m.exec(answer)?.[1] ?? '';
    const answers = (): number => raw.received.filter((each) => each.startsWith('SIP/2.0 200')).length;
    for (const method of ['ACK', 'ACK']) stranger.send(sent(method, 'acknowledged', { to, via: stranger }));
    stranger.send(sent('ACK', 'acknowledged', { to }));
    const before = answers();
    await eventually(() => answers() > before + 1, 20_000);
    raw.send(sent('ACK', 'acknowledged', { to }).replace('branch=z9hG4bK', 'branch=z9hG4bKnew'));
    await eventually(() => expect(bob.phone.calls.at(-1)?.isUp).toBe(true));
  });
});
