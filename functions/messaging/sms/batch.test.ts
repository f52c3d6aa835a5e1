import type { SmsBatch } from '#schema/sms-batch.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptedEvent, batchId, batchOf, messageIdOf, messagesOf } from './batch.ts';

const at = '2026-11-20T10:00:00.000Z';
const price = {
  currency: 'USD',
  rate: 7_500,
  amount: 7_500,
  included: 0,
  period: '2026-11',
  source: 'default',
  tariff: null,
} as const;
const optedOut = { code: 'RECIPIENT_OPTED_OUT', message: 'no' };
const batch: SmsBatch = {
  id: batchId('batch_01M80A5RM4M05JEBT5G3PPB36N'),
  kind: 'sms',
  from: 'Acme',
  message: 'Hello',
  encoding: 'gsm7',
  segments: 1,
  category: 'transactional',
  reference: 'r',
  user_id: 'usr_1',
  callback_url: null,
  scheduled_at: null,
  validity_minutes: 60,
  recipients: [
    { to: '+14155551234', price, error: null },
    { to: '+14155551235', price: null, error: optedOut },
  ],
  expanded: false,
  created_at: at,
};

test('ids of a batch and of its messages are ULIDs of its time, and lead to each other', () => {
  expect(batch.id).toMatch(/^batch_01M80A5RM4[0-9A-HJKMNP-TV-Z]{14}00$/);
  const ids = Array.from({ length: 100 }, (_message, position) => messageIdOf(batch.id, position));
  expect(ids.every((id) => /^msg_[0-9A-HJKMNP-TV-Z]{26}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(100);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids.map(batchOf))).toEqual(new Set([batch.id]));
});

test('ids of one millisecond differ', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{16}$/), { maxLength: 50 }), (randoms) => {
      const ids = randoms.map((random) => batchId(`batch_01M80A5RM4${random}`));
      expect(new Set(ids).size).toBe(randoms.length);
    }),
  );
});

test('each recipient has a message: it waits, or has failed', () => {
  const [first, second] = messagesOf(batch);
  expect(first).toMatchObject({
    id: messageIdOf(batch.id, 0),
    batch_id: batch.id,
    status: 'queued',
    money: 'reserved',
    price,
    next_at: Date.parse(at),
    valid_until: Date.parse(at) + 3_600_000,
    timestamps: { queued: at },
  });
  expect(second).toMatchObject({ status: 'failed', money: 'returned', price: null, error: optedOut });
});

test('a message to one recipient shows no batch', () => {
  const [only] = messagesOf({ ...batch, recipients: batch.recipients.slice(0, 1) });
  expect(only?.batch_id).toBeNull();
});

test('the validity of a scheduled message begins with its schedule', () => {
  const scheduled_at = '2026-11-21T10:00:00.000Z';
  const [first] = messagesOf({ ...batch, scheduled_at });
  expect(first).toMatchObject({
    next_at: Date.parse(scheduled_at),
    valid_until: Date.parse(scheduled_at) + 3_600_000,
  });
});

test('the event of a batch has no text', () => {
  expect(acceptedEvent(batch)).toMatchObject({ entity: { type: 'sms', id: batch.id }, fields: { total_messages: 2 } });
  expect(JSON.stringify(acceptedEvent(batch))).not.toContain('Hello');
});
