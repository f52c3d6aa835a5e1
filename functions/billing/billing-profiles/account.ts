/** The billing profile in the form of seed 002 (billing.md, `GET /billing-accounts`). */
import * as z from 'zod';
import { decimalNumber } from '../../../shared/schema/money.ts';
import { Id, organizationText, Timestamp } from '../../../shared/schema/values.ts';
import { availableCredit, balanceOf, currentBalance, type BalancePart } from './balance.ts';
import type { BillingProfile } from './billing-profile.ts';

export const BillingAccount = z
  .object({
    id: Id('bp'),
    customer_id: z.string(),
    name: z.string(),
    detail: z.string(),
    type: z.enum(['admin', 'normal']),
    balance: z.number(),
    credit_limit: z.number(),
    available: z.number(),
    currency: z.string(),
    payment_type: z.enum(['prepaid', 'postpaid']),
    payment_method: z.enum(['invoice', 'credit_card', 'ach', 'wire']),
    tm_create: Timestamp,
    tm_update: Timestamp,
    tm_delete: Timestamp.nullable(),
  })
  .meta({ id: 'BillingAccount' });

/** @param isOperator whether it is the operator's own */
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
