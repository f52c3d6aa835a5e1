import { row } from '#dynamodb/row.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, inOrganization, shardedWrite, type checkCondition, type Write } from '#dynamodb/write.ts';
import { zeroAmount, type Money } from '#schema/money.ts';
import { billingProfileRow, hasValue, profileOf } from '../rows/billing-profile.ts';
import { coveringBound, isAmple, orderBalance, readCredits, type Account } from './account.ts';
import type { BalancePart, LedgerDay, UsedOfPeriod } from '../schema/balance.ts';
import { totalOf, type EntryType, type LedgerEntry } from './booking.ts';
import type { StandingChange } from './standing.ts';

/** Every write to the balance of an organization (functions/billing/README.md, "Charging"). */

type PeriodName = UsedOfPeriod['period'];
type Condition = Parameters<typeof checkCondition>[2];

/** `balance#1001`: credits, reservations and the currency. A query of its partition returns every part of a balance. */
export const creditRow = row<'balance', BalancePart, object>('balance', {
  afterClosing: 'money and what it was paid for are kept',
  unsharded: 'reservations are decided on all credits: about 40 a second',
  sort: () => 'credit',
});

type ChargesKey = { readonly period: PeriodName; readonly shard: number };

/**
 * A shard of the charges of a period; there is more than one only where transactions conflicted. A transaction adds to
 * one shard, whatever the number of its CDRs.
 */
export const chargesRow = row<'balance', BalancePart & ChargesKey, ChargesKey>('balance', {
  afterClosing: 'money and what it was paid for are kept',
  sort: ({ period, shard }) => `charges#${period}#${shard}`,
});

/** `usage#1001`, by period. Written for tariffs with included minutes or SMS, and discounts by volume. */
export const usageRow = row<'usage', UsedOfPeriod, { readonly period: PeriodName }>('usage', {
  afterClosing: 'money and what it was paid for are kept',
  sort: ({ period }) => period,
});

/** Charges are spread over shards; ledger entries have an item of their own, so that payments do not wait for calls. */
type LedgerDayKey = { readonly day: string; readonly shard: number | 'ledger'; readonly call_day?: string };

/**
 * `chargeday#1001`: what moved the balance on a day. Calls count on the day of their start, late ones on the day of
 * their rating, in items that name the day of the calls.
 */
export const ledgerDayRow = row<'chargeday', LedgerDay & LedgerDayKey, LedgerDayKey>('chargeday', {
  afterClosing: 'money and what it was paid for are kept',
  sort: ({ day, shard, call_day }) => (call_day === undefined ? `${day}#${shard}` : `${day}#${shard}#${call_day}`),
});

type Timed = { readonly created_at: string; readonly id: string };
export const entryKey = ({ created_at, id }: Timed): string => `${created_at}#${id}`;

/** `ledger#1001`, by id; GSI1 by time, GSI2 by type and time. */
export const ledgerRow = row<'ledger', LedgerEntry, { id: string }>('ledger', {
  afterClosing: 'money and what it was paid for are kept',
  sort: ({ id }) => id,
  index1: (entry, organization) => ({ partition: [String(organization)], sort: entryKey(entry) }),
  index2: (entry, organization) => ({ partition: ofType(organization, entry.type), sort: entryKey(entry) }),
});

/** The partition of GSI2 for the entries of a type, without the entity. */
export const ofType = (organization: number, type: EntryType): string[] => [String(organization), type];

/** All parts of a balance in one query. They are few: one per period and shard. @param table of the organization */
export const readBalance = async (table: Pick<Table<'balance'>, 'query'>): Promise<readonly BalancePart[]> =>
  (await table.query(creditRow, {})).items;

/** Reads of a balance at most while CDRs or messages are charged. */
const maxReads = 3;

/**
 * A balance for a reservation: its item of credits as it was read before, and the charges after it (`coveringBound`).
 * This is one strongly consistent read, unless a reservation ends in between.
 * @param profile with it, a balance that counts a small amount twice will do (`isAmple`)
 */
export async function readBalanceAfter(
  read: BalancePart,
  table: Pick<Table<'balance'>, 'query'>,
  profile?: Account['profile'],
): Promise<readonly BalancePart[]> {
  let credit = read;
  for (let reads = 1; ; reads += 1) {
    const { balance, doubled, latest } = orderBalance(credit, await readBalance(table));
    const isEnough = doubled === zeroAmount || (profile !== undefined && isAmple(profile, balance, doubled));
    if (isEnough || reads === maxReads) return balance;
    credit = latest;
  }
}

/** The profile of an organization; null if it has none. */
export async function readProfile(table: Pick<Table<'billingprofile'>, 'get'>) {
  const item = await table.get(billingProfileRow, {});
  return item === undefined ? null : profileOf(item);
}

/** An organization with its profile; null if there is no such organization. @param table of the organization */
export async function readPayer(table: Pick<Table<'organization' | 'billingprofile' | 'balance'>, 'get'>) {
  const [item, profile, credit] = await Promise.all([
    table.get(organizationRow, {}),
    readProfile(table),
    table.get(creditRow, {}),
  ]);
  return item === undefined ? null : { item, profile, currencyFixed: credit?.fixed === true };
}

/** Those of the entries that are booked. */
export const readBooked = async (
  table: Pick<Table<'ledger'>, 'getAll'>,
  entries: readonly { readonly id: string }[],
): Promise<ReadonlySet<string>> => {
  const keys = entries.map(({ id }) => ({ id }));
  return new Set((await table.getAll(ledgerRow, keys)).flatMap((entry) => entry?.id ?? []));
};

const allOf = (...conditions: readonly Condition[]): Condition => ({
  expression: conditions.map(({ expression }) => expression).join(' AND '),
  names: Object.fromEntries(conditions.flatMap(({ names }) => Object.entries(names ?? {}))),
  values: Object.fromEntries(conditions.flatMap(({ values }) => Object.entries(values ?? {}))),
});

const isAbsent = (name: string): Condition => ({
  expression: `attribute_not_exists(#${name})`,
  names: { [`#${name}`]: name },
});

/** An attribute still is as it was read, be it absent. */
const asRead = (name: string, value: unknown): Condition =>
  value === undefined ? isAbsent(name) : hasValue(name, value);

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

/** The account still covers the amount: see `coveringBound`. */
function coveredCondition(account: Account, amount: Money): Condition {
  const credits = readCredits(account);
  const atLeast = '#credits >= :credits';
  return {
    expression:
      '(attribute_not_exists(#reserved) OR #reserved <= :bound) AND ' +
      (credits === undefined ? `(attribute_not_exists(#credits) OR ${atLeast})` : atLeast),
    names: { '#reserved': 'reserved', '#credits': 'credits' },
    values: { ':bound': coveringBound(account, amount), ':credits': credits ?? 0 },
  };
}

/**
 * Reserves an amount, in place of what the account was read with; stale if the account no longer covers it.
 * @param currency that this fixes, of a balance that has none yet; else null
 */
export function reserveWrite(account: Account, amount: Money, currency: string | null = null): Write<'balance'> {
  const { replaced } = account;
  const covered = coveredCondition(account, amount);
  const add = { reserved: amount, ...(replaced === null ? {} : { released: replaced.amount }) };
  return currency === null
    ? change(creditRow, {}, { add, onlyIf: covered })
    : change(creditRow, {}, { set: { currency, fixed: true }, add, onlyIf: allOf(covered, currencyIs(currency)) });
}

/** Gives back an amount that was reserved. */
export const releaseWrite = (released: Money): Write<'balance'> => change(creditRow, {}, { add: { released } });

/** What a transaction of charges changes in the item of credits, which it writes once. */
export type Settlement = {
  /** What the reservations hold that the charges end. */
  readonly released?: Money;
  /** That the first charge fixes, of a balance that has none yet; else null. Stale if the balance got another one. */
  readonly currency?: string | null;
};

export function settleWrites({ released = zeroAmount, currency = null }: Settlement): Write<'balance'>[] {
  const isReleased = released !== zeroAmount;
  if (currency === null) return isReleased ? [releaseWrite(released)] : [];
  const add = isReleased ? { released } : {};
  return [change(creditRow, {}, { set: { currency, fixed: true }, add, onlyIf: currencyIs(currency) })];
}

type Sums = { readonly charges: bigint; readonly seconds?: number; readonly calls?: number; readonly sms?: number };

/** What a transaction charges an organization, by period and by day; negative sums take charges back. */
export type Charge = {
  readonly periods: readonly (Sums & { readonly period: PeriodName })[];
  /** `call_day`: the day of the calls, if they are booked on another. */
  readonly days: readonly (Sums & { readonly day: string; readonly call_day?: string })[];
};

/**
 * Charges an organization: a customer for itself, or its reseller for the customer. It never waits for other charges,
 * as each transaction adds to a shard of its own.
 */
export const chargeWrites = (
  { periods, days }: Charge,
  settlement: Settlement = {},
): Write<'balance' | 'chargeday'>[] => [
  ...periods.map(({ period, ...sums }) =>
    shardedWrite((shard) => change(chargesRow, { period, shard }, { set: { period, shard }, add: sums })),
  ),
  ...days.map(({ day, call_day, ...sums }) =>
    shardedWrite((shard) => {
      const key = { day, shard, ...(call_day === undefined ? {} : { call_day }) };
      return change(ledgerDayRow, key, { set: key, add: sums });
    }),
  ),
  ...settleWrites(settlement),
];

/** Adds used seconds of included minutes (negative: returns them), unless another rating used some since the read. */
export const includedSecondsWrite = (
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

/** Adds used included SMS of a period (negative: returns them). Stale if more than `most` are used already. */
export const includedSmsWrite = (period: PeriodName, included: number, most?: number): Write<'usage'> =>
  change(
    usageRow,
    { period },
    {
      set: { period },
      add: { included_sms: included },
      ...(most === undefined
        ? {}
        : {
            onlyIf: {
              expression: 'attribute_not_exists(included_sms) OR included_sms <= :most',
              values: { ':most': most },
            },
          }),
    },
  );

/** Stores the standing that the events of a balance report. */
export const standingWrite = ({ read, standing }: StandingChange): Write<'balance'> =>
  change(creditRow, {}, { set: standing, onlyIf: notifiedAsRead(read) });

/** Sets the currency of a balance that nothing has fixed yet, with its standing. */
export const currencyWrite = ({ read, standing }: StandingChange, currency: string): Write<'balance'> =>
  change(creditRow, {}, { set: { ...standing, currency }, onlyIf: allOf(notifiedAsRead(read), isAbsent('fixed')) });

type Bookings = { readonly entries: readonly LedgerEntry[]; readonly standingChange: StandingChange };

/**
 * Books entries of one currency and one day on the organization that pays them, if there are any: entries, balance and
 * the daily sum change in one transaction.
 */
export function bookingWrites(
  organization: number,
  { entries, standingChange: { read, standing } }: Bookings,
): Write<'ledger' | 'balance' | 'chargeday'>[] {
  const [first] = entries;
  if (first === undefined) return [];
  const { currency, created_at } = first;
  const place = { day: created_at.slice(0, 10), shard: 'ledger' } as const;
  const total = totalOf(entries);
  return inOrganization<'ledger' | 'balance' | 'chargeday'>(organization, [
    ...entries.map((entry) => create(ledgerRow, entry)),
    change(
      creditRow,
      {},
      {
        set: { ...standing, currency, fixed: true },
        add: { credits: total },
        onlyIf: allOf(notifiedAsRead(read), asRead('credits', read.credits), currencyIs(currency)),
      },
    ),
    change(ledgerDayRow, place, { set: place, add: { booked: total } }),
  ]);
}
