import { change, inOrganization, type Write } from '#dynamodb/write.ts';
import { billingProfileRow, hasValue, type BillingProfileItem } from '../billing-profiles/row.ts';
import { tariffRow } from '../tariffs/row.ts';

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
