import { createHash } from 'node:crypto';
import { minute } from '../../schema/time.ts';
import { indexShards, readShards } from '../index-shards.ts';
import { platformRow } from '../row.ts';
import type { Table } from '../table.ts';
import { overwrite, remove, type Write } from '../write.ts';

/** A pointer to work that is due at an instant. Deleted when the work is queued. */
export type DueItem = {
  /** Unix minute in which it is due. */
  readonly minute: number;
  readonly shard: number;
  readonly id: string;
  /**
   * The consumer whose contract declares this kind as `due` takes it; it reads the subject itself, as a pointer may be
   * old or come twice.
   */
  readonly kind: string;
  /** ISO 8601. */
  readonly at: string;
  readonly org_id: number;
  /** Id of the resource. */
  readonly subject: string;
};

type DueKey = { minute: number; shard: number; id: string };

/**
 * The index orders the pointers of a shard by their instant, so that the sweeper reads what is due and no empty
 * minutes.
 */
export const dueRow = platformRow<'due', DueItem, DueKey, { minute: number; shard: number }>('due', {
  partition: ({ minute, shard }) => [String(minute), String(shard)],
  sort: ({ id }) => id,
  index2: ({ shard, at, id }) => ({
    partition: duePartition(shard),
    sort: `${new Date(at).toISOString()}#${id}`,
  }),
});

/** Partition of a shard in GSI2. */
export const duePartition = (shard: number): readonly string[] => ['waiting', String(shard)];

/** Unix minutes. */
export const minuteOf = (at: Date): number => Math.floor(at.getTime() / minute);

/** Bounds of the index's sort key, from the oldest pointer on. @param until Unix minute, included */
export const dueUntil = (until: number): readonly [string, string] => [
  new Date(0).toISOString(),
  new Date((until + 1) * minute).toISOString(),
];

type Pointer = Pick<DueItem, 'kind' | 'at' | 'org_id' | 'subject'>;

/**
 * The item of a pointer. The same work for the same resource at the same instant is one item, as long as the number of
 * shards is the same.
 */
function duePointer({ kind, at, org_id, subject }: Pointer): DueItem {
  const hash = createHash('sha256').update(`${kind}\n${org_id}\n${subject}\n${at}`).digest();
  return {
    kind,
    at,
    org_id,
    subject,
    minute: minuteOf(new Date(at)),
    shard: (hash[0] ?? 0) % indexShards(),
    id: `due_${hash.toString('base64url')}`,
  };
}

/** Schedules work: the sweeper queues it in its minute. */
export const scheduleDue = (pointer: Pointer): Write<'due'> => overwrite(dueRow, duePointer(pointer));

/** Stores a pointer again, with its index keys: versions before the index stored it without them. */
export const indexDue = (item: DueItem): Write<'due'> => overwrite(dueRow, item);

/** Deletes a pointer whose work is queued. */
export const deleteDue = (item: DueItem): Write<'due'> => remove(dueRow, item);

/**
 * The sweeper's progress, its mark: it has read all earlier minutes. A pointer may be written behind it, as after an
 * outage the successor of a timer may be due already.
 */
export type SweepItem = { readonly kind: 'sweeper'; readonly id: 'due'; readonly minute: number };

type SweepKey = { readonly kind: 'sweeper'; readonly id: 'due' };
export const sweepKey: SweepKey = { kind: 'sweeper', id: 'due' };

export const sweepRow = platformRow<'lease', SweepItem, SweepKey, { readonly kind: 'sweeper' }>('lease', {
  partition: ({ kind }) => [kind],
  sort: ({ id }) => id,
});

/** Minutes by which the index may lag behind. */
const indexLag = 60;

/** Unix minute before which the sweeper has passed over the pointers that are left. @param mark its progress */
export const passedOverBefore = (mark: number): number => mark - indexLag;

/** Whether any pointer is left that the sweeper has passed over, so that its work is late. */
export async function isDueWorkLate(table: Pick<Table<'due@GSI2' | 'lease'>, 'get' | 'queryIndex'>): Promise<boolean> {
  const mark = (await table.get(sweepRow, sweepKey))?.minute;
  if (mark === undefined) return false;
  const between = dueUntil(passedOverBefore(mark) - 1);
  const oldest = readShards.map((shard) =>
    table.queryIndex(dueRow, 'GSI2', duePartition(shard), { order: 'asc', limit: 1, between }),
  );
  return (await Promise.all(oldest)).some(({ items }) => items.length > 0);
}

/** The sweeper's progress with items of earlier versions of the platform; `after` is null when all are done. */
export type CatchUpItem = { readonly kind: 'catch-up'; readonly id: string; readonly after: string | null };

export const catchUpRow = platformRow<
  'lease',
  CatchUpItem,
  Pick<CatchUpItem, 'kind' | 'id'>,
  { readonly kind: 'catch-up' }
>('lease', { partition: ({ kind }) => [kind], sort: ({ id }) => id });

/**
 * The sweeper's progress in adding the index keys to pointers of versions before the index. All pointers of minutes
 * before `next` have them; null when all have.
 */
export type IndexingItem = {
  readonly kind: 'catch-up';
  readonly id: 'due.index';
  readonly next: number | null;
  /** Unix minute after which those versions stored no pointer. */
  readonly until: number;
};

type IndexingKey = Pick<IndexingItem, 'kind' | 'id'>;
export const indexingKey: IndexingKey = { kind: 'catch-up', id: 'due.index' };

export const indexingRow = platformRow<'lease', IndexingItem, IndexingKey, { readonly kind: 'catch-up' }>('lease', {
  partition: ({ kind }) => [kind],
  sort: ({ id }) => id,
});
