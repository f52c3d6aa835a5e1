import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { AppError } from '#errors.ts';
import { eventLogRow, resourcePart } from '../../platform/event-log/row.ts';

type Reads = Pick<Table<'user' | 'eventlog@GSI2'>, 'organization' | 'getAll' | 'queryIndex'>;

/** Whether the event log of the organization is about a user: it keeps what is deleted. */
async function wasUser(table: Reads, id: string): Promise<boolean> {
  const parts = [String(table.organization), ...resourcePart('user', id)];
  return (await table.queryIndex(eventLogRow, 'GSI2', parts, { limit: 1 })).items.length > 0;
}

type Filtered = { readonly filter?: { readonly user_ids?: readonly string[] | undefined } | null | undefined };

/**
 * The users in a filter of records are, or were, users of the organization: the records of one who left may be meant.
 * @param before what was stored, which was checked then
 * @throws AppError UNKNOWN_USER, with all that are unknown
 */
export async function assertUsersOfRecords(table: Reads, after: Filtered, before?: Filtered): Promise<void> {
  const ids = after.filter?.user_ids ?? [];
  const kept = new Set(before?.filter?.user_ids);
  const isKnown = async (id: string, user: unknown) => kept.has(id) || user !== undefined || wasUser(table, id);
  const users = await table.getAll(
    userRow,
    ids.map((id) => ({ id })),
  );
  const known = await Promise.all(ids.map((id, at) => isKnown(id, users[at])));
  const details = ids.flatMap((_id, at) =>
    known[at] === true
      ? []
      : [{ path: `filter.user_ids[${at}]`, message: 'is not, and was not, a user of the organization' }],
  );
  if (details.length > 0)
    throw new AppError('UNKNOWN_USER', 'filter.user_ids names users that the organization never had', { details });
}
