import { describe, expect, test } from 'vitest';
import { glareDelay, nextOfferState, type OfferEvent, offerRejection, type OfferState } from './offer-answer.ts';

const events: readonly OfferEvent[] = ['send offer', 'receive offer', 'send answer', 'receive answer', 'reject'];
const rows = (state: OfferState): readonly (string | undefined)[] =>
  events.map((event) => nextOfferState(state, event));

test('an exchange is an offer and its answer; no second offer comes between them (RFC 3264 §4)', () => {
  expect(rows('none')).toEqual(['local offer', 'remote offer', undefined, undefined, undefined]);
  expect(rows('local offer')).toEqual([undefined, undefined, undefined, 'stable', 'none']);
  expect(rows('remote offer')).toEqual([undefined, undefined, 'stable', undefined, 'none']);
  expect(rows('stable')).toEqual(['local reoffer', 'remote reoffer', undefined, undefined, undefined]);
  expect(rows('local reoffer')).toEqual([undefined, undefined, undefined, 'stable', 'stable']);
  expect(rows('remote reoffer')).toEqual([undefined, undefined, 'stable', undefined, 'stable']);
});

test('an offer of the peer gets 491 while ours is pending, and 500 while an earlier one of the peer is', () => {
  const states: readonly OfferState[] = [
    'none',
    'local offer',
    'remote offer',
    'stable',
    'local reoffer',
    'remote reoffer',
  ];
  expect(states.map(offerRejection)).toEqual([undefined, 491, 500, undefined, 491, 500]);
});

describe('after a collision', () => {
  test('the owner of the Call-ID waits 2.1 to 4 s, the other side up to 2 s (RFC 3261 §14.1)', () => {
    const almost = 1 - Number.EPSILON;
    expect([glareDelay(true, 0), glareDelay(true, almost)]).toEqual([2_100, 4_000]);
    expect([glareDelay(false, 0), glareDelay(false, almost)]).toEqual([0, 2_000]);
    expect(glareDelay(true, 0.123_456) % 10).toBe(0);
  });
});
