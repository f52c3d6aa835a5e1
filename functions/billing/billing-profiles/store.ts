import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import { merged, orderedList } from '../../../shared/dynamodb/merge.ts';
import { readPage, type Page, type PageRequest } from '../../../shared/dynamodb/page.ts';
import type { OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import type { Range, Table } from '../../../shared/dynamodb/table.ts';
import { create, replace, within, type Write } from '../../../shared/dynamodb/write.ts';
import { foldedName, tariffNameRow, tariffRow } from '../tariffs/row.ts';
import type { BillingProfile, TariffOfProfile } from './billing-profile.ts';
import type { billingProfiles } from './contract.ts';
import type { EntryType, LedgerEntry } from './ledger.ts';
import {
  accountKey,
  billingProfileRow,
  bookingWrites,
  creditChange,
  creditReferenceRow,
  creditRow,
  entryKey,
  firstClosing,
  ledgerDayRow,
  ledgerRow,
  ofType,
  profileOf,
  uses,
  type BillingProfileItem,
  type Told,
} from './row.ts';
import type { DayRange } from './statement.ts';

type Reads = Table<ReadName<EffectOf<typeof billingProfiles>>>;

/** Who sells to an organization: its parent; the operator sells to itself (billing.md, "Who sells"). */
export const sellerOf = ({ org_id, parent_id }: Pick<OrganizationItem, 'org_id' | 'parent_id'>): number =>
  parent_id ?? org_id;

/** @param table of the organization whose profile it is */
export const profileStore = (table: Reads) => ({
  profile: async (): Promise<BillingProfile | null> => {
    const item = await table.get(billingProfileRow, {});
    return item === undefined ? null : profileOf(item);
  },
  /** All parts in one reading. They are few: one for each period and shard. */
  balance: async () => (await table.query(creditRow, {})).items,
});

/** @param table of the seller */
export const priceListStore = (table: Pick<Reads, 'get'>) => ({
  tariff: async (id: string): Promise<TariffOfProfile | null> => (await table.get(tariffRow, { id })) ?? null,
  named: async (idOrName: string): Promise<TariffOfProfile | null> => {
    const byId = await table.get(tariffRow, { id: idOrName });
    if (byId !== undefined) return byId;
    const owner = await table.get(tariffNameRow, { name: foldedName(idOrName) });
    return owner === undefined ? null : ((await table.get(tariffRow, { id: owner.owner })) ?? null);
  },
});

const itemOf = (profile: BillingProfile, organization: OrganizationItem): BillingProfileItem => ({
  ...profile,
  parent: organization.parent_id,
});

const isTold = ({ read: { low = false, exhausted = false }, standing }: Told): boolean =>
  low === standing.low && exhausted === standing.exhausted;

/** The tariff before and after is counted as used once less and once more. */
function usesChanged(before: BillingProfile | null, after: BillingProfile): Write<'tariff'>[] {
  if (before?.tariffId === after.tariffId) return [];
  return [
    ...(after.tariffId === null ? [] : [uses(after.tariffId, 1, after.currency)]),
    ...(before === null || before.tariffId === null ? [] : [uses(before.tariffId, -1, before.currency)]),
  ];
}

/** What a change of the profile changes of its balance: the currency, or what is told of it. */
function balanceChanged(before: BillingProfile | null, after: BillingProfile, told: Told): Write<'balance'>[] {
  if (before === null || before.currency !== after.currency)
    return [creditChange(told, { to: 'currency', currency: after.currency })];
  return isTold(told) ? [] : [creditChange(told, { to: 'standing' })];
}

/** All that a changed (or new) profile takes with it, each item in its organization. */
export const profileWrites = (
  before: BillingProfile | null,
  after: BillingProfile,
  organization: OrganizationItem,
  told: Told,
): Write<'billingprofile' | 'balance' | 'tariff' | 'due'>[] => [
  ...within<'billingprofile' | 'balance' | 'due'>(organization.org_id, [
    ...(before === null
      ? [create(billingProfileRow, itemOf(after, organization)), firstClosing(after)]
      : [replace(billingProfileRow, itemOf(after, organization), before)]),
    ...balanceChanged(before, after, told),
  ]),
  ...within(sellerOf(organization), usesChanged(before, after)),
];

/** Books a credit, and holds its reference, so that it is booked once. */
export const creditWrites = (
  entry: LedgerEntry,
  reference: string,
  told: Told,
): Write<'ledger' | 'balance' | 'chargeday' | 'credit'>[] => [
  ...bookingWrites([entry], told),
  create(creditReferenceRow, { reference, entry: entry.id }),
];

/** @param table of the organization whose ledger it is */
export const ledgerStore = (table: Reads) => ({
  /** The entry that a reference was booked as. */
  booked: async (reference: string): Promise<LedgerEntry | undefined> => {
    const found = await table.get(creditReferenceRow, { reference });
    return found === undefined ? undefined : table.get(ledgerRow, { id: found.entry });
  },
  /** All that moved the balance up to a day: some hundred small items a year. */
  movedUntil: (day: string) =>
    all((after) => table.query(ledgerDayRow, {}, { order: 'asc', between: ['', `${day}#~`], ...after })),
  page: (request: PageRequest, { from, to }: DayRange, type: EntryType | undefined): Promise<Page<LedgerEntry>> => {
    const between = [from, entryKey({ created_at: `${to}T23:59:59.999Z`, id: '~' })] as const;
    const own = [String(table.organization)];
    return readPage(request, {
      read: (range) =>
        type === undefined
          ? table.queryIndex(ledgerRow, 'GSI1', own, { ...range, between })
          : table.queryIndex(ledgerRow, 'GSI2', ofType(table.organization, type), { ...range, between }),
    });
  },
});

/** Which accounts are listed: one's own alone, its children's behind it, or all of the platform. */
export type AccountsOf = 'own' | 'children' | 'all';

/** @param table of the organization that asks */
export function accountPage(table: Reads, of: AccountsOf, request: PageRequest): Promise<Page<BillingProfileItem>> {
  const everyKey = ['', '~'] as const;
  const ofIndex = (index: 'GSI1' | 'GSI2', parts: readonly string[]) => (range: Range) =>
    table.queryIndex(billingProfileRow, index, parts, { ...range, order: 'asc' });
  if (of === 'all') return readPage(request, { read: ofIndex('GSI2', ['all']) });
  const own = async (range: Range) =>
    orderedList(
      (await table.query(billingProfileRow, {})).items,
      accountKey,
    )({ order: 'asc', between: everyKey, ...range });
  const children = ofIndex('GSI1', ['parent', String(table.organization)]);
  return readPage(request, {
    read: merged(of === 'own' ? [own] : [own, children], { keyOf: accountKey, order: 'asc', between: everyKey }),
  });
}
