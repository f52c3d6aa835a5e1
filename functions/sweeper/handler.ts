import { queueOutside } from '../../shared/background/outside.ts';
import { runByClock } from '../../shared/background/schedule.ts';
import type { BackgroundWorld } from '../../shared/background/world.ts';
import { sealMessage } from '../event-sealer/contract.ts';
import { sweeper } from './contract.ts';
import { overdueEvents } from './store.ts';

/** Milliseconds after which an event should have been settled: normally it takes a second. */
const patience = 30_000;
/** Waiting messages beyond which what is overdue is most likely among them. */
const longQueue = 1_000;

async function sweepEvents({ tableOf, queues, clock, log }: BackgroundWorld<typeof sweeper>): Promise<void> {
  if (await queues.depth('event-seal') > longQueue) return;
  const overdue = await overdueEvents(tableOf(0), clock().getTime() - patience);
  if (overdue.length === 0) return;
  await queues.send('event-seal', overdue.map(sealMessage));
  log.note('events were overdue and are queued again', { events: overdue.length });
}

/** @param outside what the function touches; tests bring their own */
export const sweeperHandler = (outside = queueOutside()) => runByClock(sweeper, sweepEvents, outside);

export const handler = sweeperHandler();
