import { expect, test } from 'vitest';
import { CallIdInUrl, presentAccepted, presentPlaced } from './call-answer.ts';

test('the id of a call may have any form of letters, digits, hyphens and underscores', () => {
  const ids = ['call_01M80C4A3X5J5YNXFESCQD4901', 'c000daeuyzzoq-za3wqdi', 'x'.repeat(64)];
  expect(ids.map((id) => CallIdInUrl.safeParse(id).success)).toEqual([true, true, true]);
  const others = ['', 'x'.repeat(65), 'a/b', 'a b', 'a#b'];
  expect(others.map((id) => CallIdInUrl.safeParse(id).success)).toEqual([false, false, false, false, false]);
});

test('a placed call is created, at its address', () => {
  expect(presentPlaced('https://api.example.com', 'call_1')).toEqual({
    id: 'call_1',
    url: 'https://api.example.com/v1/Calls/call_1',
    status: 'created',
  });
});

test('an action is accepted; its outcome is an event', () => {
  expect(presentAccepted('call_1', 'hold')).toEqual({ id: 'call_1', action: 'hold', status: 'accepted' });
});
