import { expect, test } from 'vitest';
import { expiryOf, isExpired, nextLook } from './retention.ts';

const message = { received_at: '2026-11-20T10:00:00.000Z', status: 'new' } as const;
const end = '2026-11-27T10:00:00.000Z';

test('a message goes when its mailbox has kept it for its days, and not before', () => {
  expect(expiryOf(message, 7)).toBe(end);
  expect([
    isExpired(message, 7, new Date(Date.parse(end) - 1)),
    isExpired(message, 7, new Date(end)),
    isExpired({ ...message, status: 'saved' }, 7, new Date(end)),
  ]).toEqual([false, true, true]);
});

test('a message stays in a mailbox that keeps all, and while it waits for its audio', () => {
  expect([
    isExpired(message, null, new Date('2036-01-01')),
    isExpired({ ...message, status: 'pending' }, 7, new Date(end)),
  ]).toEqual([false, false]);
});

test('the next look is at the expiry, never in the past', () => {
  expect(nextLook(message, 7, new Date(message.received_at))).toBe(end);
  expect(nextLook(message, 1, new Date(end))).toBe(end);
});
