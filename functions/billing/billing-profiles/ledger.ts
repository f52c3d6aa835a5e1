/**
 * The ledger: payments, corrections, minimums and fees of a balance. Charges of calls are no entries: statements show
 * them as daily sums (functions/billing/README.md, "Credit").
 */
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import {
  Amount,
  decimalText,
  money,
  zeroAmount,
  moneyFromStore,
  type Money,
  type StoredMoney,
} from '../../../shared/schema/money.ts';
import { Currency, Id, organizationText, text, Timestamp } from '../../../shared/schema/values.ts';
import type { PeriodName } from './period.ts';

export const entryTypes = ['payment', 'correction', 'minimum', 'service', 'number', 'reversal'] as const;
export type EntryType = (typeof entryTypes)[number];

/** The body of `POST /billingprofile/{id}/credit`. A payment is positive; a correction may have either sign. */
export const NewCredit = z
  .object({
    amount: Amount(4, 'any').describe(
      'Amount to add, with up to 4 decimals; a payment is greater than 0, a correction is not 0',
    ),
    reference: text(64, 1).describe('Reference of the payment, unique in the organization, 1 to 64 characters'),
    currency: Currency.optional().describe('ISO 4217 code; must be the currency of the profile'),
    type: z.enum(['payment', 'correction']).default('payment').describe('Kind of the entry'),
    note: text(255).nullable().default(null).describe('Free text, up to 255 characters'),
  })
  .superRefine(({ amount, type }, context) => {
    if (type === 'payment' ? amount > zeroAmount : amount !== zeroAmount) return;
    context.addIssue({
      code: 'custom',
      path: ['amount'],
      message: type === 'payment' ? 'must be greater than 0' : 'must not be 0',
    });
  })
  .meta({ id: 'NewCredit' });
export type NewCredit = z.output<typeof NewCredit>;

/** An amount that is added to a balance; negative when it is charged. */
export type Booking = {
  /** `led_…`; the id of an automatic booking derives from what it is for, so that it is booked once. */
  readonly id: string;
  readonly type: EntryType;
  readonly amount: Money;
  readonly reference: string | null;
  readonly period: PeriodName | null;
  readonly note: string | null;
};

/** A booking as it is stored: with the balance before and after it. */
export type LedgerEntry = Omit<Booking, 'amount'> & {
  readonly amount: StoredMoney;
  readonly currency: string;
  readonly balance_before: StoredMoney;
  readonly balance_after: StoredMoney;
  readonly created_at: string;
};

/** The balance that an entry is booked on. @param created_at ISO 8601 */
export type LedgerPosition = { readonly balance: Money; readonly currency: string; readonly created_at: string };

/** The entry of a credit. @param id `led_…` */
export const creditEntry = (
  { amount, reference, type, note }: NewCredit,
  id: string,
  position: LedgerPosition,
): LedgerEntry => entryOf({ id, type, amount, reference, note, period: null }, position);

const entryOf = (booking: Booking, { balance, currency, created_at }: LedgerPosition): LedgerEntry => ({
  ...booking,
  currency,
  balance_before: balance,
  balance_after: money(balance + booking.amount),
  created_at,
});

/** Entries of several bookings: each starts from the balance after the one before. */
export const entriesOf = (bookings: readonly Booking[], position: LedgerPosition): LedgerEntry[] =>
  bookings.map((booking, index) =>
    entryOf(booking, { ...position, balance: money(position.balance + totalOf(bookings.slice(0, index))) }),
  );

export const totalOf = (entries: readonly Pick<LedgerEntry, 'amount'>[]): Money =>
  money(entries.reduce((sum, { amount }) => sum + moneyFromStore(amount), 0n));

/** @throws AppError CURRENCY_MISMATCH if a credit names another currency than the profile's */
export function assertCurrency({ currency }: NewCredit, ofProfile: string): void {
  if (currency === undefined || currency === ofProfile) return;
  throw new AppError('CURRENCY_MISMATCH', `The balance is in ${ofProfile}, not ${currency}`);
}

/**
 * A reference that was booked before must be sent with the same amount: it is the same credit.
 * @throws AppError REFERENCE_CONFLICT if the amounts differ
 */
export function assertSameCredit(booked: Pick<LedgerEntry, 'amount'>, { amount, reference }: NewCredit): void {
  if (moneyFromStore(booked.amount) === amount) return;
  throw new AppError('REFERENCE_CONFLICT', `${reference} was already booked with another amount`);
}

const entryFields = {
  id: Id('led').describe('Id of the entry'),
  type: z.enum(entryTypes).describe('What the entry is for'),
  amount: z.string().describe('Decimal with 4 decimals; negative when the entry is a charge'),
  currency: z.string().describe('ISO 4217 code'),
  balance_after: z.string().describe('Balance after the entry, a decimal with 4 decimals'),
  reference: z.string().nullable().describe('Reference of the payment, or what a fee is for'),
  note: z.string().nullable().describe('Free text'),
  created_at: Timestamp.describe('When the entry was booked'),
};

/** A credit in the answer of POST. */
export const CreditAnswer = z
  .object({
    ...entryFields,
    org_id: z.string().describe('Organization whose balance moved, such as `org_1001`'),
    balance_before: z.string().describe('Balance before the entry, a decimal with 4 decimals'),
  })
  .meta({ id: 'Credit' });

export const ListedEntry = z
  .object({
    ...entryFields,
    period: z.string().nullable().describe('Period that a minimum or a fee is for, such as `2026-01`'),
  })
  .meta({ id: 'LedgerEntry' });

const storedText = (stored: StoredMoney): string => decimalText(moneyFromStore(stored));

export const presentCredit = (entry: LedgerEntry, organization: number): z.input<typeof CreditAnswer> => ({
  ...presentEntry(entry),
  org_id: organizationText(organization),
  balance_before: storedText(entry.balance_before),
});

export const presentEntry = (entry: LedgerEntry): z.input<typeof ListedEntry> => ({
  ...entry,
  amount: storedText(entry.amount),
  balance_after: storedText(entry.balance_after),
});
