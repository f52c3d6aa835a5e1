import { credentialRow, userRow } from '#dynamodb/rows/user.ts';
import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import { directoryRow } from '../rows/directory.ts';
import { markersOf } from '../rows/user-markers.ts';
import type { users } from './contract.ts';

/** Users in one slice: none takes more than nine writes. */
const limit = 11;

export const cascade: CascadeSteps<typeof users> = {
  // What only a user names (sessions, memberships, keys) is deleted before the user.
  'org.closed': [
    async (_organization, { table, cascade: runCascades }) => {
      const { items } = await table.query(userRow, {}, { limit });
      for (const { id } of items) await runCascades('user.deleted', id);
      return items.flatMap((user) => [
        remove(userRow, user),
        remove(directoryRow, user),
        remove(credentialRow, { user_id: user.id }),
        ...markersOf(user, table.organization).map(({ release }) => release),
      ]);
    },
  ],
};
