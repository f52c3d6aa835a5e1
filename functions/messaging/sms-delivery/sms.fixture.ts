import type { Sms, SmsPrice } from '#schema/sms.ts';
import { minute } from '#schema/time.ts';

/** Messages of tests. */

export const start = new Date('2026-11-20T10:00:00.000Z');

export const price = (amount: number, more: Partial<SmsPrice> = {}): SmsPrice => ({
  currency: 'USD',
  rate: amount,
  amount,
  included: 0,
  period: '2026-11',
  source: 'default',
  tariff: null,
  ...more,
});

/** What a sender says of a message, as it is stored. */
export const smsContent = {
  from: 'Acme',
  message: 'Hello',
  encoding: 'gsm7',
  segments: 1,
  category: 'transactional',
  reference: null,
  user_id: 'usr_1',
  callback_url: null,
  scheduled_at: null,
} as const;

export const queuedSms = (more: Partial<Sms> = {}): Sms => ({
  id: 'msg_1',
  batch_id: null,
  status: 'queued',
  to: '+14155551234',
  ...smsContent,
  price: price(7_500),
  money: 'reserved',
  held_until: null,
  attempts: 0,
  next_at: start.getTime(),
  valid_until: start.getTime() + 1_440 * minute,
  provider: null,
  provider_message_id: null,
  error: null,
  timestamps: { queued: start.toISOString() },
  created_at: start.toISOString(),
  updated_at: start.toISOString(),
  version: 1,
  ...more,
});
