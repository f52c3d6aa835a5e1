/**
 * The ledger: what moved a balance but calls and SMS, whose charges stand in it as sums of days (billing.md, "Billing
 * profile").
 */
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import {
  Amount,
  decimalText,
  money,
  NOTHING,
  storedMoney,
  type Money,
  type StoredMoney,
} from '../../../shared/schema/money.ts';
import { Currency, Id, organizationText, text, Timestamp } from '../../../shared/schema/values.ts';
import type { PeriodName } from './period.ts';

export const entryTypes = ['payment', 'correction', 'minimum', 'service', 'number', 'reversal'] as const;
export type EntryType = (typeof entryTypes)[number];

/** The body of `POST /billingprofile/{id}/credit`. A payment is more than nothing; a correction goes either way. */
export const NewCredit = z
  .object({
    amount: Amount(4, 'any'),
    reference: text(64, 1),
    currency: Currency.optional(),
    type: z.enum(['payment', 'correction']).default('payment'),
    note: text(255).nullable().default(null),
  })
  .superRefine(({ amount, type }, context) => {
    if (type === 'payment' ? amount > NOTHING : amount !== NOTHING) return;
    context.addIssue({
      code: 'custom',
      path: ['amount'],
      message: type === 'payment' ? 'must be greater than 0' : 'must not be 0',
    });
  })
  .meta({ id: 'NewCredit' });
export type NewCredit = z.output<typeof NewCredit>;

/** Something that is to move a balance; below zero it is owed. */
export type Booking = {
  /** `led_…`; what is booked of itself has an id that derives from what it is for, so that it is booked once. */
  readonly id: string;
  readonly type: EntryType;
  readonly amount: Money;
  readonly reference: string | null;
  readonly period: PeriodName | null;
  readonly note: string | null;
};

/** A booking as it is kept: with what the balance was before and after it. */
export type LedgerEntry = Omit<Booking, 'amount'> & {
  readonly amount: StoredMoney;
  readonly currency: string;
  readonly balance_before: StoredMoney;
  readonly balance_after: StoredMoney;
  readonly created_at: string;
};

/** Where a balance stands when something is booked. @param created_at ISO 8601 */
export type Standpoint = { readonly balance: Money; readonly currency: string; readonly created_at: string };

/** A credit as an entry. @param id `led_…` */
export const creditOf = ({ amount, reference, type, note }: NewCredit, id: string, at: Standpoint): LedgerEntry =>
  entryOf({ id, type, amount, reference, note, period: null }, at);

const entryOf = (booking: Booking, { balance, currency, created_at }: Standpoint): LedgerEntry => ({
  ...booking,
  currency,
  balance_before: balance,
  balance_after: money(balance + booking.amount),
  created_at,
});

/** Bookings as entries, each on the balance that the one before leaves. */
export const entriesOf = (bookings: readonly Booking[], at: Standpoint): LedgerEntry[] =>
  bookings.map((booking, position) =>
    entryOf(booking, { ...at, balance: money(at.balance + totalOf(bookings.slice(0, position))) }),
  );

export const totalOf = (entries: readonly Pick<LedgerEntry, 'amount'>[]): Money =>
  money(entries.reduce((sum, { amount }) => sum + storedMoney(amount), 0n));

/** Throws `CURRENCY_MISMATCH`. */
export function requireCurrency({ currency }: NewCredit, ofProfile: string): void {
  if (currency === undefined || currency === ofProfile) return;
  throw new AppError('CURRENCY_MISMATCH', `The balance is in ${ofProfile}, not ${currency}`);
}

/** A reference that was booked before is the same credit again. Throws `REFERENCE_CONFLICT` where it is another. */
export function requireSameCredit(booked: Pick<LedgerEntry, 'amount'>, wanted: NewCredit): void {
  if (storedMoney(booked.amount) === wanted.amount) return;
  throw new AppError('REFERENCE_CONFLICT', `${wanted.reference} was booked with another amount`);
}

const shownEntry = {
  id: Id('led'),
  type: z.enum(entryTypes),
  amount: z.string().meta({ description: 'Below zero it is owed' }),
  currency: z.string(),
  balance_after: z.string(),
  reference: z.string().nullable(),
  note: z.string().nullable(),
  created_at: Timestamp,
};

/** A credit as it is answered. */
export const CreditAnswer = z
  .object({ ...shownEntry, org_id: z.string(), balance_before: z.string() })
  .meta({ id: 'Credit' });

export const ListedEntry = z.object({ ...shownEntry, period: z.string().nullable() }).meta({ id: 'LedgerEntry' });

const shown = (stored: StoredMoney): string => decimalText(storedMoney(stored));

export const presentCredit = (entry: LedgerEntry, organization: number): z.input<typeof CreditAnswer> => ({
  ...presentEntry(entry),
  org_id: organizationText(organization),
  balance_before: shown(entry.balance_before),
});

export const presentEntry = (entry: LedgerEntry): z.input<typeof ListedEntry> => ({
  ...entry,
  amount: shown(entry.amount),
  balance_after: shown(entry.balance_after),
});
