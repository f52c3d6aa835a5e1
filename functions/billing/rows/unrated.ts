import { row } from '#dynamodb/row.ts';
import { change, type Write } from '#dynamodb/write.ts';

/** Calls without a price since the last event about them, and when that was recorded (ISO 8601). */
export type UnratedItem = { readonly reason: string; readonly count: number; readonly reported_at?: string };

type ByReason = Pick<UnratedItem, 'reason'>;

/** `unrated#1001`, one item per reason; those of a reseller's customers are `wholesale/<reason>`. */
export const unratedRow = row<'unrated', UnratedItem, ByReason>('unrated', {
  afterClosing: 'money and what it was paid for are kept',
  sort: ({ reason }) => reason,
});

/** Counts calls until the next event. */
export const countUnrated = (reason: string, calls: number): Write<'unrated'> =>
  change(unratedRow, { reason }, { set: { reason }, add: { count: calls } });

/** Begins to count again with the event that reports what was read. Stale if that has changed since. */
export const reportUnrated = (reason: string, read: UnratedItem | undefined, now: Date): Write<'unrated'> =>
  change(
    unratedRow,
    { reason },
    {
      set: { reason, count: 0, reported_at: now.toISOString() },
      onlyIf:
        read === undefined
          ? { expression: 'attribute_not_exists(PK)' }
          : {
              expression: '#count = :count AND #reported = :reported',
              names: { '#count': 'count', '#reported': 'reported_at' },
              values: { ':count': read.count, ':reported': read.reported_at },
            },
    },
  );
