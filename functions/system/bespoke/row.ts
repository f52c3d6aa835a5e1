import { row } from '#dynamodb/row.ts';
import type { QueueMonitor } from './queue-monitor.ts';

/** Sort keys of the documents of queue monitors begin with this. */
export const queueMonitorPrefix = 'queuemon/';

/** `bespoke#1001`: the queue monitor of a queue, or the general one. */
export const queueMonitorRow = row<'bespoke', QueueMonitor, { readonly queue_id: string | null }>('bespoke', {
  sort: ({ queue_id: queue }) => `${queueMonitorPrefix}${queue ?? ''}`,
});
