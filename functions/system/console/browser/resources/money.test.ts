import { expect, test } from 'vitest';
import type { components } from '#openapi';
import { periodUse } from './money.ts';

type Profile = components['schemas']['BillingProfile'];

const profile = {
  currency: 'EUR',
  currentBalance: -12.5,
  availableCredit: 87.5,
  usageSummary: {
    currentPeriodStart: '2026-12-01T00:00:00.000Z',
    currentPeriodEnd: '2026-12-31T23:59:59.000Z',
    minutesUsed: 130.49,
    smsUsed: 7,
    currentCharges: 12.5,
  },
  tariffPlanDetails: { id: 'tar_1', name: 'Standard', monthlyMinimum: 10, includedMinutes: 100, includedSms: 0 },
};

/** Fields that are not read are left out. */
const factsOf = (more: object = {}) => Object.fromEntries(periodUse({ ...profile, ...more } as Profile));

test('the use of a period is told in money, minutes and SMS, with what is free of them', () => {
  expect(factsOf()).toEqual({
    Period: 'Dec 1, 2026 – Dec 31, 2026',
    Charged: '12.50 EUR',
    'Minutes of calls': '130 of 100 that are free',
    SMS: '7',
    'Charged at least': '10.00 EUR',
    Balance: '-12.50 EUR',
    'Left for calls': '87.50 EUR',
    'Price list': 'Standard',
  });
});

test('without a price list nothing is free, and there is no least charge', () => {
  const facts = factsOf({ tariffPlanDetails: null, currency: 'JPY' });
  expect(facts).toMatchObject({ 'Minutes of calls': '130', Balance: '-13 JPY', 'Price list': '–' });
  expect(Object.keys(facts)).not.toContain('Charged at least');
});
