import { row } from '../../../shared/dynamodb/row.ts';
import { due } from '../../../shared/dynamodb/rows/due.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, create, within, type unchanged, type Write } from '../../../shared/dynamodb/write.ts';
import { storedMoney, type Money, type StoredMoney } from '../../../shared/schema/money.ts';
import { tariffRow } from '../tariffs/row.ts';
import type { BalancePart, Standing, UsedOfPeriod } from './balance.ts';
import type { BillingProfile } from './billing-profile.ts';
import { totalOf, type EntryType, type LedgerEntry } from './ledger.ts';
import { closesAt, graceIn, periodAt, type PeriodName } from './period.ts';
import type { LedgerDay } from './statement.ts';

type Stored<T> = { readonly [K in keyof T]: Money extends T[K] ? Exclude<T[K], Money> | StoredMoney : T[K] };

/** `{ ...newProfile(…), parent }` is one: money is written as a number by itself. */
export type BillingProfileItem = Stored<Omit<BillingProfile, 'rates'>> & {
  readonly rates: Stored<BillingProfile['rates']>;
  /** The parent of the organization, which sells to it; null for the operator. */
  readonly parent: number | null;
};

/** Sort keys of organizations in order: 12 digits. */
const padded = (organization: number): string => String(organization).padStart(12, '0');

/** What accounts are listed by. */
export const accountKey = ({ organization }: Pick<BillingProfileItem, 'organization'>): string => padded(organization);

/** `billingprofile#1001`, one each; GSI1 lists those of a parent's children, GSI2 all of the platform. */
export const billingProfileRow = row<'billingprofile', BillingProfileItem, object>('billingprofile', {
  sort: () => 'profile',
  index1: (item) =>
    item.parent === null ? undefined : { partition: ['parent', String(item.parent)], sort: accountKey(item) },
  index2: (item) => ({ partition: ['all'], sort: accountKey(item) }),
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

/** Counts the profiles that use a tariff, whose currency stays while any does. */
export const uses = (id: string, profiles: 1 | -1, currency: string): Write<'tariff'> =>
  change(
    tariffRow,
    { id },
    {
      add: { profiles },
      onlyIf: {
        expression: '#currency = :currency',
        names: { '#currency': 'currency' },
        values: { ':currency': currency },
      },
    },
  );

/**
 * An organization that ends lets go of the tariff by which it was charged, so that its seller may delete it. @param at
 * ISO 8601
 */
export function withoutTariff(
  profile: BillingProfileItem | undefined,
  at: string,
): Write<'billingprofile' | 'tariff'>[] {
  if (profile === undefined || profile.tariffId === null) return [];
  const { organization, parent, tariffId, currency, version } = profile;
  const asRead = {
    expression: '#version = :version',
    names: { '#version': 'version' },
    values: { ':version': version },
  };
  return [
    ...within(organization, [
      change(billingProfileRow, {}, { set: { tariffId: null, updatedAt: at }, add: { version: 1 }, onlyIf: asRead }),
    ]),
    ...within(parent ?? organization, [uses(tariffId, -1, currency)]),
  ];
}

/** `balance#1001`: credits, reservations and the currency. A query of this row's partition answers all parts. */
export const creditRow = row<'balance', BalancePart, object>('balance', { sort: () => 'credit' });

/** How the balance stands is told when it changes. `read`: as it was when that was decided. */
export type Told = { readonly read: BalancePart; readonly standing: Standing };

/** What else changes in the item of credits and reservations. */
type CreditChange =
  | { readonly to: 'standing' }
  | { readonly to: 'currency'; readonly currency: string }
  | { readonly to: 'credits'; readonly currency: string; readonly credits: Money };

type Condition = Parameters<typeof unchanged>[2];

const allOf = (conditions: readonly Condition[]): Condition => ({
  expression: conditions.map(({ expression }) => expression).join(' AND '),
  names: Object.fromEntries(conditions.flatMap(({ names }) => Object.entries(names ?? {}))),
  values: Object.fromEntries(conditions.flatMap(({ values }) => Object.entries(values ?? {}))),
});

/** That what was told of the balance still is as it was read; what is absent was not told. */
const toldAsRead = (name: keyof Standing, { [name]: isTold = false }: BalancePart): Condition => ({
  expression: isTold ? `#${name} = :told` : `NOT #${name} = :told`,
  names: { [`#${name}`]: name },
  values: { ':told': true },
});

const creditsAsRead = ({ credits }: BalancePart): Condition => ({
  names: { '#credits': 'credits' },
  ...(credits === undefined
    ? { expression: 'attribute_not_exists(#credits)' }
    : { expression: '#credits = :read', values: { ':read': credits } }),
});

const currencyIs = (currency: string): Condition => ({
  expression: '(attribute_not_exists(#currency) OR #currency = :currency)',
  names: { '#currency': 'currency' },
  values: { ':currency': currency },
});

const nothingMoved: Condition = { expression: 'attribute_not_exists(#fixed)', names: { '#fixed': 'fixed' } };

/** Notes how the balance stands; and sets the currency that nothing has fixed, or moves credits, which fixes it. */
export function creditChange({ read, standing }: Told, wanted: CreditChange): Write<'balance'> {
  const asTold = [toldAsRead('low', read), toldAsRead('exhausted', read)];
  switch (wanted.to) {
    case 'standing':
      return change(creditRow, {}, { set: standing, onlyIf: allOf(asTold) });
    case 'currency':
      return change(
        creditRow,
        {},
        { set: { ...standing, currency: wanted.currency }, onlyIf: allOf([...asTold, nothingMoved]) },
      );
    case 'credits':
      return change(
        creditRow,
        {},
        {
          set: { ...standing, currency: wanted.currency, fixed: true },
          add: { credits: wanted.credits },
          onlyIf: allOf([...asTold, creditsAsRead(read), currencyIs(wanted.currency)]),
        },
      );
  }
}

type ChargesKey = { readonly period: PeriodName; readonly shard: number };

/** A share of the charges of a period: further ones are there where many transactions came at once. */
export const chargesRow = row<'balance', BalancePart & ChargesKey, ChargesKey>('balance', {
  sort: ({ period, shard }) => `charges#${period}#${shard}`,
});

/** `usage#1001`, by period. */
export const usageRow = row<'usage', UsedOfPeriod, { readonly period: PeriodName }>('usage', {
  sort: ({ period }) => period,
});

/** Uses included seconds (or gives some back), unless another rating has used some since the item was read. */
export const usingIncluded = (
  { period, included }: { readonly period: PeriodName; readonly included: number },
  read: UsedOfPeriod | undefined,
): Write<'usage'> => {
  const version = read?.version ?? 0;
  return change(
    usageRow,
    { period },
    {
      set: { period, version: version + 1 },
      add: { included_seconds: included },
      onlyIf:
        version === 0
          ? { expression: 'attribute_not_exists(#version)', names: { '#version': 'version' } }
          : { expression: '#version = :version', names: { '#version': 'version' }, values: { ':version': version } },
    },
  );
};

/** Charges are spread over shards; what is booked lies apart, so that a payment does not wait for calls. */
type LedgerDayKey = { readonly day: string; readonly shard: number | 'ledger' };

/**
 * `chargeday#1001`: what moved the balance on a day. Calls count by their start, late ones by the day on which they are
 * rated.
 */
export const ledgerDayRow = row<'chargeday', LedgerDay & LedgerDayKey, LedgerDayKey>('chargeday', {
  sort: ({ day, shard }) => `${day}#${shard}`,
});

type Timed = { readonly created_at: string; readonly id: string };
export const entryKey = ({ created_at, id }: Timed): string => `${created_at}#${id}`;

/** `ledger#1001`, by id; GSI1 by time, GSI2 those of a type by time. */
export const ledgerRow = row<'ledger', LedgerEntry, { id: string }>('ledger', {
  sort: ({ id }) => id,
  index1: (entry, organization) => ({ partition: [String(organization)], sort: entryKey(entry) }),
  index2: (entry, organization) => ({ partition: ofType(organization, entry.type), sort: entryKey(entry) }),
});

/** The partition of GSI2 that holds the entries of a type, after the entity. */
export const ofType = (organization: number, type: EntryType): string[] => [String(organization), type];

/** Books entries of one currency on one day: entries, balance, and the sum of the day move together. */
export function bookingWrites(
  entries: readonly [LedgerEntry, ...LedgerEntry[]],
  told: Told,
): Write<'ledger' | 'balance' | 'chargeday'>[] {
  const [{ currency, created_at }] = entries;
  const place = { day: created_at.slice(0, 10), shard: 'ledger' } as const;
  const total = totalOf(entries);
  return [
    ...entries.map((entry) => create(ledgerRow, entry)),
    creditChange(told, { to: 'credits', currency, credits: total }),
    change(ledgerDayRow, place, { set: place, add: { booked: total } }),
  ];
}

/** That a credit of a reference was booked, and as which entry. */
export const creditReferenceRow = row<
  'credit',
  { readonly reference: string; readonly entry: string },
  { readonly reference: string }
>('credit', {
  sort: ({ reference }) => reference,
});

/** An organization as it is charged; null where there is none. @param table of it */
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

/** What is read of whoever something is booked on. @param table of it */
export const payerReads = (
  table: Pick<Table<'billingprofile' | 'balance' | 'ledger'>, 'get' | 'getAll' | 'query'>,
) => ({
  profile: async (): Promise<BillingProfile | null> => {
    const item = await table.get(billingProfileRow, {});
    return item === undefined ? null : profileOf(item);
  },
  balance: async () => (await table.query(creditRow, {})).items,
  /** Which of these entries there are. */
  present: async (ids: readonly string[]): Promise<ReadonlySet<string>> =>
    new Set(
      (
        await table.getAll(
          ledgerRow,
          ids.map((id) => ({ id })),
        )
      ).flatMap((entry) => entry?.id ?? []),
    ),
});

/** Books entries, if there are any, on whoever pays them. */
export const bookingOn = (
  organization: number,
  { entries: [first, ...others], told }: { readonly entries: readonly LedgerEntry[]; readonly told: Told },
): Write<'ledger' | 'balance' | 'chargeday'>[] =>
  first === undefined ? [] : within(organization, bookingWrites([first, ...others], told));

/** The first charge fixes what the balance is in; fails when the profile has another currency by now. */
export const fixingCurrency = (currency: string): Write<'balance'> =>
  change(creditRow, {}, { set: { currency, fixed: true }, onlyIf: currencyIs(currency) });

/** Has a period closed once it is over: the present one, or one that is named. @param grace milliseconds */
export function closingDue(
  { organization, billingDays }: Pick<BillingProfile, 'organization' | 'billingDays'>,
  period: PeriodName,
  grace: number,
): Write<'due'> {
  return due({ kind: 'period.close', org_id: organization, subject: period, at: closesAt(period, billingDays, grace) });
}

/**
 * The earliest period that still takes calls: who closes it has the ones behind it closed. @param now Unix milliseconds
 */
export function openClosing(
  profile: Pick<BillingProfile, 'organization' | 'billingDays'>,
  now: number,
  environment: Parameters<typeof graceIn>[0],
): Write<'due'> {
  const grace = graceIn(environment);
  return closingDue(profile, periodAt(now - grace, profile.billingDays).name, grace);
}

/** The first period of a new profile is closed, which has the next one closed, and so on. */
export const firstClosing = (
  profile: Pick<BillingProfile, 'organization' | 'billingDays' | 'createdAt'>,
): Write<'due'> => closingDue(profile, periodAt(Date.parse(profile.createdAt), profile.billingDays).name, graceIn({}));
