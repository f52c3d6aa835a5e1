import { expect, test } from 'vitest';
import { inStatus, type Sms } from './sms.ts';
import { logEntryOf } from './sms-log.ts';

const at = '2026-11-20T10:00:00.000Z';
const price = {
  currency: 'USD',
  rate: 7_500,
  amount: 15_000,
  included: 0,
  period: '2026-11',
  source: 'default',
  tariff: null,
} as const;
const sms: Sms = {
  id: 'msg_1',
  batch_id: null,
  status: 'sending',
  to: '+14155551234',
  from: 'Acme',
  message: 'Hello',
  encoding: 'gsm7',
  segments: 2,
  category: 'transactional',
  reference: null,
  user_id: 'usr_1',
  callback_url: null,
  price,
  money: 'reserved',
  scheduled_at: null,
  held_until: null,
  attempts: 1,
  next_at: 0,
  valid_until: 0,
  provider: null,
  provider_message_id: null,
  error: null,
  timestamps: {},
  created_at: at,
  updated_at: at,
  version: 1,
};

test('the entry of a message follows its state, and keeps the time by which it is found', () => {
  expect(logEntryOf(sms)).toMatchObject({ status: 'sending', timestamp: at, status_at: at, cost: null });
  const later = '2026-11-20T10:00:05.000Z';
  expect(logEntryOf(inStatus(sms, 'sent', new Date(later), { money: 'charged' }))).toEqual({
    message_id: 'msg_1',
    direction: 'outbound',
    from: 'Acme',
    to: '+14155551234',
    message: 'Hello',
    status: 'sent',
    timestamp: at,
    status_at: later,
    user_id: 'usr_1',
    segments: 2,
    cost: 15_000,
    source: 'platform',
  });
});
