import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { archiveRow } from '../../../shared/dynamodb/rows/archive.ts';
import { userRow } from '../../../shared/dynamodb/rows/user.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import type { StoredArchive } from '../../../shared/schema/stored-archive.ts';
import type { erasures } from './contract.ts';
import { erasureRow } from './row.ts';

export { saveWrites } from './row.ts';

export const erasureStore = (table: Table<ReadName<EffectOf<typeof erasures>>>) => ({
  get: (id: string) => table.get(erasureRow, { id }),
  archives: async (): Promise<readonly StoredArchive[]> => {
    const found: StoredArchive[] = [];
    let after: string | undefined;
    do {
      const page = await table.query(archiveRow, {}, { limit: 100, ...(after === undefined ? {} : { after }) });
      found.push(...page.items);
      after = page.cursor;
    } while (after !== undefined);
    return found;
  },
  userExists: async (id: string): Promise<boolean> => (await table.get(userRow, { id })) !== undefined,
});
