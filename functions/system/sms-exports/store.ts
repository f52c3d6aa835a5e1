import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { archiveRow } from '#dynamodb/rows/archive.ts';
import type { Table } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import type { StoredArchive } from '#schema/stored-archive.ts';
import { archivingPolicyRow } from '../rows/archiving-policy.ts';
import type { smsExports } from './contract.ts';
import { smsExportRow } from './row.ts';

export const smsExportStore = (table: Table<ReadName<EffectOf<typeof smsExports>>>) => ({
  policy: (id: string) => table.get(archivingPolicyRow, { id }),
  /** The archive of an export, if it is recorded. */
  archive: async (key: string): Promise<StoredArchive | undefined> => {
    const marker = await table.get(smsExportRow, { key });
    return marker === undefined ? undefined : table.get(archiveRow, { id: marker.archive_id });
  },
});

/** Stale if another request has archived the same export. */
export const markWrite = (key: string, { id }: StoredArchive) => create(smsExportRow, { key, archive_id: id });
