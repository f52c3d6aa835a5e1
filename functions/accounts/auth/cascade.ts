import { sessionRow, type SessionItem } from '#dynamodb/rows/user.ts';
import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { auth } from './contract.ts';

/** Sessions in one slice. */
const limit = 40;

export const cascade: CascadeSteps<typeof auth> = {
  'user.deleted': [
    async (user, { table }) => {
      const sessions = await table.query<'session', SessionItem, { user_id: string }>(
        sessionRow,
        { user_id: user },
        { limit },
      );
      return sessions.items.map((session) => remove(sessionRow, session));
    },
  ],
};
