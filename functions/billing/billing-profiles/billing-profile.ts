/** The billing profile of an organization: who it pays, how, and at which rates (billing.md, "Billing profile"). */
import * as z from 'zod';
import { AppError, invalid, notYetSupported } from '../../../shared/errors.ts';
import { given } from '../../../shared/schema/given.ts';
import { Amount, NOTHING } from '../../../shared/schema/money.ts';
import { Country, Currency, E164, Email, text } from '../../../shared/schema/values.ts';
import type { Tariff } from '../tariffs/tariff.ts';
import { billingDay, billingDayAlways, changeBillingDay, type BillingDays } from './period.ts';

const Text = text(200).nullable();
const Phone = z
  .string()
  .transform((number) => number.replace(/[\s-]/g, ''))
  .pipe(E164)
  .nullable();
const Percentage = z.number().min(0).max(100).multipleOf(0.0001);

const Address = z.object({ street: Text, city: Text, state: Text, postalCode: Text, country: Country.nullable() });
const Contact = z.object({ name: Text, email: Email.nullable(), phone: Phone });
/** Per minute (SMS: per segment), where the tariff has no rate. */
const Rates = z.object({
  defaultCallRate: Amount(6).nullable(),
  defaultSmsRate: Amount(6).nullable(),
  internationalCallRate: Amount(6).nullable(),
  tollFreeRate: Amount(6).nullable(),
});

/** `volume`: from so many minutes in the period on; `loyalty`: from so many full years as a customer on. */
const Discount = z.discriminatedUnion('type', [
  z.object({ type: z.literal('volume'), threshold: z.int().min(0), percentage: Percentage }),
  z.object({ type: z.literal('loyalty'), yearsActive: z.int().min(0), percentage: Percentage }),
]);
export type Discount = z.output<typeof Discount>;

const contactFields = {
  billingName: text(200, 1),
  billingAddress: Address.partial(),
  billingContact: Contact.partial(),
  taxId: Text,
  lowBalanceThreshold: Amount(4, 'any').nullable(),
};

/** Only the seller touches these. */
const sellerFields = {
  accountType: z.enum(['prepaid', 'postpaid']),
  paymentMethod: z.enum(['invoice', 'credit_card', 'ach', 'wire']),
  billingCycle: z.enum(['monthly', 'quarterly', 'annual']),
  paymentTerms: z.enum(['PREPAID', 'NET0', 'NET7', 'NET14', 'NET30', 'NET60', 'NET90']),
  billingDay: z.int().min(1).max(28),
  currency: Currency,
  creditLimit: Amount(4),
  taxExempt: z.boolean(),
  outstandingInvoices: z.int().min(0),
  /** Id or name of a `sell` tariff of the seller. */
  tariffPlan: text(128, 1).nullable(),
  rates: Rates.partial(),
  discounts: z.array(Discount).max(10),
};

const Fields = z.object({ ...contactFields, ...sellerFields });

/** The body of `PUT /billingprofile/{id}`: what it names changes; objects merge by key, arrays replace. */
export const ProfileChange = Fields.extend({ version: z.int().min(1) })
  .partial()
  .meta({ id: 'BillingProfileChange' });
export type ProfileChange = z.output<typeof ProfileChange>;

type Plain = Omit<z.output<typeof Fields>, 'billingAddress' | 'billingContact' | 'rates' | 'billingDay' | 'tariffPlan'>;

export type BillingProfile = Plain & {
  /** `bp_…` */
  readonly id: string;
  readonly organization: number;
  readonly billingAddress: z.output<typeof Address>;
  readonly billingContact: z.output<typeof Contact>;
  readonly rates: z.output<typeof Rates>;
  readonly billingDays: BillingDays;
  /** Of a `sell` tariff of the seller. */
  readonly tariffId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
};

/** What the profile says of its tariff. */
export type TariffOfProfile = Pick<
  Tariff,
  'id' | 'name' | 'kind' | 'currency' | 'monthly_minimum' | 'included_minutes' | 'included_sms'
>;

export type NewProfile = Pick<BillingProfile, 'id' | 'organization' | 'billingName' | 'currency'> & {
  readonly now: string;
};

/** The profile that is made with its organization. */
export const newProfile = ({ now, ...given }: NewProfile): BillingProfile => ({
  ...given,
  billingAddress: { street: null, city: null, state: null, postalCode: null, country: null },
  billingContact: { name: null, email: null, phone: null },
  accountType: 'postpaid',
  paymentMethod: 'invoice',
  billingCycle: 'monthly',
  billingDays: billingDayAlways(1),
  taxId: null,
  taxExempt: false,
  creditLimit: NOTHING,
  lowBalanceThreshold: null,
  outstandingInvoices: 0,
  paymentTerms: 'NET30',
  rates: { defaultCallRate: null, defaultSmsRate: null, internationalCallRate: null, tollFreeRate: null },
  tariffId: null,
  discounts: [],
  createdAt: now,
  updatedAt: now,
  version: 1,
});

/** The fields of a change that only the seller touches. */
const sellerFieldsIn = (change: ProfileChange): readonly string[] =>
  Object.keys(sellerFields).filter((field) => change[field as keyof ProfileChange] !== undefined);

/** Throws `NOT_THE_SELLER` when someone else changes one of its fields. */
export function refuseAllButSeller(change: ProfileChange, isSeller: boolean): void {
  const touched = isSeller ? [] : sellerFieldsIn(change);
  if (touched.length === 0) return;
  throw new AppError('NOT_THE_SELLER', 'Only the seller may change these fields', {
    details: touched.map((path) => ({ path, message: 'is changed by the seller only' })),
  });
}

/** What a change depends on outside of the profile. */
export type Circumstances = {
  /** The tariff that the profile has after the change; null where it has none, or no tariff has the name given. */
  readonly tariff: TariffOfProfile | null;
  /** Whether anything was ever charged or credited. */
  readonly balanceMoved: boolean;
  readonly now: string;
};

/**
 * The profile of an organization that has none: as new, with a change that must name the currency. Throws as
 * `changeProfile` does.
 */
export function firstProfile(
  made: Omit<NewProfile, 'currency'>,
  change: ProfileChange,
  circumstances: Circumstances,
): BillingProfile {
  if (change.currency === undefined)
    throw new AppError('MISSING_FIELD', 'Required: currency', {
      details: [{ path: 'currency', message: 'is required' }],
    });
  const blank = newProfile({ ...made, currency: change.currency });
  return { ...changeProfile(blank, change, circumstances), version: blank.version };
}

/** Messages are charged by nothing yet, so no price for them is taken. */
function refuseUncharged({ rates }: ProfileChange): void {
  if (typeof rates?.defaultSmsRate === 'bigint') throw notYetSupported('rates.defaultSmsRate');
}

/**
 * The profile after a change that its caller may make (`refuseAllButSeller`).
 * Throws `NOT_YET_SUPPORTED`, `UNKNOWN_TARIFF`, `CURRENCY_MISMATCH`, `VALIDATION_FAILED`, then `CURRENCY_LOCKED`.
 */
export function changeProfile(
  present: BillingProfile,
  change: ProfileChange,
  circumstances: Circumstances,
): BillingProfile {
  const { billingAddress, billingContact, rates, billingDay: day, tariffPlan, ...plain } = change;
  const { tariff, now } = circumstances;
  refuseUncharged(change);
  if (typeof tariffPlan === 'string') requireSellTariff(tariff);
  const changed: BillingProfile = {
    ...present,
    ...given(plain),
    billingAddress: { ...present.billingAddress, ...given(billingAddress ?? {}) },
    billingContact: { ...present.billingContact, ...given(billingContact ?? {}) },
    rates: { ...present.rates, ...given(rates ?? {}) },
    billingDays: day === undefined ? present.billingDays : withBillingDay(present.billingDays, day, now),
    tariffId: tariffPlan === undefined ? present.tariffId : (tariff?.id ?? null),
    updatedAt: now,
    version: present.version + 1,
  };
  requireConsistency(changed, tariff);
  if (circumstances.balanceMoved && changed.currency !== present.currency) {
    throw new AppError('CURRENCY_LOCKED', 'The currency is fixed after the first charge or credit');
  }
  return changed;
}

const withBillingDay = (days: BillingDays, day: number, now: string): BillingDays =>
  day === billingDay(days) ? days : changeBillingDay(days, day, Date.parse(now));

function requireSellTariff(tariff: TariffOfProfile | null): void {
  if (tariff?.kind === 'sell') return;
  throw new AppError('UNKNOWN_TARIFF', 'The seller has no such sell tariff', {
    details: [{ path: 'tariffPlan', message: 'must be the id or name of a sell tariff of the seller' }],
  });
}

function requireConsistency(profile: BillingProfile, tariff: TariffOfProfile | null): void {
  if (tariff !== null && tariff.currency !== profile.currency) {
    throw new AppError('CURRENCY_MISMATCH', `The tariff is in ${tariff.currency}, the profile in ${profile.currency}`);
  }
  if (profile.accountType === 'prepaid' && profile.creditLimit !== NOTHING)
    throw invalid('creditLimit', 'must be 0 for a prepaid account');
}
