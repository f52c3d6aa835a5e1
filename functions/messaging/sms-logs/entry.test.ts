import { expect, test } from 'vitest';
import { day, minute } from '#schema/time.ts';
import {
  afterPush,
  entryOf,
  presentEntry,
  rejectionOf,
  ShownEntry,
  SmsLogPush,
  SmsParty,
  UserReference,
  type PushedEntry,
} from './entry.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const sent = {
  message_id: 'm1',
  direction: 'inbound',
  from: '+14155551234',
  to: '22333',
  message: 'Hello\nthere',
  status: 'received',
  timestamp: '2026-11-20T11:00:00+01:00',
};
const pushed = (more: object = {}): PushedEntry =>
  SmsLogPush.parse({ logs: [{ ...sent, ...more }] }).logs[0] ?? expect.fail('no entry');
const ago = (milliseconds: number): string => new Date(now.getTime() - milliseconds).toISOString();

test.each(['+14155551234', '+12', '123', '12345678', 'Acme', 'ACME 2', 'A', '1st Bank', 'Elevenchars'])(
  '%j is a party of an SMS',
  (party) => expect(SmsParty.parse(party)).toBe(party),
);

test.each(['', '12', '123456789', '+0123', '+1234567890123456', 'Twelve chars', 'Acme!', '=cmd', 'Ärzte', '1 2 3'])(
  '%j is none',
  (party) => expect(SmsParty.safeParse(party).success).toBe(false),
);

test('a user may be named by a number', () => {
  expect([7, '7', 'usr_7'].map((id) => UserReference.parse(id))).toEqual(['usr_7', 'usr_7', 'usr_7']);
  expect([0, -1, 1.5, '', 'x', 'usr_'].some((id) => UserReference.safeParse(id).success)).toBe(false);
});

test('an entry is filed as it was pushed, in UTC and micro-units', () => {
  expect(entryOf(pushed({ userId: 7, segments: 2, cost: '0.0075' }), null)).toEqual({
    ...sent,
    timestamp: '2026-11-20T10:00:00.000Z',
    status_at: '2026-11-20T10:00:00.000Z',
    user_id: 'usr_7',
    segments: 2,
    cost: 7_500n,
    source: 'import',
  });
  expect(entryOf(pushed(), 'usr_1')).toMatchObject({ user_id: 'usr_1', segments: null, cost: null });
});

test('an entry is shown in the declared form', () => {
  const entry = entryOf(pushed({ cost: 0.0075 }), null);
  expect(ShownEntry.parse(presentEntry(entry))).toMatchObject({ message_id: 'm1', userId: null, cost: 0.0075 });
});

test.each([
  [{ message_id: '' }, 'message_id'],
  [{ message_id: 'x'.repeat(129) }, 'message_id'],
  [{ direction: 'both' }, 'direction'],
  [{ from: '=1+1' }, 'from'],
  [{ message: 'x'.repeat(2_001) }, 'message'],
  [{ status: 'x'.repeat(33) }, 'status'],
  [{ timestamp: '2026-11-20' }, 'timestamp'],
  [{ timestamp: '2026-11-20T10:00:00' }, 'timestamp'],
  [{ segments: 0 }, 'segments'],
  [{ cost: -1 }, 'cost'],
  [{ cost: 0.0000001 }, 'cost'],
])('%j is rejected with its path', (more, field) => {
  const { error } = SmsLogPush.safeParse({ logs: [sent, { ...sent, ...more }] });
  expect(error?.issues.map(({ path }) => path)).toEqual([['logs', 1, field]]);
});

test('a push has 1 to 1,000 entries', () => {
  expect(SmsLogPush.safeParse({ logs: [] }).success).toBe(false);
  expect(SmsLogPush.safeParse({ logs: Array(1_000).fill(sent) }).success).toBe(true);
  expect(SmsLogPush.safeParse({ logs: Array(1_001).fill(sent) }).error?.issues).toMatchObject([
    { params: { code: 'PAYLOAD_TOO_LARGE' } },
  ]);
});

test('an entry is not older than 90 days, and not more than 5 minutes ahead', () => {
  const rejections = [90 * day, 90 * day + 1, -5 * minute, -5 * minute - 1].map((age) =>
    rejectionOf(pushed({ timestamp: ago(age) }), now),
  );
  expect(rejections).toEqual([null, 'OLDER_THAN_RETENTION', null, 'IN_THE_FUTURE']);
});

test('a later push updates the status and nothing else', () => {
  const known = entryOf(pushed(), null);
  const later = entryOf(pushed({ timestamp: ago(0), status: 'read', message: 'Other' }), null);
  expect(afterPush(known, later)).toEqual({ ...known, status: 'read', status_at: now.toISOString() });
  expect(afterPush({ ...known, status_at: now.toISOString() }, later)).toBeUndefined();
  expect(afterPush(known, { ...later, timestamp: known.timestamp })).toBeUndefined();
});

test.each([
  ['sent', 'delivered', -100, 'delivered'],
  ['sent', 'delivered', 0, 'delivered'],
  ['delivered', 'sent', 1_000, 'delivered'],
  ['delivered', 'failed', 1_000, 'delivered'],
  ['Expired', 'delivered', 1_000, 'Expired'],
  ['UNDELIVERED', 'read', 1_000, 'UNDELIVERED'],
  ['queued', 'ENROUTE', 0, 'ENROUTE'],
  ['delivered', 'read', -100, 'read'],
  ['delivered', 'delivered', 1_000, 'delivered'],
  // Of other states the time decides.
  ['seen', 'sent', 1_000, 'sent'],
  ['seen', 'sent', 0, 'seen'],
  ['sent', 'acked', 1_000, 'acked'],
])('from %s, a push of %s after %i ms makes it %s', (before, after, milliseconds, expected) => {
  const known = entryOf(pushed({ status: before, timestamp: ago(minute) }), null);
  const later = entryOf(pushed({ status: after, timestamp: ago(minute - milliseconds) }), null);
  expect((afterPush(known, later) ?? known).status).toBe(expected);
});

test("a push does not change the entry of the platform's own message", () => {
  const later = entryOf(pushed({ timestamp: ago(0), status: 'read' }), null);
  expect(afterPush({ ...entryOf(pushed(), null), source: 'platform' }, later)).toBeUndefined();
});
