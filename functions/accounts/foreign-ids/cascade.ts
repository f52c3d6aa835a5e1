import { countRow } from '#dynamodb/rows/count.ts';
import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { foreignIds } from './contract.ts';
import type { ForeignId } from './foreign-id.ts';
import { countOf, foreignIdRow, foreignIdValueRow } from './row.ts';

export const cascade: CascadeSteps<typeof foreignIds> = {
  'user.deleted': [
    async (user_id, { table }) => {
      const { items } = await table.query<'foreignid', ForeignId, { user_id: string }>(foreignIdRow, { user_id });
      if (items.length === 0) return [];
      return [
        ...items.flatMap((each) => [remove(foreignIdRow, each), remove(foreignIdValueRow, each)]),
        remove(countRow, { of: countOf(user_id) }),
      ];
    },
  ],
};
