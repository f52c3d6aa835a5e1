import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { serials } from './contract.ts';
import { serialRow } from './row.ts';

export const cascade: CascadeSteps<typeof serials> = {
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(serialRow, {}, { limit: 40 });
      return items.map((serial) => remove(serialRow, serial));
    },
  ],
};
