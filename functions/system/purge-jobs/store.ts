import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { Table } from '#dynamodb/table.ts';
import type { RecordClass } from '#schema/record-class.ts';
import type { Purge } from '../schema/purge.ts';
import { eventLogBeginRow, lastPurge, policiesOf } from '../rows/purge.ts';
import type { purgeJobs } from './contract.ts';

export { policyWrites, saveWrites } from '../rows/purge.ts';

export const purgeStore = (table: Table<ReadName<EffectOf<typeof purgeJobs>>>) => ({
  last: (of: RecordClass) => lastPurge(table, of),
  policies: (purge: Purge) => policiesOf(table, purge),
  /** The last link of the event log that was purged. */
  beginOfLog: () => table.get(eventLogBeginRow, {}),
});
