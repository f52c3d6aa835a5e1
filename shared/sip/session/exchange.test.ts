import { describe, expect, test } from 'vitest';
import { Exchange } from './exchange.ts';
import { sdp } from './sessions.fixture.ts';

/** An exchange in which an offer of ours was accepted. */
const agreedExchange = (): Exchange => {
  const exchange = new Exchange('local offer', sdp('alice'));
  exchange.apply('receive answer');
  return exchange;
};

test('a rejected offer leaves the description that was agreed before', () => {
  const exchange = agreedExchange();
  exchange.apply('send offer');
  expect(exchange.describe(sdp('alice', 'inactive'))).toBe(sdp('alice', 'inactive', 2));
  exchange.apply('reject');
  expect([exchange.state, exchange.sent]).toEqual(['stable', sdp('alice')]);
});

test('an offer that differs from a rejected one has a version of its own', () => {
  const exchange = agreedExchange();
  exchange.apply('send offer');
  exchange.describe(sdp('alice', 'inactive'));
  exchange.apply('reject');
  exchange.apply('send offer');
  expect(exchange.describe(sdp('alice', 'sendonly'))).toBe(sdp('alice', 'sendonly', 3));
});

test('what repeats the agreed description has its version, also after a rejected offer', () => {
  const exchange = agreedExchange();
  exchange.apply('send offer');
  exchange.describe(sdp('alice', 'inactive'));
  exchange.apply('reject');
  exchange.apply('send offer');
  expect(exchange.describe(sdp('other', 'sendrecv', 9))).toBe(sdp('alice'));
});

test('an accepted offer, and an answer, replace what was agreed', () => {
  const exchange = agreedExchange();
  exchange.apply('send offer');
  exchange.describe(sdp('alice', 'sendonly'));
  expect(exchange.sent).toBe(sdp('alice'));
  exchange.apply('receive answer');
  expect(exchange.sent).toBe(sdp('alice', 'sendonly', 2));
  exchange.apply('receive offer');
  exchange.apply('send answer');
  exchange.describe(sdp('alice'));
  expect(exchange.sent).toBe(sdp('alice', 'sendrecv', 3));
});

describe('an offer of the peer that repeats the last one', () => {
  /** An exchange in which an offer of the peer was answered. */
  const answeredExchange = (): Exchange => {
    const exchange = new Exchange('none', undefined);
    exchange.apply('receive offer', sdp('bob'));
    exchange.apply('send answer');
    exchange.describe(sdp('alice'));
    return exchange;
  };

  test('has the same answer, also after others that were rejected', () => {
    const exchange = answeredExchange();
    expect(exchange.answerTo(sdp('bob'))).toBe(sdp('alice'));
    exchange.apply('receive offer', sdp('bob', 'inactive', 2));
    exchange.apply('reject');
    exchange.apply('send offer');
    exchange.describe(sdp('alice', 'sendonly'));
    exchange.apply('reject');
    expect(exchange.answerTo(sdp('bob'))).toBe(sdp('alice'));
  });

  test.each([
    ['another version', sdp('bob', 'sendrecv', 2)],
    ['another direction in the same version', sdp('bob', 'sendonly')],
  ])('has none with %s', (_, offer) => {
    expect(answeredExchange().answerTo(offer)).toBeUndefined();
  });

  test('has none once an offer of ours was answered, or another one of the peer', () => {
    const ours = answeredExchange();
    ours.apply('send offer');
    ours.describe(sdp('alice', 'sendonly'));
    ours.apply('receive answer');
    const others = answeredExchange();
    others.apply('receive offer', sdp('bob', 'sendonly', 2));
    others.apply('send answer');
    expect([ours, others].map((each) => each.answerTo(sdp('bob')))).toEqual([undefined, undefined]);
  });

  test('has none at another task, which knows our description without its keys', () => {
    expect(new Exchange('stable', sdp('alice')).answerTo(sdp('bob'))).toBeUndefined();
  });
});
