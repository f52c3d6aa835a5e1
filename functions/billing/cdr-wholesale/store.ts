import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { overwrite, within, type Write } from '../../../shared/dynamodb/write.ts';
import type { PeriodName } from '../billing-profiles/period.ts';
import { creditChange, creditRow, fixingCurrency, readPayer, usageRow, type Told } from '../billing-profiles/row.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { asRated, cdrRow, filedCdrs, moving, using } from '../cdr-ingest/row.ts';
import type { TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { takeTariff } from '../tariffs/row.ts';
import type { cdrWholesale } from './contract.ts';
import type { Step, UsedBefore } from './wholesale.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrWholesale>>>;

/** @param table of the customer whose calls they are */
export const customerStore = (table: Reads) => ({
  organization: () => table.get(organizationRow, {}),
  /** Those that the reseller is not charged for yet, as they are new or had no price. */
  uncharged: async (ids: readonly string[]): Promise<FiledCdr[]> =>
    (await filedCdrs(table, ids)).filter(
      ({ rating: { wholesale } }) => wholesale === null || wholesale.status === 'unrated',
    ),
});

/** @param table of the reseller */
export const resellerStore = (table: Reads) => ({
  payer: () => readPayer(table),
  balance: async () => (await table.query(creditRow, {})).items,
  /** The use is read before the balance: whoever uses some of it in between makes the version another. */
  usedBefore: async (periods: readonly PeriodName[]): Promise<UsedBefore> => {
    const items = await Promise.all(periods.map((period) => table.get(usageRow, { period })));
    const balance = periods.length === 0 ? [] : (await table.query(creditRow, {})).items;
    return new Map(periods.map((period, at) => [period, { item: items[at], balance }]));
  },
});

/** @param table of the operator, who sells to the reseller */
export const tariffOf = (table: Reads, id: string, cache: TariffCache) => takeTariff(table, id, cache);

type Fixing = { readonly reseller: number; readonly customer: number; readonly currency: string | null };

/** The transaction of a step: each call under the condition that it was not charged meanwhile. */
export const stepWrites = (
  { charged, movements, uses }: Step,
  { reseller, customer, currency }: Fixing,
): Write<'cdr' | 'balance' | 'chargeday' | 'numberday' | 'usage'>[] => [
  ...within(
    customer,
    charged.map(({ before, after }) => overwrite(cdrRow, after, asRated(before))),
  ),
  ...movements.flatMap(moving),
  ...using(uses),
  ...(currency === null ? [] : within(reseller, [fixingCurrency(currency)])),
];

/** Notes how the reseller's balance stands, of which is told. */
export const creditStanding = (told: Told): Write<'balance'> => creditChange(told, { to: 'standing' });
