import { merged, orderedList, type Ordered } from '../../../shared/dynamodb/merge.ts';
import { row, type Row } from '../../../shared/dynamodb/row.ts';
import type { Counted, Range, Slice, Table } from '../../../shared/dynamodb/table.ts';
import {
  callerPartitions,
  cdrCallRow,
  cdrInTimeRow,
  cdrPartyRow,
  cdrRow,
  shardPart,
  timeKey,
  unratedPartitions,
  type CdrPointer,
} from '../cdr-ingest/row.ts';
import type { ExportJob } from './export.ts';
import type { Way } from './search.ts';

/** `export#1001`, by id; kept as long as its file. */
export const exportRow = row<'export', ExportJob, { id: string }>('export', {
  sort: ({ id }) => id,
  expires: ({ expires_at }) => expires_at,
});

/** Under this name the jobs of an organization that are not over are counted. */
export const runningExports = 'exports';

type Reads = Table<
  | 'cdr'
  | 'cdr@GSI1'
  | 'cdr@GSI2'
  | 'cdrparty'
  | 'cdrparty@GSI1'
  | 'cdrparty@GSI2'
  | 'cdrcall'
  | 'cdrcall@GSI1'
  | 'cdrcall@GSI2'
>;

/** A partition that is ordered by time: what is in it, and how many they are. */
export type Source<Item = CdrPointer> = {
  readonly read: Ordered<Item>;
  readonly count: (range: Counted) => Promise<number>;
};

type InTime = Extract<Way['by'], 'time' | 'unrated'>;

const indexOf = {
  time: { index: 'GSI1', parts: [] },
  unrated: { index: 'GSI2', parts: unratedPartitions.own },
} as const satisfies Record<InTime, object>;

/** The partitions in which the CDRs themselves lie by time. */
const sourcesInTime = <Item extends object>(
  table: Reads,
  of: Row<'cdr', Item, never, never>,
  by: InTime,
  shards: number,
): Source<Item>[] => {
  const { index, parts } = indexOf[by];
  return Array.from({ length: shards }, (_, shard): Source<Item> => {
    const partition = [String(table.organization), ...shardPart(shard), ...parts];
    return {
      read: (range) => table.queryIndex(of, index, partition, range),
      count: (range) => table.countIndex(of, index, partition, range),
    };
  });
};

/** The CDRs of a way that leads to them at once, not to pointers; undefined: it does not. */
export const wholeCdrs = (table: Reads, { by }: Way, shards: number) =>
  by === 'time' || by === 'unrated' ? sourcesInTime(table, cdrRow, by, shards) : undefined;

/** The partitions in which a way leads. */
function sourcesOf(table: Reads, way: Exclude<Way, { by: 'call' }>, shards: number): Source[] {
  const organization = String(table.organization);
  const each = (source: (shard: number) => Source): Source[] =>
    Array.from({ length: shards }, (_, shard) => source(shard));
  const ofCalls = (index: 'GSI1' | 'GSI2', parts: string[]): Source => ({
    read: (range) => table.queryIndex(cdrCallRow, index, parts, range),
    count: (range) => table.countIndex(cdrCallRow, index, parts, range),
  });
  const ofParties = (index: 'GSI1' | 'GSI2', parts: string[]) =>
    each((shard): Source => {
      const of = [organization, ...shardPart(shard), ...parts];
      return {
        read: (range) => table.queryIndex(cdrPartyRow, index, of, range),
        count: (range) => table.countIndex(cdrPartyRow, index, of, range),
      };
    });
  const callee = (callee_party: string) =>
    each((shard): Source => ({
      read: (range) => table.query(cdrPartyRow, { shard, callee_party }, range),
      count: (range) => table.count(cdrPartyRow, { shard, callee_party }, range),
    }));
  switch (way.by) {
    case 'batch':
      return [ofCalls('GSI2', [organization, 'batch', way.value])];
    case 'user':
      return [ofCalls('GSI1', [organization, 'user', way.value])];
    case 'trunk':
      return ofParties('GSI2', ['trunk', way.value]);
    case 'callee':
      return callee(way.value);
    case 'caller':
      return [
        ...ofParties('GSI1', [callerPartitions.others, way.value]),
        ...ofParties('GSI1', [callerPartitions.itself, way.value]),
      ];
    case 'either party':
      return [...callee(way.value), ...ofParties('GSI1', [callerPartitions.others, way.value])];
    case 'unrated':
    case 'time':
      return sourcesInTime(table, cdrInTimeRow, way.by, shards);
  }
}

/** The legs of one call are few: read at once. */
export async function pointersOf(
  table: Reads,
  way: Way,
  shards: number,
): Promise<{ readonly partitions: readonly Ordered<CdrPointer>[]; readonly sources: readonly Source[] | undefined }> {
  if (way.by === 'call')
    return {
      partitions: [orderedList((await table.query(cdrCallRow, { call_id: way.value })).items, timeKey)],
      sources: undefined,
    };
  const sources = sourcesOf(table, way, shards);
  return { partitions: sources.map(({ read }) => read), sources };
}

/** Pointers that a way finds in a range of call starts (`to` is not in it), oldest first. */
export async function pointersBehind(
  table: Reads,
  way: Way,
  { shards, from, to }: { readonly shards: number; readonly from: string; readonly to: string },
): Promise<(range: Range) => Promise<Slice<CdrPointer>>> {
  const { partitions } = await pointersOf(table, way, shards);
  return merged(partitions, { keyOf: timeKey, order: 'asc', between: [from, to] });
}
