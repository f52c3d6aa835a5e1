import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import type { Table } from '#dynamodb/table.ts';
import { overwrite, inOrganization, type Write } from '#dynamodb/write.ts';
import type { PeriodName } from '../schema/period.ts';
import { readBalance, readPayer, settleWrites, usageRow } from '../charging/row.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { cdrRow, sumChangeWrites, readCdrs, unchangedCondition, usageWrites } from '../cdr-ingest/row.ts';
import type { TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { loadTariff } from '../tariffs/row.ts';
import type { cdrWholesale } from './contract.ts';
import { isUncharged, type Step, type UsageRead } from './wholesale.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrWholesale>>>;

/** @param table of the customer whose calls are charged */
export const customerStore = (table: Reads) => ({
  organization: () => table.get(organizationRow, {}),
  uncharged: async (ids: readonly string[]): Promise<FiledCdr[]> => (await readCdrs(table, ids)).filter(isUncharged),
});

/** @param table of the reseller */
export const resellerStore = (table: Reads) => ({
  payer: () => readPayer(table),
  /** Usage items are read before the balance: then every later use of a period changes the version that was read. */
  usage: async (periods: readonly PeriodName[]): Promise<UsageRead> => {
    const items = await Promise.all(periods.map((period) => table.get(usageRow, { period })));
    const balance = periods.length === 0 ? [] : await readBalance(table);
    return new Map(periods.map((period, at) => [period, { item: items[at], balance }]));
  },
});

/** @param table of the operator, who sells to the reseller */
export const tariffOf = (table: Reads, id: string, cache: TariffCache) => loadTariff(table, id, cache);

/** `currency`: of a balance that has none yet, else null. */
type Parties = { readonly reseller: number; readonly customer: number; readonly currency: string | null };

/** The transaction of a step. It fails if one of its CDRs was changed since it was read. */
export const stepWrites = (
  { charges, sumChanges, usageChanges }: Step,
  { reseller, customer, currency }: Parties,
): Write<'cdr' | 'balance' | 'chargeday' | 'numberday' | 'callcount' | 'usage'>[] => [
  ...inOrganization(
    customer,
    charges.map(({ before, after }) => overwrite(cdrRow, after, unchangedCondition(before))),
  ),
  ...sumChanges.flatMap(sumChangeWrites),
  ...usageWrites(usageChanges),
  ...inOrganization(reseller, settleWrites({ currency })),
];
