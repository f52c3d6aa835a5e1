import { expect, test } from 'vitest';
import { amountOf } from '#schema/money.ts';
import { newProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { firstVersion, NewTariff } from '../../billing/tariffs/tariff.ts';
import { queuedSms, start } from './sms.fixture.ts';
import { wholesalePrice, withWholesale } from './wholesale.ts';

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
