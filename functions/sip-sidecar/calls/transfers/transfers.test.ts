import { describe, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import type { PeerRefer, Replaces, Session } from '#sip/session/session.ts';
import type { Device } from '#schema/device.ts';
import type { CallDestination } from '#schema/call-request.ts';
import type { CallActionCommand } from '#sidecar/call-command.ts';
import { sipUri } from '#sip/uri.ts';
import { gatewayParty, phoneParty } from '../call/calls.fixture.ts';
import type { Directory } from '../routing/directory.ts';
import type { Ringing } from '../routing/ring-groups.ts';
import type { Target } from '../routing/target.ts';
import { rejection, type Route, type RoutedCall } from '../routing/routing.ts';
import { answeredCall, phoneTarget, type AnsweredCall } from '../running/running-call.fixture.ts';
import { Transfers } from './transfers.ts';

const own = { host: 'pbx.example.com', number: '+15550100' };
const organization = 1_001;

const routedTo = (extension: string): Extract<Route, { kind: 'routed' }> => ({
  kind: 'routed',
  attempts: [[{ ...phoneTarget(extension), channels: [{ kind: 'device', id: extension, direction: 'inbound' }] }]],
  limit: { seconds: 60, isReserved: true },
  isRecorded: false,
  reservedUntil: null,
  direction: 'internal',
  number: null,
  channels: [],
  limits: {},
  policy: null,
  isEmergency: false,
});

const firstLine = {
  line_number: 1,
  extension: '200',
  label: null,
  type: 'primary',
  sip_username: 'u',
} as const;

const routeTo = (extension: string): Route => routedTo(extension);

/** When the last calls of phones ended. */
const ended: Readonly<Record<string, number>> = { '206': 2_000, '207': 1_000 };

const carrier: Target['to'] = {
  kind: 'peer',
  peer: { host: '192.0.2.50', port: 5_060, transport: 'udp' },
  account: null,
  claim: { org_id: organization, consent: null, id: null, since: null },
};

const routeOut = (gateway: string): Extract<Route, { kind: 'routed' }> => ({
  ...routedTo(gateway),
  attempts: [[{ ...phoneTarget(gateway), to: carrier }]],
});

/** Transfers of some calls, and what they asked others for. */
function transfersOf(
  calls: readonly AnsweredCall[],
  {
    route = routeTo('203'),
    ...more
  }: Partial<ConstructorParameters<typeof Transfers>[0]> & { readonly route?: Route } = {},
) {
  const routed: Omit<RoutedCall, 'organization'>[] = [];
  const released: string[] = [];
  const faults: unknown[] = [];
  const decide = async ({ organization: _, ...call }: RoutedCall): Promise<Route> => {
    routed.push(call);
    return route;
  };
  const transfers = new Transfers(
    {
      directory: {
        organization: async (id) => organizationOf(id),
        ownNumber: async (org_id, number) => (number === own.number ? { number, org_id } : undefined),
        hasDomain: async (_organization, host) => host === own.host,
        mayLineCall: async () => false,
        idleSince: async (_organization, { id }) => ended[id] ?? 0,
        user: async () => undefined,
        device: async () => ({ lines: [firstLine] }) as Partial<Device> as Device,
      } as Partial<Directory> as Directory,
      routing: {
        route: decide,
        routeEnd: (call) => decide({ ...call, called: 'end' }),
        routeInside: async () => route,
        ringGroup: async () => undefined,
      },
      decider: { release: async (_organization, reservation) => void released.push(reservation) },
      applications: { resume: never },
      rightOf: async () => undefined,
      sessions: { replaced: () => ({ status: 481 }), accept: () => undefined },
      domain: 'sip.example.com',
      settings: { advertised: { host: '192.0.2.9', port: 5_060 } },
      context: { clock: () => new Date('2026-11-22T10:00:10.000Z'), tryCommit: async () => [] },
      fault: (error) => void faults.push(error),
      ...more,
    },
    { all: () => calls.map(({ call }) => call) },
  );
  return { transfers, routed, released, faults };
}

/** A REFER to a URI, and how it was answered: `202`, `reports 180`, `403`. */
function referTo(user: string, host = own.host, replaces?: Replaces) {
  const answers: string[] = [];
  const refer: PeerRefer = {
    to: sipUri({ user, host }),
    ...(replaces === undefined ? {} : { replaces }),
    accept: () => {
      answers.push('202');
      return (status) => void answers.push(`reports ${status}`);
    },
    reject: (status) => void answers.push(String(status)),
  };
  return { refer, answers };
}

const dialog: Replaces = { callId: 'c', toTag: 't', fromTag: 'f', earlyOnly: false };

test('a phone refers the other party to another phone, which is decided as a call of it', async () => {
  const made = await answeredCall('201', '202');
  const { transfers, routed, released } = transfersOf([made]);
  const { refer, answers } = referTo('203');
  transfers.onRefer(made.call, 'b1', refer);
  await made.isInvited('203');
  made.listeners.get('203')?.onProgress({ status: 180 });
  made.listeners.get('203')?.onAnswer({ sdp: 'sdp-203' });
  await eventually(() => answers.length === 3);
  expect(answers).toEqual(['202', 'reports 180', 'reports 200']);
  const reservation = `${made.call.record.id}/transfer-1`;
  expect(routed).toEqual([
    {
      ...{ called: '203', caller: null, userId: null, reserves: true, callId: reservation },
      ...{ isInProgress: true, asksUsers: true },
    },
  ]);
  expect([released, made.log('201').at(-1), made.log('202')]).toEqual([[], 'offer sdp-203', []]);
});

test('a number of the call is presented to the new party, if it is of the organization', async () => {
  const numbers = { caller: null, called: own.number, asserted: null, diverter: null, billing: null };
  const made = await answeredCall('201', '202', { facts: { direction: 'inbound', numbers } });
  const { transfers, routed } = transfersOf([made]);
  transfers.onRefer(made.call, 'b1', referTo('203').refer);
  await made.isInvited('203');
  expect(routed).toMatchObject([{ caller: own.number }]);
});

test.each([
  ['a number that is denied', rejection('POLICY_DENY'), 403],
  ['a number without credit', rejection('NO_CREDIT'), 402],
  ['an unknown number', rejection('NO_ROUTE'), 404],
])('a REFER to %s is accepted, and its denial reported; the call goes on', async (_what, route, status) => {
  const made = await answeredCall('201', '202');
  const { transfers } = transfersOf([made], { route });
  const { refer, answers } = referTo('900');
  transfers.onRefer(made.call, 'b1', refer);
  await eventually(() => answers.length === 2);
  expect([answers, made.call.mayTransfer]).toEqual([['202', `reports ${status}`], true]);
});

test('each transfer of a call has a reservation of its own, also after one that was denied', async () => {
  const [made, other] = [await answeredCall('201', '202'), await answeredCall('201', '204')];
  const { transfers, routed } = transfersOf([made, other], { route: rejection('NO_CREDIT') });
  for (const { call } of [made, made, other]) {
    const { refer, answers } = referTo('900');
    transfers.onRefer(call, 'b1', refer);
    await eventually(() => answers.length === 2);
  }
  expect(routed.map(({ callId }) => callId.split('/')[1])).toEqual(['transfer-1', 'transfer-2', 'transfer-1']);
});

test('a new party that does not answer is reported, and its reservation released', async () => {
  const made = await answeredCall('201', '202');
  const { transfers, released } = transfersOf([made]);
  const { refer, answers } = referTo('203');
  transfers.onRefer(made.call, 'b1', refer);
  await made.isInvited('203');
  made.listeners.get('203')?.onFailure({ by: 'peer', status: 486, reason: 'Busy Here' });
  await eventually(() => released.length > 0);
  expect([answers, released]).toEqual([['202', 'reports 486'], [`${made.call.record.id}/transfer-1`]]);
});

const never = () => Promise.reject(new Error('not expected'));

test('a decision that fails is reported as 503', async () => {
  const made = await answeredCall('201', '202');
  const failing = {
    route: () => Promise.reject(new Error('no store')),
    routeEnd: async () => rejection('NO_ROUTE'),
    routeInside: never,
    ringGroup: never,
  };
  const { transfers, faults } = transfersOf([made], { routing: failing });
  const { refer, answers } = referTo('203');
  transfers.onRefer(made.call, 'b1', refer);
  await eventually(() => answers.length === 2);
  expect([answers, faults.length]).toEqual([['202', 'reports 503'], 1]);
});

test.each([
  ['the host of a stranger', 'victim.example.net', 403],
  ['an address', '192.0.2.66', 403],
])('a REFER to %s is rejected, and nothing is decided', async (_what, host, status) => {
  const made = await answeredCall('201', '202');
  const { transfers, routed } = transfersOf([made]);
  const { refer, answers } = referTo('203', host);
  transfers.onRefer(made.call, 'b1', refer);
  await eventually(() => answers.length > 0);
  expect([answers, routed]).toEqual([[String(status)], []]);
});

test('the platform may be named by its own host', async () => {
  const made = await answeredCall('201', '202');
  const { transfers } = transfersOf([made]);
  transfers.onRefer(made.call, 'b1', referTo('203', 'sip.example.com').refer);
  await made.isInvited('203');
});

test('the party of a gateway refers no one', async () => {
  const made = await answeredCall('201', '202', { party: { ...gatewayParty('gw_1'), target: '202' } });
  const { transfers } = transfersOf([made]);
  const { refer, answers } = referTo('203');
  transfers.onRefer(made.call, 'b1', refer);
  await eventually(() => answers.length > 0);
  expect(answers).toEqual(['603']);
});

test('a phone line that may not call refers no one', async () => {
  const party = { ...phoneParty('202'), kind: 'line' as const, device_id: null, line: 'abc' };
  const made = await answeredCall('201', '202', { party });
  const { transfers, routed } = transfersOf([made]);
  const { refer, answers } = referTo('203');
  transfers.onRefer(made.call, 'b1', refer);
  await eventually(() => answers.length > 0);
  expect([answers, routed]).toEqual([['403'], []]);
});

test('a second transfer at the same time collides', async () => {
  const made = await answeredCall('201', '202');
  const { transfers } = transfersOf([made]);
  transfers.onRefer(made.call, 'b1', referTo('203').refer);
  await made.isInvited('203');
  const { refer, answers } = referTo('204');
  transfers.onRefer(made.call, 'a', refer);
  await eventually(() => answers.length > 0);
  expect(answers).toEqual(['491']);
});

/** Two calls, of which a dialog of the second one is named by Replaces. */
async function twoCalls({
  named = '202',
  of = organization,
  ...more
}: { readonly named?: string; readonly of?: number } & Parameters<typeof answeredCall>[2] = {}) {
  const [one, other] = [
    await answeredCall('201', '202'),
    await answeredCall('202', '203', { ...more, facts: { org_id: of } }),
  ];
  const session: Session | undefined = other.sessions.get(named)?.session;
  if (session === undefined) throw new Error(`${named} has no session`);
  return {
    one,
    other,
    ...transfersOf([one, other], { sessions: { replaced: () => session, accept: () => undefined } }),
  };
}

test('a REFER with Replaces joins the parties that stay of both calls', async () => {
  const { one, other, transfers } = await twoCalls();
  const { refer, answers } = referTo('203', own.host, dialog);
  transfers.onRefer(one.call, 'b1', refer);
  await eventually(() => answers.length === 2);
  expect(answers).toEqual(['202', 'reports 200']);
  expect([one.log('201').at(-1), other.log('203').at(-1)]).toEqual(['offer sdp-203', 'acknowledge sdp-201']);
});

test.each<[string, Parameters<typeof twoCalls>[0]]>([
  ['another organization', { of: 1_002 }],
  ['a gateway', { named: '203', party: { ...gatewayParty('gw_1'), target: '203' } }],
])('Replaces of a dialog of %s is reported as unknown, and no call changes', async (_what, options) => {
  const { one, other, transfers } = await twoCalls(options);
  const { refer, answers } = referTo('203', own.host, dialog);
  transfers.onRefer(one.call, 'b1', refer);
  await eventually(() => answers.length === 2);
  expect(answers).toEqual(['202', 'reports 481']);
  expect([one.call.mayTransfer, other.call.mayTransfer]).toEqual([true, true]);
  expect(other.log('203')).not.toContain('end');
});

/** A phone with an extension. */
const phone = (extension: string, of = organization) => ({ ...phoneParty(extension), organization: of });

test('a dialog is found for its own organization only', async () => {
  const { other, transfers } = await twoCalls();
  expect(await transfers.replaced(dialog, phone('202'))).toEqual({ call: other.call, side: 'source' });
  expect(await transfers.replaced(dialog, phone('202', 1_002))).toEqual({ status: 481 });
});

test('a party is replaced by its own phone, one of its user, and those that may watch its line', async () => {
  const asked: unknown[] = [];
  const { other, one } = await twoCalls();
  const session = other.sessions.get('202')?.session;
  if (session === undefined) throw new Error('no session');
  const { transfers } = transfersOf([one, other], {
    sessions: { replaced: () => session, accept: () => undefined },
    rightOf: async (wanted) => {
      asked.push(wanted);
      return wanted.username === 'line-watcher' ? { user: null, showsParties: false, isNear: false } : undefined;
    },
  });
  const unknown = { ...phone('209'), device_id: null, user_id: null };
  const statusOf = async (taker: Parameters<typeof transfers.replaced>[1]) => {
    const found = await transfers.replaced(dialog, taker);
    return 'status' in found ? found.status : 200;
  };
  expect(await statusOf(phone('209'))).toBe(403);
  expect(await statusOf(unknown)).toBe(403);
  expect(await statusOf({ ...unknown, line: 'line-stranger' })).toBe(403);
  expect(await statusOf({ ...unknown, line: 'line-watcher' })).toBe(200);
  expect(await statusOf(phone('202'))).toBe(200);
  expect(asked).toEqual(
    ['u', 'line-stranger', 'line-watcher'].map((username) => ({ organization, username, extension: '202' })),
  );
});

const command: CallActionCommand = {
  kind: 'call-action',
  id: 'cmd_1',
  organization,
  call: 'call_1',
  action: 'transfer',
  leg: 'source',
  destination: { type: 'device', id: 'dev_203' },
  caller: { id: 'usr_1', user_id: null, own_only: false },
  timeout_seconds: 10,
};

test('a transfer of the API joins the source to the new party, and its destination leaves', async () => {
  const made = await answeredCall('201', '202');
  const { transfers, routed } = transfersOf([made]);
  const settled: number[] = [];
  const outcome = await transfers.transfer(made.call, command, ({ status }) => void settled.push(status));
  expect(outcome).toEqual({ kind: 'accepted' });
  await made.isInvited('203');
  made.listeners.get('203')?.onAnswer({ sdp: 'sdp-203' });
  await eventually(() => settled.length > 0);
  expect([settled, made.log('202'), routed]).toMatchObject([[200], ['end'], [{ isInProgress: true }]]);
});

test('a transfer of the API that is denied is rejected, and that of a call that is over is invalid', async () => {
  const made = await answeredCall('201', '202');
  const { transfers } = transfersOf([made], { route: rejection('NO_CREDIT') });
  const never = () => expect.fail('it was not accepted');
  expect(await transfers.transfer(made.call, command, never)).toEqual({
    kind: 'refused',
    code: 'INSUFFICIENT_BALANCE',
    reason: 'NO_CREDIT',
    party: 'destination',
  });
  made.call.end({ cause: 'NORMAL_CLEARING', q850: 16 }, 'api');
  expect(await transfers.transfer(made.call, command, never)).toEqual({ kind: 'invalid_state' });
});

describe('an application calls others', () => {
  const wanted = { strategy: 'all', ring_seconds: 20 } as const;
  let callers: (string | null)[] = [];
  const routes: Readonly<Record<string, Route>> = {
    '203': routeTo('203'),
    '204': routeTo('204'),
    '205': { ...routedTo('205'), attempts: [[]] },
    '206': routeTo('206'),
    '207': routeTo('207'),
    '+14155550100': routeOut('gw'),
    '+14155550101': { ...routeOut('gw'), policy: 'pol_1' },
    '+14155550911': { ...routeOut('gw'), isEmergency: true },
    '900': rejection('POLICY_DENY'),
    '999': rejection('NO_ROUTE'),
  };
  const dialing = async (
    parties: Parameters<Transfers['dial']>[1]['parties'],
    strategy: 'all' | 'in_order' | 'longest_idle' = 'all',
    { callerId = null, policy = null }: { readonly callerId?: string | null; readonly policy?: string | null } = {},
  ) => {
    callers = [];
    const made = await answeredCall('201', 'application');
    const decided: string[] = [];
    const routing = {
      route: never,
      routeEnd: async (call: { readonly caller: string | null }, end: CallDestination): Promise<Route> => {
        callers.push(call.caller);
        const number = end.type === 'phone' ? end.number : '';
        decided.push(number);
        return routes[number] ?? rejection('NO_ROUTE');
      },
      routeInside: async () => routeTo('203'),
      ringGroup: async (_organization: number, id: string) => groups[id],
    };
    const { transfers, released } = transfersOf([made], { routing });
    let outcome: string | undefined;
    void transfers
      .dial(made.call, {
        ...wanted,
        strategy,
        parties,
        caller_id: callerId,
        policy,
        after: null,
        music: undefined,
        accept: undefined,
        user: null,
      })
      .then((settled) => {
        outcome = settled;
      });
    return { ...made, decided, released, outcome: () => outcome };
  };
  /** Ring groups of phones and numbers outside, by id. */
  const groups: Readonly<Record<string, Ringing>> = {
    rgrp_1: {
      stages: [
        { phones: [phoneTarget('203')], numbers: ['+14155550911', '+14155550100'] },
        { phones: [phoneTarget('204')], numbers: [] },
      ],
      ringTime: 20_000,
      next: null,
    },
  };
  const constant = (...numbers: readonly string[]) => numbers.map((number) => ({ number, from_variable: false }));

  test.each([
    [own.number, own.number],
    ['+14155550199', null],
    ['original', null],
    [null, null],
  ])('%s is presented if the organization has it, else the number of the call', async (callerId, expected) => {
    await dialing(constant('900'), 'in_order', { callerId });
    await eventually(() => callers.length === 1);
    expect(callers).toEqual([expected]);
  });

  const busy = ({ listeners }: Pick<AnsweredCall, 'listeners'>, name: string): void =>
    listeners.get(name)?.onFailure({ by: 'peer', status: 486, reason: 'Busy Here' });

  test.each(['911', '+1911', '00112', '011911'])(
    'the emergency number %s is denied without the plan',
    async (number) => {
      const made = await dialing([{ number, from_variable: true }], 'in_order');
      await eventually(() => made.outcome() !== undefined);
      expect([made.outcome(), made.decided]).toEqual(['denied', []]);
    },
  );

  test('those ring first whose phones have had no call for the longest time', async () => {
    const made = await dialing(constant('+14155550100', '206', '207'), 'longest_idle');
    await made.isInvited('207');
    busy(made, '207');
    await made.isInvited('206');
    busy(made, '206');
    await made.isInvited('gw');
    expect(made.decided.slice(2)).toEqual(['207', '206', '+14155550100']);
    expect(made.released.length).toBe(4);
  });

  test('a group calls its numbers outside after the phones of their stage, and none for emergencies', async () => {
    const made = await dialing([{ ring_group: 'rgrp_1' }], 'in_order');
    await made.isInvited('203');
    expect(made.decided).toEqual([]);
    busy(made, '203');
    await made.isInvited('gw');
    expect([made.decided, made.released.length]).toEqual([['+14155550911', '+14155550100'], 2]);
    busy(made, 'gw');
    await made.isInvited('204');
    busy(made, '204');
    await eventually(() => made.outcome() === 'busy');
  });

  test('phones of the organization ring together; the first that answers is joined', async () => {
    const made = await dialing(constant('203', '204'));
    await Promise.all([made.isInvited('203'), made.isInvited('204')]);
    made.listeners.get('204')?.onAnswer({ sdp: 'sdp-204' });
    await eventually(() => made.outcome() === 'answered');
    expect([made.log('201').at(-1), made.log('203'), made.log('application')]).toEqual([
      'offer sdp-204',
      ['end'],
      ['end'],
    ]);
  });

  test('those outside are called after them, one by one, each as a call of its own', async () => {
    const made = await dialing(constant('+14155550100', '203'));
    await made.isInvited('203');
    expect(made.sessions.has('gw')).toBe(false);
    made.listeners.get('203')?.onFailure({ by: 'peer', status: 486, reason: 'Busy Here' });
    await made.isInvited('gw');
    made.listeners.get('gw')?.onFailure({ by: 'timer', status: 480, reason: '' });
    await eventually(() => made.outcome() === 'no_answer');
    expect(made.decided).toEqual(['+14155550100', '203', '+14155550100']);
    expect(made.released.length).toBe(3);
    expect(made.call.mayTransfer).toBe(true);
  });

  test('one after the other', async () => {
    const made = await dialing(constant('203', '204'), 'in_order');
    await made.isInvited('203');
    expect(made.sessions.has('204')).toBe(false);
    made.listeners.get('203')?.onFailure({ by: 'peer', status: 486, reason: 'Busy Here' });
    await made.isInvited('204');
    made.listeners.get('204')?.onAnswer({ sdp: 'sdp-204' });
    await eventually(() => made.outcome() === 'answered');
  });

  test.each([
    ['a number that the dial plan denies', constant('900'), 'denied'],
    ['an unknown extension', constant('999'), 'unreachable'],
    ['an extension without phones', constant('205'), 'unreachable'],
    ['an outside number that was typed', [{ number: '+14155550100', from_variable: true }], 'denied'],
  ])('%s', async (_what, parties, outcome) => {
    const made = await dialing(parties);
    await eventually(() => made.outcome() === outcome);
    expect(made.sessions.has('gw')).toBe(false);
  });

  test.each([
    ['the policy of the flow', 'pol_1', true],
    ['another policy', 'pol_2', false],
    ['a policy, and the flow has none', null, false],
  ])('an outside number that was typed, and is allowed by %s', async (_what, policy, isCalled) => {
    const made = await dialing([{ number: '+14155550101', from_variable: true }], 'all', { policy });
    if (isCalled) await made.isInvited('gw');
    else await eventually(() => made.outcome() === 'denied');
    expect(made.sessions.has('gw')).toBe(isCalled);
  });

  test('an extension that was typed, and a user', async () => {
    for (const party of [{ number: '203', from_variable: true }, { user: 'usr_1' }]) {
      const made = await dialing([party]);
      await made.isInvited('203');
      made.listeners.get('203')?.onAnswer({ sdp: 'sdp-203' });
      await eventually(() => made.outcome() === 'answered');
    }
  });
});
