/** The billing profile in the form of `GET /billing-accounts` (functions/billing/README.md, "Profiles"). */
import * as z from 'zod';
import { decimalNumber } from '#schema/money.ts';
import { Id, organizationText, Timestamp } from '#schema/values.ts';
import { availableCredit, balanceOf, currentBalance, type BalancePart } from '../schema/balance.ts';
import type { BillingProfile } from '../schema/billing-profile.ts';

export const BillingAccount = z
  .object({
    id: Id('bp').describe('Id of the billing profile'),
    customer_id: z.string().describe('Organization of the account, such as `org_1001`'),
    name: z.string().describe('Billing name of the organization'),
    detail: z.string().describe('Always empty'),
    type: z.enum(['admin', 'normal']).describe('`admin` for the account of the operator'),
    balance: z.number().describe('Credits minus charges; negative when money is owed'),
    credit_limit: z.number().describe('Amount that the balance may fall below zero'),
    available: z.number().describe('Balance plus credit limit minus reservations'),
    currency: z.string().describe('ISO 4217 code of all amounts of the account'),
    payment_type: z.enum(['prepaid', 'postpaid']).describe('Whether calls are paid in advance or afterwards'),
    payment_method: z.enum(['invoice', 'credit_card', 'ach', 'wire']).describe('How the organization pays'),
    tm_create: Timestamp.describe('When the profile was created'),
    tm_update: Timestamp.describe('When the profile was last updated'),
    tm_delete: Timestamp.nullable().describe('Always null: a profile exists as long as its organization'),
  })
  .meta({ id: 'BillingAccount' });

/** @param isOperator whether the account belongs to the operator */
export function presentAccount(
  profile: BillingProfile,
  parts: readonly BalancePart[],
  isOperator: boolean,
): z.input<typeof BillingAccount> {
  const balance = balanceOf(parts);
  return {
    id: profile.id,
    customer_id: organizationText(profile.organization),
    name: profile.billingName,
    detail: '',
    type: isOperator ? 'admin' : 'normal',
    balance: decimalNumber(currentBalance(balance)),
    credit_limit: decimalNumber(profile.creditLimit),
    available: decimalNumber(availableCredit(balance, profile)),
    currency: profile.currency,
    payment_type: profile.accountType,
    payment_method: profile.paymentMethod,
    tm_create: profile.createdAt,
    tm_update: profile.updatedAt,
    tm_delete: null,
  };
}
