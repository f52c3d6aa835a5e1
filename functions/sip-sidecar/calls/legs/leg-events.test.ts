import { expect, test } from 'vitest';
import { MediaFailure } from '../../media/call-media.ts';
import { newCall, nextCall } from '../call/call.ts';
import type { CallEvent, CallState } from '../call/state.ts';
import { LegEvents, sentDescription } from './leg-events.ts';

type Event = CallEvent<string>;
const limit = { seconds: null, isReserved: false };

const after = (state: CallState<string>, ...events: readonly Event[]): CallState<string> =>
  events.reduce((each, event) => nextCall(each, event).state, state);

const ringing = (targets: readonly string[], offer: string | undefined = 'offer'): CallState<string> =>
  after(newCall<string>(true, offer), { type: 'routed', attempts: [targets], limit });

/** The events of the legs of a ringing call, whose descriptions pass as a test says. */
function eventsOf(pass: (sdp: string) => string | Promise<string>) {
  const dispatched: CallEvent<string>[] = [];
  const faults: unknown[] = [];
  const ended: unknown[] = [];
  const events = new LegEvents<string>({
    media: { pass: ({ sdp }) => pass(sdp) },
    sessions: { get: (leg) => ({ end: (reason) => void ended.push([leg, reason]) }) },
    state: () => ringing(['x']),
    dispatch: (event) => void dispatched.push(event),
    lastSign: async () => undefined,
    fault: (error) => void faults.push(error),
  });
  return { events, dispatched, faults, ended };
}

const progress = { type: 'progress', leg: 'b1', status: 183, sdp: 'early' } as const;
const answer = { type: 'answer', leg: 'b1', sdp: 'answer', at: 0 } as const;
const end = { type: 'end', leg: 'b1', end: {} } as const;

test('without a relay an event reaches the call at once', () => {
  const { events, dispatched } = eventsOf((sdp) => sdp);
  events.take(answer);
  events.take(end);
  expect(dispatched).toEqual([answer, end]);
});

test('events wait for the description before them, and keep their order', async () => {
  const waiting: ((sdp: string) => void)[] = [];
  const { events, dispatched } = eventsOf(() => new Promise((resolve) => waiting.push(resolve)));
  for (const event of [progress, answer, end]) events.take(event);
  expect([dispatched, waiting.length]).toEqual([[], 1]);
  waiting[0]?.('relayed');
  await expect.poll(() => waiting.length).toBe(2);
  expect(dispatched).toEqual([{ ...progress, sdp: 'relayed' }]);
  waiting[1]?.('relayed, too');
  await expect.poll(() => dispatched.slice(1)).toEqual([{ ...answer, sdp: 'relayed, too' }, end]);
});

test('early media that cannot pass are progress without them', () => {
  const { events, dispatched } = eventsOf(() => {
    throw new MediaFailure(488, 'MEDIA_RELAY_REQUIRED', '');
  });
  events.take(progress);
  expect(dispatched).toEqual([{ type: 'progress', leg: 'b1', status: 183 }]);
});

test('an answer that cannot pass ends the call with the reason', async () => {
  const { events, dispatched, faults } = eventsOf(() =>
    Promise.reject(new MediaFailure(503, 'MEDIA_RELAY_LOST', 'the media relay of the call is lost')),
  );
  events.take(answer);
  await expect
    .poll(() => dispatched)
    .toEqual([{ type: 'rejected', status: 503, cause: { cause: 'MEDIA_RELAY_LOST', q850: 41 } }]);
  expect(faults).toEqual([]);
});

test('an answer that is of no use ends its leg, which fails with the reason', () => {
  const { events, dispatched, ended } = eventsOf(() => {
    throw new MediaFailure(488, 'INCOMPATIBLE_DESTINATION', 'the answer has no codec of the offer');
  });
  events.take(answer);
  const failure = { status: 488, q850: 88, cause: 'INCOMPATIBLE_DESTINATION', by: 'us' };
  expect(dispatched).toEqual([{ type: 'failure', leg: 'b1', failure }]);
  expect(ended).toEqual([['b1', { q850: 88 }]]);
});

test('an unexpected error is reported, and ends the call', () => {
  const { events, dispatched, faults } = eventsOf(() => {
    throw new Error('unexpected');
  });
  events.take(answer);
  expect(dispatched).toMatchObject([{ type: 'rejected', status: 503 }]);
  expect(faults).toHaveLength(1);
});

const answerOf = (leg: string) => ({ type: 'answer', leg, sdp: 'described', at: 0 }) as const;
const progressOf = (leg: string) => ({ type: 'progress', leg, status: 183, sdp: 'described' }) as const;

test('the answer of the callee, and its early media, pass to the caller as answers', () => {
  const description = { kind: 'answer', from: 'b1', to: 'a', sdp: 'described' };
  expect(sentDescription(ringing(['x']), progressOf('b1'))).toEqual({ ...description, isEarly: true });
  expect(sentDescription(ringing(['x']), answerOf('b1'))).toEqual(description);
});

test('early media of one of several phones pass to no one', () => {
  expect(sentDescription(ringing(['x', 'y']), progressOf('b1'))).toBeUndefined();
  expect(sentDescription(ringing(['x', 'y']), answerOf('b2'))).toMatchObject({ from: 'b2', to: 'a' });
});

test('a phone that answers after another one passes nothing on', () => {
  const answered = after(ringing(['x', 'y']), answerOf('b1'));
  expect(sentDescription(answered, answerOf('b2'))).toBeUndefined();
});

test('the callee of a call without offer offers, and the caller answers in its ACK', () => {
  const state = after(newCall<string>(true), { type: 'routed', attempts: [['x']], limit });
  expect(sentDescription(state, answerOf('b1'))).toMatchObject({ kind: 'offer', from: 'b1', to: 'a' });
  const acknowledgement = { type: 'acknowledge', leg: 'a', sdp: 'described' } as const;
  expect(sentDescription(after(state, answerOf('b1')), acknowledgement)).toMatchObject({
    kind: 'answer',
    from: 'a',
    to: 'b1',
  });
  expect(sentDescription(state, acknowledgement)).toBeUndefined();
});

test('of a call of the API the source passes nothing on, and the destination offers to it', () => {
  const placed: Event = { type: 'placed', source: [['x']], destination: [['y']], limit };
  const calling = after(newCall<string>(false), placed);
  expect(sentDescription(calling, answerOf('a1'))).toBeUndefined();
  const called = after(calling, answerOf('a1'));
  expect(sentDescription(called, progressOf('b1'))).toBeUndefined();
  expect(sentDescription(called, answerOf('b1'))).toMatchObject({ kind: 'offer', from: 'b1', to: 'a1' });
});

test('the new party of a transfer offers to the party that stays', () => {
  const transfer = { type: 'transfer', id: 't', side: 'source', isReferred: false, attempts: [['z']], limit } as const;
  const state = after(ringing(['x']), answerOf('b1'), transfer);
  expect(sentDescription(state, answerOf('c1'))).toMatchObject({ kind: 'offer', from: 'c1', to: 'b1' });
  expect(sentDescription(state, progressOf('c1'))).toBeUndefined();
});

test('an event without description passes nothing', () => {
  expect(sentDescription(ringing(['x']), { type: 'progress', leg: 'b1', status: 180 })).toBeUndefined();
  expect(sentDescription(ringing(['x']), { type: 'end', leg: 'b1', end: {} })).toBeUndefined();
});
