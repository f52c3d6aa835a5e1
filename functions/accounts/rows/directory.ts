import { isDeepStrictEqual } from 'node:util';
import { indexAttributes, indexPartition, row } from '#dynamodb/row.ts';
import type { UserItem } from '#dynamodb/rows/user.ts';
import { change, overwrite, remove, type Write } from '#dynamodb/write.ts';
import {
  indexedText,
  noOwnFields,
  numberFields,
  searchValues,
  type CopiedFields,
  type DirectoryEntry,
  type OwnFields,
  type SearchField,
} from '../schema/directory.ts';

/** Rows of the client directory. A user's are written in the transactions of the user. */

const nameKey = ({ id, display_name: name }: Pick<DirectoryEntry, 'id' | 'display_name'>): string =>
  `${indexedText(name)}#${id}`;

/** `directory#1001`, by id; GSI1: by name. */
export const directoryRow = row<'directory', DirectoryEntry, { id: string }>('directory', {
  sort: ({ id }) => id,
  index1: (entry, organization) => ({ partition: [String(organization), 'name'], sort: nameKey(entry) }),
});

/** A value by which an entry is found: a folded text, or a number. */
export type DirectoryWord = { readonly id: string; readonly field: SearchField; readonly value: string };

/** Partitions of the values that searches read, after the entity. */
export const namePartition = (organization: number): string[] => [String(organization), 'name'];
export const numberPartition = (organization: number, number: string): string[] => [
  String(organization),
  'number',
  number,
];
const isNumberField = (field: SearchField): boolean => numberFields.some((name) => name === field);

/**
 * `directory-word#1001#usr_…`, by field; GSI1: texts in one partition, by text; numbers in a partition each. A field
 * has one item, so that a new value replaces the old one in the index too.
 */
export const directoryWordRow = row<
  'directory-word',
  DirectoryWord,
  Pick<DirectoryWord, 'id' | 'field'>,
  Pick<DirectoryWord, 'id'>
>('directory-word', {
  partition: ({ id }) => [id],
  sort: ({ field }) => field,
  index1: ({ id, field, value }, organization) =>
    isNumberField(field)
      ? { partition: numberPartition(organization, value), sort: id }
      : { partition: namePartition(organization), sort: `${value}#${id}` },
});

export type DirectoryWrite = Write<'directory' | 'directory-word'>;

/** Writes the search values that an entry has now, and removes those that it had only before. */
export function wordWrites(
  id: string,
  before: Partial<DirectoryEntry>,
  after: Partial<DirectoryEntry>,
): Write<'directory-word'>[] {
  const [old, current] = [searchValues(before), searchValues(after)];
  const fields = [...new Set([...Object.keys(old), ...Object.keys(current)])] as SearchField[];
  return fields.flatMap((field) => {
    const value = current[field];
    if (value === undefined) return [remove(directoryWordRow, { id, field })];
    return value === old[field] ? [] : [overwrite(directoryWordRow, { id, field, value })];
  });
}

/** The fields that a user's entry repeats. */
export const copiedFields = (user: UserItem): CopiedFields => ({
  username: user.username,
  display_name: user.display_name,
  first_name: user.first_name,
  last_name: user.last_name,
  email: user.email,
  extension: user.extension,
  direct_number: user.direct_number,
  timezone: user.timezone,
});

/** Whether the directory lists a user: people, unless their entry was deleted. */
export const isListed = ({ type, listed }: UserItem): boolean => type === 'user' && listed !== false;

/** The entry of a user of whom the directory has stored nothing of its own. */
export const entryOfUser = (user: UserItem): DirectoryEntry => ({
  ...noOwnFields,
  ...copiedFields(user),
  id: user.id,
  kind: 'user',
  created_at: user.created_at,
  updated_at: user.updated_at,
  version: 1,
});

/** Adds a new user to the directory. */
export const createEntryOfUser = (user: UserItem): DirectoryWrite[] =>
  isListed(user) ? [overwrite(directoryRow, entryOfUser(user)), ...wordWrites(user.id, {}, entryOfUser(user))] : [];

/** Own fields of a user's entry before and after a change. */
export type OwnChange = { readonly before: OwnFields; readonly after: OwnFields };

/**
 * Changes a user's entry with its user, whose version is the condition of the transaction. An entry that is listed
 * again is complete, as is one of a user that was stored before the directory was.
 */
export function updateEntryOfUser(
  organization: number,
  before: UserItem,
  after: UserItem,
  own?: OwnChange,
): DirectoryWrite[] {
  if (!isListed(after)) return isListed(before) ? removeEntry({ ...own?.before, ...before }) : [];
  const [old, next] = [copiedFields(before), copiedFields(after)];
  const isNew = !isListed(before);
  if (own === undefined && !isNew && isDeepStrictEqual(old, next)) return [];
  const stored = { ...next, ...own?.after, id: after.id, kind: 'user', updated_at: after.updated_at };
  return [
    change(
      directoryRow,
      { id: after.id },
      {
        set: {
          ...stored,
          ...(isNew ? { created_at: after.updated_at } : {}),
          [indexAttributes.GSI1.partition]: indexPartition('directory', [String(organization), 'name']),
          [indexAttributes.GSI1.sort]: nameKey(after),
        },
        add: { version: 1 },
      },
    ),
    ...wordWrites(after.id, isNew ? {} : { ...old, ...own?.before }, { ...next, ...own?.after }),
  ];
}

/** Removes an entry with its search values. */
export const removeEntry = (entry: Partial<DirectoryEntry> & { readonly id: string }): DirectoryWrite[] => [
  remove(directoryRow, entry),
  ...wordWrites(entry.id, entry, {}),
];
