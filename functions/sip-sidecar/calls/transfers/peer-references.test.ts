import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { gatewayOf, trunkOf } from '#test/support/resources.fixture.ts';
import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import type { NumberItem } from '#dynamodb/rows/number.ts';
import type { Replaces } from '#sip/session/session.ts';
import { sipUri } from '#sip/uri.ts';
import { peerOf } from '#test/support/resources.fixture.ts';
import type { Flow } from '../../transport/flow.ts';
import { gatewayParty } from '../call/calls.fixture.ts';
import { noParty, type LegParty } from '../call/record.ts';
import { Speaker } from '../legs/speaker.ts';
import type { Route } from '../routing/route.ts';
import { answeredCall, type AnsweredCall } from '../running/running-call.fixture.ts';
import { NewParties } from './new-parties.ts';
import { directoryOf, organization, own, referTo, routedTo, transfersContext } from './transfers.fixture.ts';
import { Transfers } from './transfers.ts';

/** REFER of trunks and gateways. */

const trunkParty = (id: string, target: string): LegParty => ({ ...noParty, kind: 'trunk', target, trunk_id: id });

const confirmed = '192.0.2.7';

type World = {
  readonly trunk?: Partial<TrunkItem>;
  readonly refer?: 'accept' | 'reject';
  readonly route?: Route;
  readonly sessions?: Parameters<typeof transfersContext>[0] extends (infer O) | undefined
    ? O extends { readonly sessions?: infer S }
      ? S
      : never
    : never;
  readonly now?: () => Date;
};

/** Transfers of calls whose trunks accept REFER, unless they say otherwise. */
function transfersOf(
  calls: readonly AnsweredCall[],
  { trunk = {}, refer = 'accept', route, sessions, now }: World = {},
) {
  const made = transfersContext({
    ...(route === undefined ? {} : { route }),
    ...(sessions === undefined ? {} : { sessions }),
  });
  const { context, ...asked } = made;
  const directory = directoryOf({
    trunk: async (_organization, id) => trunkOf({ id, type: 'pbx', refer, ...trunk }),
    gateway: async () => gatewayOf({ peer: { ...peerOf(), refer } }),
    activeNumbers: async (numbers) =>
      numbers.flatMap((number) => (number === own.number ? [{ number, org_id: organization } as NumberItem] : [])),
    confirmedAddressesOf: async () => [confirmed],
  });
  const all = {
    ...context,
    directory,
    context: { ...context.context, ...(now === undefined ? {} : { clock: now }) },
  };
  const transfers = new Transfers(all, { all: () => calls.map(({ call }) => call) }, new NewParties(all));
  return { transfers, ...asked };
}

/** A call of a PBX to phone 202; or of phone 201 to the party of a trunk or gateway. */
const fromPbx = () =>
  answeredCall('pbx', '202', { source: trunkParty('trunk_pbx', 'pbx'), facts: { began_by: 'trunk' } });
const toPeer = (party: LegParty) => answeredCall('201', 'peer', { party: { ...party, target: 'peer' } });

async function answersTo(made: AnsweredCall, world: World, ...to: Parameters<typeof referTo>) {
  const { transfers, ...asked } = transfersOf([made], world);
  const { refer, answers } = referTo(...to);
  transfers.onRefer(made.call, made.call.record.began_by === 'trunk' ? 'a' : 'b1', refer);
  await eventually(() => answers.length > 0);
  return { answers, ...asked };
}

const pbx = { trunk: { type: 'pbx' } } as const;

test('a PBX that has called refers the other party by the plan and the money of its organization', async () => {
  const made = await fromPbx();
  const { answers, routed } = await answersTo(made, pbx, '+12125550199');
  await made.isInvited('203');
  made.listeners.get('203')?.onAnswer({ sdp: 'sdp-203' });
  await eventually(() => answers.length === 2);
  expect(answers).toEqual(['202', 'reports 200']);
  expect(routed).toMatchObject([{ called: '+12125550199', userId: null, reserves: true, isInProgress: true }]);
  expect(made.log('202')).toContain('offer sdp-203');
});

test('a PBX that hangs up at once has its call transferred, and one whose REFER is rejected ends it', async () => {
  const outcomes = await Promise.all(
    (['accept', 'reject'] as const).map(async (setting) => {
      const made = await fromPbx();
      const answering = answersTo(made, { ...pbx, refer: setting }, '+12125550199');
      made.call.traffic.listenerOf('a').onEnd({ by: 'peer' });
      const { answers } = await answering;
      if (setting === 'accept') {
        await made.isInvited('203');
        made.listeners.get('203')?.onAnswer({ sdp: 'sdp-203' });
        await eventually(() => answers.length === 2);
      }
      return [answers.at(-1), made.call.state.phase];
    }),
  );
  expect(outcomes).toEqual([
    ['reports 200', 'up'],
    ['603', 'over'],
  ]);
});

test('a number of the organization is called by its own route', async () => {
  const made = await fromPbx();
  const { numbered, routed } = await answersTo(made, pbx, own.number);
  await made.isInvited('203');
  expect([numbered, routed]).toEqual([[own.number], []]);
});

const helped = routedTo('911');
const routedToHelp: Route = {
  ...helped,
  attempts: helped.attempts.map((targets) =>
    targets.map((target) => ({ ...target, party: { ...target.party, kind: 'gateway' } })),
  ),
};

test.each<[string, World, string, string[]]>([
  ['a trunk that rejects REFER, as all do by default', { refer: 'reject' }, '203', ['603']],
  ['a trunk that is suspended', { trunk: { suspended_by_operator: true } }, '203', ['603']],
  ['a PBX to an emergency number', pbx, '911', ['202', 'reports 403']],
  ['a PBX to an emergency number in another spelling', pbx, '+1911', ['202', 'reports 403']],
  ['a PBX to what a gateway sends as an emergency number', { route: routedToHelp }, '8911', ['202', 'reports 403']],
  [
    'a PBX to what the plan takes for help',
    { route: { ...routedTo('203'), isEmergency: true } },
    '203',
    ['202', 'reports 403'],
  ],
])('a REFER of %s calls no one, and the call goes on', async (_what, world, called, expected) => {
  const made = await fromPbx();
  const { answers } = await answersTo(made, world, called);
  await eventually(() => answers.length === expected.length);
  expect([answers, made.sessions.has('203'), made.call.mayTransfer]).toEqual([expected, false, true]);
});

test('a REFER to a foreign host is rejected, and nothing is decided', async () => {
  const made = await fromPbx();
  const { answers, routed } = await answersTo(made, pbx, '203', { host: 'victim.example.net' });
  expect([answers, routed]).toEqual([['403'], []]);
});

test.each<[string, World, () => Promise<AnsweredCall>]>([
  ['a carrier', { trunk: { type: 'carrier' } }, fromPbx],
  ['a peer', { trunk: { type: 'peer' } }, fromPbx],
  ['a gateway', {}, () => toPeer(gatewayParty('gw_1'))],
  ['a PBX that was called', pbx, () => toPeer(trunkParty('trunk_pbx', 'peer'))],
])('%s reaches extensions only, without a plan and without money', async (_what, world, call) => {
  const { routed, extensions, answers } = await answersTo(await call(), world, '+18095550100');
  expect([routed, extensions, answers[0]]).toEqual([[], ['+18095550100'], '202']);
});

test.each([
  [confirmed, 1],
  ['198.51.100.9', 0],
])('a PBX that was called, and speaks from %s, is admitted %i times', async (address, times) => {
  const made = await toPeer(trunkParty('trunk_pbx', 'peer'));
  const speaker = new Speaker({
    known: () => ({ flows: [], addresses: [] }),
    lookUp: async () => ({ flows: [], addresses: [] }),
  });
  speaker.last = { remote: { address, port: 5_060 } } as Flow;
  const sender = { request: expect.fail, acknowledge: expect.fail, speaker };
  Object.assign(made.sessions.get('peer')?.session ?? {}, { route: { sender, nextHop: sipUri({ host: address }) } });
  const { routed } = await answersTo(made, pbx, '+12125550199');
  expect(routed).toHaveLength(times);
});

test('ten REFERs of a trunk a minute are taken, and the eleventh is told when to come again', async () => {
  let now = Date.parse('2026-11-22T10:00:10.000Z');
  const made = await fromPbx();
  const { transfers, routed } = transfersOf([made], {
    route: { ...routedTo('203'), isEmergency: true },
    now: () => new Date(now),
  });
  const ask = async () => {
    const { refer, answers } = referTo('203');
    transfers.onRefer(made.call, 'a', refer);
    await eventually(() => answers.length > 0);
    return answers[0];
  };
  for (let sent = 0; sent < 10; sent += 1) expect(await ask()).toBe('202');
  now += 15_000;
  expect([await ask(), routed.length]).toEqual(['603 after 45', 10]);
  now += 45_001;
  expect(await ask()).toBe('202');
});

const dialog: Replaces = { callId: 'c', toTag: 't', fromTag: 'f', earlyOnly: false };

/** A PBX in two calls, and what becomes of a REFER in the first one that replaces its dialog in the second one. */
async function attended(
  second: LegParty,
  { org_id = organization, source, ...world }: World & { readonly org_id?: number; readonly source?: LegParty } = {},
) {
  const one = await fromPbx();
  const caller = source === undefined ? {} : { source };
  const other = await answeredCall('204', 'second', { party: second, facts: { org_id }, ...caller });
  const session = other.sessions.get('second')?.session;
  if (session === undefined) throw new Error('no session');
  const { transfers } = transfersOf([one, other], {
    ...world,
    sessions: { replaced: () => session, accept: () => undefined },
  });
  const { refer, answers } = referTo('204', { replaces: dialog });
  transfers.onRefer(one.call, 'a', refer);
  await eventually(() => answers.length === 2);
  return { answers, one, other };
}

test('Replaces joins the parties that stay of two calls of the same trunk', async () => {
  for (const type of ['pbx', 'carrier'] as const) {
    const { answers, one, other } = await attended(trunkParty('trunk_pbx', 'second'), { trunk: { type } });
    expect(answers).toEqual(['202', 'reports 200']);
    expect([one.log('202').at(-1), other.log('204').at(-1)]).toEqual(['offer sdp-204', 'acknowledge sdp-202']);
  }
});

test.each<[string, LegParty, number | undefined]>([
  ['another trunk', trunkParty('trunk_2', 'second'), undefined],
  ['a gateway', { ...gatewayParty('gw_1'), target: 'second' }, undefined],
  ['a phone', { ...noParty, kind: 'device', target: 'second', device_id: 'dev_1' }, undefined],
  ['the same trunk id of another organization', trunkParty('trunk_pbx', 'second'), 1_002],
])('Replaces of a dialog of %s is reported as unknown, and no call changes', async (_what, party, org_id) => {
  const { answers, one, other } = await attended(party, org_id === undefined ? {} : { org_id });
  expect([answers, one.call.mayTransfer, other.call.mayTransfer]).toEqual([['202', 'reports 481'], true, true]);
});

test.each([
  ['carrier', 403],
  ['pbx', 200],
] as const)('Replaces of a %s in a call of an outside party is reported as %i', async (type, status) => {
  const outside = { source: { ...gatewayParty('gw_9'), target: '204' }, trunk: { type } };
  const { answers } = await attended(trunkParty('trunk_pbx', 'second'), outside);
  expect(answers).toEqual(['202', `reports ${status}`]);
});
