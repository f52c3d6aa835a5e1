import { expect, test } from 'vitest';
import { BillingAccount, presentAccount } from './billing-account.ts';
import { changeProfile, newProfile, ProfileChange } from '../schema/billing-profile.ts';

const now = '2026-01-10T00:00:00.000Z';
const blank = newProfile({ id: 'bp_1', organization: 1001, billingName: 'Acme', currency: 'EUR', now });
const change = ProfileChange.parse({ creditLimit: 100, paymentMethod: 'ach' });
const profile = changeProfile(blank, change, { tariff: null, balanceMoved: false, now });

test('an account shows the balance, the limit and what is available as JSON numbers', () => {
  const parts = [
    { credits: 50_000_000, reserved: 50_000_000, released: 30_000_000 },
    { period: '2026-01', charges: 60_000_000 },
  ];
  expect(BillingAccount.parse(presentAccount(profile, parts, false))).toEqual({
    id: 'bp_1',
    customer_id: 'org_1001',
    name: 'Acme',
    detail: '',
    type: 'normal',
    balance: -10,
    credit_limit: 100,
    available: 70,
    currency: 'EUR',
    payment_type: 'postpaid',
    payment_method: 'ach',
    tm_create: now,
    tm_update: now,
    tm_delete: null,
  });
});

test('the account of the operator has type admin', () => {
  expect(presentAccount(profile, [], true).type).toBe('admin');
});
