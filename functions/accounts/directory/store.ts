import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type PageRequest, type PageSource } from '#dynamodb/page.ts';
import { decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import { userEmailRow, userExtensionRow, userRow, type UserItem } from '#dynamodb/rows/user.ts';
import type { Slice, Table } from '#dynamodb/table.ts';
import { create, replace } from '#dynamodb/write.ts';
import {
  indexedText,
  matchingField,
  noOwnFields,
  numberFields,
  type DirectoryEntry,
  type OwnFields,
  type SearchField,
} from '../schema/directory.ts';
import {
  copiedFields,
  directoryRow,
  directoryWordRow,
  entryOfUser,
  isListed,
  namePartition,
  numberPartition,
  removeEntry,
  wordWrites,
  type DirectoryWord,
  type OwnChange,
} from '../rows/directory.ts';
import { updateUserWrites } from '../rows/user-writes.ts';
import { contactMarkers, markerChanges } from '../rows/user-markers.ts';
import type { directory } from './contract.ts';
import { maxContacts, ownFieldsOf, type EntryName } from './entry.ts';

/** An entry that was found by one of its search values. */
type Hit = { readonly field: SearchField; readonly entry: DirectoryEntry | undefined };

/** A row of a user that was stored before the directory was has only the fields that changed since. */
const completed = (entry: DirectoryEntry | undefined): DirectoryEntry | undefined =>
  entry && { ...noOwnFields, ...entry, created_at: (entry as Partial<DirectoryEntry>).created_at ?? entry.updated_at };

type DirectoryTable = Table<ReadName<EffectOf<typeof directory>>>;

const storedEntry = async (table: DirectoryTable, id: string) => completed(await table.get(directoryRow, { id }));
const byNameIn = (table: DirectoryTable): string[] => [String(table.organization), 'name'];

export const directoryStore = (table: DirectoryTable) => ({
  /** The id that an extension or an e-mail address belongs to. */
  idOf: async ({ by, value }: EntryName): Promise<string | undefined> => {
    if (by === 'id') return value;
    const marker = await (by === 'email'
      ? table.get(userEmailRow, { email: value })
      : table.get(userExtensionRow, { extension: value }));
    return marker?.owner;
  },
  /** The entry of an id, and the user if it is one's. */
  entry: async (id: string) => {
    const [stored, user] = await Promise.all([storedEntry(table, id), table.get(userRow, { id })]);
    const isOfUser = user?.type === 'user';
    const entry = stored ?? (isOfUser && isListed(user) ? entryOfUser(user) : undefined);
    return { entry, user: isOfUser ? user : undefined };
  },
  byName: (request: PageRequest, keep: ((entry: DirectoryEntry) => boolean) | undefined) =>
    readPage(request, {
      read: (range) => table.queryIndex(directoryRow, 'GSI1', byNameIn(table), { ...range, order: 'asc' }),
      keep,
      count: (limit) => table.countIndex(directoryRow, 'GSI1', byNameIn(table), { limit }),
    }),
});

/** The entries of search values. A value without an entry is of one that has just been deleted. */
async function hitsOf(table: DirectoryTable, { items, ...slice }: Slice<DirectoryWord>): Promise<Slice<Hit>> {
  const entries = await table.getAll(
    directoryRow,
    items.map(({ id }) => ({ id })),
  );
  return { ...slice, items: items.map(({ field }, at) => ({ field, entry: completed(entries[at]) })) };
}

/** The entries of a page of search values. */
async function entriesOf(request: PageRequest, source: PageSource<Hit>) {
  const found = await readPage(request, source);
  return { ...found, items: found.items.flatMap(({ entry }) => entry ?? []) };
}

type Keep = (entry: DirectoryEntry) => boolean;

/** Sorts after every other character, in UTF-8 too. */
const lastCharacter = '\u{10ffff}';

/** Searches by index. An entry that matches in several fields is found by the first of them only. */
export const directorySearch = (table: DirectoryTable) => ({
  byText: (request: PageRequest, q: string, keep: Keep) => {
    const text = indexedText(q);
    // A range, not `begins_with`: the local store scans the partition for that.
    const start = text === '' ? {} : { between: [text, `${text}${lastCharacter}`] as const };
    return entriesOf(request, {
      read: async (range) =>
        hitsOf(
          table,
          await table.queryIndex(directoryWordRow, 'GSI1', namePartition(table.organization), {
            ...range,
            ...start,
            order: 'asc',
          }),
        ),
      keep: ({ field, entry }) => entry !== undefined && matchingField(entry, q) === field && keep(entry),
    });
  },
  byNumber: (request: PageRequest, number: string, keep: Keep) =>
    entriesOf(request, {
      read: async (range) =>
        hitsOf(
          table,
          await table.queryIndex(directoryWordRow, 'GSI1', numberPartition(table.organization, number), {
            ...range,
            order: 'asc',
          }),
        ),
      keep: ({ field, entry }) =>
        entry !== undefined && numberFields.find((name) => entry[name] === number) === field && keep(entry),
    }),
});

/** The entry of a user that is listed again. @param now ISO 8601 */
export const blankEntryOf = (user: UserItem, now: string): DirectoryEntry => ({
  ...entryOfUser(user),
  created_at: now,
});

/** A user's entry after a change of both. */
export const entryAfter = (entry: DirectoryEntry, user: UserItem, own: OwnFields): DirectoryEntry => ({
  ...entry,
  ...own,
  ...copiedFields(user),
  updated_at: user.updated_at,
});

export const createContactWrites = (contact: DirectoryEntry) => [
  create(directoryRow, contact),
  incrementCount('contacts', maxContacts),
  ...contactMarkers(contact).map(({ claim }) => claim),
  ...wordWrites(contact.id, {}, contact),
];

export const updateContactWrites = (before: DirectoryEntry, after: DirectoryEntry) => [
  replace(directoryRow, after, before),
  ...markerChanges(contactMarkers(before), contactMarkers(after)),
  ...wordWrites(after.id, before, after),
];

export const deleteContactWrites = (contact: DirectoryEntry) => [
  ...removeEntry(contact),
  decrementCount('contacts'),
  ...contactMarkers(contact).map(({ release }) => release),
];

/** Changes a user with its entry, in one version of the user. */
export const updateUserEntryWrites = (before: UserItem, after: UserItem, organization: number, own: OwnChange) =>
  updateUserWrites(before, after, { organization, customRoles: new Map(), own });

/** Takes a user out of the directory. */
export const unlistUserWrites = (user: UserItem, entry: DirectoryEntry, organization: number, now: string) => {
  const own = ownFieldsOf(entry);
  const after = { ...user, listed: false, updated_at: now };
  return updateUserWrites(user, after, { organization, customRoles: new Map(), own: { before: own, after: own } });
};
