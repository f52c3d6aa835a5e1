import { row } from '../../shared/dynamodb/row.ts';
import { storedMoney, type Money, type StoredMoney } from '../../shared/schema/money.ts';
import type { BalancePart } from './balance.ts';
import type { BillingProfile } from './billing-profile.ts';
import type { PeriodName } from './period.ts';

type Stored<T> = { readonly [K in keyof T]: Money extends T[K] ? Exclude<T[K], Money> | StoredMoney : T[K] };

/** `{ ...newProfile(…), parent }` is one: money is written as a number by itself. */
export type BillingProfileItem = Stored<Omit<BillingProfile, 'rates'>> & {
  readonly rates: Stored<BillingProfile['rates']>;
  /** The parent of the organization, which sells to it; null for the operator. */
  readonly parent: number | null;
};

/** Sort keys of organizations in order: 12 digits. */
const padded = (organization: number): string => String(organization).padStart(12, '0');

/** `billingprofile#1001`, one each; GSI1 lists those of a parent's children, GSI2 all of the platform. */
export const billingProfileRow = row<'billingprofile', BillingProfileItem, object>('billingprofile', {
  sort: () => 'profile',
  index1: (item) => (item.parent === null ? undefined : { partition: ['parent', String(item.parent)], sort: padded(item.organization) }),
  index2: (item) => ({ partition: ['all'], sort: padded(item.organization) }),
});

const moneyOrNull = (stored: StoredMoney | null): Money | null => (stored === null ? null : storedMoney(stored));

/** The profile that an item holds. */
export const profileOf = ({ parent: _, ...item }: BillingProfileItem): BillingProfile => ({
  ...item,
  creditLimit: storedMoney(item.creditLimit),
  lowBalanceThreshold: moneyOrNull(item.lowBalanceThreshold),
  rates: {
    defaultCallRate: moneyOrNull(item.rates.defaultCallRate),
    defaultSmsRate: moneyOrNull(item.rates.defaultSmsRate),
    internationalCallRate: moneyOrNull(item.rates.internationalCallRate),
    tollFreeRate: moneyOrNull(item.rates.tollFreeRate),
  },
});

/** `balance#1001`: credits, reservations and the currency. A query of this row's partition answers all parts. */
export const creditRow = row<'balance', BalancePart, object>('balance', { sort: () => 'credit' });

type ChargesKey = { readonly period: PeriodName; readonly shard: number };

/** A share of the charges of a period; how many there are stands in the organization (`charge_shards`). */
export const chargesRow = row<'balance', BalancePart & ChargesKey, ChargesKey>('balance', {
  sort: ({ period, shard }) => `charges#${period}#${shard}`,
});
