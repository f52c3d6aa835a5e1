import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { incrementCount } from '#dynamodb/rows/count.ts';
import { notifierSettingsRow } from '#dynamodb/rows/notifier-settings.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, replace } from '#dynamodb/write.ts';
import type { NotifierSettings } from '#schema/notifier/notifier-settings.ts';
import { recipientsAmong } from '../../billing/rows/notice-recipients.ts';
import type { bespoke } from './contract.ts';
import { maxQueueMonitors, type QueueMonitor } from './queue-monitor.ts';
import { queueMonitorRow } from './row.ts';

export const bespokeStore = (table: Table<ReadName<EffectOf<typeof bespoke>>>) => ({
  /** The document of a queue, or the general one. */
  queueMonitor: (queue: string | null) => table.get(queueMonitorRow, { queue_id: queue }),
  notifier: () => table.get(notifierSettingsRow, {}),
  /** Which of the addresses may get notices, and which were asked. */
  recipients: (addresses: readonly string[]) => recipientsAmong(table, addresses),
});

export const queueMonitorWrites = (before: QueueMonitor | undefined, after: QueueMonitor) =>
  before === undefined
    ? [create(queueMonitorRow, after), incrementCount('queue monitors', maxQueueMonitors)]
    : [replace(queueMonitorRow, after, before)];

export const notifierWrites = (before: NotifierSettings | undefined, after: NotifierSettings) =>
  before === undefined ? [create(notifierSettingsRow, after)] : [replace(notifierSettingsRow, after, before)];
