import { beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { newCaller, proof, statusOf, type Caller, type Invite } from '#test/support/sip-caller.fixture.ts';
import { gatewayAt } from '#test/support/sip-gateways.fixture.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import { eventsOf } from '#test/support/store.fixture.ts';
import { storePlan } from '#test/support/stored-plan.fixture.ts';
import { trunkOf } from '#test/support/resources.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { Field, Headers } from '#sip/headers.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { create } from '#dynamodb/write.ts';
import { policyOf } from '#test/bench/plans.ts';
import { emptyPlan } from '../../dialplan/plan/plan-change.ts';
import { trunkAddressRow } from '../../telephony/rows/trunk-ip.ts';
import { addPhoneLine } from './mailboxes.fixture.ts';
import { addAccount, sipDomain, type Account, testSidecar } from './sidecar.fixture.ts';

/** Calls of attackers: none reaches a phone or a gateway that the dial plan does not allow to its caller. */

const organization = 1_001;
const other = 1_002;
const maxCalls = 8;
/** Where the phones are registered. */
const office = '127.4.0.1';

const task = testSidecar();
let bob: Phone;
let accounts: Readonly<Record<'alice' | 'bob' | 'dave', Account>>;
/** A host of no one here. */
let victim: Caller;

const callerAt = async (address: string, transport: 'udp' | 'tcp' = 'udp'): Promise<Caller> => {
  const caller = await newCaller(task.sidecar.bound[transport], address, transport);
  task.everything.defer(() => caller.close());
  return caller;
};

const registered = (phone: Phone) => eventually(async () => (await phone.register()).status === 200);

/** Two gateways of the organization are the sidecar itself, which takes calls from there as those of a trunk. */
async function leadBack(): Promise<void> {
  const { port } = task.sidecar.bound.udp;
  const [one, two] = [gatewayAt(1, { port, interval: 60 }), gatewayAt(2, { port, interval: 60 })];
  const gateways = [one, two].map((gateway) => ({
    ...gateway,
    ping: { ...gateway.ping, enabled: false },
    peer: gateway.peer === null ? null : { ...gateway.peer, host: '127.0.0.1' },
  }));
  await commit(task.store, organization, [
    ...gateways.map((gateway) => create(gatewayRow, gateway)),
    create(trunkRow, trunkOf({ id: 'trunk_loop', type: 'pbx', host: '127.0.0.1', port })),
  ]);
  const owners = [{ org_id: organization, trunk_id: 'trunk_loop', type: 'pbx', active: true, trusted: true }] as const;
  await commit(task.store, 0, [create(trunkAddressRow, { address: '127.0.0.1', port, owners, version: 1 })]);
  const [gateway, next] = [one.name, two.name];
  await storePlan(task.store, organization, {
    ...emptyPlan,
    version: 1,
    policies: [
      {
        ...policyOf('^9[0-9]+$', 0),
        actions: { allow: true, gateway, failover_gateways: [next] },
        gateway_ids: { [gateway]: one.id, [next]: two.id },
      },
    ],
    template: {
      rules: [{ priority: 1, pattern: '^(20[0-9])$', action: 'bridge', destination: 'user/$1@office' }],
      variables: {},
    },
    gateways: [one, two].map(({ id, name }) => ({ id, name, enabled: true, prefix: '', strip: 0 })),
  });
}

beforeAll(async () => {
  for (const id of [organization, other]) {
    const { limits, ...plain } = organizationOf(id);
    const limited = { ...plain, limits: { ...limits, max_concurrent_calls: maxCalls } };
    await commit(task.store, id, [create(organizationRow, limited)]);
  }
  await leadBack();
  const line = (device: string, extension: string) => addPhoneLine(task.store, { device, extension, user: null });
  accounts = { alice: await line('dev_a', '201'), bob: await line('dev_b', '202'), dave: await line('dev_d', '203') };
  for (const account of [accounts.alice, accounts.bob]) {
    bob = await task.sidecar.phone(account, { from: office });
    task.everything.defer(bob.close);
    await registered(bob);
  }
  bob.answers = 486;
  victim = await callerAt('127.4.0.9');
});

/** Calls that have come to Bob, each of which he may have got repeatedly. */
const rung = (): number =>
  new Set(bob.notified.filter(({ method }) => method === 'INVITE').map(({ callId }) => callId)).size;
const created = async (): Promise<number> =>
  (await eventsOf(task.store, organization)).filter(({ type }) => type === 'call.created').length;

let before: { rung: number; created: number };
beforeEach(async () => {
  before = { rung: rung(), created: await created() };
});

const expectNothing = async (): Promise<void> => {
  expect({ rung: rung(), created: await created() }).toEqual(before);
  expect(victim.received).toEqual([]);
};

const uriOf = (user: string, host = sipDomain): string => `sip:${user}@${host}`;

/** A call with the password of an account, after its challenge. @param proven the URI of the credentials */
async function call(
  caller: Caller,
  account: Account,
  { uri, proven = uri, ...more }: Invite & { readonly proven?: string },
): Promise<string> {
  const user = account.username;
  const challenge = await caller.invite({ uri, user });
  expect(statusOf(challenge)).toBe(407);
  return caller.invite({ uri, user, ...more, lines: [proof(challenge, account, proven)] });
}

test.each<[string, 'udp' | 'tcp', string | undefined]>([
  ['which rings', 'udp', undefined],
  ['over another transport', 'tcp', undefined],
  ['with credentials for an odd URI', 'udp', `sip:${office}`],
])('a registered phone calls another one from another port, %s', async (_, transport, proven) => {
  const invite = { uri: uriOf('202'), ...(proven === undefined ? {} : { proven }) };
  const response = await call(await callerAt(office, transport), accounts.alice, invite);
  expect([statusOf(response), rung() - before.rung]).toEqual([486, 1]);
});

test.each<[string, 'udp' | 'tcp']>([
  ['a packet', 'udp'],
  ['a connection', 'tcp'],
])(
  // A stranger that a phone has called challenges its re-INVITE for our realm, and gets its credentials.
  'credentials that a stranger has from a phone, for the URI of the stranger, are worth nothing in %s of the stranger',
  async (_, transport) => {
    const stranger = await callerAt('127.4.6.1', transport);
    for (const proven of [`sip:stranger@${stranger.address}:${stranger.port}`, uriOf('202')]) {
      const response = await call(stranger, accounts.alice, { uri: uriOf('202'), proven });
      expect(statusOf(response)).toBe(403);
    }
    await expectNothing();
  },
);

test('a phone that the seller has marked calls without a registration, from anywhere', async () => {
  const marked = await addAccount(task.store, { device: 'dev_m', line: 4, calls_without_registration: true });
  const response = await call(await callerAt('127.4.6.2'), marked, { uri: uriOf('202') });
  expect([statusOf(response), rung() - before.rung]).toEqual([486, 1]);
});

test.each<[string, (victimAt: string) => Invite]>([
  ['to a foreign host', (at) => ({ uri: uriOf('00441234567890', at) })],
  ['over a route of its own', (at) => ({ uri: uriOf('202'), lines: [`Route: <sip:${at};lr>`] })],
  ['over a route through us', (at) => ({ uri: uriOf('x', at), lines: [`Route: <sip:${sipDomain};lr>`] })],
  [
    'in the name of a user',
    () => ({ uri: uriOf('202'), user: 'u-dev_a', lines: [`P-Asserted-Identity: <${uriOf('u-dev_a')}>`] }),
  ],
  ['with a diversion', () => ({ uri: uriOf('9555'), lines: [`Diversion: <${uriOf('201')}>;reason=unconditional`] })],
])('the call of a stranger %s is challenged, and goes nowhere', async (_, invite) => {
  const stranger = await callerAt('127.4.2.1');
  const response = await stranger.invite(invite(`${victim.address}:${victim.port}`));
  expect(statusOf(response)).toBe(407);
  await expectNothing();
});

test('a response goes to the sender of a packet, not to the address that it names', async () => {
  const stranger = await callerAt('127.4.2.2');
  const named = `${victim.address}:${victim.port}`;
  const response = await stranger.invite({ uri: uriOf('202'), via: named, contact: `<sip:someone@${named}>` });
  expect(statusOf(response)).toBe(407);
  await expectNothing();
});

test.each<[string, number, () => readonly [Account, string]]>([
  ['without a registration', 403, () => [accounts.dave, uriOf('202')]],
  ['with a wrong password', 403, () => [{ ...accounts.alice, password: 'wrong' }, uriOf('202')]],
  ['of a user that does not exist', 403, () => [{ username: 'nobody', password: 'x' }, uriOf('202')]],
  ['to the domain of another organization', 403, () => [accounts.alice, uriOf('202', 'other.example.com')]],
])('a call %s is rejected', async (_, status, calling) => {
  const [account, uri] = calling();
  expect(statusOf(await call(await callerAt(office), account, { uri }))).toBe(status);
  await expectNothing();
});

test.each([
  ['an extension with parameters', uriOf('202;ext=1;tgrp=x;npdi'), 486],
  ['an extension with separators', uriOf('2-0.2'), 486],
  ['an extension as a tel URI', 'tel:202;phone-context=+46', 486],
  ['a number with parameters that the plan does not have', uriOf('00882123456;rn=202;phone-context=+46'), 404],
  ['a number that goes on as none', uriOf('+4670123%23202'), 484],
  ['a national number with keys behind it', uriOf('0701234567%2312'), 484],
  ['an extension after a blank', uriOf('202%20202'), 484],
])('the plan decides of %s, and of nothing beside it', async (_, uri, status) => {
  const response = await call(await callerAt(office), accounts.alice, { uri });
  expect(statusOf(response)).toBe(status);
  if (status === 484) expect(response).toMatch(/^Reason: Q\.850;cause=28\r$/m);
  expect([rung() - before.rung, victim.received.length]).toEqual([status === 486 ? 1 : 0, 0]);
});

type Rejection = {
  readonly status: number;
  readonly reason: string;
  /** What Bob says. */
  readonly said: Readonly<Record<string, string>>;
  /** The response to the caller, without what every response has. */
  readonly heard: readonly string[];
  /** What the call and its CDR have of it. */
  readonly text?: string;
};

const redress = 'v=analytics1;url=https://redress.example.com';

test.each<Rejection>([
  {
    status: 603,
    reason: 'Network Blocked',
    said: { Reason: `SIP;cause=603;text="${redress}";location=LN;x=1`, 'Retry-After': '60', Warning: '370 victim "x"' },
    heard: [
      'SIP/2.0 603 Network Blocked',
      'Reason: Q.850;cause=21',
      `Reason: SIP;cause=603;text="${redress}";location=LN`,
      'Retry-After: 60',
    ],
    text: redress,
  },
  {
    status: 488,
    reason: 'Victim',
    said: { Warning: '370 victim.example.com "Insufficient bandwidth", 299 victim.example.com "any"' },
    heard: [
      'SIP/2.0 488 Not Acceptable Here',
      'Reason: Q.850;cause=88',
      'Warning: 370 callee "Insufficient bandwidth"',
    ],
  },
  // The card of who has blocked a call comes from networks, and not from phones.
  ...(
    [
      [607, 'Unwanted'],
      [608, 'Rejected'],
    ] as const
  ).map(([status, phrase]) => ({
    ...{ status, reason: 'Victim' },
    said: {
      Reason: `SIP;cause=${status};text="Blocked"`,
      'Call-Info': '<https://victim.example.com/card>;purpose=jwscard',
    },
    heard: [`SIP/2.0 ${status} ${phrase}`, 'Reason: Q.850;cause=21', `Reason: SIP;cause=${status};text="Blocked"`],
    text: 'Blocked',
  })),
])(
  'a rejection with $status says why, and sets nothing else at the caller',
  async ({ status, reason, said, heard, text }) => {
    const others = {
      'Alert-Info': '<http://victim.example.com/ring.wav>',
      'X-Any': '1',
      'Error-Info': '<sip:9555@victim.example.com>',
    };
    const headers = new Headers(
      Object.entries({ ...said, ...others }).map(([name, value]) => new Field(name, name.toLowerCase(), value)),
    );
    bob.replies = ({ method }) => (method === 'INVITE' ? { status, reason, headers } : undefined);
    const response = await call(await callerAt(office), accounts.alice, { uri: uriOf('202') });
    bob.replies = undefined;
    const common = /^(?:Via|From|To|Call-ID|CSeq|Content-Length|User-Agent):/;
    expect(response.split('\r\n').filter((line) => line !== '' && !common.test(line))).toEqual(heard);
    const cause = { sip_code: status, ...(text === undefined ? {} : { text }) };
    await eventually(async () => {
      const ended = (await eventsOf(task.store, organization)).findLast(({ type }) => type === 'call.hangup');
      expect(ended?.data['hangup']).toMatchObject(cause);
      const { body } =
        task.sidecar.dependencies.queues.sent.findLast(({ queue }) => queue === 'cdr-ingest')?.message ?? {};
      expect(body).toMatchObject({ records: [{ callee: '202', cause }] });
    });
  },
);

test('a number that the plan does not have is rejected', async () => {
  expect(statusOf(await call(await callerAt(office), accounts.alice, { uri: uriOf('00882123456') }))).toBe(404);
  expect([rung() - before.rung, victim.received.length]).toEqual([0, 0]);
});

test('a phone of another organization does not reach an extension of this one', async () => {
  const eve = await addAccount(task.store, { organization: other, device: 'dev_e' });
  const phone = await task.sidecar.phone(eve, { from: '127.4.3.3' });
  task.everything.defer(phone.close);
  await registered(phone);
  expect(statusOf(await call(await callerAt('127.4.3.3'), eve, { uri: uriOf('202') }))).toBe(404);
  expect(rung()).toBe(before.rung);
});

test('credentials that are replayed from another address are worth nothing', async () => {
  const [owner, thief] = [await callerAt(office), await callerAt('127.4.4.2')];
  const uri = uriOf('202');
  const challenge = await owner.invite({ uri, user: accounts.alice.username });
  const stolen = { uri, user: accounts.alice.username, lines: [proof(challenge, accounts.alice, uri)] };
  expect(statusOf(await thief.invite(stolen))).toBe(407);
  await expectNothing();
});

test('a call whose gateways lead back to us ends by its hops, without trying the next gateway at each', async () => {
  const caller = await callerAt(office);
  const response = await call(caller, accounts.alice, { uri: uriOf('9555'), maxForwards: 4 });
  expect(statusOf(response)).toBe(483);
  // One call for each hop; two at each would be fifteen.
  expect((await created()) - before.created).toBeLessThan(15);
});

test('a loop of 70 hops ends at the concurrent calls of the organization', async () => {
  const response = await call(await callerAt(office), accounts.alice, { uri: uriOf('9555') });
  expect(statusOf(response)).toBe(486);
  expect((await created()) - before.created).toBeLessThanOrEqual(2 * maxCalls);
});
