import { row } from '#dynamodb/row.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import type { Table } from '#dynamodb/table.ts';
import type { checkCondition, Write } from '#dynamodb/write.ts';
import { moneyFromStore, type Money, type StoredMoney } from '#schema/money.ts';
import { omit } from '#schema/omit.ts';
import { defaultReservationMinutes, type BillingProfile } from '../schema/billing-profile.ts';
import { closesAt, gracePeriod, periodAt, type PeriodName } from '../schema/period.ts';

type Stored<T> = { readonly [K in keyof T]: Money extends T[K] ? Exclude<T[K], Money> | StoredMoney : T[K] };

/** A profile and the parent of its organization; amounts are stored as numbers of micro-units. */
export type BillingProfileItem = Stored<Omit<BillingProfile, 'rates' | 'reservationMinutes'>> & {
  readonly rates: Stored<BillingProfile['rates']>;
  readonly reservationMinutes?: number;
  /** The organization that sells to this one; null for the operator. */
  readonly parent: number | null;
};

/** The key by which accounts are listed: 12 digits, so that organizations sort by number. */
export const accountKey = ({ organization }: Pick<BillingProfileItem, 'organization'>): string =>
  String(organization).padStart(12, '0');

/** `billingprofile#1001`, one item each; GSI1 lists the profiles of a parent's children, GSI2 all of the platform. */
export const billingProfileRow = row<'billingprofile', BillingProfileItem, object>('billingprofile', {
  afterClosing: 'money and what it was paid for are kept',
  unsharded: 'changed rarely: amounts that move are in the balance',
  sort: () => 'profile',
  index1: (item) =>
    item.parent === null ? undefined : { partition: ['parent', String(item.parent)], sort: accountKey(item) },
  index2: (item) => ({ partition: ['all'], sort: accountKey(item) }),
});

/** The address of the billing contact in lower case, if it is one of these. */
export const addressOfBilling = async (table: Pick<Table<'billingprofile'>, 'get'>, addresses: readonly string[]) => {
  const contact = (await table.get(billingProfileRow, {}))?.billingContact.email?.toLowerCase();
  return addresses.filter((address) => address === contact);
};

const moneyOrNull = (stored: StoredMoney | null): Money | null => (stored === null ? null : moneyFromStore(stored));

/** The profile of an item. */
export const profileOf = (item: BillingProfileItem): BillingProfile => ({
  ...omit(item, 'parent'),
  creditLimit: moneyFromStore(item.creditLimit),
  lowBalanceThreshold: moneyOrNull(item.lowBalanceThreshold),
  reservationMinutes: item.reservationMinutes ?? defaultReservationMinutes,
  rates: {
    defaultCallRate: moneyOrNull(item.rates.defaultCallRate),
    defaultSmsRate: moneyOrNull(item.rates.defaultSmsRate),
    internationalCallRate: moneyOrNull(item.rates.internationalCallRate),
    tollFreeRate: moneyOrNull(item.rates.tollFreeRate),
  },
});

type Condition = Parameters<typeof checkCondition>[2];

/** An attribute has this value. */
export const hasValue = (name: string, value: unknown): Condition => ({
  expression: `#${name} = :${name}`,
  names: { [`#${name}`]: name },
  values: { [`:${name}`]: value },
});

/** The ledger entry that a reference was booked as. */
export const creditReferenceRow = row<
  'credit',
  { readonly reference: string; readonly entry: string },
  { readonly reference: string }
>('credit', {
  afterClosing: 'money and what it was paid for are kept',
  sort: ({ reference }) => reference,
});

/** The timer that closes a period after its end. @param grace milliseconds */
export function closingDue(
  { organization, billingDays }: Pick<BillingProfile, 'organization' | 'billingDays'>,
  period: PeriodName,
  grace: number,
): Write<'due'> {
  return scheduleDue({
    kind: 'period.close',
    org_id: organization,
    subject: period,
    at: closesAt(period, billingDays, grace),
  });
}

/**
 * The timer for the earliest period that still takes calls. Its closing sets the timer for the next period, and so on.
 * @param now Unix milliseconds
 */
export function openClosingWrite(
  profile: Pick<BillingProfile, 'organization' | 'billingDays'>,
  now: number,
  environment: Parameters<typeof gracePeriod>[0],
): Write<'due'> {
  const grace = gracePeriod(environment);
  return closingDue(profile, periodAt(now - grace, profile.billingDays).name, grace);
}

/** The timer for the first period of a new profile. */
export const firstClosingWrite = (
  profile: Pick<BillingProfile, 'organization' | 'billingDays' | 'createdAt'>,
): Write<'due'> =>
  closingDue(profile, periodAt(Date.parse(profile.createdAt), profile.billingDays).name, gracePeriod({}));
