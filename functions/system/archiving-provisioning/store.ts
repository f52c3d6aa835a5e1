import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, replace, type Write } from '#dynamodb/write.ts';
import type { archivingProvisioning } from './contract.ts';
import { notProvisioned, type Archiving } from './provisioning.ts';
import { purgeRow } from '../rows/purge.ts';
import { archivingRow } from './row.ts';

export const archivingStore = (table: Table<ReadName<EffectOf<typeof archivingProvisioning>>>) => ({
  /** The last purge of each class. */
  purges: async () => (await table.query(purgeRow, {})).items,
  get: async (): Promise<Archiving> => (await table.get(archivingRow, {})) ?? notProvisioned,
});

/** Stale if an archive was stored since: its bytes count in the quota. */
export const provisionWrites = (before: Archiving, after: Archiving): Write<'archiving'>[] => [
  before.version === 0 ? create(archivingRow, after) : replace(archivingRow, after, before),
];
