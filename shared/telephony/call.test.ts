import { describe, expect, test } from 'vitest';
import { aCall, aLeg } from './call.fixture.ts';
import {
  callExpiry,
  callStatuses,
  hangUp,
  inCallStatus,
  isMissed,
  mayFollow,
  nextCallStatus,
  withHeardDigit,
} from './call.ts';

const now = new Date('2026-11-22T10:00:00.000Z');

describe('a state of a call', () => {
  test('never goes back, whatever the order of the messages', () => {
    const seen = ['trying', 'ringing', 'trying', 'answered', 'ringing', 'hangup', 'answered'] as const;
    const states = seen.map((_, at) =>
      seen.slice(0, at + 1).reduce<string>((before, asked) => next(before, asked), 'created'),
    );
    expect(states).toEqual(['trying', 'ringing', 'ringing', 'answered', 'answered', 'hangup', 'hangup']);
  });

  const next = (before: string, asked: (typeof callStatuses)[number]): string =>
    nextCallStatus(before as (typeof callStatuses)[number], asked);

  test('may alternate between ringing, progress and early media until the answer', () => {
    expect([mayFollow('ringing', 'early'), mayFollow('early', 'progress'), mayFollow('progress', 'ringing')]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('ends from every other state, once', () => {
    expect(callStatuses.filter((status) => mayFollow(status, 'hangup'))).toEqual(callStatuses.slice(0, -1));
  });
});

test('a call that enters a state again keeps the time at which it entered it first', () => {
  const later = new Date('2026-11-22T10:00:05.000Z');
  const call = inCallStatus(inCallStatus(inCallStatus(aCall(), 'ringing', now), 'early', now), 'ringing', later);
  expect([call.status, call.timestamps.ringing, call.version]).toEqual(['ringing', now.toISOString(), 4]);
});

test('a message that comes too late leaves the call as it is', () => {
  const call = aCall({ status: 'answered' });
  expect(inCallStatus(call, 'ringing', now)).toBe(call);
});

test('a call that ends gives its channels back and has CDRs to send', () => {
  const hangup = { cause: 'NORMAL_CLEARING', q850: 16, sip_code: null, by: 'caller' } as const;
  const call = hangUp(aCall({ status: 'answered' }), hangup, now);
  expect(call).toMatchObject({ status: 'hangup', hangup, channels: [], cdr: 'pending' });
  expect(hangUp(call, { ...hangup, by: 'callee' }, now)).toBe(call);
});

test('an ended call expires after 30 days, one in progress never', () => {
  expect(callExpiry(aCall())).toBeUndefined();
  expect(callExpiry({ timestamps: { hangup: now.toISOString() } })).toBe(Date.parse('2026-12-22T10:00:00Z') / 1_000);
});

test('a user has missed an inbound call that ended before an answer', () => {
  const hangup = { cause: 'ORIGINATOR_CANCEL', q850: 16, sip_code: 487, by: 'caller' } as const;
  const ringing = aCall({ status: 'ringing', direction: 'inbound', legs: [aLeg({ user_id: 'usr_1' })] });
  expect(isMissed(hangUp(ringing, hangup, now))).toBe(true);
  expect(isMissed(ringing)).toBe(false);
  expect(isMissed(hangUp(inCallStatus(ringing, 'answered', now), hangup, now))).toBe(false);
  expect(isMissed(hangUp({ ...ringing, direction: 'outbound' }, hangup, now))).toBe(false);
  expect(isMissed(hangUp({ ...ringing, legs: [aLeg({ user_id: null })] }, hangup, now))).toBe(false);
});

test('a side has each way of digits once, in the order of the first', () => {
  const [source, destination] = [
    { side: 'source', way: 'rfc4733' },
    { side: 'destination', way: 'inband' },
  ] as const;
  const heard = [source, source, destination, source].reduce(withHeardDigit, withHeardDigit(undefined, source));
  expect(heard).toEqual([source, destination]);
});
