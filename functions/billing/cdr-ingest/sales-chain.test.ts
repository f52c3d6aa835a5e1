import { describe, expect, test } from 'vitest';
import { filedCdrOf } from './filed-cdr.fixture.ts';
import { hasReseller, ownPrice, salesOf, type SalesChain } from './sales-chain.ts';

const direct: SalesChain = { organization: 1001, seller: 1000, operator: 1000 };
const resold: SalesChain = { organization: 1001, seller: 2000, operator: 1000 };
const { rating } = filedCdrOf({ cost: '0.0400' });
const wholesale = { ...rating, charge: '0.0700' };

test('only a seller that is not the operator is a reseller', () => {
  expect([hasReseller(direct), hasReseller(resold)]).toEqual([false, true]);
});

describe('the cost of a call', () => {
  test('is what its carrier charges', () => {
    expect(ownPrice(rating)).toEqual({ currency: 'USD', charge: 95_500n, cost: 40_000n });
  });

  test('is unknown if none is stated, or in another currency, and nothing for a free call', () => {
    expect(ownPrice({ ...rating, cost: null }).cost).toBeNull();
    expect(ownPrice({ ...rating, cost_currency: 'EUR' }).cost).toBeNull();
    expect(ownPrice({ ...rating, cost: null, status: 'free' }).cost).toBe(0n);
  });
});

describe('a call is sold', () => {
  test('by the operator, at the cost of the carrier', () => {
    expect(salesOf(rating, direct)).toEqual([
      { seller: 1000, customer: 1001, currency: 'USD', charge: 95_500n, cost: 40_000n },
    ]);
    expect(salesOf(rating, { ...direct, organization: 1000 })).toEqual([]);
  });

  test('by a reseller, and by the operator to it, once the reseller is charged', () => {
    expect(salesOf(rating, resold)).toEqual([]);
    expect(salesOf({ ...rating, wholesale }, resold)).toEqual([
      { seller: 2000, customer: 1001, currency: 'USD', charge: 95_500n, cost: 70_000n },
      { seller: 1000, customer: 2000, currency: 'USD', charge: 70_000n, cost: 40_000n },
    ]);
  });
});
