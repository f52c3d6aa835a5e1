import { beforeAll, describe, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { registrationWrites, trunkRegistrationRow, trunkRow, type TrunkItem } from '#dynamodb/rows/trunk.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { sealPassword } from '#secrets/peer-password.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { newRegistration } from '#telephony/trunk-registration.ts';
import { policyOf } from '#test/bench/plans.ts';
import { eventually } from '#test/support/eventually.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { gatewayOf, numberOf, peerOf, pingOf, setAddresses, trunkOf } from '#test/support/resources.fixture.ts';
import { newCaller, proof, statusOf, type Caller } from '#test/support/sip-caller.fixture.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import { storePlan } from '#test/support/stored-plan.fixture.ts';
import { emptyPlan } from '../../dialplan/plan/plan-change.ts';
import { fieldOf, okTo, playCarrier, plays, type Played } from './carriers.fixture.ts';
import { addPhoneLine } from './mailboxes.fixture.ts';
import { sipDomain, testSidecar, type Account } from './sidecar.fixture.ts';

/** Calls with carriers by name, each of which is played as its documentation says. */

const organization = 1_001;
const office = '127.9.0.1';
const task = testSidecar();

let alice: { readonly account: Account; readonly caller: Caller };
let bob: Phone;
let spare: Played;
const played: Played[] = [];
const trunks: TrunkItem[] = [];

const nameOf = ({ name, profile }: (typeof plays)[number]): string => name ?? profile;

const ping = pingOf({ enabled: false });

/** The trunk of a carrier, its number and its address. */
async function connect(at: number): Promise<void> {
  const play = plays[at]!;
  const carrier = await playCarrier(`127.9.1.${at + 1}`, play);
  played.push(carrier);
  task.everything.defer(() => carrier.close());
  const id = `trunk_${at}`;
  const { address, port } = carrier;
  const server =
    play.trunk.host === undefined ? { host: address, port } : { outbound_proxy: `${address}:${port}`, port: 5_060 };
  const trunk = trunkOf({
    ...{ id, name: nameOf(play), profile: play.profile, ...server, ...play.trunk, nat_support: false },
    ...{ caller_id_number: play.number, created_at: new Date().toISOString() },
    sealed_password:
      (await sealPassword(sealsFrom(task.sidecar.secrets), play.challenges ? 'secret' : null, { organization, id })) ??
      null,
  });
  trunks.push(trunk);
  const registration = newRegistration(trunk.registration_epoch, new Date().toISOString(), 'pending');
  await commit(task.store, organization, [
    create(trunkRow, trunk),
    ...registrationWrites(trunk, trunk.register ? { kind: 'begin', registration } : { kind: 'keep' }),
    create(gatewayRow, gatewayOf({ id: `gw_${at}`, name: `gateway-${at}`, trunk_id: id, peer: null, ping })),
  ]);
  await setAddresses(task.store, trunk, [
    {
      ...{ id: `ip_${at}`, address, type: 'signaling', port, priority: 1, active: true, trusted: true },
      ...{ created_at: '', updated_at: '' },
    },
  ]);
  const route = { type: 'device', id: 'dev_b' } as const;
  // A PBX names numbers of its organization only.
  const own = [play.number, ...(trunk.type === 'pbx' ? [play.caller] : [])];
  for (const number of own)
    await commit(task.store, 0, [
      create(numberRow, numberOf({ id: `num_${number}`, number, org_id: organization, route })),
    ]);
}

/** Each carrier has numbers of its own, and the spare gateway is tried after it. */
async function storePolicies(): Promise<void> {
  const next = gatewayOf({
    ...{ id: 'gw_spare', name: 'spare', trunk_id: null, ping },
    peer: peerOf({ host: spare.address, port: spare.port }),
  });
  await commit(task.store, organization, [create(gatewayRow, next)]);
  const all = [...plays.map((_play, at) => ({ id: `gw_${at}`, name: `gateway-${at}` })), next];
  await storePlan(task.store, organization, {
    ...emptyPlan,
    version: 1,
    policies: plays.map((_play, at) => ({
      ...policyOf(`^\\+?4420${at}[0-9]+$`, 0),
      ...{ id: `pol_${at}`, priority: at },
      actions: { allow: true, gateway: `gateway-${at}`, failover_gateways: ['spare'] },
      gateway_ids: { [`gateway-${at}`]: `gw_${at}`, spare: 'gw_spare' },
    })),
    gateways: all.map(({ id, name }) => ({ id, name, enabled: true, prefix: '', strip: 0 })),
  });
}

beforeAll(async () => {
  await commit(task.store, organization, [
    create(organizationRow, organizationOf(organization, { country: 'DE', timezone: 'Europe/Berlin' })),
  ]);
  spare = await playCarrier('127.9.2.1', undefined);
  task.everything.defer(() => spare.close());
  for (const at of plays.keys()) await connect(at);
  await storePolicies();
  const [one, two] = [
    await addPhoneLine(task.store, { device: 'dev_a', extension: '201', user: null }),
    await addPhoneLine(task.store, { device: 'dev_b', extension: '202', user: null }),
  ];
  for (const account of [one, two]) {
    bob = await task.sidecar.phone(account, { from: office });
    task.everything.defer(bob.close);
    await eventually(async () => expect((await bob.register()).status).toBe(200));
  }
  bob.answers = 486;
  alice = { account: one, caller: await newCaller(task.sidecar.bound.udp, office) };
  task.everything.defer(() => alice.caller.close());
});

/** A call of Alice. @returns its final response */
async function finalOf(number: string): Promise<string> {
  const uri = `sip:${number}@${sipDomain}`;
  const user = alice.account.username;
  const challenge = await alice.caller.invite({ uri, user });
  expect(statusOf(challenge)).toBe(407);
  return alice.caller.invite({ uri, user, lines: [proof(challenge, alice.account, uri)] });
}
const callOut = async (number: string): Promise<number> => statusOf(await finalOf(number));

/** Waits until a call of Alice ends by a BYE, which she accepts. */
const untilEnded = (final: string): Promise<void> =>
  eventually(() => {
    const isEnd = (each: string) => each.startsWith('BYE ') && fieldOf(each, 'Call-ID') === fieldOf(final, 'Call-ID');
    alice.caller.send(okTo(alice.caller.received.find(isEnd) ?? expect.fail('the call goes on')));
  });
const numberAt = (at: number): string => `+4420${at}1234567`;

const invitesAtBob = () => bob.notified.filter(({ method }) => method === 'INVITE');

describe.each(plays.map((play, at) => ({ name: nameOf(play), play, at })))('$name', ({ play, at }) => {
  const carrier = (): Played => played[at]!;
  const number = numberAt(at);

  test('takes a call of ours, as it is as its documentation demands', async () => {
    const before = spare.calls.length;
    const status = await callOut(number);
    const { faults, calls } = carrier();
    expect({ status, faults, calls: calls.length, spare: spare.calls.length - before }).toEqual({
      ...{ status: 486, faults: [], calls: 1, spare: 0 },
    });
  });

  test('is followed by the next gateway if it is not available', async () => {
    carrier().answers = 503;
    const before = spare.calls.length;
    expect([await callOut(number), spare.calls.length - before]).toEqual([486, 1]);
    carrier().answers = 486;
  });

  test('answers a call of ours, which lasts until it hangs up', async () => {
    carrier().answers = 200;
    const final = await finalOf(number);
    carrier().answers = 486;
    expect([statusOf(final), final.split('\r\n').find((line) => line.startsWith('m='))]).toEqual([
      200,
      'm=audio 6000 RTP/AVP 0',
    ]);
    expect(statusOf(await carrier().hangUp())).toBe(200);
    await untilEnded(final);
  });

  test.each([607, 608])('that blocks a call with %i says so to the caller, with its card', async (status) => {
    const card = '<https://redress.example.com/card>;purpose=jwscard';
    Object.assign(carrier(), { answers: status, lines: [`Call-Info: ${card}`] });
    const before = spare.calls.length;
    const final = await finalOf(number);
    Object.assign(carrier(), { answers: 486, lines: [] });
    expect([statusOf(final), fieldOf(final, 'Call-Info'), spare.calls.length - before]).toEqual([status, card, 0]);
  });

  test.each(play.numbers)('calls a number of ours $what', async (how) => {
    const before = invitesAtBob().length;
    const final = await carrier().call(task.sidecar.bound.udp, how);
    expect([statusOf(final), fieldOf(final, 'Warning'), invitesAtBob().length - before]).toEqual([486, '', 1]);
  });

  test.each(play.callers)('names the caller $what', async ({ isWithheld = false, ...how }) => {
    expect(statusOf(await carrier().call(task.sidecar.bound.udp, how))).toBe(486);
    const [from] = invitesAtBob().at(-1)?.headers.fields({ key: 'from' }) ?? [];
    const user = /sip:([^@;>]*)/.exec(from?.value ?? '')?.[1];
    expect(user).toBe(isWithheld ? 'anonymous' : play.caller);
  });
});

test('carriers that say nothing are followed by the next gateway', async () => {
  for (const carrier of played) carrier.answers = 0;
  const before = spare.calls.length;
  const statuses = await Promise.all(plays.map((_play, at) => callOut(numberAt(at))));
  for (const carrier of played) carrier.answers = 486;
  expect([statuses, spare.calls.length - before]).toEqual([plays.map(() => 486), plays.length]);
});

const registering = plays.flatMap((play, at) => (play.trunk.register === true ? [{ name: nameOf(play), at }] : []));

test.each(registering)('$name registers the trunk', async ({ at }) => {
  const table = tableFor<'trunk-registration'>(task.store, organization);
  await eventually(async () => {
    const item = await table.get(trunkRegistrationRow, { id: trunks[at]!.id });
    const faults = played[at]!.faults.filter((fault) => fault.startsWith('REGISTER'));
    expect([item?.state, item?.last_error ?? null, faults]).toEqual(['registered', null, []]);
  });
});
