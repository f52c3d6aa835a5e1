import { row } from '../../../shared/dynamodb/row.ts';
import { scheduleDue } from '../../../shared/dynamodb/rows/due.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, create, inOrganization, type checkCondition, type Write } from '../../../shared/dynamodb/write.ts';
import { moneyFromStore, type Money, type StoredMoney } from '../../../shared/schema/money.ts';
import { omit } from '../../../shared/schema/omit.ts';
import { tariffRow } from '../tariffs/row.ts';
import type { BalancePart, Standing, UsedOfPeriod } from './balance.ts';
import { defaultReservationMinutes, type BillingProfile } from './billing-profile.ts';
import { totalOf, type EntryType, type LedgerEntry } from './ledger.ts';
import { closesAt, gracePeriod, periodAt, type PeriodName } from './period.ts';
import type { LedgerDay } from './statement.ts';

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
const hasValue = (name: string, value: unknown): Condition => ({
  expression: `#${name} = :${name}`,
  names: { [`#${name}`]: name },
  values: { [`:${name}`]: value },
});

const isAbsent = (name: string): Condition => ({
  expression: `attribute_not_exists(#${name})`,
  names: { [`#${name}`]: name },
});

/** An attribute still is as it was read, be it absent. */
const asRead = (name: string, value: unknown): Condition =>
  value === undefined ? isAbsent(name) : hasValue(name, value);

/** Counts the profiles that use a tariff: while any does, the currency of the tariff is fixed. */
export const countTariffUse = (id: string, profiles: 1 | -1, currency: string): Write<'tariff'> =>
  change(tariffRow, { id }, { add: { profiles }, onlyIf: hasValue('currency', currency) });

/**
 * Takes the tariff off the profile of an organization that is closed, so that its seller can delete the tariff. @param
 * at ISO 8601
 */
export function releaseTariffWrites(
  profile: BillingProfileItem | undefined,
  at: string,
): Write<'billingprofile' | 'tariff'>[] {
  if (profile === undefined || profile.tariffId === null) return [];
  const { organization, parent, tariffId, currency, version } = profile;
  const fields = { set: { tariffId: null, updatedAt: at }, add: { version: 1 }, onlyIf: hasValue('version', version) };
  return [
    ...inOrganization(organization, [change(billingProfileRow, {}, fields)]),
    ...inOrganization(parent ?? organization, [countTariffUse(tariffId, -1, currency)]),
  ];
}

/** `balance#1001`: credits, reservations and the currency. A query of its partition returns every part of a balance. */
export const creditRow = row<'balance', BalancePart, object>('balance', { sort: () => 'credit' });

/** The standing of a balance after a change. `read`: the item of credits on which the change was decided. */
export type StandingChange = { readonly read: BalancePart; readonly standing: Standing };

/** A change of the item of credits: of its standing alone, or of the currency or the credits as well. */
type CreditChange =
  | { readonly to: 'standing' }
  | { readonly to: 'currency'; readonly currency: string }
  | { readonly to: 'credits'; readonly currency: string; readonly credits: Money };

const allOf = (...conditions: readonly Condition[]): Condition => ({
  expression: conditions.map(({ expression }) => expression).join(' AND '),
  names: Object.fromEntries(conditions.flatMap(({ names }) => Object.entries(names ?? {}))),
  values: Object.fromEntries(conditions.flatMap(({ values }) => Object.entries(values ?? {}))),
});

/** The notified standing still is as it was read; an absent attribute counts as false. */
const notifiedAsRead = ({ low = false, exhausted = false }: BalancePart): Condition => ({
  expression: [
    low ? '#low = :notified' : 'NOT #low = :notified',
    exhausted ? '#exhausted = :notified' : 'NOT #exhausted = :notified',
  ].join(' AND '),
  names: { '#low': 'low', '#exhausted': 'exhausted' },
  values: { ':notified': true },
});

const currencyIs = (currency: string): Condition => ({
  ...hasValue('currency', currency),
  expression: '(attribute_not_exists(#currency) OR #currency = :currency)',
});

/** Stores the standing of a balance; and sets a currency that is not fixed yet, or adds credits, which fixes it. */
export function creditChange({ read, standing }: StandingChange, wanted: CreditChange): Write<'balance'> {
  const notified = notifiedAsRead(read);
  switch (wanted.to) {
    case 'standing':
      return change(creditRow, {}, { set: standing, onlyIf: notified });
    case 'currency': {
      const set = { ...standing, currency: wanted.currency };
      return change(creditRow, {}, { set, onlyIf: allOf(notified, isAbsent('fixed')) });
    }
    case 'credits': {
      const set = { ...standing, currency: wanted.currency, fixed: true };
      const onlyIf = allOf(notified, asRead('credits', read.credits), currencyIs(wanted.currency));
      return change(creditRow, {}, { set, add: { credits: wanted.credits }, onlyIf });
    }
  }
}

type ChargesKey = { readonly period: PeriodName; readonly shard: number };

/** A shard of the charges of a period; there is more than one only where transactions conflicted. */
export const chargesRow = row<'balance', BalancePart & ChargesKey, ChargesKey>('balance', {
  sort: ({ period, shard }) => `charges#${period}#${shard}`,
});

/** `usage#1001`, by period. */
export const usageRow = row<'usage', UsedOfPeriod, { readonly period: PeriodName }>('usage', {
  sort: ({ period }) => period,
});

/** Adds used seconds of included minutes (negative: returns them), unless another rating used some since the read. */
export const includedUseWrite = (
  { period, included }: { readonly period: PeriodName; readonly included: number },
  read: UsedOfPeriod | undefined,
): Write<'usage'> =>
  change(
    usageRow,
    { period },
    {
      set: { period, version: (read?.version ?? 0) + 1 },
      add: { included_seconds: included },
      onlyIf: asRead('version', read?.version),
    },
  );

/** Charges are spread over shards; ledger entries have an item of their own, so that payments do not wait for calls. */
type LedgerDayKey = { readonly day: string; readonly shard: number | 'ledger'; readonly call_day?: string };

/**
 * `chargeday#1001`: what moved the balance on a day. Calls count on the day of their start, late ones on the day of
 * their rating, in items that name the day of the calls.
 */
export const ledgerDayRow = row<'chargeday', LedgerDay & LedgerDayKey, LedgerDayKey>('chargeday', {
  sort: ({ day, shard, call_day }) => (call_day === undefined ? `${day}#${shard}` : `${day}#${shard}#${call_day}`),
});

type Timed = { readonly created_at: string; readonly id: string };
export const entryKey = ({ created_at, id }: Timed): string => `${created_at}#${id}`;

/** `ledger#1001`, by id; GSI1 by time, GSI2 by type and time. */
export const ledgerRow = row<'ledger', LedgerEntry, { id: string }>('ledger', {
  sort: ({ id }) => id,
  index1: (entry, organization) => ({ partition: [String(organization)], sort: entryKey(entry) }),
  index2: (entry, organization) => ({ partition: ofType(organization, entry.type), sort: entryKey(entry) }),
});

/** The partition of GSI2 for the entries of a type, without the entity. */
export const ofType = (organization: number, type: EntryType): string[] => [String(organization), type];

/** Books entries of one currency and one day: entries, balance, and the daily sum change in one transaction. */
export function bookingWrites(
  entries: readonly [LedgerEntry, ...LedgerEntry[]],
  standingChange: StandingChange,
): Write<'ledger' | 'balance' | 'chargeday'>[] {
  const [{ currency, created_at }] = entries;
  const place = { day: created_at.slice(0, 10), shard: 'ledger' } as const;
  const total = totalOf(entries);
  return [
    ...entries.map((entry) => create(ledgerRow, entry)),
    creditChange(standingChange, { to: 'credits', currency, credits: total }),
    change(ledgerDayRow, place, { set: place, add: { booked: total } }),
  ];
}

/** The ledger entry that a reference was booked as. */
export const creditReferenceRow = row<
  'credit',
  { readonly reference: string; readonly entry: string },
  { readonly reference: string }
>('credit', {
  sort: ({ reference }) => reference,
});

/** An organization with its profile; null if there is no such organization. @param table of the organization */
export async function readPayer(table: Pick<Table<'organization' | 'billingprofile' | 'balance'>, 'get'>) {
  const [item, profile, credit] = await Promise.all([
    table.get(organizationRow, {}),
    table.get(billingProfileRow, {}),
    table.get(creditRow, {}),
  ]);
  return item === undefined
    ? null
    : { item, profile: profile === undefined ? null : profileOf(profile), currencyFixed: credit?.fixed === true };
}

/** The reads that a booking needs. @param table of the organization that pays */
export const payerReads = (
  table: Pick<Table<'billingprofile' | 'balance' | 'ledger'>, 'get' | 'getAll' | 'query'>,
) => ({
  profile: async (): Promise<BillingProfile | null> => {
    const item = await table.get(billingProfileRow, {});
    return item === undefined ? null : profileOf(item);
  },
  balance: async () => (await table.query(creditRow, {})).items,
  /** Ids of those entries that are booked already. */
  present: async (ids: readonly string[]): Promise<ReadonlySet<string>> => {
    const keys = ids.map((id) => ({ id }));
    return new Set((await table.getAll(ledgerRow, keys)).flatMap((entry) => entry?.id ?? []));
  },
});

type Bookings = { readonly entries: readonly LedgerEntry[]; readonly standingChange: StandingChange };

/** Books entries, if there are any, on the organization that pays them. */
export const payerBookingWrites = (
  organization: number,
  { entries: [first, ...others], standingChange }: Bookings,
): Write<'ledger' | 'balance' | 'chargeday'>[] =>
  first === undefined ? [] : inOrganization(organization, bookingWrites([first, ...others], standingChange));

/**
 * The first charge fixes the currency of the balance; fails if the balance has another one already. @param add sums of
 * the item that change with it, because a transaction writes an item once
 */
export const fixCurrencyWrite = (currency: string, add: Readonly<Record<string, Money>> = {}): Write<'balance'> =>
  change(creditRow, {}, { set: { currency, fixed: true }, add, onlyIf: currencyIs(currency) });

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
