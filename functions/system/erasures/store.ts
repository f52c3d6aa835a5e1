import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { archiveRow } from '#dynamodb/rows/archive.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import type { StoredArchive } from '#schema/stored-archive.ts';
import type { erasures } from './contract.ts';
import { erasureRow } from './row.ts';

export { saveWrites } from './row.ts';

export const erasureStore = (table: Table<ReadName<EffectOf<typeof erasures>>>) => ({
  get: (id: string) => table.get(erasureRow, { id }),
  /** The archive after the one with this id, in the order of ids; null: the first. */
  archiveAfter: async (id: string | null): Promise<StoredArchive | undefined> => {
    const between = [id === null ? '0' : `${id}\u0000`, '~'] as const;
    return (await table.query(archiveRow, {}, { order: 'asc', limit: 1, between })).items[0];
  },
  userExists: async (id: string): Promise<boolean> => (await table.get(userRow, { id })) !== undefined,
});
