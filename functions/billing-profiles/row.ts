import { row } from '../../shared/dynamodb/row.ts';
import { money, type Money } from '../../shared/schema/money.ts';
import type { BillingProfile } from './billing-profile.ts';

/** Micro-units as the table gives them: a number where a double holds it exactly, else a BigInt. */
export type StoredMoney = number | bigint;

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

const moneyOf = (stored: StoredMoney): Money => money(BigInt(stored));
const moneyOrNull = (stored: StoredMoney | null): Money | null => (stored === null ? null : moneyOf(stored));

/** The profile that an item holds. */
export const profileOf = ({ parent: _, ...item }: BillingProfileItem): BillingProfile => ({
  ...item,
  creditLimit: moneyOf(item.creditLimit),
  lowBalanceThreshold: moneyOrNull(item.lowBalanceThreshold),
  rates: {
    defaultCallRate: moneyOrNull(item.rates.defaultCallRate),
    defaultSmsRate: moneyOrNull(item.rates.defaultSmsRate),
    internationalCallRate: moneyOrNull(item.rates.internationalCallRate),
    tollFreeRate: moneyOrNull(item.rates.tollFreeRate),
  },
});
