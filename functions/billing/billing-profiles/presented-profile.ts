/** The billing profile as it is answered: camelCase, money as JSON numbers (billing.md, "Billing profile"). */
import * as z from 'zod';
import { amountOf, decimalNumber, type Money } from '../../../shared/schema/money.ts';
import { Id, organizationText, Timestamp } from '../../../shared/schema/values.ts';
import { availableCredit, balanceOf, currentBalance, usageOf, type BalancePart } from './balance.ts';
import type { BillingProfile, TariffOfProfile } from './billing-profile.ts';
import { billingDay, periodAt } from './period.ts';

const text = z.string().nullable();
const amount = z.number().nullable();

/** Without id in the path: the caller's own, in short. */
export const OwnProfile = z
  .object({
    billingProfileId: Id('bp'),
    organizationId: z.string(),
    billingName: z.string(),
    billingAddress: z.object({ street: text, city: text, state: text, postalCode: text, country: text }),
    billingContact: z.object({ name: text, email: text, phone: text }),
    accountType: z.enum(['prepaid', 'postpaid']),
    paymentMethod: z.enum(['invoice', 'credit_card', 'ach', 'wire']),
    currency: z.string(),
    billingCycle: z.enum(['monthly', 'quarterly', 'annual']),
    billingDay: z.int(),
    taxId: text,
    taxExempt: z.boolean(),
    creditLimit: z.number(),
    currentBalance: z.number().meta({ description: 'Money in hand; below zero is owed' }),
    availableCredit: z
      .number()
      .meta({ description: 'At 0 or below new calls are refused, unless a postpaid account owes nothing' }),
    lowBalanceThreshold: amount,
    paymentTerms: z.enum(['PREPAID', 'NET0', 'NET7', 'NET14', 'NET30', 'NET60', 'NET90']),
    rates: z.object({
      defaultCallRate: amount,
      defaultSmsRate: amount,
      internationalCallRate: amount,
      tollFreeRate: amount,
    }),
    tariffPlan: text,
    discounts: z.array(
      z.union([
        z.object({ type: z.literal('volume'), threshold: z.int(), percentage: z.number() }),
        z.object({ type: z.literal('loyalty'), yearsActive: z.int(), percentage: z.number() }),
      ]),
    ),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    version: z.int(),
  })
  .meta({ id: 'OwnBillingProfile' });

/** Of an organization that is named. */
export const DetailedProfile = OwnProfile.extend({
  outstandingInvoices: z.int(),
  tariffPlanDetails: z
    .object({
      id: z.string(),
      name: z.string(),
      monthlyMinimum: z.number(),
      includedMinutes: z.int(),
      includedSms: z.int(),
    })
    .nullable(),
  usageSummary: z.object({
    currentPeriodStart: Timestamp,
    currentPeriodEnd: Timestamp.meta({ description: 'The last second of the period' }),
    minutesUsed: z.number(),
    smsUsed: z.int(),
    currentCharges: z.number(),
  }),
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
    rates: {
      defaultCallRate: numberOrNull(profile.rates.defaultCallRate),
      defaultSmsRate: numberOrNull(profile.rates.defaultSmsRate),
      internationalCallRate: numberOrNull(profile.rates.internationalCallRate),
      tollFreeRate: numberOrNull(profile.rates.tollFreeRate),
    },
    tariffPlan: tariff?.name ?? null,
    discounts: profile.discounts,
    createdAt: profile.createdAt,
    updatedAt: profile.updatedAt,
    version: profile.version,
  };
}

const secondsText = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');
const toHundredths = (value: number): number => Math.round(value * 100) / 100;

/** @param now instant (ms) whose period is summed up */
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
    tariffPlanDetails:
      tariff === null
        ? null
        : {
            id: tariff.id,
            name: tariff.name,
            monthlyMinimum: decimalNumber(amountOf(tariff.monthly_minimum)),
            includedMinutes: tariff.included_minutes,
            includedSms: tariff.included_sms,
          },
    usageSummary: {
      currentPeriodStart: secondsText(period.start),
      currentPeriodEnd: secondsText(period.end - 1_000),
      minutesUsed: toHundredths(usage.seconds / 60),
      smsUsed: 0,
      currentCharges: decimalNumber(usage.charges),
    },
  };
}
