import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { mergeSources, type Ordered } from '#dynamodb/merge.ts';
import { readPointerPage, type Page, type PageRequest } from '#dynamodb/page.ts';
import { userExtensionRow, userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import type { FiledCdr } from '../../billing/cdr-ingest/filed-cdr.ts';
import {
  cdrCallRow,
  cdrInTimeRow,
  cdrPartyRow,
  readCdrs,
  shardPart,
  timeKey,
  type CdrPointer,
} from '../../billing/cdr-ingest/row.ts';
import type { callHistory } from './contract.ts';
import type { CalledUser } from './past-call.ts';

type Reads = Table<ReadName<EffectOf<typeof callHistory>>>;

/** What to read: the calls of a user, or all; in a range of call starts. */
export type Past = {
  readonly user: CalledUser | undefined;
  /** Number of shards of the organization's CDRs. */
  readonly shards: number;
  readonly from: string;
  readonly to: string;
};

/** Pointers to the calls of a user, those to its extension included; or to those of the organization. */
function sourcesOf(table: Reads, { user, shards }: Past): Ordered<CdrPointer>[] {
  const organization = String(table.organization);
  const numbers = Array.from({ length: shards }, (_, shard) => shard);
  if (user === undefined)
    return numbers.map(
      (shard): Ordered<CdrPointer> =>
        (range) =>
          table.queryIndex(cdrInTimeRow, 'GSI1', [organization, ...shardPart(shard)], range),
    );
  const { id, extension } = user;
  const callsTo = (callee_party: string) =>
    numbers.map(
      (shard): Ordered<CdrPointer> =>
        (range) =>
          table.query(cdrPartyRow, { shard, callee_party }, range),
    );
  return [
    (range) => table.queryIndex(cdrCallRow, 'GSI1', [organization, 'user', id], range),
    ...(extension === null ? [] : callsTo(extension.party)),
  ];
}

export const historyStore = (table: Reads) => ({
  /** A user with its extension; undefined: there is none. @param partyOf the extension as a party of CDRs */
  user: async (id: string, partyOf: (extension: string) => string): Promise<CalledUser | undefined> => {
    const user = await table.get(userRow, { id });
    if (user === undefined) return undefined;
    const { extension } = user;
    const owned = extension === null ? undefined : await table.get(userExtensionRow, { extension });
    const isOwn = extension !== null && owned?.owner === id && owned.since !== undefined;
    return { id, extension: isOwn ? { party: partyOf(extension), since: owned.since } : null };
  },
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
