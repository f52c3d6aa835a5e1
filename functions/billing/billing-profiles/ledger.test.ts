import { expect, test } from 'vitest';
import { entriesOf } from '../charging/booking.ts';
import { booking, position } from '../charging/booking.fixture.ts';
import {
  assertCurrency,
  assertSameCredit,
  creditBooking,
  CreditAnswer,
  ListedEntry,
  NewCredit,
  presentCredit,
  presentEntry,
} from './ledger.ts';

const credit = (fields: object = {}) => NewCredit.parse({ amount: '2.5', reference: 'wire-1', ...fields });

test.each([
  [{ amount: '0.0001', reference: 'r' }],
  [{ amount: '999999999.9999', reference: 'r' }],
  [{ amount: '-0.0001', reference: 'r', type: 'correction' }],
  [{ amount: 1, reference: 'x'.repeat(64), note: 'x'.repeat(255) }],
])('the credit %o is accepted', (body) => {
  expect(NewCredit.safeParse(body).success).toBe(true);
});

test.each([
  [{ amount: 0, reference: 'r' }, 'amount'],
  [{ amount: -1, reference: 'r' }, 'amount'],
  [{ amount: 0, reference: 'r', type: 'correction' }, 'amount'],
  [{ amount: '0.00001', reference: 'r' }, 'amount'],
  [{ amount: '1000000000', reference: 'r' }, 'amount'],
  [{ amount: 1, reference: '' }, 'reference'],
  [{ amount: 1, reference: 'x'.repeat(65) }, 'reference'],
  [{ amount: 1, reference: 'r', note: 'x'.repeat(256) }, 'note'],
  [{ amount: 1, reference: 'r', type: 'number' }, 'type'],
])('the credit %o is rejected because of its %s', (body, path) => {
  expect(NewCredit.safeParse(body).error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});

test('a credit has the balance before and after it', () => {
  expect(entriesOf([creditBooking(credit(), 'led_1')], position)).toEqual([
    {
      id: 'led_1',
      type: 'payment',
      amount: 2_500_000n,
      reference: 'wire-1',
      note: null,
      period: null,
      currency: 'USD',
      balance_before: 1_000_000n,
      balance_after: 3_500_000n,
      created_at: position.created_at,
    },
  ]);
});

test('a credit in another currency than the profile is rejected', () => {
  expect(() => assertCurrency(credit({ currency: 'EUR' }), 'USD')).toThrow(
    expect.objectContaining({ code: 'CURRENCY_MISMATCH' }),
  );
  expect(() => assertCurrency(credit({ currency: 'usd' }), 'USD')).not.toThrow();
  expect(() => assertCurrency(credit(), 'USD')).not.toThrow();
});

test('a reference that was booked with another amount is a conflict', () => {
  expect(() => assertSameCredit({ amount: 2_500_000 }, credit())).not.toThrow();
  expect(() => assertSameCredit({ amount: 2_500_100 }, credit())).toThrow(
    expect.objectContaining({ code: 'REFERENCE_CONFLICT' }),
  );
});

test('amounts of entries are decimals with 4 decimals, negative for a charge', () => {
  const [entry] = entriesOf([booking(-12_400n)], position);
  expect(ListedEntry.parse(presentEntry(entry!))).toMatchObject({
    type: 'number',
    amount: '-0.0124',
    balance_after: '0.9876',
    period: '2026-02',
  });
  expect(CreditAnswer.parse(presentCredit(entry!, 1001))).toMatchObject({
    org_id: 'org_1001',
    balance_before: '1.0000',
  });
});
