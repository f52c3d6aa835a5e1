import { platformRow } from '#dynamodb/row.ts';
import type { Ticket } from './hashing-queue.ts';

/** The attempts of strangers to log in that wait for the hash of a password, or have it. One item of the platform. */
export type HashingQueueItem = {
  /** Changes with each change of the tickets. */
  readonly version?: number;
  readonly [ticket: `turn_${string}`]: Ticket;
};

/** Beside the windows of rates. */
export const hashingQueueRow = platformRow<'rate', HashingQueueItem, object>('rate', {
  partition: () => ['hashing', '0'],
  sort: () => 'window',
});
