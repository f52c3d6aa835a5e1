import { expect, test } from 'vitest';
import { money } from '../../../shared/schema/money.ts';
import type { BalancePart } from '../billing-profiles/balance.ts';
import { profileOf } from './filed-cdr.fixture.ts';
import { standingChange } from './standing-change.ts';

const balance = (credits: number, reported: Pick<BalancePart, 'low' | 'exhausted'> = {}): BalancePart[] => [
  { credits, currency: 'USD', ...reported },
];
const prepaid = profileOf({ accountType: 'prepaid', lowBalanceThreshold: money(5_000_000n) });

test('a balance that falls below its threshold is reported', () => {
  expect(standingChange(balance(4_999_999), prepaid)).toMatchObject({
    stored: { standing: { low: true, exhausted: false } },
    events: [{ crossing: 'balance.low' }],
  });
});

test('a balance at its threshold is not reported', () => {
  expect(standingChange(balance(5_000_000), prepaid)).toBeNull();
});

test('a balance that crosses both limits at once is reported twice', () => {
  expect(standingChange(balance(0), prepaid)?.events.map(({ crossing }) => crossing)).toEqual([
    'balance.low',
    'balance.exhausted',
  ]);
});

test('a standing that was reported is not reported again', () => {
  expect(standingChange(balance(0, { low: true, exhausted: true }), prepaid)).toBeNull();
});

test('a balance that recovers is stored, without an event', () => {
  expect(standingChange(balance(9_000_000, { low: true, exhausted: true }), prepaid)).toMatchObject({
    stored: { standing: { low: false, exhausted: false } },
    events: [],
  });
});
