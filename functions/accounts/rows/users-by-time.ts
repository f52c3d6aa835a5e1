import { mergeSources } from '#dynamodb/merge.ts';
import { readPage, type Page, type PageRequest } from '#dynamodb/page.ts';
import { userRow, type UserItem } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';

/** Accounts of an organization, newest first: people and service accounts are merged by the ULIDs of their ids. */

/** Length of `usr_` and `svc_`. */
const prefixLength = 4;
/** Sorts after every id. */
const lastKey = '\uffff';

type Users = Pick<Table<'user'>, 'query'>;
type OrderedRange = Parameters<Parameters<typeof mergeSources<UserItem>>[0][number]>[0];

/** Accounts whose ids have a prefix. */
const accountsWithPrefix =
  (table: Users, prefix: string) =>
  ({ limit, order, between: [from, to] = ['', lastKey] }: OrderedRange) =>
    table.query(
      userRow,
      {},
      {
        ...(limit === undefined ? {} : { limit }),
        ...(order === undefined ? {} : { order }),
        between: [`${prefix}${from}`, `${prefix}${to}`],
      },
    );

/** A page of the accounts with one of some id prefixes (`usr_`, `svc_`). */
export function readAccountsByTime(
  table: Users,
  request: PageRequest,
  prefixes: readonly string[],
  keep: (user: UserItem) => boolean,
): Promise<Page<UserItem>> {
  const sources = prefixes.map((prefix) => accountsWithPrefix(table, prefix));
  const keyOf = ({ id }: UserItem): string => id.slice(prefixLength);
  return readPage(request, {
    read: mergeSources<UserItem>(sources, { keyOf, order: 'desc', between: ['', lastKey] }),
    keep,
  });
}
