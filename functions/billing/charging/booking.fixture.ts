import { money } from '#schema/money.ts';

/** A balance of 1.00 before bookings. */
export const position = { balance: money(1_000_000n), currency: 'USD', created_at: '2026-01-15T10:00:00.000Z' };

/** A booking of a number's fee. */
export const booking = (amount: bigint) => ({
  id: `led_${amount}`,
  type: 'number' as const,
  amount: money(amount),
  reference: '+46890510',
  period: '2026-02',
  note: null,
});
