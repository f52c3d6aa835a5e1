import { expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import { profileOf } from '../../billing/billing-profiles/billing-profile.fixture.ts';
import { accountOf } from '../../billing/sms-charges/sms-price.ts';
import { acceptBatch, dayOf, isFree, periodOf, termsOf, tooMany, type Payer } from './acceptance.ts';
import { batchId } from './batch.ts';

const at = '2026-11-20T10:00:00.000Z';
const profile = profileOf();
const terms = termsOf(profile, null, {});
const draft = {
  id: batchId('batch_01M80A5RM4M05JEBT5G3PPB36N'),
  from: 'Acme',
  message: 'Hello',
  encoding: 'gsm7' as const,
  segments: 2,
  category: 'transactional' as const,
  reference: null,
  user_id: 'usr_1',
  callback_url: null,
  scheduled_at: null,
  validity_minutes: 60,
  created_at: at,
};
const payer = (credits: number): Payer => ({
  terms,
  account: accountOf(profile, [{ credits }]),
  period: '2026-11',
  used: undefined,
});
const error = { code: 'RECIPIENT_OPTED_OUT', message: 'no' };

test('a batch is priced without the recipients to whom nothing is sent', () => {
  const recipients = [
    { to: '+14155551234', error: null },
    { to: '+14155551235', error },
    { to: '+14155551236', error: null },
  ];
  const { batch, total } = acceptBatch(draft, recipients, payer(30_000));
  expect(total).toEqual({ amount: 30_000n, included: 0 });
  expect(batch.recipients.map(({ price }) => price?.amount ?? null)).toEqual([15_000n, null, 15_000n]);
});

test('what the credit does not cover is not accepted at all', () => {
  const recipients = [{ to: '+14155551234', error: null }];
  expect(() => acceptBatch(draft, recipients, payer(14_999))).toThrow(
    expect.objectContaining({ code: 'INSUFFICIENT_CREDITS' }),
  );
  expect(acceptBatch(draft, [{ to: '+14155551234', error }], payer(0)).total).toEqual({ amount: 0n, included: 0 });
});

test('an organization without a billing profile cannot pay', () => {
  expect(() => termsOf(null, null, {})).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_CREDITS' }));
});

test('the period is that of the profile, the day that of UTC', () => {
  const last = new Date('2026-11-30T23:59:59.999Z');
  expect(periodOf(terms, last.getTime())).toBe('2026-11');
  expect(dayOf(last)).toEqual({ day: 20_787, ends: Date.parse('2026-12-01T00:00:00Z') / 1_000 });
  expect(tooMany(5, 'day', dayOf(last).ends, last)).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 1 });
});

test('a request that costs nothing reserves nothing', () => {
  expect(isFree({ amount: money(0n), included: 0 })).toBe(true);
  expect(isFree({ amount: money(0n), included: 1 })).toBe(false);
});
