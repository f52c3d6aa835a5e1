import { second } from '#schema/time.ts';
import { sealMessage } from '../event-sealer/contract.ts';
import type { Sweeping } from './due-steps.ts';
import { overdueEvents } from './store.ts';

/** Age in milliseconds at which a pending event is overdue; events are settled within a second normally. */
const overdueAge = 30 * second;
/** With more waiting messages than this, overdue events are most likely among them. */
const longQueue = 1_000;

/** Queues events again that are pending for too long. */
export async function queueOverdueEvents({
  tableOf,
  queues,
  clock,
  log,
}: Pick<Sweeping, 'tableOf' | 'queues' | 'clock' | 'log'>): Promise<void> {
  if ((await queues.depth('event-seal')) > longQueue) return;
  const overdue = await overdueEvents(tableOf(0), clock().getTime() - overdueAge);
  if (overdue.length === 0) return;
  await queues.send('event-seal', overdue.map(sealMessage));
  log.note('overdue events were queued again', { events: overdue.length });
}
