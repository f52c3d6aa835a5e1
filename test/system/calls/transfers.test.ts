import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { Fault } from '#sip/fault.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import { parseUri, printUri, sipUri, type Uri } from '#sip/uri.ts';
import { newVia } from '#sip/via.ts';
import { found } from '#errors.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { useExtensions, newGatewayTo } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import {
  converse,
  expectEnd,
  expectJoined,
  expectReport,
  newSoftphones,
  phoneTrios,
  refer as referPeer,
  type Conversation,
  type Referral,
  type RegisteredSoftphone,
} from '../softphones.fixture.ts';
import { outcome, type AdministeredTenant, type Body } from '../tenant.fixture.ts';

// Every phone is a SIP stack of its own at an address of its own: each side of each transfer is looked at.

let tenant: AdministeredTenant;
let gateway: Softphone;
let gatewayId = '';
const open = new DisposableStack();

beforeAll(async () => {
  tenant = await newPeerTenant();
  gateway = open.use(await Softphone.open(sipServer, { from: ownAddress(), port: 15_060 }));
  const { id, name } = await newGatewayTo(tenant, gateway.place);
  gatewayId = id;
  const destination = `sofia/gateway/${name}/$1`;
  await useExtensions(
    tenant,
    { priority: 2, pattern: '^9([0-9]{3})$', action: 'bridge', destination },
    { priority: 3, pattern: '^([+]1555000[0-9]{4})$', action: 'bridge', destination },
  );
  const denies = { name: 'Denies', status: 'active', conditions: { pattern: '^0777$' }, actions: { allow: false } };
  expect(outcome(await tenant.ask('PUT', '/dialplan/policy', denies))).toBe('201');
});
afterAll(() => open.dispose());

let alice: RegisteredSoftphone;
let bob: RegisteredSoftphone;
let carol: RegisteredSoftphone;
const nextPhones = phoneTrios(open);

beforeEach(async () => {
  [alice, bob, carol] = await nextPhones(tenant);
});

/** A call of Alice to Bob. */
const aliceCallsBob = (): Promise<Conversation> => converse(alice.phone, bob.phone, bob.extension);

const refer = (call: SoftCall, to: string, referral: Partial<Referral> = {}) =>
  referPeer(call, to, { host: alice.phone.domain, ...referral });

/** The answered call of Alice, as it is stored. */
async function callOfAlice(): Promise<string> {
  return eventually(async () => {
    const { calls } = (await tenant.ask('GET', '/Calls')).body as {
      calls: { id: string; status: string; source: Body }[];
    };
    const found = calls.find(({ source }) => JSON.stringify(source).includes(`"user":"${alice.extension}"`));
    if (found?.status !== 'answered') throw new Error('no answered call of Alice');
    return found.id;
  });
}

const act = async (call: string, body: Body): Promise<string> =>
  outcome(await tenant.ask('POST', `/Calls/${call}/actions`, body));

describe('a phone that refers the other party', () => {
  test('and does not hang up by itself, is hung up', async () => {
    const { caller, callee } = await aliceCallsBob();
    await refer(callee, carol.extension);
    const third = await carol.phone.nextCall();
    await expectEnd(callee, 'ended by peer');
    await expectJoined([alice.phone, caller], [carol.phone, third]);
  });

  test('as the caller leaves the called one with the new one', async () => {
    const { caller, callee } = await aliceCallsBob();
    const { reports } = await refer(caller, carol.extension);
    const third = await carol.phone.nextCall();
    await expectReport(reports, 200);
    caller.hangUp();
    await expectJoined([bob.phone, callee], [carol.phone, third]);
    callee.hangUp();
    await expectEnd(third, 'ended by peer');
  });

  test.each([
    ['a busy phone', () => carol.extension, 486],
    ['a number that the plan denies', () => '0777', 403],
    ['a number that no one has', () => '04711', 404],
  ])('to %s hears so, and goes on talking', async (_what, called, status) => {
    carol.phone.answers = 486;
    const { caller, callee } = await aliceCallsBob();
    const referral = await refer(callee, called());
    await expectReport(referral.reports, status);
    expect(referral.status).toBe(202);
    await expectJoined([alice.phone, caller], [bob.phone, callee]);
    expect(caller.log).toEqual(expect.not.arrayContaining(['offer']));
    callee.hangUp();
    await expectEnd(caller, 'ended by peer');
  });

  test('and hangs up before the new one answers, leaves it waiting for that', async () => {
    carol.phone.answers = 'ring';
    const { caller, callee } = await aliceCallsBob();
    const { reports } = await refer(callee, carol.extension);
    const third = await carol.phone.nextCall();
    await expectReport(reports, 180);
    callee.hangUp();
    third.answer();
    await expectJoined([alice.phone, caller], [carol.phone, third]);
  });

  test('to a number over a gateway: each charged leg has one CDR', async () => {
    const { caller, callee } = await aliceCallsBob();
    const id = await callOfAlice();
    const before = gateway.calls.length;
    await refer(callee, '9555');
    const third = await eventually(() => found(gateway.calls[before], 'Call'), 20_000);
    await expectJoined([alice.phone, caller], [gateway, third]);
    callee.hangUp();
    caller.hangUp();
    await expectEnd(third, 'ended by peer');
    const cdrs = await eventually(async () => {
      const { data } = (await tenant.ask('GET', '/cdr?limit=100')).body as { data: Body[] };
      const found = data.filter(({ call_id: of }) => of === id);
      expect(found).toHaveLength(2);
      return found.toSorted((one, other) => String(one['leg']).localeCompare(String(other['leg'])));
    }, 20_000);
    expect(cdrs).toMatchObject([
      { leg: 'a', callee: bob.extension, disposition: 'ANSWERED' },
      { leg: 't1', callee: '555', gateway_id: gatewayId, disposition: 'ANSWERED' },
    ]);
  });
});

describe('a phone that has two calls', () => {
  test('keeps both if it names a dialog that does not exist', async () => {
    const { caller, callee } = await aliceCallsBob();
    const asks = await converse(bob.phone, carol.phone, carol.extension);
    const { status, reports } = await refer(callee, carol.extension, {
      replaces: { ...asks.caller.dialog, toTag: 'guessed' },
    });
    await expectReport(reports, 481);
    expect([status, caller.isUp, callee.isUp, asks.caller.isUp, asks.callee.isUp]).toEqual([
      202,
      true,
      true,
      true,
      true,
    ]);
  });
});

test('an INVITE with Replaces takes the place of a phone whose line the caller has a key for', async () => {
  const { caller, callee } = await aliceCallsBob();
  const lines = [{ extension: carol.extension }, { extension: bob.extension, type: 'blf' }];
  expect(outcome(await tenant.ask('POST', `/devices/${carol.device}`, { lines }))).toBe('200');
  const taken = carol.phone.call(bob.extension, { replaces: callee.dialog });
  await expectJoined([alice.phone, caller], [carol.phone, taken]);
  await expectEnd(callee, 'ended by peer');
  taken.hangUp();
  await expectEnd(caller, 'ended by peer');
});

describe('a transfer of the API', () => {
  /** Transfers a call of Alice to Bob, whom the new party replaces. */
  async function transfer(destination: Body | string): Promise<Conversation & { readonly id: string }> {
    const conversation = await aliceCallsBob();
    const id = await callOfAlice();
    expect(await act(id, { action: 'transfer', destination })).toBe('202');
    return { ...conversation, id };
  }

  test('to a device joins the source to it', async () => {
    const { caller, callee, id } = await transfer({ type: 'device', id: carol.device });
    await expectJoined([alice.phone, caller], [carol.phone, await carol.phone.nextCall()]);
    await expectEnd(callee, 'ended by peer');
    await eventually(async () =>
      expect((await tenant.ask('GET', `/Calls/${id}`)).body).toMatchObject({
        status: 'answered',
        legs: [{ status: 'answered' }, { status: 'hangup' }, { status: 'answered', device_id: carol.device }],
      }),
    );
  });

  test.each<[string, () => Body | string]>([
    ['a number', () => '+15550004711'],
    [
      'a SIP URI of a gateway',
      () => ({ type: 'sip', uri: `sip:+15550004711@${gateway.place.address}:${gateway.place.port}` }),
    ],
  ])('to %s joins the source to it', async (_what, destination) => {
    const before = gateway.calls.length;
    const { caller, callee } = await transfer(destination());
    const third = await eventually(() => found(gateway.calls[before], 'Call'), 20_000);
    await expectJoined([alice.phone, caller], [gateway, third]);
    expect(third.invite === undefined ? '' : printUri(third.invite.uri)).toContain('sip:+15550004711@');
    await expectEnd(callee, 'ended by peer');
  });

  test('to a SIP URI of a foreign host is not accepted', async () => {
    await aliceCallsBob();
    const foreign = { action: 'transfer', destination: { type: 'sip', uri: `sip:4711@${ownAddress()}` } };
    expect(await act(await callOfAlice(), foreign)).toBe('422 DESTINATION_NOT_ALLOWED');
  });

  test('to a busy phone leaves the call as it was', async () => {
    carol.phone.answers = 486;
    const { caller, callee, id } = await transfer({ type: 'device', id: carol.device });
    await carol.phone.nextCall();
    await eventually(async () =>
      expect((await tenant.ask('GET', `/Calls/${id}`)).body).toMatchObject({
        legs: [{ status: 'answered' }, { status: 'answered' }, { status: 'hangup', sip_code: 486 }],
      }),
    );
    await expectJoined([alice.phone, caller], [bob.phone, callee]);
  });

  test('that is blind refers the source, which calls the new party itself', async () => {
    const { caller, callee } = await aliceCallsBob();
    const id = await callOfAlice();
    const destination = { type: 'device', id: carol.device };
    expect(await act(id, { action: 'transfer', mode: 'blind', destination })).toBe('202');
    await eventually(() => caller.refers.length > 0, 20_000);
    expect(caller.refers.map(({ to }) => printUri(to))).toEqual([expect.stringContaining(`sip:${carol.extension}@`)]);
    const next = await converse(alice.phone, carol.phone, carol.extension);
    caller.report(200);
    caller.hangUp();
    await expectEnd(callee, 'ended by peer');
    await eventually(async () => {
      const { data } = (await tenant.ask('GET', `/events/call/${id}`)).body as { data: object };
      expect(JSON.stringify(data)).toContain('call.action');
    });
    expect(next.caller.isUp).toBe(true);
  });
});

/** Where the requests within a dialog go. */
function targetOf({ session }: SoftCall): Uri {
  const uri = parseUri(session.stored()?.target ?? '');
  if (uri instanceof Fault) throw new Error(uri.reason);
  return uri;
}

describe('an attacker', () => {
  let victim: Softphone;
  let mallory: RegisteredSoftphone;
  beforeAll(async () => {
    victim = open.use(await Softphone.open(sipServer, { from: ownAddress(), port: 15_060 }));
    const other = await newPeerTenant();
    await useExtensions(other);
    const [made] = await newSoftphones(other, ['200']);
    open.use(made.phone);
    mallory = made;
  });

  test('refers no one to a host that is not of the organization', async () => {
    const { caller, callee } = await aliceCallsBob();
    const { status } = await refer(callee, '4711', { host: victim.place.address });
    expect([status, victim.calls.length]).toEqual([403, 0]);
    await expectJoined([alice.phone, caller], [bob.phone, callee]);
  });

  test('redirects no call: a 302 is a failure', async () => {
    carol.phone.answers = 'ring';
    const call = alice.phone.call(carol.extension);
    const elsewhere = address(sipUri({ user: '9555', host: victim.place.address, port: victim.place.port }));
    (await carol.phone.nextCall()).reject(
      302,
      new Headers([Field.of(textHeader('Contact'), `<${printUri(elsewhere.uri)}>`)]),
    );
    await eventually(() => expect(call.log.at(-1)).toBe('failed 480'), 20_000);
    expect(victim.calls).toEqual([]);
  });

  test('that is a colleague takes no dialog of a line that it may not watch', async () => {
    const { caller, callee } = await aliceCallsBob();
    const logs = [[...caller.log], [...callee.log]];
    for (const { dialog } of [caller, callee]) {
      const taken = carol.phone.call(bob.extension, { replaces: dialog });
      await eventually(() => expect(taken.log.at(-1)).toBe('failed 403'), 20_000);
    }
    const own = carol.phone.call('9777');
    await eventually(() => own.isUp, 20_000);
    const { reports } = await refer(own, bob.extension, { replaces: callee.dialog });
    await expectReport(reports, 403);
    expect([caller.log, callee.log]).toEqual(logs);
    await expectJoined([alice.phone, caller], [bob.phone, callee]);
  });

  test('of another organization takes no dialog by INVITE with Replaces', async () => {
    const { caller, callee } = await aliceCallsBob();
    const taken = mallory.phone.call('200', { replaces: callee.dialog });
    await eventually(() => expect(taken.log.at(-1)).toBe('failed 481'), 20_000);
    await expectJoined([alice.phone, caller], [bob.phone, callee]);
  });

  test('of another organization is not joined to a dialog by REFER', async () => {
    const { caller, callee } = await aliceCallsBob();
    const own = mallory.phone.call('200');
    const answered = await mallory.phone.nextCall();
    await eventually(() => own.isUp, 20_000);
    const { reports } = await refer(answered, '200', { host: mallory.phone.domain, replaces: callee.dialog });
    await expectReport(reports, 481);
    await expectJoined([alice.phone, caller], [bob.phone, callee]);
  });

  test('that has seen a dialog refers no one from another address', async () => {
    const { caller, callee } = await aliceCallsBob();
    const { callId, toTag, fromTag } = callee.dialog;
    const before = gateway.calls.length;
    const thief = open.use(await Softphone.open(sipServer, { from: ownAddress(), account: bob.account }));
    const stolen = newRequest({
      method: 'REFER',
      uri: targetOf(callee),
      via: newVia('UDP', thief.place.address, thief.place.port, 'z9hG4bKstolen'),
      from: address(sipUri({ user: 'bob', host: bob.phone.domain }), new Parameters([['tag', fromTag]])),
      to: address(sipUri({ user: 'alice', host: bob.phone.domain }), new Parameters([['tag', toTag]])),
      callId,
      sequence: 100,
      headers: new Headers([
        Field.of(header.contact, address(sipUri({ user: 'bob', host: thief.place.address }))),
        Field.of(header.referTo, address(sipUri({ user: '9555', host: bob.phone.domain }))),
      ]),
    });
    expect((await thief.exchange(stolen)).status).toBe(407);
    expect(gateway.calls).toHaveLength(before);
    // The phone may have given the credentials to a stranger that has challenged it.
    expect((await thief.prove(stolen)).status).toBe(403);
    expect(gateway.calls).toHaveLength(before);
    // Where it registers it is the phone itself, which has got another address.
    expect(await thief.register()).toBe(200);
    expect((await thief.exchange(stolen)).status).toBe(202);
    await eventually(() => gateway.calls.length > before, 20_000);
    caller.hangUp();
  });
});
