import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { sequences } from './contract.ts';
import { sequenceRow } from './row.ts';

export const cascade: CascadeSteps<typeof sequences> = {
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(sequenceRow, {}, { limit: 40 });
      return items.map((sequence) => remove(sequenceRow, sequence));
    },
  ],
};
