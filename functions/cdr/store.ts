import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import { merged, orderedList, type Ordered } from '../../shared/dynamodb/merge.ts';
import { readPage, type Page, type PageRequest } from '../../shared/dynamodb/page.ts';
import type { Slice, Table } from '../../shared/dynamodb/table.ts';
import type { Counted } from '../cdr-ingest/batch-counts.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { cdrBatchRow, cdrCallRow, cdrInTimeRow, cdrPartyRow, cdrRejectionRow, cdrRow, counting, filing, pointerTo, shardPart, timeKey, type CdrPointer, type Refusals } from '../cdr-ingest/row.ts';
import type { cdrs } from './contract.ts';
import type { Filtered, Way } from './search.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrs>>>;

/** Where to look: over how many shards an organization's CDRs are spread, in which range, in which order. */
export type Place = { readonly shards: number; readonly from: string; readonly to: string; readonly order: 'asc' | 'desc' };

const keyless = <Item, Other>(slice: Slice<Item>, as: (item: Item) => Other): Slice<Other> => ({ ...slice, items: slice.items.map(as) });

/** The partitions in which a way leads, all ordered by time. */
async function partitionsOf(table: Reads, way: Way, shards: number): Promise<Ordered<CdrPointer>[]> {
  const organization = String(table.organization);
  const each = (source: (shard: number) => Ordered<CdrPointer>): Ordered<CdrPointer>[] => Array.from({ length: shards }, (_, shard) => source(shard));
  const callee = (party: string) => each((shard) => (range) => table.query(cdrPartyRow, { shard, callee_party: party }, range));
  const caller = (party: string) => each((shard) => (range) => table.queryIndex(cdrPartyRow, 'GSI1', [organization, ...shardPart(shard), 'caller', party], range));
  switch (way.by) {
    case 'call': return [orderedList((await table.query(cdrCallRow, { call_id: way.value })).items, timeKey)];
    case 'batch': return [(range) => table.queryIndex(cdrCallRow, 'GSI2', [organization, 'batch', way.value], range)];
    case 'user': return [(range) => table.queryIndex(cdrCallRow, 'GSI1', [organization, 'user', way.value], range)];
    case 'trunk': return each((shard) => (range) => table.queryIndex(cdrPartyRow, 'GSI2', [organization, ...shardPart(shard), 'trunk', way.value], range));
    case 'callee': return callee(way.value);
    case 'caller': return caller(way.value);
    case 'either party': return [...callee(way.value), ...caller(way.value)];
    case 'unrated': return each((shard) => async (range) => keyless(await table.queryIndex(cdrInTimeRow, 'GSI2', [organization, ...shardPart(shard), 'unrated'], range), pointerTo));
    case 'time': return each((shard) => async (range) => keyless(await table.queryIndex(cdrInTimeRow, 'GSI1', [organization, ...shardPart(shard)], range), pointerTo));
  }
}

export const cdrStore = (table: Reads) => ({
  get: (id: string) => table.get(cdrRow, { id }),
  /** Those of the ids that are there. */
  filed: async (ids: readonly string[]): Promise<FiledCdr[]> => (await table.getAll(cdrRow, ids.map((id) => ({ id })))).filter((cdr) => cdr !== undefined),
  /** A page of pointers, and the CDRs that they lead to. */
  page: async (request: PageRequest, way: Way, { place, keep }: { readonly place: Place; readonly keep: (cdr: Filtered) => boolean }): Promise<Page<FiledCdr>> => {
    const partitions = await partitionsOf(table, way, place.shards);
    const found = await readPage(request, { read: merged(partitions, { keyOf: timeKey, order: place.order, between: [place.from, place.to] }), keep });
    const cdrs = await table.getAll(cdrRow, found.items);
    return { ...found, items: cdrs.filter((cdr) => cdr !== undefined) };
  },
  batch: async (batch_id: string) => {
    const [counts, refusals] = await Promise.all([table.get(cdrBatchRow, { batch_id }), table.query(cdrRejectionRow, { batch_id }, { limit: 100 })]);
    return { counts: counts ?? {}, refusals: refusals.items.flatMap((filed) => filed.refusals) };
  },
});

/** What a submission writes down at once. */
export const bookkeeping = (counted: readonly Counted[], refused: Refusals | undefined) =>
  [...counting(counted), ...(refused === undefined ? [] : [filing(refused)])];
