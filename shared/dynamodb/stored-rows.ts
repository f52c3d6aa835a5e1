import type { Stored } from '../contract/stored.ts';
import { foldText } from '../schema/searched-text.ts';
import { row } from './row.ts';
import { decrementCount, incrementCount } from './rows/count.ts';
import { extensionWrites, releaseExtension } from './rows/extension.ts';
import { newUserExists } from './rows/user-exists.ts';
import { uniqueValues } from './unique-values.ts';
import { create, remove, replace, type Write } from './write.ts';

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

/** @throws AppError NAME_TAKEN, EXTENSION_TAKEN, LIMIT_EXCEEDED, UNKNOWN_USER */
export const createWrites = (of: Stored, item: StoredItem): Write[] => [
  create(rowsOf(of).row, item),
  namesOf(of).claim(item),
  incrementCount(of.plural, of.limit),
  ...newUserExists(undefined, userOf(item)),
  ...extensionWrites(undefined, item),
];

/** @throws AppError NAME_TAKEN, EXTENSION_TAKEN, UNKNOWN_USER */
export const replaceWrites = (of: Stored, before: StoredItem, after: StoredItem): Write[] => [
  replace(rowsOf(of).row, after, before),
  ...namesOf(of).move(before, after),
  ...newUserExists(userOf(before), userOf(after)),
  ...extensionWrites(before, after),
];

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
