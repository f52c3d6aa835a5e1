import { test, expect } from 'vitest';
import type { CallDestination } from '#schema/call-request.ts';
import { eventually } from '#test/support/eventually.ts';
import { answeredCall, phoneTarget, type AnsweredCall } from '../running/running-call.fixture.ts';
import type { Target } from '../routing/target.ts';
import { type Route, type RoutedCall, rejection } from '../routing/route.ts';
import type { Ringing } from '../routing/ring-groups.ts';
import { organization, own, routedTo, transfersContext, unexpected } from './transfers.fixture.ts';
import { Dialing } from './dialing.ts';
import { NewParties } from './new-parties.ts';

/** Applications call others. */

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

/** To a gateway that strips what is before an emergency number. */
const routeToHelp = (): Route => {
  const { party, ...target } = phoneTarget('911');
  return { ...routeOut('gw'), attempts: [[{ ...target, to: carrier, party: { ...party, kind: 'gateway' } }]] };
};

const wanted = { strategy: 'all', ring_seconds: 20 } as const;
let callers: (string | null)[] = [];
/** Of the caller of each call: policies of the calls to others decide by it. */
const stir = { verstat: 'TN-Validation-Failed', reason: 438 } as const;
let verified: unknown[] = [];
const routes: Readonly<Record<string, Route>> = {
  '203': routedTo('203'),
  '204': routedTo('204'),
  '205': { ...routedTo('205'), attempts: [[]] },
  '206': routedTo('206'),
  '207': routedTo('207'),
  '+14155550100': routeOut('gw'),
  '+14155550101': { ...routeOut('gw'), policy: 'pol_1' },
  '+14155550911': { ...routeOut('gw'), isEmergency: true },
  '8911': routeToHelp(),
  '900': rejection('POLICY_DENY'),
  '999': rejection('NO_ROUTE'),
};
const dialing = async (
  parties: Parameters<Dialing['dial']>[1]['parties'],
  strategy: 'all' | 'in_order' | 'longest_idle' = 'all',
  { callerId = null, policy = null }: { readonly callerId?: string | null; readonly policy?: string | null } = {},
) => {
  [callers, verified] = [[], []];
  const made = await answeredCall('201', 'application', { facts: { stir } });
  const decided: string[] = [];
  const routing = {
    route: unexpected,
    routeEnd: async (call: Pick<RoutedCall, 'caller' | 'stir'>, end: CallDestination): Promise<Route> => {
      callers.push(call.caller);
      verified.push(call.stir);
      const number = end.type === 'phone' ? end.number : '';
      decided.push(number);
      return routes[number] ?? rejection('NO_ROUTE');
    },
    routeInside: async () => routedTo('203'),
    ringGroup: async (_organization: number, id: string) => groups[id],
    routeNumber: unexpected,
    routeExtension: unexpected,
  };
  const { context, released } = transfersContext({ routing });
  let outcome: string | undefined;
  void new Dialing(context, new NewParties(context))
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
])(
  '%s is presented if the organization has it, else the number of the call, with its verification',
  async (callerId, expected) => {
    await dialing(constant('900'), 'in_order', { callerId });
    await eventually(() => callers.length === 1);
    expect([callers, verified]).toEqual([[expected], [stir]]);
  },
);

const busy = ({ listeners }: Pick<AnsweredCall, 'listeners'>, name: string): void =>
  listeners.get(name)?.onFailure({ by: 'peer', status: 486, reason: 'Busy Here' });

test.each(['911', '+1911', '00112', '011911'])('the emergency number %s is denied without the plan', async (number) => {
  const made = await dialing([{ number, from_variable: true }], 'in_order');
  await eventually(() => made.outcome() !== undefined);
  expect([made.outcome(), made.decided]).toEqual(['denied', []]);
});

test('a number that a gateway sends as an emergency number is denied', async () => {
  const made = await dialing(constant('8911'), 'in_order');
  await eventually(() => made.outcome() !== undefined);
  expect([made.outcome(), made.released.length]).toEqual(['denied', 1]);
});

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
