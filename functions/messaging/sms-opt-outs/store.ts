import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPages } from '#dynamodb/page.ts';
import type { Table } from '#dynamodb/table.ts';
import type { smsOptOuts } from './contract.ts';
import type { OptOut } from './opt-out.ts';
import { optOutRow, optOutsOf } from './row.ts';

export const optOutStore = (table: Table<ReadName<EffectOf<typeof smsOptOuts>>>) => ({
  get: (number: string): Promise<OptOut | undefined> => table.get(optOutRow, { number }),
  page: readPages((range) => table.queryIndex(optOutRow, 'GSI1', optOutsOf(table.organization), range)),
});
