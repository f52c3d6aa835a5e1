import { expect, test } from 'vitest';
import { costOf, inStatus, isFinal, mayBecome, smsStatuses, stateEvent, type Sms } from './sms.ts';

const at = '2026-11-20T10:00:00.000Z';
const sms: Sms = {
  id: 'msg_1',
  batch_id: null,
  status: 'queued',
  to: '+14155551234',
  from: 'Acme',
  message: 'Secret text',
  encoding: 'gsm7',
  segments: 1,
  category: 'transactional',
  reference: null,
  user_id: 'usr_1',
  callback_url: null,
  price: {
    currency: 'USD',
    rate: 7_500,
    amount: 7_500,
    included: 0,
    period: '2026-11',
    source: 'default',
    tariff: null,
  },
  money: 'reserved',
  scheduled_at: null,
  held_until: null,
  attempts: 0,
  next_at: 0,
  valid_until: Date.parse(at) + 86_400_000,
  provider: null,
  provider_message_id: null,
  error: null,
  timestamps: { queued: at },
  created_at: at,
  updated_at: at,
  version: 1,
};

test('a message ends delivered, failed, expired or cancelled, and goes on from no end', () => {
  expect(smsStatuses.filter(isFinal)).toEqual(['delivered', 'failed', 'expired', 'cancelled']);
  for (const from of smsStatuses.filter(isFinal)) expect(smsStatuses.filter((to) => mayBecome(from, to))).toEqual([]);
});

test.each([
  ['queued', ['sending', 'failed', 'expired', 'cancelled']],
  ['sending', ['queued', 'sent', 'failed', 'expired']],
  ['sent', ['delivered', 'failed', 'expired']],
] as const)('a message that is %s may become %j', (from, to) => {
  expect(smsStatuses.filter((status) => mayBecome(from, status)).toSorted()).toEqual([...to].toSorted());
});

test('a message remembers when it entered each state', () => {
  const later = new Date('2026-11-20T10:00:05.000Z');
  expect(inStatus(sms, 'sending', later, { attempts: 1 })).toMatchObject({
    status: 'sending',
    attempts: 1,
    timestamps: { queued: at, sending: later.toISOString() },
    updated_at: later.toISOString(),
    version: 2,
  });
});

test('a message costs something once it is charged', () => {
  expect(costOf(sms)).toBeNull();
  expect(costOf({ ...sms, money: 'charged' })).toBe(7_500);
  expect(costOf({ ...sms, money: 'returned' })).toBeNull();
  expect(costOf({ ...sms, price: null })).toBe(0);
});

test('the event of a state has no text, and the address to call back if one is wanted', () => {
  expect(JSON.stringify(stateEvent(sms))).not.toContain('Secret text');
  expect(stateEvent(sms)).not.toHaveProperty('callback_url');
  expect(stateEvent({ ...sms, status: 'failed', callback_url: 'https://example.com/' })).toMatchObject({
    type: 'sms.failed',
    severity: 'warning',
    callback_url: 'https://example.com/',
    fields: { message_id: 'msg_1', status: 'failed', at },
  });
});
