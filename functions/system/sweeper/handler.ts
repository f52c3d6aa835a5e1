import { queueDependencies } from '../../../shared/runtime/queue-dependencies.ts';
import { runScheduled } from '../../../shared/runtime/schedule.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { maximumWrites } from '../../../shared/dynamodb/commit.ts';
import { minuteOf, type DueItem } from '../../../shared/dynamodb/rows/due.ts';
import { sealMessage } from '../event-sealer/contract.ts';
import { isDueKind, messagesWhenDue } from '../../../shared/contract/consequences.ts';
import type { FunctionContract } from '../../../shared/contract/resource.ts';
import { contracts } from '../../contracts.ts';
import { second } from '../../../shared/schema/time.ts';
import { sweeper } from './contract.ts';
import { closingsToCatchUp, dueIn, overdueEvents, progressWrite, readProgress, removeWrites } from './store.ts';

/** Age in milliseconds at which a pending event is overdue; events are settled within a second normally. */
const overdueAge = 30 * second;
/** With more waiting messages than this, overdue events are most likely among them. */
const longQueue = 1_000;

/** `served`: the contracts whose consumers take what is due. */
type Sweeping = BackgroundContext<typeof sweeper> & { readonly served: readonly FunctionContract[] };

async function sweepEvents({ tableOf, queues, clock, log }: Sweeping): Promise<void> {
  if ((await queues.depth('event-seal')) > longQueue) return;
  const overdue = await overdueEvents(tableOf(0), clock().getTime() - overdueAge);
  if (overdue.length === 0) return;
  await queues.send('event-seal', overdue.map(sealMessage));
  log.note('overdue events were queued again', { events: overdue.length });
}

/** Minutes that are swept again, as a pointer may be written late. */
const minutesBack = 2;
/** Minutes that are swept in advance, as the next run starts within them. */
const minutesAhead = 1;

/** Queues what is due, to be delivered at its second. */
async function queueDue({ queues, clock, served }: Sweeping, items: readonly DueItem[]): Promise<void> {
  const delayOf = ({ at }: DueItem): number =>
    Math.max(0, Math.ceil((new Date(at).getTime() - clock().getTime()) / 1_000));
  for (const { queue, messages } of messagesWhenDue(served, items, delayOf)) await queues.send(queue, messages);
}

async function sweepDue(context: Sweeping): Promise<void> {
  const { tableOf, clock, transact, served } = context;
  const now = minuteOf(clock());
  const from = (await readProgress(tableOf(0))) ?? now - minutesBack;
  for (let minute = from; minute <= now + minutesAhead; minute += 1) {
    // A pointer of an unknown kind was written by a newer version of the platform, whose sweeper takes it.
    const items = (await dueIn(tableOf(0), minute)).filter(({ kind }) => isDueKind(served, kind));
    await queueDue(context, items);
    for (let at = 0; at < items.length; at += maximumWrites)
      await transact(0, async () => removeWrites(items.slice(at, at + maximumWrites)));
  }
  await transact(0, async () => [progressWrite(now - minutesBack)]);
}

/** Makes the closing of periods due for profiles that an earlier version of the platform created. */
const catchUpPeriods = ({ tableOf, transact, clock, environment }: Sweeping): Promise<void> =>
  transact(0, async () => (await closingsToCatchUp(tableOf(0), clock().getTime(), environment)) ?? []);

/** The parts do not wait for each other. What fails is tried again in the next minute. */
async function sweep(context: Sweeping): Promise<void> {
  const failed = (await Promise.allSettled([sweepEvents(context), sweepDue(context), catchUpPeriods(context)])).find(
    (each) => each.status === 'rejected',
  );
  if (failed !== undefined) throw failed.reason;
}

/** @param served the contracts whose consumers take what is due */
export const sweeperHandler = (dependencies = queueDependencies(), served = contracts) =>
  runScheduled(sweeper, (context) => sweep({ ...context, served }), dependencies);

export const handler = sweeperHandler();
