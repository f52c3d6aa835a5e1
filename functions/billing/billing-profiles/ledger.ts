/**
 * The ledger: payments, corrections, minimums and fees of a balance. Charges of calls are no entries: statements show
 * them as daily sums (functions/billing/README.md, "Credit").
 */
import * as z from 'zod';
import { AppError } from '#errors.ts';
import { Amount, decimalText, zeroAmount, moneyFromStore, type StoredMoney } from '#schema/money.ts';
import { Currency, Id, organizationText, text, Timestamp } from '#schema/values.ts';
import { entryTypes, type Booking, type LedgerEntry } from '../charging/booking.ts';
import { billingProfileErrors } from '../schema/billing-profile-errors.ts';

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

/** @param id `led_…` */
export const creditBooking = ({ amount, reference, type, note }: NewCredit, id: string): Booking => ({
  id,
  type,
  amount,
  reference,
  note,
  period: null,
});

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
  throw new AppError(billingProfileErrors.REFERENCE_CONFLICT, `${reference} was already booked with another amount`);
}

/** What an entry is for. */
export const EntryKind = z.enum(entryTypes);

const entryFields = {
  id: Id('led').describe('Id of the entry'),
  type: EntryKind.describe('What the entry is for'),
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
