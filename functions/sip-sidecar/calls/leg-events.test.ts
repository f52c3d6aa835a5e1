import { expect, test } from 'vitest';
import { MediaFailure } from '../media/call-media.ts';
import { newCall, nextCall } from './call.ts';
import type { CallEvent, CallState } from './call-state.ts';
import { LegEvents } from './leg-events.ts';

const ringing: CallState<string> = nextCall(newCall<string>(true, 'offer'), {
  type: 'routed',
  attempts: [['x']],
  limit: { seconds: null, isReserved: false },
}).state;

/** The events of the legs of a ringing call, whose descriptions pass as a test says. */
function eventsOf(pass: (sdp: string) => string | Promise<string>) {
  const dispatched: CallEvent<string>[] = [];
  const faults: unknown[] = [];
  const events = new LegEvents<string>({
    media: { pass: ({ sdp }) => pass(sdp) },
    state: () => ringing,
    dispatch: (event) => void dispatched.push(event),
    lastSign: async () => undefined,
    fault: (error) => void faults.push(error),
  });
  return { events, dispatched, faults };
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
    .toEqual([{ type: 'refused', status: 503, cause: { cause: 'MEDIA_RELAY_LOST', q850: 41 } }]);
  expect(faults).toEqual([]);
});

test('an unexpected error is reported, and ends the call', () => {
  const { events, dispatched, faults } = eventsOf(() => {
    throw new Error('unexpected');
  });
  events.take(answer);
  expect(dispatched).toMatchObject([{ type: 'refused', status: 503 }]);
  expect(faults).toHaveLength(1);
});
