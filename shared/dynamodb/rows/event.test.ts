import { expect, test } from 'vitest';
import { eventOfKey, settleEvent } from './event.ts';

test('the key of an event gives its organization and id', () => {
  expect(eventOfKey({ partition: 'event#1001', sort: 'evt_1' })).toEqual({ org_id: 1001, id: 'evt_1' });
});

test.each(['eventlog#1001', 'event#1001#2', 'event#pending#3', 'event#', 'trunk#1001'])(
  '%s is not the partition of events',
  (partition) => {
    expect(eventOfKey({ partition, sort: 'evt_1' })).toBeUndefined();
  },
);

test('a settled event leaves the pending index and expires after 30 days', () => {
  const { Update } = settleEvent('evt_1', new Date('2026-01-01T00:00:00Z')).render('table', 1001, 0);
  expect(Object.values(Update?.ExpressionAttributeNames ?? {})).toEqual(
    expect.arrayContaining(['GSI2PK', 'GSI2SK', 'pending', 'expires_at', 'ttl']),
  );
  expect(Object.values(Update?.ExpressionAttributeValues ?? {})).toContainEqual({
    N: String(Date.parse('2026-01-31T00:00:00Z') / 1_000),
  });
});
