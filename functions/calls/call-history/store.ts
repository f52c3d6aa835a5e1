import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { mergeSources, type Ordered } from '#dynamodb/merge.ts';
import { readPointerPage, type Page, type PageRequest } from '#dynamodb/page.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import type { FiledCdr } from '../../billing/cdr-ingest/filed-cdr.ts';
import {
  cdrCallRow,
  cdrInTimeRow,
  readCdrs,
  shardPart,
  timeKey,
  type CdrPointer,
} from '../../billing/cdr-ingest/row.ts';
import type { callHistory } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof callHistory>>>;

/** What to read: the calls of a user, or all; in a range of call starts. */
export type Past = {
  readonly user: string | undefined;
  /** Number of shards of the organization's CDRs. */
  readonly shards: number;
  readonly from: string;
  readonly to: string;
};

/** Pointers to the calls of a user, or of the organization. */
function sourcesOf(table: Reads, { user, shards }: Past): Ordered<CdrPointer>[] {
  const organization = String(table.organization);
  if (user !== undefined) return [(range) => table.queryIndex(cdrCallRow, 'GSI1', [organization, 'user', user], range)];
  return Array.from(
    { length: shards },
    (_, shard): Ordered<CdrPointer> =>
      (range) =>
        table.queryIndex(cdrInTimeRow, 'GSI1', [organization, ...shardPart(shard)], range),
  );
}

export const historyStore = (table: Reads) => ({
  hasUser: async (id: string): Promise<boolean> => (await table.get(userRow, { id })) !== undefined,
  page: (request: PageRequest, past: Past, keep: (cdr: CdrPointer) => boolean): Promise<Page<FiledCdr>> =>
    readPointerPage(
      request,
      {
        read: mergeSources(sourcesOf(table, past), {
          keyOf: timeKey,
          order: 'desc',
          between: [past.from, past.to],
        }),
        keep,
      },
      (pointers) =>
        readCdrs(
          table,
          pointers.map(({ id }) => id),
        ),
    ),
});
