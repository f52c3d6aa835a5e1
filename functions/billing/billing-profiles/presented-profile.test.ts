import { expect, test } from 'vitest';
import { profileOf } from './billing-profile.fixture.ts';
import { changeProfile, ProfileChange, type TariffOfProfile } from '../schema/billing-profile.ts';
import { DetailedProfile, OwnProfile, presentDetailedProfile, presentProfile } from './presented-profile.ts';

const tariff: TariffOfProfile = {
  id: 'trf_1',
  name: 'enterprise',
  kind: 'sell',
  currency: 'USD',
  monthly_minimum: '500.0000',
  included_minutes: 50_000,
  included_sms: 10_000,
};
const made = profileOf({ createdAt: '2024-01-10T00:00:00.000Z', updatedAt: '2024-01-10T00:00:00.000Z' });
const wanted = ProfileChange.parse({
  creditLimit: '10000.00',
  rates: { defaultCallRate: 0.015 },
  tariffPlan: 'enterprise',
  billingDay: 15,
  outstandingInvoices: 2,
});
const profile = changeProfile(made, wanted, { tariff, balanceMoved: false, now: '2024-01-20T00:00:00.000Z' });
const balance = [
  { credits: 2_500_000_000, fixed: true },
  { period: '2024-01', charges: 95_500, seconds: 342, calls: 1 },
];

test('a profile is shown in camelCase, with money as JSON numbers', () => {
  const answer = OwnProfile.parse(presentProfile(profile, { balance, tariff }));
  expect(answer).toMatchObject({
    billingProfileId: 'bp_1',
    organizationId: 'org_1001',
    billingName: 'Acme',
    accountType: 'postpaid',
    unratedCalls: null,
    inboundWhenExhausted: 'answer',
    billingDay: 15,
    creditLimit: 10_000,
    currentBalance: 2_499.9045,
    availableCredit: 12_499.9045,
    lowBalanceThreshold: null,
    tariffPlan: 'enterprise',
    version: 2,
    rates: { defaultCallRate: 0.015, defaultSmsRate: null, internationalCallRate: null, tollFreeRate: null },
  });
  expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  expect(answer).not.toHaveProperty('outstandingInvoices');
});

test('the detailed form adds the tariff, the invoices and the use of the period', () => {
  expect(
    DetailedProfile.parse(presentDetailedProfile(profile, { balance, tariff }, Date.parse('2024-01-20T00:00:00Z'))),
  ).toMatchObject({
    outstandingInvoices: 2,
    tariffPlanDetails: {
      id: 'trf_1',
      name: 'enterprise',
      monthlyMinimum: 500,
      includedMinutes: 50_000,
      includedSms: 10_000,
    },
    usageSummary: {
      currentPeriodStart: '2024-01-01T00:00:00Z',
      currentPeriodEnd: '2024-01-31T23:59:59Z',
      minutesUsed: 5.7,
      smsUsed: 0,
      currentCharges: 0.0955,
    },
  });
});

test('a profile without tariff and without use has null details and zero use', () => {
  expect(
    DetailedProfile.parse(
      presentDetailedProfile(made, { balance: [], tariff: null }, Date.parse('2024-01-20T00:00:00Z')),
    ),
  ).toMatchObject({
    currentBalance: 0,
    availableCredit: 0,
    tariffPlan: null,
    tariffPlanDetails: null,
    usageSummary: { minutesUsed: 0, currentCharges: 0 },
  });
});
