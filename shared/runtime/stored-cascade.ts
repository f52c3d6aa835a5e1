import type { Stored } from '../contract/stored.ts';
import { readToEnd } from '../dynamodb/read-to-end.ts';
import { deleteWrites, rowsOf, type StoredItem } from '../dynamodb/stored-rows.ts';
import type { Write } from '../dynamodb/write.ts';
import type { CascadeContext, CascadeStep } from './cascade.ts';
import type { Recorder } from './event-record.ts';

/** What of its declaration the cascades of a stored resource need: plain values. */
export type CascadingResource = Pick<Stored, 'entity' | 'noun' | 'plural' | 'owner'>;

/** Items in one slice: with its event each is three writes. */
const limit = 24;

type StoredChange = { readonly before?: StoredItem; readonly after: StoredItem } | { readonly before: StoredItem };

const verbOf = (change: StoredChange): string => {
  if (!('after' in change)) return 'deleted';
  return change.before === undefined ? 'created' : 'updated';
};

/** Records that an item was created, updated or deleted. */
export function recordStored(of: Pick<Stored, 'entity' | 'noun'>, record: Recorder, change: StoredChange): Write {
  const { id, name } = 'after' in change ? change.after : change.before;
  const verb = verbOf(change);
  return record(`${of.entity}.${verb}`, {
    entity: { type: of.entity, id },
    description: `${of.noun.charAt(0).toUpperCase()}${of.noun.slice(1)} ${name} ${verb}`,
    ...change,
  });
}

/** Deletes items, with an event for each. */
export const deletions = (of: CascadingResource, record: Recorder, items: readonly StoredItem[]): Write[] => [
  ...deleteWrites(of, items),
  ...items.map((item) => recordStored(of, record, { before: item })),
];

/** The steps that a stored resource declares for the ends of its organization and of its user, by event. */
export function storedCascade(of: CascadingResource): Readonly<Record<string, readonly CascadeStep[]>> {
  const deleteAll = async (_id: string, { table, record }: CascadeContext) => {
    const { items } = await table.query(rowsOf(of).row, {}, { limit });
    return deletions(of, record, items);
  };
  const deleteOfUser = async (user: string, { table, record }: CascadeContext) => {
    const items = await readToEnd((after) => table.query(rowsOf(of).row, {}, after));
    return deletions(of, record, items.filter(({ user_id: owner }) => owner === user).slice(0, limit));
  };
  return { 'org.closed': [deleteAll], ...(of.owner === 'user' ? { 'user.deleted': [deleteOfUser] } : {}) };
}
