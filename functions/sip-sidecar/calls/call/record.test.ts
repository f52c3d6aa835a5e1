import { describe, expect, test } from 'vitest';
import {
  answerParty,
  callInStatus,
  connectedLeg,
  endForward,
  endRecord,
  failNewLeg,
  inviteParty,
  joinSide,
  leaveSide,
  newLeg,
  newRecord,
  withAction,
  withNewLeg,
  withoutAnswer,
  withoutHold,
} from './record.ts';
import { callFacts, gatewayParty, phoneParty } from './calls.fixture.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 10, 22, 10, 0, seconds));
const stamp = (seconds: number): string => at(seconds).toISOString();

const begun = () => {
  const legs = [newLeg('source', phoneParty('201'), at(0)), newLeg('destination', phoneParty('202'), at(0))];
  return newRecord({ ...callFacts(), legs }, at(0));
};

test('an answered call has the times of its states, and of both sides', () => {
  const rung = callInStatus(
    inviteParty(begun(), { role: 'destination', party: phoneParty('202') }, at(1)),
    'ringing',
    at(2),
  );
  const answered = callInStatus(
    answerParty(rung, { role: 'destination', party: phoneParty('202') }, at(3)),
    'answered',
    at(3),
  );
  const ended = endRecord(answered, { cause: 'NORMAL_CLEARING', q850: 16, sip_code: null, by: 'caller' }, at(9));
  expect(ended.timestamps).toEqual({
    created: stamp(0),
    ringing: stamp(2),
    answered: stamp(3),
    hangup: stamp(9),
  });
  expect(ended.legs.map(({ timestamps }) => timestamps)).toEqual([
    { created: stamp(0), answered: stamp(3), hangup: stamp(9) },
    { created: stamp(0), trying: stamp(1), ringing: stamp(2), answered: stamp(3), hangup: stamp(9) },
  ]);
  expect([ended.status, ended.cdr]).toEqual(['hangup', 'pending']);
});

test('the next gateway replaces the one before it', () => {
  const first = inviteParty(begun(), { role: 'destination', party: gatewayParty('gw_1') }, at(1));
  const second = inviteParty(first, { role: 'destination', party: gatewayParty('gw_2') }, at(5));
  expect(second.legs[1]).toMatchObject({ gateway_id: 'gw_2', timestamps: { trying: stamp(1) } });
});

test('the sides of a rejected call have the response', () => {
  const ended = endRecord(begun(), { cause: 'USER_BUSY', q850: 17, sip_code: 486, by: 'callee' }, at(4));
  expect(ended.legs.map(({ sip_code, q850 }) => [sip_code, q850])).toEqual([
    [486, 17],
    [486, 17],
  ]);
});

/** A call that is answered, with a new party that is called. */
const transferring = () => {
  const answered = callInStatus(
    answerParty(begun(), { role: 'destination', party: phoneParty('202') }, at(3)),
    'answered',
    at(3),
  );
  return inviteParty(
    withNewLeg(answered, 'destination', gatewayParty('gw_1'), at(5)),
    { role: 'destination', party: gatewayParty('gw_1') },
    at(5),
  );
};

test('the party that is replaced stays connected until the new one is joined, and then leaves', () => {
  const call = answerParty(transferring(), { role: 'destination', party: gatewayParty('gw_1') }, at(8));
  expect(connectedLeg(call, 'destination')).toMatchObject({ target: '202' });
  const left = leaveSide(call, 'destination', true, at(8));
  expect(left.legs.map(({ status, timestamps }) => [status, timestamps.hangup])).toEqual([
    ['answered', undefined],
    ['hangup', stamp(8)],
    ['answered', undefined],
  ]);
  expect(connectedLeg(left, 'destination')).toMatchObject({ gateway_id: 'gw_1' });
});

test('of the legs by which a new party was searched for that of the party is left, whichever is newer', () => {
  const forward = { number: 1, user_id: 'usr_1', caller: '+46890510' };
  const both = withNewLeg(transferring(), 'destination', { ...gatewayParty('gw_2'), forward }, at(6));
  for (const [answered, left] of [
    [undefined, 'gw_1'],
    [1, 'gw_2'],
  ] as const) {
    const party = { role: 'destination', party: gatewayParty(left), forward: answered } as const;
    const joined = joinSide(
      leaveSide(answerParty(both, party, at(8)), 'destination', true, at(8)),
      'destination',
      at(8),
    );
    expect(joined.legs.filter(({ status }) => status === 'answered').map(({ gateway_id: id }) => id)).toEqual([
      null,
      left,
    ]);
    expect(joined.legs.filter(({ status }) => status === 'hangup')).toHaveLength(2);
  }
});

test('a new party that does not answer is a leg that has ended, with its response', () => {
  const failed = failNewLeg(transferring(), 'destination', { status: 486, q850: 17 }, at(9));
  expect(failed.legs[2]).toMatchObject({ status: 'hangup', sip_code: 486, q850: 17 });
  expect(connectedLeg(failed, 'destination')).toMatchObject({ target: '202' });
});

test('after a transfer the party that stays is not on hold, and is muted as before', () => {
  const held = withAction(withAction(transferring(), 'source', { on_hold: true }), 'source', { muted: true });
  expect(withoutHold(held, 'source').legs[0]).toMatchObject({ on_hold: false, muted: true });
});

describe('a call that is forwarded outside', () => {
  const forward = { number: 1, user_id: 'usr_1', caller: '+46890510' };
  const party = gatewayParty('gw_1');
  const forwarded = withNewLeg(begun(), 'destination', { ...party, forward }, at(1));

  test('has a leg of its own, which the parties of others leave alone', () => {
    const both = inviteParty(
      inviteParty(forwarded, { role: 'destination', party: gatewayParty('gw_2'), forward: 1 }, at(2)),
      { role: 'destination', party: phoneParty('203') },
      at(2),
    );
    expect(both.legs.slice(1)).toMatchObject([{ target: '203' }, { gateway_id: 'gw_2', forward }]);
    const failed = endForward(both, 1, { status: 486, q850: 17 }, at(3));
    expect(failed.legs.slice(1)).toMatchObject([
      { status: 'trying' },
      { status: 'hangup', sip_code: 486, q850: 17, timestamps: { hangup: stamp(3) } },
    ]);
  });

  test('has the time of its INVITE, also if others ring before', () => {
    const later = inviteParty(
      callInStatus(forwarded, 'ringing', at(2)),
      { role: 'destination', party, forward: 1 },
      at(12),
    );
    expect(later.legs[2]).toMatchObject({ status: 'ringing', timestamps: { trying: stamp(12) } });
  });

  test('is charged to who forwards it, also if its caller has proven nothing', () => {
    const answered = answerParty(forwarded, { role: 'destination', party, forward: 1 }, at(2));
    const free = withoutAnswer(callInStatus(answered, 'answered', at(2)));
    expect(free.legs.map(({ timestamps }) => timestamps.answered)).toEqual([undefined, undefined, stamp(2)]);
  });
});
