/** The billing profile of an organization: how it pays, by which rates (functions/billing/README.md, "Profiles"). */
import * as z from 'zod';
import { AppError, invalid, missingField } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { Amount, zeroAmount } from '#schema/money.ts';
import { Country, Currency, E164, Email, text } from '#schema/values.ts';
import { billingErrors } from './errors.ts';
import { hasMoved, type BalancePart } from './balance.ts';
import { billingProfileErrors } from './billing-profile-errors.ts';
import { billingDay, billingDayAlways, changeBillingDay, type BillingDays } from './period.ts';

const Text = text(200).nullable();
const Phone = z
  .string()
  .transform((number) => number.replace(/[\s-]/g, ''))
  .pipe(E164)
  .nullable();
const Percentage = z
  .number()
  .min(0)
  .max(100)
  .multipleOf(0.0001)
  .describe('Discount in percent, 0 to 100, with up to 4 decimals');

const Address = z.object({
  street: Text.describe('Street and house number'),
  city: Text.describe('City'),
  state: Text.describe('State or province'),
  postalCode: Text.describe('Postal code'),
  country: Country.nullable().describe('ISO 3166-1 alpha-2 code'),
});
const Contact = z.object({
  name: Text.describe('Name of the person or department'),
  email: Email.nullable().describe('E-mail address'),
  phone: Phone.describe('E.164 number; blanks and hyphens are removed'),
});
const Rates = z.object({
  defaultCallRate: Amount(6).nullable().describe('Price per minute of a domestic call, with up to 6 decimals'),
  defaultSmsRate: Amount(6)
    .nullable()
    .describe('Price per segment of an SMS that the tariff has no price for, with up to 6 decimals'),
  internationalCallRate: Amount(6)
    .nullable()
    .describe('Price per minute of a call to another country, or to a number of no country'),
  tollFreeRate: Amount(6).nullable().describe('Price per minute of a call to a toll-free number of the own country'),
});

const Discount = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('volume').describe('By the minutes of the period'),
    threshold: z.int().min(0).describe('Billed minutes of the period from which the discount applies'),
    percentage: Percentage,
  }),
  z.object({
    type: z.literal('loyalty').describe('By the age of the organization'),
    yearsActive: z.int().min(0).describe('Full years from which the discount applies'),
    percentage: Percentage,
  }),
]);
export type Discount = z.output<typeof Discount>;

const contactFields = {
  billingName: text(200, 1).describe('Name on invoices, 1 to 200 characters'),
  billingAddress: Address.partial().describe('Address on invoices; merged by key'),
  billingContact: Contact.partial().describe('Contact for invoices; merged by key'),
  taxId: Text.describe('Tax number, up to 200 characters'),
  lowBalanceThreshold: Amount(4, 'any')
    .nullable()
    .describe('The event `balance.low` is recorded once when the balance falls below it; null: never'),
};

/** Also of the profiles that were stored without the field. */
export const defaultReservationMinutes = 240;

/** Fields that only the seller may change. */
const sellerFields = {
  accountType: z.enum(['prepaid', 'postpaid']).describe('Seller only. A prepaid account has no credit limit'),
  paymentMethod: z.enum(['invoice', 'credit_card', 'ach', 'wire']).describe('Seller only. How the organization pays'),
  billingCycle: z
    .enum(['monthly', 'quarterly', 'annual'])
    .describe('Seller only. How often invoices are written elsewhere; usage periods are always months'),
  paymentTerms: z
    .enum(['PREPAID', 'NET0', 'NET7', 'NET14', 'NET30', 'NET60', 'NET90'])
    .describe('Seller only. Payment terms of invoices'),
  billingDay: z
    .int()
    .min(1)
    .max(28)
    .describe(
      'Seller only. Day of the month on which a usage period begins at 00:00 UTC; applies from the next period',
    ),
  currency: Currency.describe('Seller only. ISO 4217 code; fixed after the first charge or credit'),
  creditLimit: Amount(4).describe('Seller only. Amount that the balance may fall below zero; 0 for a prepaid account'),
  taxExempt: z.boolean().describe('Seller only. Whether invoices carry no tax'),
  outstandingInvoices: z.int().min(0).describe('Seller only. Number of unpaid invoices'),
  reservationMinutes: z
    .int()
    .min(1)
    .max(1_440)
    .describe(
      'Seller only. Minutes of a call, 1 to 1,440, that a prepaid account reserves before it begins. Default: 240',
    ),
  tariffPlan: text(128, 1).nullable().describe('Seller only. Id or name of a `sell` tariff of the seller; null: none'),
  unratedCalls: z
    .enum(['allow', 'deny'])
    .nullable()
    .describe(
      'Seller only. Whether calls over gateways to numbers without a rate are permitted; null: `deny` for a prepaid ' +
        'account, `allow` for a postpaid one',
    ),
  inboundWhenExhausted: z
    .enum(['answer', 'reject'])
    .describe(
      'Seller only. What becomes of inbound calls that a rate charges when the credit is used up. `answer`: they are ' +
        'answered, and the balance falls further; `reject`: they get 480, and a prepaid account reserves the others',
    ),
  rates: Rates.partial().describe('Seller only. Prices of calls that the tariff has no rate for; merged by key'),
  discounts: z
    .array(Discount)
    .max(10)
    .describe('Seller only. Up to 10 discounts on call charges; the array replaces the former one'),
};

const Fields = z.object({ ...contactFields, ...sellerFields });

/** The body of `PUT /billingprofile/{id}`: the fields to change. Objects merge by key, arrays replace. */
export const ProfileChange = Fields.extend({
  version: z.int().min(1).describe('Version that the change is based on; another one is a VERSION_CONFLICT'),
})
  .partial()
  .meta({ id: 'BillingProfileChange' });
export type ProfileChange = z.output<typeof ProfileChange>;

/** What becomes of charged inbound calls when the credit is used up. */
export type InboundWhenExhausted = z.output<typeof Fields>['inboundWhenExhausted'];

type Plain = Omit<
  z.output<typeof Fields>,
  'billingAddress' | 'billingContact' | 'rates' | 'billingDay' | 'tariffPlan' | 'unratedCalls' | 'inboundWhenExhausted'
>;

export type BillingProfile = Plain & {
  /** `bp_…` */
  readonly id: string;
  readonly organization: number;
  readonly billingAddress: z.output<typeof Address>;
  readonly billingContact: z.output<typeof Contact>;
  readonly rates: z.output<typeof Rates>;
  readonly billingDays: BillingDays;
  /** Profiles of earlier versions have none: as null. */
  readonly unratedCalls?: z.output<typeof Fields>['unratedCalls'];
  /** Profiles of earlier versions have none: see {@link inboundWhenExhausted}. */
  readonly inboundWhenExhausted?: InboundWhenExhausted;
  /** Of a `sell` tariff of the seller. */
  readonly tariffId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
};

/** The fields of a tariff that a profile depends on or shows. */
export type TariffOfProfile = {
  readonly id: string;
  readonly name: string;
  readonly kind: 'sell' | 'cost';
  /** ISO 4217. */
  readonly currency: string;
  readonly monthly_minimum: string;
  /** Free in each period. */
  readonly included_minutes: number;
  readonly included_sms: number;
};

export type NewProfile = Pick<BillingProfile, 'id' | 'organization' | 'billingName' | 'currency'> & {
  readonly now: string;
};

/** The profile that is created together with its organization. */
export const newProfile = ({ now, ...identity }: NewProfile): BillingProfile => ({
  ...identity,
  billingAddress: { street: null, city: null, state: null, postalCode: null, country: null },
  billingContact: { name: null, email: null, phone: null },
  accountType: 'postpaid',
  paymentMethod: 'invoice',
  billingCycle: 'monthly',
  billingDays: billingDayAlways(1),
  taxId: null,
  taxExempt: false,
  creditLimit: zeroAmount,
  lowBalanceThreshold: null,
  outstandingInvoices: 0,
  reservationMinutes: defaultReservationMinutes,
  paymentTerms: 'NET30',
  rates: { defaultCallRate: null, defaultSmsRate: null, internationalCallRate: null, tollFreeRate: null },
  tariffId: null,
  discounts: [],
  createdAt: now,
  updatedAt: now,
  version: 1,
});

/** Whether calls without a price are denied: as the seller says, else those of prepaid accounts. */
export const deniesUnrated = ({
  unratedCalls,
  accountType,
}: Pick<BillingProfile, 'unratedCalls' | 'accountType'>): boolean =>
  (unratedCalls ?? (accountType === 'prepaid' ? 'deny' : 'allow')) === 'deny';

/** As the seller says, else they are answered. */
export const inboundWhenExhausted = (profile: Pick<BillingProfile, 'inboundWhenExhausted'>): InboundWhenExhausted =>
  profile.inboundWhenExhausted ?? 'answer';

const sellerFieldsIn = (change: ProfileChange): readonly string[] =>
  Object.keys(sellerFields).filter((field) => change[field as keyof ProfileChange] !== undefined);

/** @throws AppError NOT_THE_SELLER if a caller other than the seller changes one of the seller's fields */
export function assertMayChange(change: ProfileChange, isSeller: boolean): void {
  const touched = isSeller ? [] : sellerFieldsIn(change);
  if (touched.length === 0) return;
  throw new AppError('NOT_THE_SELLER', 'Only the seller may change these fields', {
    details: touched.map((path) => ({ path, message: 'may be changed by the seller only' })),
  });
}

/** What a change depends on outside of the profile. */
export type Circumstances = {
  /** The tariff of the profile after the change; null without one, or when no tariff has the given id or name. */
  readonly tariff: TariffOfProfile | null;
  /** Whether anything was ever charged or credited. */
  readonly balanceMoved: boolean;
  /** ISO 8601 */
  readonly now: string;
};

export const circumstancesOf = (
  tariff: TariffOfProfile | null,
  balance: readonly BalancePart[],
  now: string,
): Circumstances => ({ tariff, balanceMoved: hasMoved(balance), now });

/**
 * The profile of an organization that has none yet; the change must name the currency.
 * @throws AppError MISSING_FIELD, and as `changeProfile`
 */
export function firstProfile(
  identity: Omit<NewProfile, 'currency'>,
  change: ProfileChange,
  circumstances: Circumstances,
): BillingProfile {
  if (change.currency === undefined) throw missingField('currency');
  const blank = newProfile({ ...identity, currency: change.currency });
  return { ...changeProfile(blank, change, circumstances), version: blank.version };
}

/**
 * The profile after a change. Whether the caller may make it is checked by `assertMayChange`.
 * @throws AppError in this order: UNKNOWN_TARIFF, CURRENCY_MISMATCH, VALIDATION_FAILED, CURRENCY_LOCKED
 */
export function changeProfile(
  before: BillingProfile,
  change: ProfileChange,
  circumstances: Circumstances,
): BillingProfile {
  const { billingAddress, billingContact, rates, billingDay: day, tariffPlan, ...plain } = change;
  const { tariff, now } = circumstances;
  if (typeof tariffPlan === 'string') assertSellTariff(tariff);
  const after: BillingProfile = {
    ...before,
    ...definedFields(plain),
    billingAddress: { ...before.billingAddress, ...definedFields(billingAddress ?? {}) },
    billingContact: { ...before.billingContact, ...definedFields(billingContact ?? {}) },
    rates: { ...before.rates, ...definedFields(rates ?? {}) },
    billingDays: day === undefined ? before.billingDays : withBillingDay(before.billingDays, day, now),
    tariffId: tariffPlan === undefined ? before.tariffId : (tariff?.id ?? null),
    updatedAt: now,
    version: before.version + 1,
  };
  assertConsistent(after, tariff);
  if (circumstances.balanceMoved && after.currency !== before.currency) {
    throw new AppError(
      billingProfileErrors.CURRENCY_LOCKED,
      'The currency cannot change after the first charge or credit',
    );
  }
  return after;
}

const withBillingDay = (days: BillingDays, day: number, now: string): BillingDays =>
  day === billingDay(days) ? days : changeBillingDay(days, day, Date.parse(now));

function assertSellTariff(tariff: TariffOfProfile | null): void {
  if (tariff?.kind === 'sell') return;
  throw new AppError(billingErrors.UNKNOWN_TARIFF, 'The seller has no such sell tariff', {
    details: [{ path: 'tariffPlan', message: 'must be the id or name of a sell tariff of the seller' }],
  });
}

function assertConsistent(profile: BillingProfile, tariff: TariffOfProfile | null): void {
  if (tariff !== null && tariff.currency !== profile.currency) {
    throw new AppError('CURRENCY_MISMATCH', `The tariff is in ${tariff.currency}, the profile in ${profile.currency}`);
  }
  if (profile.accountType === 'prepaid' && profile.creditLimit !== zeroAmount)
    throw invalid('creditLimit', 'must be 0 for a prepaid account');
}
