import { expect, test } from 'vitest';
import { acceptedCall } from '../call/call.ts';
import { movedState, resume } from './moved-state.ts';
import { answeredCall } from './running-call.fixture.ts';

const side = {
  side: 'destination',
  reservation: 'call_1',
  limit: { seconds: 600, isReserved: true },
  from: 0,
} as const;

/** A call as another task goes on with it. */
async function movedCall(seconds: number | null) {
  const former = await answeredCall('201', '202');
  const next = await answeredCall('201', '202');
  const state = movedState(former.call);
  if (state === undefined) throw new Error('the call is not answered');
  const accepted = { ...state, limit: { seconds, isReserved: true }, sides: [side], transferLegs: 2 };
  return { former, next, accepted };
}

test('what only the task knows of a call is read from it', async () => {
  const { call } = await answeredCall('201', '202');
  call.parties.sides = [side];
  expect(movedState(call)).toMatchObject({
    isIncoming: true,
    answeredAt: call.state.answeredAt,
    transferLegs: 0,
    sides: [side],
    channels: {
      kept: [],
      source: [{ kind: 'device', id: 'dev_201', direction: 'outbound' }],
      destination: [{ kind: 'device', id: 'dev_202', direction: 'inbound' }],
    },
  });
});

test('an accepted call is up, with its parties at the legs a and b, and with the transfers that were', async () => {
  const { accepted } = await movedCall(600);
  expect(acceptedCall(accepted)).toMatchObject({
    phase: 'up',
    a: 'a',
    b: 'b',
    status: 'answered',
    answeredAt: accepted.answeredAt,
    transferLegs: 2,
  });
});

test('an accepted call goes on with its limits and channels', async () => {
  const { next, accepted } = await movedCall(600);
  next.call.parties.sides = [];
  next.call.parties.channels.set('source', []);
  resume(next.call, accepted, accepted.answeredAt);
  expect(next.call.parties.sides).toEqual([side]);
  expect(next.call.parties.channels.of('source').map(({ id }) => id)).toEqual(['dev_201']);
  expect(movedState(next.call)?.limit).toMatchObject({ seconds: 600 });
});

test('a call without limit has none afterwards', async () => {
  const { accepted } = await movedCall(null);
  expect(acceptedCall(accepted).limit.seconds).toBeNull();
});
