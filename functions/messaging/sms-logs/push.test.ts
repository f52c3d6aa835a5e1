import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import { day } from '#schema/time.ts';
import { admitEntries, groupsOf, packed, planPush, receivedIn, wishesIn, wishingNumbers } from './push.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const at = (second: number): string => new Date(Date.UTC(2026, 10, 20, 11, 59, second)).toISOString();
const pushed = (message_id: string, more: object = {}) => ({
  message_id,
  direction: 'inbound' as const,
  from: '+14155551234',
  to: '22333',
  message: 'Hello',
  status: 'received',
  timestamp: at(1),
  ...more,
});
const entry = (message_id: string, more: Partial<SmsLogEntry> = {}): SmsLogEntry => ({
  ...pushed(message_id),
  status_at: more.timestamp ?? at(1),
  user_id: null,
  segments: null,
  cost: null,
  source: 'import',
  ...more,
});
const none = new Map<string, SmsLogEntry>();

test('entries that cannot be filed are named by their position', () => {
  const old = new Date(now.getTime() - 91 * day).toISOString();
  const { entries, errors } = admitEntries([pushed('a'), pushed('b', { timestamp: old }), pushed('c')], {
    user: null,
    now,
  });
  expect(entries.map(({ message_id: id }) => id)).toEqual(['a', 'c']);
  expect(errors).toEqual([{ index: 1, code: 'OLDER_THAN_RETENTION' }]);
});

test('unknown messages are filed, known ones are updated by a later status, others are duplicates', () => {
  const known = new Map([['b', entry('b')]]);
  const plan = planPush([entry('a'), entry('b'), entry('b', { status: 'read', timestamp: at(2) })], known);
  expect(plan).toMatchObject({ processed: 2, duplicates: 1 });
  expect(plan.changes.map(({ before, after }) => [before?.status, after.message_id, after.status])).toEqual([
    [undefined, 'a', 'received'],
    ['received', 'b', 'read'],
  ]);
});

test('a message that a push names twice is one change', () => {
  const plan = planPush([entry('a'), entry('a', { status: 'read', timestamp: at(2) }), entry('a')], none);
  expect(plan).toMatchObject({
    processed: 2,
    duplicates: 1,
    changes: [{ before: undefined, after: { status: 'read' } }],
  });
});

test('a repeated push changes nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c'), second: fc.nat(5) })), (pushes) => {
      const entries = pushes.map(({ id, second }) => entry(id, { timestamp: at(second), status: `s${second}` }));
      const first = planPush(entries, none);
      const stored = new Map(first.changes.map(({ after }) => [after.message_id, after]));
      expect(planPush(entries, stored)).toEqual({ changes: [], processed: 0, duplicates: entries.length });
      expect(first.processed + first.duplicates).toBe(entries.length);
    }),
  );
});

test('only new messages of others are received', () => {
  const changes = planPush(
    [entry('a'), entry('b', { direction: 'outbound' }), entry('c', { status: 'read', timestamp: at(2) })],
    new Map([['c', entry('c')]]),
  ).changes;
  expect(receivedIn(changes).map(({ message_id: id }) => id)).toEqual(['a']);
});

test('the newest wish of each number is stored with its message', () => {
  const { changes } = planPush(
    [entry('a', { message: 'START', timestamp: at(2) }), entry('b', { message: 'STOP' }), entry('c')],
    none,
  );
  expect(wishingNumbers(changes)).toEqual(['+14155551234']);
  expect([...wishesIn(changes, new Map()).entries()]).toEqual([
    ['a', expect.objectContaining({ after: expect.objectContaining({ state: 'opted_in', at: at(2) }) })],
  ]);
});

test('entries of one message are one group, with the writes that they may need', () => {
  const groups = groupsOf(
    [
      entry('a'),
      entry('b', { direction: 'outbound' }),
      entry('a', { timestamp: at(2) }),
      entry('c', { message: 'START' }),
      entry('d', { message: 'STOP' }),
      entry('e', { message: 'STOP', timestamp: new Date(now.getTime() - day).toISOString() }),
    ],
    now,
  );
  expect(groups.map(({ entries, size }) => [entries.length, size])).toEqual([
    [2, 3],
    [1, 1],
    [1, 4],
    [1, 8],
    [1, 4],
  ]);
});

test('groups are packed in their order, none beyond the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 8 })), (sizes) => {
      const groups = sizes.map((size, position) => ({ size, position }));
      const packs = packed(groups, 10);
      expect(packs.flat()).toEqual(groups);
      for (const pack of packs) expect(pack.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(10);
      expect(packs.every((pack) => pack.length > 0)).toBe(true);
    }),
  );
});
