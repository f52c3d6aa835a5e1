/** The billing profile in answers: camelCase, money as JSON numbers (functions/billing/README.md, "Profiles"). */
import * as z from 'zod';
import { amountOf, decimalNumber, type Money } from '#schema/money.ts';
import { second } from '#schema/time.ts';
import { Id, organizationText, Timestamp } from '#schema/values.ts';
import { availableCredit, balanceOf, currentBalance, usageOf, type BalancePart } from '../schema/balance.ts';
import { inboundWhenExhausted, type BillingProfile, type TariffOfProfile } from '../schema/billing-profile.ts';
import { billingDay, periodAt } from '../schema/period.ts';

const text = z.string().nullable();
const amount = z.number().nullable();

const Address = z.object({
  street: text.describe('Street and house number'),
  city: text.describe('City'),
  state: text.describe('State or province'),
  postalCode: text.describe('Postal code'),
  country: text.describe('ISO 3166-1 alpha-2 code'),
});

const Contact = z.object({
  name: text.describe('Name of the person or department'),
  email: text.describe('E-mail address'),
  phone: text.describe('E.164 number'),
});

const Rates = z.object({
  defaultCallRate: amount.describe('Price per minute of a domestic call; null: such calls are not rated'),
  defaultSmsRate: amount.describe('Price per segment of an SMS that the tariff has no price for; null: the default'),
  internationalCallRate: amount.describe('Price per minute of a call to another country, or to a number of no country'),
  tollFreeRate: amount.describe('Price per minute of a call to a toll-free number of the own country'),
});

const percentage = z.number().describe('Discount in percent, 0 to 100');
const Discount = z.union([
  z.object({
    type: z.literal('volume').describe('By the minutes of the period'),
    threshold: z.int().describe('Billed minutes of the period from which the discount applies'),
    percentage,
  }),
  z.object({
    type: z.literal('loyalty').describe('By the age of the organization'),
    yearsActive: z.int().describe('Full years from which the discount applies'),
    percentage,
  }),
]);

/** The caller's own profile, in short. */
export const OwnProfile = z
  .object({
    billingProfileId: Id('bp').describe('Id of the profile'),
    organizationId: z.string().describe('Organization of the profile, such as `org_1001`'),
    billingName: z.string().describe('Name on invoices'),
    billingAddress: Address.describe('Address on invoices'),
    billingContact: Contact.describe('Contact for invoices'),
    accountType: z.enum(['prepaid', 'postpaid']).describe('Whether calls are paid in advance or afterwards'),
    paymentMethod: z.enum(['invoice', 'credit_card', 'ach', 'wire']).describe('How the organization pays'),
    currency: z.string().describe('ISO 4217 code of all amounts'),
    billingCycle: z.enum(['monthly', 'quarterly', 'annual']).describe('How often invoices are written elsewhere'),
    billingDay: z.int().describe('Day of the month, 1 to 28, on which a usage period begins at 00:00 UTC'),
    taxId: text.describe('Tax number'),
    taxExempt: z.boolean().describe('Whether invoices carry no tax'),
    creditLimit: z.number().describe('Amount that the balance may fall below zero'),
    currentBalance: z.number().describe('Credits minus charges; negative when money is owed'),
    availableCredit: z
      .number()
      .describe(
        'Balance plus credit limit minus reservations; at 0 or below new calls that cost something are rejected, ' +
          'unless a postpaid account owes nothing. Of inbound calls `inboundWhenExhausted` decides',
      ),
    lowBalanceThreshold: amount.describe('The event `balance.low` is recorded when the balance falls below it'),
    paymentTerms: z
      .enum(['PREPAID', 'NET0', 'NET7', 'NET14', 'NET30', 'NET60', 'NET90'])
      .describe('Payment terms of invoices'),
    unratedCalls: z
      .enum(['allow', 'deny'])
      .nullable()
      .describe('Whether calls to numbers without a rate are permitted; null: `deny` if prepaid, `allow` if postpaid'),
    inboundWhenExhausted: z
      .enum(['answer', 'reject'])
      .describe('What becomes of inbound calls that a rate charges when the credit is used up'),
    rates: Rates.describe('Prices of calls that the tariff has no rate for'),
    tariffPlan: text.describe('Name of the tariff'),
    reservationMinutes: z.int().describe('Minutes of a call that a prepaid account reserves before it begins'),
    discounts: z.array(Discount).describe('Discounts on call charges; their percentages are added, up to 100'),
    createdAt: Timestamp.describe('When the profile was created'),
    updatedAt: Timestamp.describe('When the profile was last updated'),
    version: z.int().describe('Version of the profile, from 1'),
  })
  .meta({ id: 'OwnBillingProfile' });

const TariffDetails = z.object({
  id: z.string().describe('Id of the tariff'),
  name: z.string().describe('Name of the tariff'),
  monthlyMinimum: z.number().describe('Least amount that a period is charged'),
  includedMinutes: z.int().describe('Free minutes of each period'),
  includedSms: z.int().describe('Free segments of SMS of each period'),
});

const UsageSummary = z.object({
  currentPeriodStart: Timestamp.describe('First second of the open period'),
  currentPeriodEnd: Timestamp.describe('Last second of the open period'),
  minutesUsed: z.number().describe('Billed minutes of the period, rounded to 2 decimals'),
  smsUsed: z.int().describe('Segments of the SMS of the period'),
  currentCharges: z.number().describe('Charges of the period'),
});

/** The profile of an organization that the path names. */
export const DetailedProfile = OwnProfile.extend({
  outstandingInvoices: z.int().describe('Number of unpaid invoices, as the seller sets it'),
  tariffPlanDetails: TariffDetails.nullable().describe('The tariff; null without one'),
  usageSummary: UsageSummary.describe('Use of the open period'),
}).meta({ id: 'BillingProfile' });

/** What is shown beside the profile itself. */
export type Surroundings = { readonly balance: readonly BalancePart[]; readonly tariff: TariffOfProfile | null };

const numberOrNull = (of: Money | null): number | null => (of === null ? null : decimalNumber(of));

export function presentProfile(
  profile: BillingProfile,
  { balance: parts, tariff }: Surroundings,
): z.input<typeof OwnProfile> {
  const balance = balanceOf(parts);
  return {
    billingProfileId: profile.id,
    organizationId: organizationText(profile.organization),
    billingName: profile.billingName,
    billingAddress: profile.billingAddress,
    billingContact: profile.billingContact,
    accountType: profile.accountType,
    paymentMethod: profile.paymentMethod,
    currency: profile.currency,
    billingCycle: profile.billingCycle,
    billingDay: billingDay(profile.billingDays),
    taxId: profile.taxId,
    taxExempt: profile.taxExempt,
    creditLimit: decimalNumber(profile.creditLimit),
    currentBalance: decimalNumber(currentBalance(balance)),
    availableCredit: decimalNumber(availableCredit(balance, profile)),
    lowBalanceThreshold: numberOrNull(profile.lowBalanceThreshold),
    paymentTerms: profile.paymentTerms,
    unratedCalls: profile.unratedCalls ?? null,
    inboundWhenExhausted: inboundWhenExhausted(profile),
    rates: {
      defaultCallRate: numberOrNull(profile.rates.defaultCallRate),
      defaultSmsRate: numberOrNull(profile.rates.defaultSmsRate),
      internationalCallRate: numberOrNull(profile.rates.internationalCallRate),
      tollFreeRate: numberOrNull(profile.rates.tollFreeRate),
    },
    tariffPlan: tariff?.name ?? null,
    reservationMinutes: profile.reservationMinutes,
    discounts: profile.discounts,
    createdAt: profile.createdAt,
    updatedAt: profile.updatedAt,
    version: profile.version,
  };
}

const secondsText = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');
const toHundredths = (value: number): number => Math.round(value * 100) / 100;

const presentTariffDetails = (tariff: TariffOfProfile): z.input<typeof TariffDetails> => ({
  id: tariff.id,
  name: tariff.name,
  monthlyMinimum: decimalNumber(amountOf(tariff.monthly_minimum)),
  includedMinutes: tariff.included_minutes,
  includedSms: tariff.included_sms,
});

/** @param now Unix milliseconds: the summary is of the period that contains it */
export function presentDetailedProfile(
  profile: BillingProfile,
  surroundings: Surroundings,
  now: number,
): z.input<typeof DetailedProfile> {
  const { balance, tariff } = surroundings;
  const period = periodAt(now, profile.billingDays);
  const usage = usageOf(balance, period.name);
  return {
    ...presentProfile(profile, surroundings),
    outstandingInvoices: profile.outstandingInvoices,
    tariffPlanDetails: tariff === null ? null : presentTariffDetails(tariff),
    usageSummary: {
      currentPeriodStart: secondsText(period.start),
      currentPeriodEnd: secondsText(period.end - second),
      minutesUsed: toHundredths(usage.seconds / 60),
      smsUsed: usage.sms,
      currentCharges: decimalNumber(usage.charges),
    },
  };
}
