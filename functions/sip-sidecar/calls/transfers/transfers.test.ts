import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { Replaces, Session } from '#sip/session/session.ts';
import type { CallActionCommand } from '#sidecar/call-command.ts';
import { gatewayParty, phoneParty } from '../call/calls.fixture.ts';
import { failNewLeg, withNewLeg } from '../call/record.ts';
import { answeredCall, type AnsweredCall } from '../running/running-call.fixture.ts';
import { rejection } from '../routing/route.ts';
import { organization, own, referTo, routedTo, transfersContext, unexpected } from './transfers.fixture.ts';
import { Transfers } from './transfers.ts';
import { NewParties } from './new-parties.ts';

/** Transfers of some calls, and what they asked others for. */
function transfersOf(calls: readonly AnsweredCall[], options: Parameters<typeof transfersContext>[0] = {}) {
  const { context, ...asked } = transfersContext(options);
  const transfers = new Transfers(context, { all: () => calls.map(({ call }) => call) }, new NewParties(context));
  return { transfers, ...asked };
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

test('a transfer to an emergency number is an event that names the phone which has asked for it', async () => {
  const made = await answeredCall('201', '202');
  const written: unknown[] = [];
  const context = {
    ...transfersContext().context.context,
    tryCommit: async (_organization: number, writes: readonly unknown[]) => {
      written.push(...writes);
      return [];
    },
  };
  const { transfers } = transfersOf([made], { route: { ...routedTo('203'), isEmergency: true }, context });
  transfers.onRefer(made.call, 'b1', referTo('911').refer);
  await eventually(() => written.length > 0);
  const of = { caller_id: '202', called: '911' };
  expect(written).toMatchObject([{ item: { type: 'call.emergency', severity: 'critical', data: of } }]);
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

test('a transfer at another task has no number of one before, although a denied one has left no leg', async () => {
  const made = await answeredCall('201', '202');
  const at = new Date();
  made.call.writer.change((call) => {
    const second = withNewLeg(call, 'destination', { ...phoneParty('203'), transfer: 2 }, at);
    return failNewLeg(second, 'destination', { status: 486, q850: 17 }, at);
  });
  const { transfers, routed } = transfersOf([made], { route: rejection('NO_CREDIT') });
  const { refer, answers } = referTo('900');
  transfers.onRefer(made.call, 'b1', refer);
  await eventually(() => answers.length === 2);
  expect(routed.map(({ callId }) => callId.split('/')[1])).toEqual(['transfer-3']);
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

test('a decision that fails is reported as 503', async () => {
  const made = await answeredCall('201', '202');
  const failing = {
    route: () => Promise.reject(new Error('no store')),
    routeEnd: async () => rejection('NO_ROUTE'),
    routeInside: unexpected,
    ringGroup: unexpected,
    routeNumber: unexpected,
    routeExtension: unexpected,
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
  const { refer, answers } = referTo('203', { host });
  transfers.onRefer(made.call, 'b1', refer);
  await eventually(() => answers.length > 0);
  expect([answers, routed]).toEqual([[String(status)], []]);
});

test('the platform may be named by its own host', async () => {
  const made = await answeredCall('201', '202');
  const { transfers } = transfersOf([made]);
  transfers.onRefer(made.call, 'b1', referTo('203', { host: 'sip.example.com' }).refer);
  await made.isInvited('203');
});

test('the party of a gateway that is gone refers no one', async () => {
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
  const { refer, answers } = referTo('203', { replaces: dialog });
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
  const { refer, answers } = referTo('203', { replaces: dialog });
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
