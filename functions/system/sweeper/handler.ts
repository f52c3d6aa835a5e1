import { queueDependencies } from '#runtime/queue-dependencies.ts';
import { runScheduled } from '#runtime/schedule.ts';
import type { FunctionContract } from '#contract/resource.ts';
import { second } from '#schema/time.ts';
import { consumers } from '../all-consumers.ts';
import { catchUpOrganizations } from './upgrade-steps.ts';
import { sweeper } from './contract.ts';
import { sweepDue, type Sweeping } from './due-steps.ts';
import { indexPointers } from './indexing-steps.ts';
import { closingsToCatchUp, overdueEvents } from './store.ts';
import { sealMessage } from '../event-sealer/contract.ts';

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

/** Makes the closing of periods due for profiles that an earlier version of the platform created. */
const catchUpPeriods = ({ tableOf, transact, clock, environment }: Sweeping): Promise<void> =>
  transact(0, async () => (await closingsToCatchUp(tableOf(0), clock().getTime(), environment)) ?? []);

/** Pointers of earlier versions first, as the mark does not pass what is not in the index. */
const sweepPointers = async (context: Sweeping): Promise<void> => sweepDue(context, await indexPointers(context));

/** The parts do not wait for each other. What fails is tried again in the next minute. */
async function sweep(context: Sweeping): Promise<void> {
  const parts = [
    queueOverdueEvents(context),
    sweepPointers(context),
    catchUpPeriods(context),
    catchUpOrganizations(context),
  ];
  const failed = (await Promise.allSettled(parts)).find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** @param served the contracts whose consumers take what is due */
export const sweeperHandler = (dependencies = queueDependencies(), served: readonly FunctionContract[] = consumers) =>
  runScheduled(sweeper, (context) => sweep({ ...context, served }), dependencies);

export const handler = sweeperHandler();
