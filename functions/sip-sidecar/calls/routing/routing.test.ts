import { describe, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import type { NumberItem } from '#dynamodb/rows/number.ts';
import { numberOf } from '#test/support/resources.fixture.ts';
import { BlockedCaller } from '#telephony/blocked-caller.ts';
import { RingGroup } from '#telephony/ring-group.ts';
import { decisionOf } from '#functions/dialplan/plan/plan.fixture.ts';
import { withoutLimits, type LimitedDecision } from '#functions/dialplan/dialplan-evaluator/call-limits.ts';
import type { InboundDecision } from '#functions/dialplan/dialplan-evaluator/decider-steps.ts';
import { newInventoryNumber } from '#functions/telephony/numbers/number.ts';
import { printUri } from '#sip/uri.ts';
import { newGateway } from '#functions/telephony/sip-gateways/sip-gateway.ts';
import { newTrunk } from '#functions/telephony/sip-trunks/sip-trunk.ts';
import type { Directory } from '../directory/directory.ts';
import { Routing } from './routing.ts';
import { internal, rejection, type RoutedCall, type Route } from './route.ts';
import { sipTarget } from './sip-targets.ts';

const bridge = withoutLimits(decisionOf({ policy: null, destination: 'sip:202@pbx.example.com' }));
const transferTo = (destination: string, record: boolean): LimitedDecision => ({
  ...bridge,
  action: 'transfer',
  destination,
  record,
});

const unexpected = () => expect.fail('not expected');

type Parts = ConstructorParameters<typeof Routing>[0];
const routingOf = (
  directory: Parts['directory'],
  decider: Partial<Parts['decider']>,
  flows: Parts['flows'],
  blocked: readonly BlockedCaller[] = [],
) =>
  new Routing({
    ...{ directory, decider: { decide: unexpected, decideInbound: unexpected, ...decider } },
    ...{ flows, blocks: async () => blocked },
    ...{ random: () => 0, clock: () => new Date('2026-11-22T10:00:00.000Z') },
  });

const noFlows = { start: async () => undefined, playback: unexpected, mailbox: unexpected, deposit: unexpected };

/** Begins an application that does nothing. */
const newApplication = () => ({
  onDigit: () => undefined,
  onEnd: () => undefined,
  isMovable: false,
  suspend: () => undefined,
  goOn: () => undefined,
});

/** Whether a call is recorded. @param decisions by the dialed string */
async function isRecorded(called: string, decisions: Readonly<Record<string, LimitedDecision>>) {
  const routing = routingOf(
    {
      ownNumber: async () => undefined,
      contactsOfExtension: async () => [],
      ownerOfExtension: async () => undefined,
    } as Partial<Directory> as Directory,
    { decide: async ({ called: dialed }) => decisions[dialed] ?? bridge },
    noFlows,
  );
  const call = { organization: organizationOf(1_001), callId: 'call_1', caller: null, userId: null, reserves: false };
  const route = await routing.route({ ...call, called });
  if (route.kind === 'rejected') throw new Error(route.reason);
  return route.isRecorded;
}

test('a call is recorded as the decision says, also if that transfers it to another one', async () => {
  const decisions = {
    '202': { ...bridge, destination: 'user/202@office' },
    '203': { ...bridge, destination: 'user/203@office', record: true },
    '70': transferTo('202', true),
    '71': transferTo('203', false),
    '72': transferTo('202', false),
  };
  const dialed = ['202', '203', '70', '71', '72'];
  const recorded = await Promise.all(dialed.map((called) => isRecorded(called, decisions)));
  expect(recorded).toEqual([false, true, true, true, false]);
});

test('a call to a number of the organization is recorded as the number says', async () => {
  const offered = newInventoryNumber(
    { country: 'SE', type: 'geographic' },
    { id: 'num_1', number: '+46890510', now: '2026-11-20T10:00:00.000Z' },
  );
  const route = { type: 'device', id: 'dev_1' } as const;
  const directory = { contactsOfDevice: async () => [] } as Partial<Directory> as Directory;
  const routing = routingOf(directory, { decide: async () => bridge }, noFlows);
  const recorded = [{ ...offered, route }, ...[false, true].map((record) => ({ ...offered, route, record }))].map(
    async (number) => routing.routeNumber({ organization: organizationOf(1_001) }, number, 'inbound'),
  );
  expect(await Promise.all(recorded)).toMatchObject([false, false, true].map((isRecorded) => ({ isRecorded })));
});

test('the calls to a number go to its flow, if that is there and enabled', async () => {
  const offered = newInventoryNumber(
    { country: 'SE', type: 'geographic' },
    { id: 'num_1', number: '+46890510', now: '2026-11-20T10:00:00.000Z' },
  );
  const flows = {
    ...noFlows,
    start: async (_organization: number, flow: string) => (flow === 'flow_1' ? newApplication : undefined),
  };
  const routing = routingOf({} as Partial<Directory> as Directory, { decide: async () => bridge }, flows);
  const routeTo = (id: string) =>
    routing.routeNumber(
      { organization: organizationOf(1_001) },
      { ...offered, route: { type: 'flow', id } },
      'inbound',
    );
  expect(await routeTo('flow_1')).toMatchObject({
    kind: 'routed',
    direction: 'inbound',
    attempts: [
      [{ party: { kind: 'application', target: '+46890510' }, to: { kind: 'application', start: newApplication } }],
    ],
  });
  expect(await routeTo('flow_2')).toMatchObject({ kind: 'rejected', status: 404 });
});

test('the calls to a number go to its mailbox, if that is there and enabled', async () => {
  const offered = newInventoryNumber(
    { country: 'SE', type: 'geographic' },
    { id: 'num_1', number: '+46890510', now: '2026-11-20T10:00:00.000Z' },
  );
  const deposit = async (_organization: number, mailbox: string, reason: string) =>
    mailbox === '204' && reason === 'unavailable' ? newApplication : undefined;
  const routing = routingOf(
    {} as Partial<Directory> as Directory,
    { decide: async () => bridge },
    { ...noFlows, deposit },
  );
  const routeTo = (id: string) =>
    routing.routeNumber(
      { organization: organizationOf(1_001) },
      { ...offered, route: { type: 'voicemail', id } },
      'inbound',
    );
  expect(await routeTo('204')).toMatchObject({
    attempts: [[{ party: { kind: 'application' }, to: { kind: 'application', start: newApplication } }]],
  });
  expect(await routeTo('205')).toMatchObject({ kind: 'rejected', status: 404 });
});

test('a blocked caller is rejected, busy, or answered by a flow; by none that is gone', async () => {
  const flows = {
    ...noFlows,
    start: async (_organization: number, flow: string) => (flow === 'flow_1' ? newApplication : undefined),
  };
  const blocked = ['reject', 'busy', { flow: 'flow_1' }, { flow: 'flow_2' }].map((action, at) =>
    BlockedCaller.parse({ id: `block_${at}`, caller: `+4${at}`, action }),
  );
  const helped = ['usr_helped', '+46890511'];
  const directory: Partial<Directory> = { hasCalledForHelp: async (_organization, who) => helped.includes(who) };
  const routing = routingOf(directory as Directory, { decide: unexpected }, flows, blocked);
  const routeOf = (caller: string, organization = organizationOf(1_001), own?: NumberItem) =>
    routing.routeBlocked(organization, { names: [caller], isAnonymous: false }, { called: '+46890510', own });
  const cause = { cause: 'CALLER_BLOCKED' };
  expect(await Promise.all(['+40', '+41', '+42', '+43', '+44'].map((caller) => routeOf(caller)))).toMatchObject([
    { kind: 'rejected', status: 603, cause, blockedBy: 'block_0' },
    { kind: 'rejected', status: 486, cause, blockedBy: 'block_1' },
    { kind: 'routed', direction: 'inbound', channels: [], attempts: [[{ party: { target: '+46890510' } }]] },
    { kind: 'rejected', status: 603, cause, blockedBy: 'block_3' },
    undefined,
  ]);
  expect(await routeOf('+42', { ...organizationOf(1_001), status: 'suspended' })).toBeUndefined();
  // A PBX calls for help by its number, which no user has.
  const backTo = async (number: string, id: string, type: 'user' | 'flow' = 'user') => {
    const stamp = { id: 'num_1', number, now: '2026-11-20T10:00:00.000Z' };
    const offered = newInventoryNumber({ country: 'SE', type: 'geographic' }, stamp);
    return (await routeOf('+40', organizationOf(1_001), { ...offered, route: { type, id } }))?.kind;
  };
  expect([
    await backTo('+46890510', 'usr_helped'),
    await backTo('+46890511', 'flow_1', 'flow'),
    await backTo('+46890510', 'usr_2'),
    await backTo('+46890510', 'flow_1', 'flow'),
  ]).toEqual([undefined, undefined, 'rejected', 'rejected']);
});

test('an extension is called without the dial plan, and a number is none', async () => {
  const directory = {
    contactsOfExtension: async () => [],
    ownerOfExtension: async (_organization: number, extension: string) => (extension === '300' ? 'flow_1' : ''),
  } as Partial<Directory> as Directory;
  const routing = routingOf(
    directory,
    { decide: () => expect.fail('the plan is asked') },
    {
      ...noFlows,
      start: async () => () => expect.fail('it does not start'),
    },
  );
  const route = await routing.routeExtension(1_001, '300');
  expect(route).toMatchObject({ kind: 'routed', direction: 'internal', limit: { isReserved: false } });
  for (const called of ['301', '+12125550199', 'sip:300@x', ''])
    expect(await routing.routeExtension(1_001, called)).toMatchObject({ status: 404 });
});

test('an extension is that of phones, of a ring group, or of a call flow', async () => {
  const owners: Readonly<Record<string, string>> = { 300: 'rgrp_1', 400: 'flow_1', 401: 'flow_2', 203: 'usr_1' };
  const asked: string[] = [];
  const directory = {
    ownNumber: async () => undefined,
    contactsOfExtension: async () => [],
    ownerOfExtension: async (_organization: number, extension: string) => owners[extension],
    linesOfUser: async (_organization: number, user: string) => {
      asked.push(user);
      return [];
    },
    ringGroup: async (_organization: number, id: string) => {
      asked.push(id);
      return RingGroup.parse({ no_answer: { type: 'flow', id: 'flow_1' } });
    },
    isInCall: async () => false,
  } as Partial<Directory> as Directory;
  const decide = async ({ called }: { readonly called: string }) => ({ ...bridge, destination: `user/${called}` });
  const flows = {
    ...noFlows,
    start: async (_organization: number, flow: string) => (flow === 'flow_1' ? newApplication : undefined),
  };
  const routing = routingOf(directory, { decide }, flows);
  const call = { organization: organizationOf(1_001), callId: 'call_1', caller: null, userId: null, reserves: false };
  const dial = async (called: string) => {
    const route = await routing.route({ ...call, called });
    return route.kind === 'routed' ? route.attempts.flat().map(({ party }) => party.kind) : route.status;
  };
  expect(await dial('300')).toEqual(['application']);
  expect(await dial('400')).toEqual(['application']);
  expect(await dial('401')).toBe(404);
  expect(await dial('203')).toEqual([]);
  expect(await dial('204')).toEqual([]);
  expect(asked).toEqual(['rgrp_1', 'usr_1']);
});

describe('a call for help', () => {
  const gateway = newGateway({ name: 'carrier', host: 'sip.example.com', max_channels: 2 }, null, {
    ...{ id: 'gw_1', organization: 1_001, now: '2026-11-20T10:00:00.000Z' },
  });
  const over = (id: string | null, number: string) =>
    ({ gateway: id, name: 'carrier', destination: `sofia/gateway/carrier/${number}`, status: 'unknown' }) as const;
  const denied = { ...bridge, allowed: false, reason: 'POLICY_DENY' } as const;
  const transferred = { ...transferTo('8911', false), emergency: true };

  const routeOf = async (
    decisions: Readonly<Record<string, LimitedDecision>>,
    last: LimitedDecision = { ...bridge, emergency: true, routes: [over('gw_1', '911')] },
  ) => {
    const routing = routingOf(
      {
        ownNumber: async () => undefined,
        gateway: async (_organization, id) => (id === 'gw_1' ? gateway : undefined),
        contactsOfExtension: async () => [],
        ownerOfExtension: async () => undefined,
      } as Partial<Directory> as Directory,
      { decide: async ({ called, isLastResort }) => (isLastResort === true ? last : (decisions[called] ?? denied)) },
      noFlows,
    );
    const call = { organization: organizationOf(1_001), callId: 'call_1', caller: null, userId: null, reserves: false };
    return routing.route({ ...call, called: '911' });
  };

  const limits = { max_duration: 60, rate_limit: null, reservation: null };
  test('that the template transfers to another number stays one, with the limits of that number', async () => {
    const decisions = { '911': transferred, '8911': { ...bridge, limits, routes: [over('gw_1', '8911')] } };
    expect(await routeOf(decisions)).toMatchObject({
      ...{ kind: 'routed', isEmergency: true, policy: null, limit: { seconds: 60 } },
      attempts: [[{ party: { target: '8911' }, servesHelp: true, limits: {} }]],
    });
  });

  test.each<[string, Readonly<Record<string, LimitedDecision>>]>([
    ['that is denied', { '911': transferred, '8911': denied }],
    ['that no gateway takes', { '911': transferred, '8911': { ...bridge, routes: [over('gw_2', '8911')] } }],
    ['that reaches no phone', { '911': transferred, '8911': { ...bridge, destination: 'user/201' } }],
    ['that hangs up', { '911': transferred, '8911': { ...bridge, action: 'hangup' } }],
    ['that no switch could dial', { '911': { ...transferred, destination: 'a b' } }],
  ])('that the template transfers to a call %s goes over all gateways', async (_name, decisions) => {
    expect(await routeOf(decisions)).toMatchObject({
      ...{ kind: 'routed', isEmergency: true },
      attempts: [[{ party: { target: '911', gateway_id: 'gw_1' }, servesHelp: true }]],
    });
  });

  test('that goes over gateways of the switch only goes over all of the platform', async () => {
    const unmanaged = { ...bridge, emergency: true, routes: [over(null, '911')] };
    const attempts = [[{ party: { target: '911', gateway_id: 'gw_1' }, servesHelp: true }]];
    expect(await routeOf({ '911': unmanaged })).toMatchObject({ kind: 'routed', isEmergency: true, attempts });
    // An ordinary call does not.
    expect(await routeOf({ '911': { ...unmanaged, emergency: false } })).toMatchObject({ status: 404 });
  });

  test('is denied if there is no gateway, or a policy denies it', async () => {
    expect(await routeOf({ '911': transferred }, { ...denied, reason: 'NO_ROUTE' })).toMatchObject({ status: 403 });
    expect(await routeOf({ '911': { ...denied, emergency: true } })).toMatchObject({ reason: 'POLICY_DENY' });
  });
});

describe('the number of a leg over a gateway', () => {
  const identity = { id: 'gw_1', organization: 1_001, now: '2026-11-20T10:00:00.000Z' };
  const gateway = { name: 'carrier', strip: 1, prefix: '0044' };
  const trunk = newTrunk({ name: 'PBX', host: 'sip.example.com', number_format: { strip: ['1234#'] } }, null, {
    ...identity,
    id: 'trunk_1',
    type: 'carrier',
  });
  const target = async (number: string, trunkId: string | null, { type, emergency = false, ...more }: Sent = {}) => {
    const body =
      trunkId === null ? { ...gateway, host: 'sip.example.com', max_channels: 2 } : { ...gateway, trunk_id: trunkId };
    const routing = routingOf(
      {
        ownNumber: async () => undefined,
        gateway: async () => newGateway(body, null, identity),
        trunk: async () => ({ ...trunk, ...(type === undefined ? {} : { type }) }),
      } as Partial<Directory> as Directory,
      {
        decide: async () => ({
          ...bridge,
          emergency,
          routes: [
            { gateway: 'gw_1', name: 'carrier', destination: `sofia/gateway/carrier/${number}`, status: 'unknown' },
          ],
        }),
      },
      noFlows,
    );
    const call = { organization: organizationOf(1_001), callId: 'call_1', caller: null, userId: null, reserves: false };
    const route = await routing.route({ ...call, called: '+442079460000', ...more });
    return route.kind === 'routed' ? route.attempts[0]?.[0] : undefined;
  };
  type Sent = {
    readonly type?: 'pbx' | 'peer' | 'carrier';
    readonly written?: string;
    readonly called?: string;
    readonly emergency?: boolean;
  };
  const sent = async (...of: Parameters<typeof target>) => (await target(...of))?.party;
  const uriOf = async (...of: Parameters<typeof target>) => {
    const { uri } = (await target(...of)) ?? {};
    return uri === undefined ? uri : printUri(uri);
  };

  test('is what is sent with its prefix, and not what was dialed', async () => {
    expect(await sent('00442079460000', null)).toMatchObject({ target: '00442079460000', number: '+442079460000' });
    expect(await sent('00442079460000', 'trunk_1')).toMatchObject({ number: '+442079460000' });
  });

  test('is read in the format of the trunk, and is none if the carrier reads none', async () => {
    expect(await sent('1234#00442079460000', 'trunk_1')).toMatchObject({ number: '+442079460000' });
    expect(await sent('1234#00442079460000', null)).toMatchObject({ target: '1234#00442079460000', number: null });
  });

  test('has the channels of its gateway, and for a call for help any number of them', async () => {
    const channels = [{ kind: 'gateway', id: 'gw_1', direction: 'outbound' }];
    expect(await target('1', null)).toMatchObject({ channels, limits: { 'gateway/gw_1': { total: 2 } } });
    const help = await target('1', null, { emergency: true });
    expect([help?.channels, help?.limits]).toEqual([channels, {}]);
  });

  test('goes on to carriers with its number portability, as a trunk wrote it, and to no one else', async () => {
    const written = '+442079460000;npdi;rn=+441234567890;tgrp=x';
    const [sip, ported] = ['sip:00442079460000', ';npdi;rn=+441234567890@sip.example.com'];
    expect(await uriOf('00442079460000', null, { written })).toBe(`${sip}${ported}`);
    expect(await uriOf('00442079460000', 'trunk_1', { written })).toBe(`${sip}${ported}`);
    expect(await uriOf('00442079460000', 'trunk_1', { written, type: 'pbx' })).toBe(`${sip}@sip.example.com`);
    expect(await uriOf('00442079460000', null)).toBe(`${sip}@sip.example.com`);
    // The plan has another number sent than was dialed.
    expect(await uriOf('00442079460001', null, { written })).toBe('sip:00442079460001@sip.example.com');
  });
});

describe('the number that a call to the outside presents', () => {
  const own = numberOf({ max_channels: 5, max_outbound: 2 });
  const decision = {
    ...bridge,
    routes: [{ gateway: 'gw_1', name: 'carrier', destination: 'sofia/gateway/carrier/1', status: 'unknown' as const }],
  };
  const gateway = newGateway({ name: 'carrier', host: 'sip.example.com', caller_id_number: own.number }, null, {
    ...{ id: 'gw_1', organization: 1_001, now: '2026-11-20T10:00:00.000Z' },
  });
  const call = { organization: organizationOf(1_001), callId: 'call_1', caller: null, userId: null, reserves: false };

  const channelsOf = async (more: Partial<RoutedCall> & Partial<Pick<LimitedDecision, 'destination'>> = {}) => {
    const { destination, ...of } = more;
    const routing = routingOf(
      {
        ownNumber: async (_organization, number) => (number === own.number ? own : undefined),
        gateway: async () => gateway,
        contactsOfExtension: async () => [],
        ownerOfExtension: async () => undefined,
      } as Partial<Directory> as Directory,
      { decide: async () => (destination === undefined ? decision : { ...bridge, destination }) },
      noFlows,
    );
    const route = await routing.route({ ...call, called: '+442079460000', ...of });
    return route.kind === 'routed' ? { channels: route.channels, limits: route.limits } : route.reason;
  };
  const counted = {
    channels: [{ kind: 'number', id: own.number, direction: 'outbound' }],
    limits: { [`number/${own.number}`]: { total: 5, outbound: 2 } },
  };
  const none = { channels: [], limits: {} };

  test('counts it, also if the caller withholds it, or if its gateway presents it', async () => {
    expect(await channelsOf({ caller: own.number })).toEqual(counted);
    expect(await channelsOf({ caller: null, presented: own.number })).toEqual(counted);
    expect(await channelsOf()).toEqual(counted);
    expect(await channelsOf({ caller: own.number, destination: 'sip:202@pbx.example.com' })).toEqual(counted);
  });

  test("does not count for a call to a phone, for one in progress, and for another's number", async () => {
    expect(await channelsOf({ caller: own.number, destination: 'user/202@office' })).toEqual(none);
    expect(await channelsOf({ caller: own.number, isInProgress: true })).toEqual(none);
    expect(await channelsOf({ caller: '+46701234567' })).toEqual(none);
  });
});

test.each(['+46701234567+46762723477', '46701234567+46762723477', '++46701234567', '*31#+4670+4676'])(
  'two numbers in one are not dialed: %s',
  async (called) => {
    await expect(isRecorded(called, {})).rejects.toThrow('INVALID_NUMBER_FORMAT');
  },
);

test.each(['sip:a@192.0.2.1:0', 'sip:a@192.0.2.1;maddr=192.0.2.2', 'tel:+46701234567'])('no call goes to %s', (uri) => {
  expect(sipTarget(organizationOf(1_001), uri)).toBeUndefined();
});

test.each(['+46701234567', '*31#+46701234567', '*67+14155550100', 'bob+phone@office'])(
  '%s is dialed',
  async (called) => {
    expect(await isRecorded(called, {})).toBe(false);
  },
);

describe('a call from outside to a number', () => {
  const offered = newInventoryNumber(
    { country: 'SE', type: 'geographic' },
    { id: 'num_1', number: '+46890510', now: '2026-11-20T10:00:00.000Z' },
  );
  const call = { organization: organizationOf(1_001), callId: 'call_1' };
  const found = { ...internal([]), direction: 'inbound' } as const;
  /** @param helped who has called for help */
  const paid = (decision: InboundDecision, helped: readonly string[] = [], route: Route = found) => {
    const directory: Partial<Directory> = { hasCalledForHelp: async (_organization, who) => helped.includes(who) };
    const routing = routingOf(directory as Directory, { decideInbound: async () => decision }, noFlows);
    return routing.payInbound(call, { ...offered, route: { type: 'user', id: 'usr_1' } }, route);
  };
  const denied = { isAllowed: false } as const;
  const reserved = { isAllowed: true, seconds: 29, reservedUntil: '2026-11-22T10:10:00.000Z' } as const;

  test('that its organization cannot pay for gets 480, and the reason', async () => {
    expect(await paid(denied)).toMatchObject({
      ...{ kind: 'rejected', status: 480, reason: 'NO_CREDIT' },
      cause: { cause: 'INSUFFICIENT_BALANCE' },
    });
  });

  test('lasts as long as its organization pays for', async () => {
    const { reservedUntil } = reserved;
    expect(await paid(reserved)).toEqual({ ...found, limit: { seconds: 29, isReserved: true }, reservedUntil });
    expect(await paid({ isAllowed: true, seconds: null, reservedUntil: null })).toEqual(found);
  });

  test.each([['usr_1'], ['+46890510']])('gets through, and is not cut, when %s has called for help', async (who) => {
    expect(await paid(denied, [who])).toEqual(found);
    expect(await paid(reserved, [who])).toEqual({ ...found, reservedUntil: reserved.reservedUntil });
  });

  test('gets through to a suspended organization for who has called for help', async () => {
    const suspended = { ...organizationOf(1_001), status: 'suspended' } as const;
    const directory: Partial<Directory> = {
      hasCalledForHelp: async (_organization, who) => who === '+46890510',
      contactsOfDevice: async () => [],
    };
    const routing = routingOf(directory as Directory, { decide: unexpected }, noFlows);
    const routeOf = async (number: string, direction: 'inbound' | 'internal') => {
      const own = { ...offered, number, route: { type: 'device', id: 'dev_1' } } as const;
      const route = await routing.routeNumber({ organization: suspended }, own, direction);
      return route.kind === 'routed' ? await route.isCalledBack?.() : route.status;
    };
    expect([await routeOf('+46890510', 'inbound'), await routeOf('+46890511', 'inbound')]).toEqual([true, 486]);
    expect(await routeOf('+46890510', 'internal')).toBe(486);
  });

  test('is not paid for if it is rejected, or of a PBX of the organization', async () => {
    for (const route of [rejection('CALL_LIMIT'), internal([])]) expect(await paid(denied, [], route)).toEqual(route);
  });
});
