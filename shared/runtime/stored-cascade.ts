import type { Stored } from '../contract/stored.ts';
import { readToEnd } from '../dynamodb/read-to-end.ts';
import { deleteWrites, rowsOf, type StoredItem } from '../dynamodb/rows/stored-rows.ts';
import type { Write } from '../dynamodb/write.ts';
import { describeByName, type Audit } from '../schema/audit.ts';
import type { CascadeContext, CascadeStep } from './cascade.ts';
import { recordDeletion } from './change-events.ts';
import type { Recorder } from './event-record.ts';

/** What of its declaration the cascades of a stored resource need: plain values. */
export type CascadingResource = Pick<Stored, 'entity' | 'noun' | 'plural' | 'owner'>;

/** Items in one slice: with its event each is three writes. */
const limit = 24;

/** Events of a stored resource. Its answers have no sentence. */
export const storedAudit = ({ entity, noun }: Pick<Stored, 'entity' | 'noun'>): Audit<StoredItem> => ({
  type: entity,
  created: `${entity}.created`,
  updated: `${entity}.updated`,
  deleted: `${entity}.deleted`,
  describe: describeByName(`${noun.charAt(0).toUpperCase()}${noun.slice(1)}`),
  logged: (item) => item,
  messageOf: () => undefined,
});

/** Deletes items, with an event for each. */
const deletions = (of: CascadingResource, record: Recorder, items: readonly StoredItem[]): Write[] => [
  ...deleteWrites(of, items),
  ...items.map((item) => recordDeletion(storedAudit(of), record, item)),
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
