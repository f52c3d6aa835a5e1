import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import type { OrganizationItem } from '../../shared/dynamodb/rows/organization.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import { change, create, replace, within, type Write } from '../../shared/dynamodb/write.ts';
import { foldedName, tariffNameRow, tariffRow } from '../tariffs/row.ts';
import type { BillingProfile, TariffOfProfile } from './billing-profile.ts';
import type { billingProfiles } from './contract.ts';
import { billingProfileRow, creditRow, profileOf, type BillingProfileItem } from './row.ts';

type Reads = Table<ReadName<EffectOf<typeof billingProfiles>>>;

/** Who sells to an organization: its parent; the operator sells to itself (billing.md, "Who sells"). */
export const sellerOf = ({ org_id, parent_id }: Pick<OrganizationItem, 'org_id' | 'parent_id'>): number => parent_id ?? org_id;

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
    return owner === undefined ? null : (await table.get(tariffRow, { id: owner.owner })) ?? null;
  },
});

const itemOf = (profile: BillingProfile, organization: OrganizationItem): BillingProfileItem => ({ ...profile, parent: organization.parent_id });

/** Counts the profiles that use a tariff, whose currency stays while any does. */
const uses = (id: string, profiles: 1 | -1, currency: string): Write<'tariff'> =>
  change(tariffRow, { id }, { add: { profiles }, onlyIf: { expression: '#currency = :currency', names: { '#currency': 'currency' }, values: { ':currency': currency } } });

/** Another currency, unless a charge or a credit has fixed the present one meanwhile. */
const currencyOf = (profile: BillingProfile): Write<'balance'> =>
  change(creditRow, {}, { set: { currency: profile.currency }, onlyIf: { expression: 'attribute_not_exists(#fixed)', names: { '#fixed': 'fixed' } } });

/** All that a changed (or new) profile takes with it, each item in its organization. */
export function profileWrites(before: BillingProfile | null, after: BillingProfile, organization: OrganizationItem): Write<'billingprofile' | 'balance' | 'tariff'>[] {
  const item = itemOf(after, organization);
  const tariffChanges = before?.tariffId !== after.tariffId;
  return [
    ...within(organization.org_id, [before === null ? create(billingProfileRow, item) : replace(billingProfileRow, item, before)]),
    ...(before === null || before.currency !== after.currency ? within(organization.org_id, [currencyOf(after)]) : []),
    ...within(sellerOf(organization), [
      ...(tariffChanges && after.tariffId !== null ? [uses(after.tariffId, 1, after.currency)] : []),
      ...(tariffChanges && before !== null && before.tariffId !== null ? [uses(before.tariffId, -1, before.currency)] : []),
    ]),
  ];
}
