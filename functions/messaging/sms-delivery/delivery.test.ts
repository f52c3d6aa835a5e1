import { describe, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import type { Sms } from '#schema/sms.ts';
import { minute, second } from '#schema/time.ts';
import { amountOf } from '#schema/money.ts';
import {
  awaitReceipt,
  changesState,
  heldUntil,
  hold,
  lease,
  lineOf,
  markExpired,
  markFailed,
  markSent,
  missReceipt,
  rejectionOf,
  retryLater,
  slotOf,
  startAttempt,
  stepOf,
  wholesalePrice,
  withWholesale,
} from './delivery.ts';
import { queuedSms, start } from './sms.fixture.ts';
import { newProfile } from '../../billing/schema/billing-profile.ts';
import { firstVersion, NewTariff } from '../../billing/tariffs/tariff.ts';

const now = start.getTime();
const later = (milliseconds: number): Date => new Date(now + milliseconds);
const sent = { provider: 'eum', provider_message_id: 'p1', hasReseller: false };
const organization = organizationOf(1001, { settings: { sms: { sender_ids: ['Acme'] } } });

describe('a message', () => {
  test('is attempted when it is due, and an attempt holds it for two minutes', () => {
    expect(stepOf(queuedSms(), now)).toBe('attempt');
    expect(stepOf(queuedSms({ next_at: now + 5 }), now)).toBe(5);
    const attempt = startAttempt(queuedSms(), start);
    expect(attempt).toMatchObject({ status: 'sending', attempts: 1, version: 2 });
    expect(stepOf(attempt, now)).toBe(2 * minute);
    expect(stepOf(attempt, now + lease)).toBe('attempt');
    expect(startAttempt(attempt, later(lease))).toMatchObject({ status: 'sending', attempts: 2, version: 3 });
  });

  test('that is handed over or final needs nothing, but the charge of the reseller', () => {
    const attempt = startAttempt(queuedSms(), start);
    const done = markSent(attempt, start, sent);
    expect(stepOf(done, now)).toBe('nothing');
    expect(done).toMatchObject({ status: 'sent', money: 'charged', wholesale: 'none', error: null });
    expect(stepOf(markSent(attempt, start, { ...sent, hasReseller: true }), now)).toBe('charge reseller');
    expect(markSent({ ...attempt, price: null }, start, { ...sent, hasReseller: true }).wholesale).toBe('none');
    expect(stepOf(markFailed(attempt, start, { code: 'BLOCKED', message: 'no' }), now)).toBe('nothing');
  });

  test('that was not handed over in time expires, and gets its money back', () => {
    const old = queuedSms({ valid_until: now });
    expect(stepOf(old, now)).toBe('expire');
    expect(stepOf({ ...old, valid_until: now + 1 }, now)).toBe('attempt');
    expect(markExpired(old, start)).toMatchObject({ status: 'expired', money: 'returned' });
  });

  test('waits longer after each fault, and fails with the fifth', () => {
    const waits: number[] = [];
    let sms: Sms = queuedSms();
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      sms = retryLater(startAttempt(sms, start), start, { problem: 'busy', chance: 0.5 });
      if (sms.status === 'queued') waits.push(sms.next_at - now);
    }
    expect(waits).toEqual([30 * second, 2 * minute, 10 * minute, 30 * minute]);
    expect(sms).toMatchObject({
      status: 'failed',
      money: 'returned',
      attempts: 5,
      error: { code: 'PROVIDER_UNAVAILABLE', message: 'busy' },
    });
  });

  test('waits 20 % longer or shorter', () => {
    const wait = (chance: number) =>
      retryLater(startAttempt(queuedSms(), start), start, { problem: '', chance }).next_at - now;
    expect([wait(0), wait(1)]).toEqual([24 * second, 36 * second]);
  });

  test('is given up when its last attempt broke off', () => {
    expect(stepOf({ ...startAttempt(queuedSms({ attempts: 4 }), start), attempts: 5 }, now + lease)).toBe('give up');
  });

  test('that the provider did not answer is never attempted again', () => {
    const waiting = awaitReceipt(startAttempt(queuedSms(), start), start, 'timed out');
    expect(stepOf(waiting, now)).toBe(10 * minute);
    expect(stepOf({ ...waiting, valid_until: now }, now + 10 * minute)).toBe('miss receipt');
    expect(changesState(waiting, { ...waiting, version: 4 })).toBe(false);
    const confirmation = { provider: 'eum', provider_message_id: 'p1' };
    expect(stepOf({ ...waiting, confirmation }, now)).toBe('confirm');
    expect(stepOf(missReceipt(waiting, start), now + 10 * minute)).toBe('nothing');
  });

  test('has an event of each state, and none of a wait', () => {
    const attempt = startAttempt(queuedSms(), start);
    expect(changesState(queuedSms(), attempt)).toBe(true);
    expect(changesState(attempt, startAttempt(attempt, start))).toBe(false);
  });
});

describe('before an attempt', () => {
  test.each([
    ['the organization is closed', { organization: { ...organization, status: 'closed' as const } }, 'REJECTED'],
    ['its sender is not the organization’s any more', { organization: organizationOf(1001) }, 'INVALID_SENDER'],
    ['its recipient opted out', { optedOut: true }, 'RECIPIENT_OPTED_OUT'],
  ])('a message is rejected when %s', (_case, more, code) => {
    expect(rejectionOf(queuedSms(), { organization, number: undefined, optedOut: false, ...more })).toMatchObject({
      code,
    });
  });

  test('an answer to STOP goes to a recipient who opted out', () => {
    const answer = queuedSms({ price: null, user_id: null });
    expect(rejectionOf(answer, { organization, number: undefined, optedOut: true })).toBeNull();
    expect(rejectionOf(queuedSms(), { organization, number: undefined, optedOut: false })).toBeNull();
  });

  test('only marketing waits for the window, and the wait is no part of its validity', () => {
    const window = { start: '12:00', end: '13:00', days: ['fri' as const], timezone: 'UTC' };
    const limited = organizationOf(1001, { settings: { sms: { sender_ids: ['Acme'], window } } });
    const marketing = queuedSms({ category: 'marketing' });
    expect(heldUntil(queuedSms(), limited, start)).toBeNull();
    expect(heldUntil(marketing, organization, start)).toBeNull();
    expect(heldUntil(marketing, limited, later(150 * minute))).toBeNull();
    const until = heldUntil(marketing, limited, start);
    expect(until).toEqual(later(120 * minute));
    expect(hold(marketing, until ?? start, start)).toMatchObject({
      status: 'queued',
      held_until: later(120 * minute).toISOString(),
      next_at: now + 120 * minute,
      valid_until: marketing.valid_until + 120 * minute,
      version: 2,
    });
  });
});

describe('the pace of a sender', () => {
  test('is one message a second of a number, and ten of a name', () => {
    expect(slotOf({ from: '+14155550100' }, later(1_999))).toEqual({ second: now / 1_000 + 1, limit: 1 });
    expect(slotOf({ from: 'Acme' }, start).limit).toBe(10);
  });

  test('lines up messages behind each other', () => {
    expect(lineOf({ from: '+14155550100' }, start)).toEqual({ start: now + 1_000, interval: 1_000 });
    expect(lineOf({ from: 'Acme' }, start)).toEqual({ start: now + 1_000, interval: 100 });
  });
});

const at = start.toISOString();
const profile = newProfile({ id: 'bp_2', organization: 1002, billingName: 'Reseller', currency: 'EUR', now: at });
const tariff = firstVersion(
  NewTariff.parse({
    name: 'Wholesale',
    currency: 'EUR',
    included_sms: 5,
    sms_rates: [{ prefix: '1', price: '0.003' }],
  }),
  { id: 'trf_2', organization: 1000, now: at },
);

test('a reseller pays by its own tariff and included SMS', () => {
  const sms = queuedSms({ segments: 3 });
  const used = { period: '2026-11', included_sms: 4 };
  expect(wholesalePrice(sms, { profile, tariff, used }, {}, start.getTime())).toMatchObject({
    currency: 'EUR',
    rate: amountOf('0.003'),
    amount: 6_000n,
    included: 1,
    period: '2026-11',
  });
  expect(wholesalePrice(sms, { profile, tariff: null, used: undefined }, {}, start.getTime())).toMatchObject({
    amount: 22_500n,
    source: 'default',
  });
});

test('the charge of the reseller is in the message', () => {
  expect(withWholesale(queuedSms(), 'none')).toMatchObject({ wholesale: 'none', version: 2, status: 'queued' });
});
