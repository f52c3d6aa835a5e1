import type { SmsBatch } from '#schema/sms-batch.ts';
import { expect, test } from 'vitest';
import { queuedSms, start } from '../sms-delivery/sms.fixture.ts';
import { batchId, messagesOf } from './batch.ts';
import {
  AcceptedSms,
  isCancellable,
  ListedSms,
  matches,
  presentAccepted,
  presentBatch,
  presentListed,
  presentSms,
  SmsOrBatch,
  withoutSending,
} from './presented-sms.ts';

const sms = queuedSms();
const recipient = (to: string, amount: number) => ({ to, price: { ...sms.price, amount }, error: null });
const batch = {
  ...sms,
  id: batchId('batch_01M80A5RM4M05JEBT5G3PPB36N'),
  kind: 'sms',
  validity_minutes: 1,
  recipients: [recipient('+14155551234', 7_500), recipient('+14155551235', 7_500)],
  expanded: false,
} as SmsBatch;

test('the answer to a request shows a message, or a batch with its messages', () => {
  const one = { ...batch, recipients: batch.recipients.slice(0, 1) };
  expect(AcceptedSms.parse(presentAccepted(one, messagesOf(one)))).toMatchObject({
    status: 'queued',
    estimated_cost: 0.0075,
  });
  const error = { code: 'RECIPIENT_OPTED_OUT', message: 'no' };
  const mixed = { ...batch, recipients: [...batch.recipients, { to: '+14155551236', price: null, error }] };
  expect(AcceptedSms.parse(presentAccepted(mixed, messagesOf(mixed)))).toMatchObject({
    batch_id: batch.id,
    total_messages: 3,
    queued: 2,
    failed: 1,
    estimated_cost: 0.015,
    messages: [{ status: 'queued' }, { status: 'queued' }, { status: 'failed', error }],
  });
});

test('a list shows no text, a message its text and what was charged', () => {
  expect(JSON.stringify(ListedSms.parse(presentListed(sms)))).not.toContain('Hello');
  expect(SmsOrBatch.parse(presentSms({ ...sms, money: 'charged' }))).toMatchObject({ message: 'Hello', cost: 0.0075 });
  expect(presentListed(sms).cost).toBeNull();
});

test('a batch counts its messages by state', () => {
  const messages = [sms, { ...sms, id: 'msg_2', status: 'sent' as const }, { ...sms, id: 'msg_3' }];
  expect(presentBatch(batch, messages)).toMatchObject({ total_messages: 3, counts: { queued: 2, sent: 1 } });
});

test('only a queued message is cancelled, and its money is returned', () => {
  expect([isCancellable(sms), isCancellable({ ...sms, status: 'sending' })]).toEqual([true, false]);
  expect(withoutSending(sms, start)).toMatchObject({ status: 'cancelled', money: 'returned', version: 2 });
});

test.each([
  [{}, true],
  [{ status: 'queued' }, true],
  [{ status: 'sent' }, false],
  [{ to: '+14155551235' }, false],
  [{ from: 'Acme' }, true],
  [{ reference: 'r' }, false],
] as const)('the filter %j matches: %s', (filters, isMatch) => {
  const day = { since: '2026-11-20T00:00:00.000Z', until: '2026-11-21T00:00:00.000Z' };
  expect(matches(filters, day)(sms)).toBe(isMatch);
  expect(matches({}, { since: day.since, until: sms.created_at })(sms)).toBe(false);
});
