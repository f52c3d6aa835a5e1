import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { Table } from '#dynamodb/table.ts';
import type { PeriodName } from '../schema/period.ts';
import { readBalance, readPayer, usageRow } from '../charging/row.ts';
import type { TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { loadTariff } from '../tariffs/row.ts';
import type { rates } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof rates>>>;

/** @param table of the organization that would be charged */
export const payerStore = (table: Reads) => ({
  payer: () => readPayer(table),
  used: async (period: PeriodName) => ({
    item: await table.get(usageRow, { period }),
    balance: await readBalance(table),
  }),
});

/** A tariff, compiled; null if there is no such tariff. @param table of the seller */
export const tariffOf = (table: Reads, id: string, cache: TariffCache) => loadTariff(table, id, cache);
