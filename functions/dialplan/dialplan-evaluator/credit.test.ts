import { describe, expect, test } from 'vitest';
import { amountOf, zeroAmount } from '../../../shared/schema/money.ts';
import type { BalancePart } from '../../billing/billing-profiles/balance.ts';
import { newProfile, type BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { isCreditExhausted, affordableSeconds, type Account } from './credit.ts';

const profile: BillingProfile = newProfile({
  id: 'bp_1',
  organization: 1001,
  billingName: 'Acme',
  currency: 'USD',
  now: '2024-01-01T00:00:00.000Z',
});
const prepaid: BillingProfile = {
  ...profile,
  accountType: 'prepaid',
  rates: { ...profile.rates, defaultCallRate: amountOf('0.06') },
};
const account = (of: BillingProfile, balance: readonly BalancePart[]): Account => ({ profile: of, balance });
const credits = (amount: string): BalancePart => ({ credits: amountOf(amount), fixed: true });
const charges = (amount: string): BalancePart => ({ charges: amountOf(amount), period: '2026-11' });

describe('credit', () => {
  test.each([
    ['a prepaid account that was never filled', account(prepaid, []), true],
    ['a prepaid account with a balance', account(prepaid, [credits('1')]), false],
    ['a prepaid account that has spent all', account(prepaid, [credits('1'), charges('1')]), true],
    [
      'a prepaid account whose rest is reserved',
      account(prepaid, [credits('1'), { reservations: amountOf('1') }]),
      true,
    ],
    ['a postpaid account that owes nothing', account(profile, []), false],
    [
      'a postpaid account that owes less than it may',
      account({ ...profile, creditLimit: amountOf('10') }, [charges('9.9999')]),
      false,
    ],
    [
      'a postpaid account that owes all that it may',
      account({ ...profile, creditLimit: amountOf('10') }, [charges('10')]),
      true,
    ],
    [
      'a postpaid account of which all is reserved',
      account({ ...profile, creditLimit: amountOf('1') }, [{ reservations: amountOf('1') }]),
      true,
    ],
    [
      'a postpaid account that owes and may not',
      account({ ...profile, creditLimit: zeroAmount }, [charges('0.01')]),
      true,
    ],
  ])('%s', (_title, of, exhausted) => {
    expect(isCreditExhausted(of)).toBe(exhausted);
  });
});

describe('what a prepaid balance pays for', () => {
  const priced = {
    called: '+14155550100',
    at: '2026-11-20T12:00:00Z',
    terms: { country: 'US', customerSince: 0, tariff: null },
  };

  test('is exact to the second', () => {
    // 0.06 a minute is 0.001 a second.
    expect(affordableSeconds(account(prepaid, [credits('0.1')]), priced, null)).toBe(100);
    expect(affordableSeconds(account(prepaid, [credits('0.1')]), priced, 3_600)).toBe(100);
  });

  test('does not change a lower limit', () => {
    expect(affordableSeconds(account(prepaid, [credits('0.1')]), priced, 60)).toBe(60);
    expect(affordableSeconds(account(prepaid, [credits('1000')]), priced, null)).toBeNull();
  });

  test.each(['00442079460000', '442079460000', '9011442079460000', 'sip:+442079460000@x'])(
    'is priced by the number that rating reads in %s',
    (called) => {
      const rates = { ...prepaid.rates, internationalCallRate: amountOf('0.6') };
      const dialed = { ...priced, called, terms: { ...priced.terms, numbers: { strip: ['9'] } } };
      expect(affordableSeconds(account({ ...prepaid, rates }, [credits('0.1')]), dialed, null)).toBe(10);
    },
  );

  test('does not limit a call that is free or has no price', () => {
    expect(affordableSeconds(account(prepaid, [credits('0.1')]), { ...priced, called: '204' }, null)).toBeNull();
    expect(affordableSeconds(account({ ...prepaid, rates: profile.rates }, [credits('0.1')]), priced, 60)).toBe(60);
  });

  test('may be nothing', () => {
    const dear: BillingProfile = { ...prepaid, rates: { ...prepaid.rates, defaultCallRate: amountOf('600') } };
    expect(affordableSeconds(account(dear, [credits('0.1')]), priced, null)).toBe(0);
  });
});
