import { expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import type { BalancePart } from '../schema/balance.ts';
import { crossingEvent, crossings, standingChange, standingOf } from './standing.ts';

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

test.each([
  [undefined, 'answer', /inbound calls are answered/],
  ['answer', 'answer', /inbound calls are answered/],
  ['reject', 'reject', /charged inbound calls are rejected/],
] as const)(
  'an exhausted balance with the policy %s for inbound calls says what becomes of them',
  (set, says, text) => {
    const profile = profileOf({ accountType: 'prepaid', ...(set && { inboundWhenExhausted: set }) });
    const [change] = standingChange(balance(0), profile)?.events ?? [];
    expect(change?.event.description).toMatch(text);
    expect(change?.event.fields).toMatchObject({ inbound_when_exhausted: says });
    expect(crossingEvent('balance.low', profile).fields).not.toHaveProperty('inbound_when_exhausted');
  },
);

test('a standing that was reported is not reported again', () => {
  expect(standingChange(balance(0, { low: true, exhausted: true }), prepaid)).toBeNull();
});

test('a balance that recovers is stored, without an event', () => {
  expect(standingChange(balance(9_000_000, { low: true, exhausted: true }), prepaid)).toMatchObject({
    stored: { standing: { low: false, exhausted: false } },
    events: [],
  });
});

const creditsOf = (micros: bigint) => ({ credits: money(micros), charges: money(0n), reservations: money(0n) });
const postpaid = (creditLimit: bigint) => ({ accountType: 'postpaid' as const, creditLimit: money(creditLimit) });

test('a balance is low below its threshold, not at it, and never without one', () => {
  const at = (micros: bigint, lowBalanceThreshold: bigint | null) =>
    standingOf(creditsOf(micros), {
      ...postpaid(100n),
      lowBalanceThreshold: lowBalanceThreshold === null ? null : money(lowBalanceThreshold),
    }).low;
  expect([at(5n, 5n), at(4n, 5n), at(-50n, null)]).toEqual([false, true, false]);
});

test('only a limit that was crossed since the last notification is recorded', () => {
  const [fine, low, both] = [
    { low: false, exhausted: false },
    { low: true, exhausted: false },
    { low: true, exhausted: true },
  ];
  expect(crossings(fine, both)).toEqual(['balance.low', 'balance.exhausted']);
  expect(crossings(low, both)).toEqual(['balance.exhausted']);
  expect([crossings(both, both), crossings(both, fine)]).toEqual([[], []]);
});

test('the event of a crossing names the profile, the currency and the threshold', () => {
  const of = { id: 'bp_1', lowBalanceThreshold: money(5_000_000n), currency: 'USD' };
  expect(crossingEvent('balance.low', of)).toMatchObject({
    entity: { type: 'billingprofile', id: 'bp_1' },
    severity: 'warning',
    fields: { currency: 'USD', threshold: '5.0000' },
  });
  expect(crossingEvent('balance.exhausted', { ...of, lowBalanceThreshold: null }).fields.threshold).toBeNull();
});
