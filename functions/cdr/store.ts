import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import { merged, orderedList, type Ordered } from '../../shared/dynamodb/merge.ts';
import { readPage, type Page, type PageRequest } from '../../shared/dynamodb/page.ts';
import type { Counted, Slice, Table } from '../../shared/dynamodb/table.ts';
import type { Counted as CountedBatch } from '../cdr-ingest/batch-counts.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { cdrCallRow, cdrInTimeRow, cdrPartyRow, cdrRejectionRow, cdrRow, counting, filing, pointerTo, readBatch, shardPart, timeKey, type CdrPointer, type Refusals } from '../cdr-ingest/row.ts';
import type { cdrs } from './contract.ts';
import type { Filtered, Way } from './search.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrs>>>;

/** Where to look: over how many shards an organization's CDRs are spread, in which range, in which order. */
export type Place = { readonly shards: number; readonly from: string; readonly to: string; readonly order: 'asc' | 'desc' };

const keyless = <Item, Other>(slice: Slice<Item>, as: (item: Item) => Other): Slice<Other> => ({ ...slice, items: slice.items.map(as) });

/** A partition that is ordered by time: its pointers, and how many they are. */
type Source = { readonly read: Ordered<CdrPointer>; readonly count: (range: Counted) => Promise<number> };

/** The partitions in which a way leads. */
function sourcesOf(table: Reads, way: Exclude<Way, { by: 'call' }>, shards: number): Source[] {
  const organization = String(table.organization);
  const each = (source: (shard: number) => Source): Source[] => Array.from({ length: shards }, (_, shard) => source(shard));
  const ofCalls = (index: 'GSI1' | 'GSI2', parts: string[]): Source =>
    ({ read: (range) => table.queryIndex(cdrCallRow, index, parts, range), count: (range) => table.countIndex(cdrCallRow, index, parts, range) });
  const ofParties = (index: 'GSI1' | 'GSI2', parts: string[]) => each((shard): Source => {
    const of = [organization, ...shardPart(shard), ...parts];
    return { read: (range) => table.queryIndex(cdrPartyRow, index, of, range), count: (range) => table.countIndex(cdrPartyRow, index, of, range) };
  });
  const inTime = (index: 'GSI1' | 'GSI2', parts: string[]) => each((shard): Source => {
    const of = [organization, ...shardPart(shard), ...parts];
    return { read: async (range) => keyless(await table.queryIndex(cdrInTimeRow, index, of, range), pointerTo), count: (range) => table.countIndex(cdrInTimeRow, index, of, range) };
  });
  const callee = (callee_party: string) => each((shard): Source =>
    ({ read: (range) => table.query(cdrPartyRow, { shard, callee_party }, range), count: (range) => table.count(cdrPartyRow, { shard, callee_party }, range) }));
  switch (way.by) {
    case 'batch': return [ofCalls('GSI2', [organization, 'batch', way.value])];
    case 'user': return [ofCalls('GSI1', [organization, 'user', way.value])];
    case 'trunk': return ofParties('GSI2', ['trunk', way.value]);
    case 'callee': return callee(way.value);
    case 'caller': return ofParties('GSI1', ['caller', way.value]);
    // Whoever calls itself is found on both sides, and counted on one.
    case 'either party': return [...callee(way.value), ...ofParties('GSI1', ['caller', way.value]).map(({ read, count }): Source =>
      ({ read, count: (range) => count({ ...range, without: { field: 'callee_party', value: way.value } }) }))];
    case 'unrated': return inTime('GSI2', ['unrated']);
    case 'time': return inTime('GSI1', []);
  }
}

/** One after the other, as the first few may already be enough. */
async function sumOf(sources: readonly Source[], between: readonly [string, string], limit: number): Promise<number> {
  let sum = 0;
  for (const { count } of sources) if (sum < limit) sum += await count({ limit: limit - sum, between });
  return sum;
}

/** The legs of one call are few: read at once. */
async function pointersOf(table: Reads, way: Way, shards: number): Promise<{ readonly partitions: readonly Ordered<CdrPointer>[]; readonly sources: readonly Source[] | undefined }> {
  if (way.by === 'call') return { partitions: [orderedList((await table.query(cdrCallRow, { call_id: way.value })).items, timeKey)], sources: undefined };
  const sources = sourcesOf(table, way, shards);
  return { partitions: sources.map(({ read }) => read), sources };
}

export const cdrStore = (table: Reads) => ({
  get: (id: string) => table.get(cdrRow, { id }),
  /** Those of the ids that are there. */
  filed: async (ids: readonly string[]): Promise<FiledCdr[]> => (await table.getAll(cdrRow, ids.map((id) => ({ id })))).filter((cdr) => cdr !== undefined),
  /** A page of pointers, and the CDRs that they lead to. */
  page: async (request: PageRequest, way: Way, { place, keep }: { readonly place: Place; readonly keep: ((cdr: Filtered) => boolean) | undefined }): Promise<Page<FiledCdr>> => {
    const { partitions, sources } = await pointersOf(table, way, place.shards);
    const between = [place.from, place.to] as const;
    const count = sources === undefined ? undefined : (limit: number) => sumOf(sources, between, limit);
    const found = await readPage(request, { read: merged(partitions, { keyOf: timeKey, order: place.order, between }), keep, count });
    const cdrs = await table.getAll(cdrRow, found.items);
    return { ...found, items: cdrs.filter((cdr) => cdr !== undefined) };
  },
  batch: async (batch_id: string) => {
    const [counts, refusals] = await Promise.all([readBatch(table, batch_id), table.query(cdrRejectionRow, { batch_id }, { limit: 100 })]);
    return { counts, refusals: refusals.items.flatMap((filed) => filed.refusals) };
  },
});

/** What a submission writes down at once. */
export const bookkeeping = (counted: readonly CountedBatch[], refused: Refusals | undefined) =>
  [...counting(counted), ...(refused === undefined ? [] : [filing(refused)])];
