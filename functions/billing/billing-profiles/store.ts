import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { mergeSources, orderedList } from '#dynamodb/merge.ts';
import { readPage, type Page, type PageRequest } from '#dynamodb/page.ts';
import { availableNumbers, numberRow, numbersOf, type NumberItem } from '#dynamodb/rows/number.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Range, Table } from '#dynamodb/table.ts';
import { create, replace, inOrganization, type Write } from '#dynamodb/write.ts';
import { moneyFromStore, zeroAmount } from '#schema/money.ts';
import { countTariffUse, foldedName, tariffNameRow, tariffRow } from '../tariffs/row.ts';
import type { EntryType, LedgerEntry } from '../charging/booking.ts';
import { entryKey, ledgerDayRow, ledgerRow, ofType, readBalance, readProfile } from '../charging/row.ts';
import type { BillingProfile, TariffOfProfile } from '../schema/billing-profile.ts';
import type { billingProfiles } from './contract.ts';
import {
  accountKey,
  billingProfileRow,
  creditReferenceRow,
  firstClosingWrite,
  type BillingProfileItem,
} from '../rows/billing-profile.ts';
import type { DayRange } from './statement.ts';

type Reads = Table<ReadName<EffectOf<typeof billingProfiles>>>;

/** The seller of an organization: its parent; the operator sells to itself. */
export const sellerOf = ({ org_id, parent_id }: Pick<OrganizationItem, 'org_id' | 'parent_id'>): number =>
  parent_id ?? org_id;

/** @param table of the organization whose profile it is */
export const profileStore = (table: Reads) => ({
  profile: () => readProfile(table),
  balance: () => readBalance(table),
});

const isPaid = ({ state, monthly_fee: fee }: NumberItem): boolean =>
  state !== 'released' && moneyFromStore(fee) !== zeroAmount;

/** Whether an organization holds numbers with a fee; of the operator also whether its inventory has any. */
export async function hasPaidNumbers(table: Reads, isOperator: boolean): Promise<boolean> {
  const partitions = [numbersOf(table.organization), ...(isOperator ? [availableNumbers] : [])];
  for (const partition of partitions) {
    const numbers = await readToEnd((after) => table.queryIndex(numberRow, 'GSI1', partition, { ...after }));
    if (numbers.some(isPaid)) return true;
  }
  return false;
}

/** @param table of the seller */
export const priceListStore = (table: Pick<Reads, 'get'>) => ({
  tariff: async (id: string): Promise<TariffOfProfile | null> => (await table.get(tariffRow, { id })) ?? null,
  tariffNamed: async (idOrName: string): Promise<TariffOfProfile | null> => {
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

/** The former tariff counts one use less, the new one a use more. */
function tariffUseWrites(before: BillingProfile | null, after: BillingProfile): Write<'tariff'>[] {
  if (before?.tariffId === after.tariffId) return [];
  return [
    ...(after.tariffId === null ? [] : [countTariffUse(after.tariffId, 1, after.currency)]),
    ...(before === null || before.tariffId === null ? [] : [countTariffUse(before.tariffId, -1, before.currency)]),
  ];
}

/** A new or changed profile, and the uses of its tariff, each in the organization that its item belongs to. */
export const profileWrites = (
  before: BillingProfile | null,
  after: BillingProfile,
  organization: OrganizationItem,
): Write<'billingprofile' | 'tariff' | 'due'>[] => [
  ...inOrganization<'billingprofile' | 'due'>(organization.org_id, [
    ...(before === null
      ? [create(billingProfileRow, itemOf(after, organization)), firstClosingWrite(after)]
      : [replace(billingProfileRow, itemOf(after, organization), before)]),
  ]),
  ...inOrganization(sellerOf(organization), tariffUseWrites(before, after)),
];

/** The entry that a reference is booked as; a reference is booked once. */
export const creditReferenceWrites = (organization: number, reference: string, entry: LedgerEntry) =>
  inOrganization(organization, [create(creditReferenceRow, { reference, entry: entry.id })]);

/** @param table of the organization whose ledger it is */
export const ledgerStore = (table: Reads) => ({
  /** The entry that a reference was booked as. */
  entryOf: async (reference: string): Promise<LedgerEntry | undefined> => {
    const credit = await table.get(creditReferenceRow, { reference });
    return credit === undefined ? undefined : table.get(ledgerRow, { id: credit.entry });
  },
  /** Every daily sum up to a day, from the beginning on: some hundred small items a year. */
  sumsUntil: (day: string) =>
    readToEnd((after) => table.query(ledgerDayRow, {}, { order: 'asc', between: ['', `${day}#~`], ...after })),
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

/** Which accounts a caller lists: its own, its own and those of its children, or all of the platform. */
export type AccountScope = 'own' | 'children' | 'all';

/** @param table of the organization that the caller works in */
export function accountPage(
  table: Reads,
  scope: AccountScope,
  request: PageRequest,
): Promise<Page<BillingProfileItem>> {
  const everyKey = ['', '~'] as const;
  const ofIndex = (index: 'GSI1' | 'GSI2', parts: readonly string[]) => (range: Range) =>
    table.queryIndex(billingProfileRow, index, parts, { ...range, order: 'asc' });
  if (scope === 'all') return readPage(request, { read: ofIndex('GSI2', ['all']) });
  const own = async (range: Range) =>
    orderedList(
      (await table.query(billingProfileRow, {})).items,
      accountKey,
    )({ order: 'asc', between: everyKey, ...range });
  const children = ofIndex('GSI1', ['parent', String(table.organization)]);
  return readPage(request, {
    read: mergeSources(scope === 'own' ? [own] : [own, children], {
      keyOf: accountKey,
      order: 'asc',
      between: everyKey,
    }),
  });
}
