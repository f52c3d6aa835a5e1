import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import { callHandlingRow } from '../rows/call-handling.ts';
import type { callHandling } from './contract.ts';

/** Items in one slice. */
const limit = 30;

export const cascade: CascadeSteps<typeof callHandling> = {
  'user.deleted': [
    async (user, { table }) => {
      const settings = await table.get(callHandlingRow, { user_id: user });
      return settings === undefined ? [] : [remove(callHandlingRow, settings)];
    },
  ],
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(callHandlingRow, {}, { limit });
      return items.map((settings) => remove(callHandlingRow, settings));
    },
  ],
};
