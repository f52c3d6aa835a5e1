import type { Stored } from '../../contract/stored.ts';
import { foldText } from '../../schema/searched-text.ts';
import { countWrites, itemWrites, composeWrites } from './item-writes.ts';
import { row } from '../row.ts';
import { decrementCount } from './count.ts';
import { extensionWrites, releaseExtension } from './extension.ts';
import { newUserExists } from './user-exists.ts';
import { uniqueValues } from '../unique-values.ts';
import { remove, type Write } from '../write.ts';

/** An item as it is stored, with the fields of its declaration. */
export type StoredItem = {
  readonly id: string;
  readonly name: string;
  /** Of a resource that is a user's; null: of no user. */
  readonly user_id?: string | null;
  /** Of a resource that may have one (`hasExtension`). */
  readonly extension?: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** The rows of a stored resource: `calendar#1001`, newest first by id, and `calendar-name#1001`, by the name. */
export const rowsOf = <const E extends string>({ entity }: Pick<Stored<E>, 'entity'>) => ({
  row: row<E, StoredItem, { readonly id: string }>(entity, { sort: ({ id }) => id }),
  nameRow: row<string, { readonly name: string; readonly owner: string }, { readonly name: string }>(`${entity}-name`, {
    sort: ({ name }) => name,
  }),
});

const userOf = ({ user_id: user = null }: StoredItem) => ({ user_id: user });

const markerOf = ({ name, id }: StoredItem) => ({ name: foldText(name), owner: id });
const namesOf = (of: Stored) =>
  uniqueValues(rowsOf(of).nameRow, {
    markerOf,
    taken: 'NAME_TAKEN',
    message: ({ name }) => `A ${of.noun} named ${name} exists`,
  });

/** Fail with `NAME_TAKEN`, `EXTENSION_TAKEN`, `LIMIT_EXCEEDED`, `UNKNOWN_USER`. */
export const saveWrites = (of: Stored) => {
  const own = composeWrites<StoredItem, string>(
    itemWrites(rowsOf(of).row),
    namesOf(of).writes,
    countWrites(of.plural, of.limit),
  );
  return (before: StoredItem | undefined, after: StoredItem): Write[] => [
    ...own(before, after),
    ...newUserExists(before === undefined ? undefined : userOf(before), userOf(after)),
    ...extensionWrites(before, after),
  ];
};

/** Deletes items, of which a transaction has room for 24. */
export const deleteWrites = (of: Pick<Stored, 'entity' | 'plural'>, items: readonly StoredItem[]): Write[] =>
  items.length === 0
    ? []
    : [
        ...items.flatMap((item) => [
          remove(rowsOf(of).row, item, item),
          remove(rowsOf(of).nameRow, markerOf(item)),
          ...releaseExtension(item),
        ]),
        decrementCount(of.plural, items.length),
      ];
