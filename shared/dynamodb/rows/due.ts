import { createHash } from 'node:crypto';
import { platformRow } from '../row.ts';
import { overwrite, remove, type Write } from '../write.ts';

/** That something must happen at an instant: a pointer, removed once it is queued. */
export type DueItem = {
  /** Unix minutes in which it is due. */
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
  /** Id of the thing to look at. */
  readonly subject: string;
};

/** Partitions over which what is due in one minute is spread. */
export const dueShards = 8;

type DueKey = { minute: number; shard: number; id: string };

export const dueRow = platformRow<'due', DueItem, DueKey, { minute: number; shard: number }>('due', {
  partition: ({ minute, shard }) => [String(minute), String(shard)],
  sort: ({ id }) => id,
});

export const minuteOf = (at: Date): number => Math.floor(at.getTime() / 60_000);

type Pointer = Pick<DueItem, 'kind' | 'at' | 'org_id' | 'subject'>;

/** Where a pointer lies. The same thing at the same instant is one pointer. */
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

/** Has the sweeper queue it in its minute. */
export const due = (pointer: Pointer): Write<'due'> => overwrite(dueRow, duePointer(pointer));

/** Takes away what was queued. */
export const deleteDue = (item: DueItem): Write<'due'> => remove(dueRow, item);

/** How far the sweeper has come: nothing of an earlier minute is left. */
export type SweepItem = { readonly kind: 'sweeper'; readonly id: 'due'; readonly minute: number };

type SweepKey = { readonly kind: 'sweeper'; readonly id: 'due' };
export const sweepKey: SweepKey = { kind: 'sweeper', id: 'due' };

export const sweepRow = platformRow<'lease', SweepItem, SweepKey, { readonly kind: 'sweeper' }>('lease', {
  partition: ({ kind }) => [kind],
  sort: ({ id }) => id,
});

/** How far the sweeper has come with what earlier versions of the platform left to be done; null: all of it is done. */
export type CatchUpItem = { readonly kind: 'catch-up'; readonly id: string; readonly after: string | null };

export const catchUpRow = platformRow<
  'lease',
  CatchUpItem,
  Pick<CatchUpItem, 'kind' | 'id'>,
  { readonly kind: 'catch-up' }
>('lease', { partition: ({ kind }) => [kind], sort: ({ id }) => id });
