import * as z from 'zod';
import type { BillingProfile } from '#functions/billing/billing-profiles/billing-profile.ts';
import { availableCredit, balanceOf, currentBalance, type BalancePart } from '#functions/billing/charging/balance.ts';
import { decimalNumber } from '#schema/money.ts';

/** What an organization has and how it does now, in one answer (functions/system/README.md, "Summary"). */

/** The scope that reads the count of each kind of resource, and the name under which it is stored (`countRow`). */
const counted = {
  users: { scope: 'users:read', of: 'users' },
  customers: { scope: 'orgs:read', of: 'children' },
  devices: { scope: 'telephony:read', of: 'devices' },
  phone_lines: { scope: 'calls:read', of: 'phones' },
  trunks: { scope: 'telephony:read', of: 'trunks' },
  gateways: { scope: 'telephony:read', of: 'gateways' },
  numbers: { scope: 'telephony:read', of: 'numbers' },
  call_flows: { scope: 'telephony:read', of: 'call flows' },
  ring_groups: { scope: 'telephony:read', of: 'ring groups' },
} as const;

type Counted = keyof typeof counted;
type CountedScope = (typeof counted)[Counted]['scope'];

/** What a scope of the caller shows: the records of all, those of its user, or none. */
export type Sight = 'all' | 'own' | 'none';

/** The names of the counts that a summary reads. */
export const countNames: readonly string[] = Object.values(counted).map(({ of }) => of);

/**
 * The counts that the caller may read, the others null.
 * @param stored by name
 */
export function visibleCounts(
  stored: ReadonlyMap<string, number>,
  sightOf: (scope: CountedScope) => Sight,
): Readonly<Record<Counted, number | null>> {
  const entries = Object.entries(counted).map(([field, { scope, of }]) => [
    field,
    sightOf(scope) === 'all' ? (stored.get(of) ?? 0) : null,
  ]);
  return Object.fromEntries(entries) as Record<Counted, number | null>;
}

/** @param parts of the balance, as they are stored */
export function presentBalance(
  profile: Pick<BillingProfile, 'creditLimit' | 'currency'>,
  parts: readonly BalancePart[],
): NonNullable<z.input<typeof SummaryAnswer>['balance']> {
  const balance = balanceOf(parts);
  return {
    current: decimalNumber(currentBalance(balance)),
    available_credit: decimalNumber(availableCredit(balance, profile)),
    currency: profile.currency,
  };
}

const count = z.int().nullable();

export const SummaryAnswer = z
  .object({
    users: count.describe('Users and service accounts'),
    customers: count.describe('Organizations directly below this one'),
    devices: count.describe('Devices'),
    online_devices: count.describe('Devices with a registered line'),
    phone_lines: count.describe('Live phone lines, such as those of browsers'),
    trunks: count.describe('SIP trunks'),
    gateways: count.describe('SIP gateways'),
    numbers: count.describe('Phone numbers'),
    call_flows: count.describe('Call flows'),
    ring_groups: count.describe('Ring groups'),
    calls_in_progress: count.describe('Calls in progress'),
    has_cdrs: z.boolean().nullable().describe('Whether a CDR of the organization is filed'),
    balance: z
      .object({
        current: z.number().describe('Credits minus charges; negative when money is owed'),
        available_credit: z.number().describe('Balance plus credit limit minus reservations'),
        currency: z.string().describe('ISO 4217 code of both amounts'),
      })
      .nullable()
      .describe('Null also without a billing profile'),
  })
  .meta({
    id: 'Summary',
    example: {
      ...{ users: 12, customers: 0, devices: 9, online_devices: 8, phone_lines: 2, trunks: 1, gateways: 1, numbers: 5 },
      ...{ call_flows: 2, ring_groups: 1, calls_in_progress: 3, has_cdrs: true },
      balance: { current: 41.5, available_credit: 141.5, currency: 'EUR' },
    },
  });
