import { roleRow, type RoleItem } from '#dynamodb/rows/role.ts';
import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { permissions } from './contract.ts';

export const cascade: CascadeSteps<typeof permissions> = {
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query<'role', RoleItem, object>(roleRow, {}, { limit: 40 });
      return items.map((role) => remove(roleRow, role));
    },
  ],
};
