import { mergeSources, orderedList, type Ordered } from '#dynamodb/merge.ts';
import { row, type Row } from '#dynamodb/row.ts';
import type { CountedRange, Range, Slice, Table } from '#dynamodb/table.ts';
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
import type { SearchKey } from './search.ts';

/** `export#1001`, by id; expires with its file. */
export const exportRow = row<'export', ExportJob, { id: string }>('export', {
  sort: ({ id }) => id,
  expires: ({ expires_at }) => expires_at,
});

/** Name of the counter of an organization's unfinished jobs. */
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

/** A partition that is ordered by time: how to read it, and how to count its items. */
export type Source<Item = CdrPointer> = {
  readonly read: Ordered<Item>;
  readonly count: (range: CountedRange) => Promise<number>;
};

type InTime = Extract<SearchKey['by'], 'time' | 'unrated' | 'unrated by any'>;

const indexOf = {
  time: { index: 'GSI1', parts: [[]] },
  unrated: { index: 'GSI2', parts: [unratedPartitions.own] },
  'unrated by any': { index: 'GSI2', parts: Object.values(unratedPartitions) },
} as const satisfies Record<InTime, object>;

/** The partitions of CDRs themselves, not of pointers to them. */
const sourcesInTime = <Item extends object>(
  table: Reads,
  of: Row<'cdr', Item, never, never>,
  by: InTime,
  shards: number,
): Source<Item>[] => {
  const { index, parts } = indexOf[by];
  const numbers = Array.from({ length: shards }, (_source, shard) => shard);
  return parts.flatMap((part) =>
    numbers.map((shard): Source<Item> => {
      const partition = [String(table.organization), ...shardPart(shard), ...part];
      return {
        read: (range) => table.queryIndex(of, index, partition, range),
        count: (range) => table.countIndex(of, index, partition, range),
      };
    }),
  );
};

const isInTime = (by: SearchKey['by']): by is InTime => by in indexOf;

/** Sources of whole CDRs; undefined for a key that has pointers only. */
export const wholeCdrs = (table: Reads, { by }: SearchKey, shards: number) =>
  isInTime(by) ? sourcesInTime(table, cdrRow, by, shards) : undefined;

type CdrIndex = 'GSI1' | 'GSI2';

const callSource = (table: Reads, index: CdrIndex, parts: string[]): Source => ({
  read: (range) => table.queryIndex(cdrCallRow, index, parts, range),
  count: (range) => table.countIndex(cdrCallRow, index, parts, range),
});

const partySource = (table: Reads, index: CdrIndex, parts: string[]): Source => ({
  read: (range) => table.queryIndex(cdrPartyRow, index, parts, range),
  count: (range) => table.countIndex(cdrPartyRow, index, parts, range),
});

const calleeSource = (table: Reads, callee_party: string, shard: number): Source => ({
  read: (range) => table.query(cdrPartyRow, { shard, callee_party }, range),
  count: (range) => table.count(cdrPartyRow, { shard, callee_party }, range),
});

/** The partitions of a key. */
function sourcesOf(table: Reads, key: Exclude<SearchKey, { by: 'call' }>, shards: number): Source[] {
  const organization = String(table.organization);
  const numbers = Array.from({ length: shards }, (_source, shard) => shard);
  const ofParties = (index: CdrIndex, parts: string[]) =>
    numbers.map((shard) => partySource(table, index, [organization, ...shardPart(shard), ...parts]));
  const ofCallee = (callee: string) => numbers.map((shard) => calleeSource(table, callee, shard));
  switch (key.by) {
    case 'batch':
      return [callSource(table, 'GSI2', [organization, 'batch', key.value])];
    case 'user':
      return [callSource(table, 'GSI1', [organization, 'user', key.value])];
    case 'trunk':
      return ofParties('GSI2', ['trunk', key.value]);
    case 'callee':
      return ofCallee(key.value);
    case 'caller':
      return [callerPartitions.others, callerPartitions.itself].flatMap((part) => ofParties('GSI1', [part, key.value]));
    case 'either party':
      return [...ofCallee(key.value), ...ofParties('GSI1', [callerPartitions.others, key.value])];
    case 'unrated':
    case 'unrated by any':
    case 'time':
      return sourcesInTime(table, cdrInTimeRow, key.by, shards);
  }
}

/** Pointers of a key, one ordered source per partition. The legs of one call are few and read at once. */
export async function pointersOf(
  table: Reads,
  key: SearchKey,
  shards: number,
): Promise<{ readonly partitions: readonly Ordered<CdrPointer>[]; readonly sources: readonly Source[] | undefined }> {
  if (key.by === 'call')
    return {
      partitions: [orderedList((await table.query(cdrCallRow, { call_id: key.value })).items, timeKey)],
      sources: undefined,
    };
  const sources = sourcesOf(table, key, shards);
  return { partitions: sources.map(({ read }) => read), sources };
}

/** Pointers of a key in a range of call starts (`to` exclusive), oldest first. */
export async function pointersBehind(
  table: Reads,
  key: SearchKey,
  { shards, from, to }: { readonly shards: number; readonly from: string; readonly to: string },
): Promise<(range: Range) => Promise<Slice<CdrPointer>>> {
  const { partitions } = await pointersOf(table, key, shards);
  return mergeSources(partitions, { keyOf: timeKey, order: 'asc', between: [from, to] });
}
