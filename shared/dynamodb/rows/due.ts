import { createHash } from 'node:crypto';
import { minute } from '../../schema/time.ts';
import { platformRow } from '../row.ts';
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

/** Number of partitions of one minute. */
export const dueShards = 8;

type DueKey = { minute: number; shard: number; id: string };

export const dueRow = platformRow<'due', DueItem, DueKey, { minute: number; shard: number }>('due', {
  partition: ({ minute, shard }) => [String(minute), String(shard)],
  sort: ({ id }) => id,
});

/** Unix minutes. */
export const minuteOf = (at: Date): number => Math.floor(at.getTime() / minute);

type Pointer = Pick<DueItem, 'kind' | 'at' | 'org_id' | 'subject'>;

/** The item of a pointer. The same work for the same resource at the same instant is one item. */
function duePointer({ kind, at, org_id, subject }: Pointer): DueItem {
  const hash = createHash('sha256').update(`${kind}\n${org_id}\n${subject}\n${at}`).digest();
  return {
    kind,
    at,
    org_id,
    subject,
    minute: minuteOf(new Date(at)),
    shard: (hash[0] ?? 0) % dueShards,
    id: `due_${hash.toString('base64url')}`,
  };
}

/** Schedules work: the sweeper queues it in its minute. */
export const scheduleDue = (pointer: Pointer): Write<'due'> => overwrite(dueRow, duePointer(pointer));

/** Deletes a pointer whose work is queued. */
export const deleteDue = (item: DueItem): Write<'due'> => remove(dueRow, item);

/** The sweeper's progress: all earlier minutes are complete. */
export type SweepItem = { readonly kind: 'sweeper'; readonly id: 'due'; readonly minute: number };

type SweepKey = { readonly kind: 'sweeper'; readonly id: 'due' };
export const sweepKey: SweepKey = { kind: 'sweeper', id: 'due' };

export const sweepRow = platformRow<'lease', SweepItem, SweepKey, { readonly kind: 'sweeper' }>('lease', {
  partition: ({ kind }) => [kind],
  sort: ({ id }) => id,
});

/** The sweeper's progress with items of earlier versions of the platform; `after` is null when all are done. */
export type CatchUpItem = { readonly kind: 'catch-up'; readonly id: string; readonly after: string | null };

export const catchUpRow = platformRow<
  'lease',
  CatchUpItem,
  Pick<CatchUpItem, 'kind' | 'id'>,
  { readonly kind: 'catch-up' }
>('lease', { partition: ({ kind }) => [kind], sort: ({ id }) => id });
