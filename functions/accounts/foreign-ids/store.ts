import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { decrementCount } from '#dynamodb/rows/count.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { checkReadCondition, create, remove, replace, type Write } from '#dynamodb/write.ts';
import type { foreignIds } from './contract.ts';
import type { ChangedForeignId, ForeignId } from './foreign-id.ts';
import { countOf, foreignIdRow, foreignIdValueRow, incrementForeignIds } from './row.ts';

export const foreignIdStore = (table: Table<ReadName<EffectOf<typeof foreignIds>>>) => ({
  user: (id: string) => table.get(userRow, { id }),
  /** Users in the order of the ids. */
  users: (ids: readonly string[]) =>
    table.getAll(
      userRow,
      ids.map((id) => ({ id })),
    ),
  /** All foreign ids of a user, at most 20, ordered by type. */
  ofUser: async (user_id: string) =>
    (await table.query<'foreignid', ForeignId, { user_id: string }>(foreignIdRow, { user_id }, { order: 'asc' })).items,
  ofType: (user_id: string, type: string) => table.get(foreignIdRow, { user_id, type }),
  /** The users of values, in their order. */
  owners: async (values: readonly { readonly type: string; readonly value: string }[]) =>
    (await table.getAll(foreignIdValueRow, values)).map((found) => found?.owner),
});

/** Sets one foreign id. Stale if the type or the value was written concurrently. */
const setForeignId = ({ before, after }: ChangedForeignId): Write<'foreignid' | 'foreignid-value' | 'count'>[] => [
  ...(before === undefined
    ? [create(foreignIdRow, after)]
    : [replace(foreignIdRow, after, before), remove(foreignIdValueRow, before)]),
  create(foreignIdValueRow, { type: after.type, value: after.value, owner: after.user_id }),
];

/** Sets foreign ids of a user that still exists, within its limit. */
export const setWrites = (user: string, changed: readonly ChangedForeignId[]) => {
  const added = changed.filter(({ before }) => before === undefined).length;
  return [
    checkReadCondition(userRow, { id: user }, { expression: 'attribute_exists(PK)' }),
    ...changed.flatMap(setForeignId),
    ...(added === 0 ? [] : [incrementForeignIds(user, added)]),
  ];
};

/** Removes a foreign id. Stale if it changed since it was read. */
export const deleteWrites = (stored: ForeignId) => [
  remove(foreignIdRow, stored, stored),
  remove(foreignIdValueRow, stored),
  decrementCount(countOf(stored.user_id)),
];
