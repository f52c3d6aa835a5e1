import type { FunctionContract } from '#contract/resource.ts';
import { maximumWrites } from '#dynamodb/commit.ts';
import { minuteOf } from '#dynamodb/rows/due.ts';
import { queueDependencies } from '#runtime/queue-dependencies.ts';
import { runScheduled } from '#runtime/schedule.ts';
import { day, minute, second } from '#schema/time.ts';
import { consumers } from '../consumers/all-consumers.ts';
import { sealMessage } from '../event-sealer/contract.ts';
import { sweeper } from './contract.ts';
import { sweepDue, type Sweeping } from './due-steps.ts';
import {
  closingsToCatchUp,
  indexWrites,
  indexingWrite,
  overdueEvents,
  pointersOf,
  readIndexing,
  readProgress,
} from './store.ts';
import { catchUpOrganizations } from './upgrade-steps.ts';

/** Minutes of which one run puts the pointers into the index: 8 reads each. */
const minutesOfRun = 500;
const minutesAtOnce = 50;
/** Milliseconds after which a run puts no further minutes into the index. */
const workingTime = 6 * second;
/** Minutes ahead in which versions before the index stored pointers: closings of months, ends of quarantines. */
const horizon = (62 * day) / minute;

type Indexing = Pick<Sweeping, 'tableOf' | 'transact' | 'clock'>;

/** What is left to do; undefined when all pointers are in the index. */
async function remainder({ tableOf, transact, clock }: Indexing) {
  const table = tableOf(0);
  const item = await readIndexing(table);
  if (item !== undefined) return item.next === null ? undefined : { next: item.next, until: item.until };
  const mark = await readProgress(table);
  const until = minuteOf(clock()) + horizon;
  // Without a mark no earlier version has run here.
  await transact(0, async () => [indexingWrite(mark ?? null, until)]);
  return mark === undefined ? undefined : { next: mark, until };
}

/** Puts the pointers of some minutes into the index. */
async function indexMinutes({ tableOf, transact }: Indexing, from: number, until: number): Promise<void> {
  const minutes = Array.from({ length: until - from }, (_, at) => from + at);
  const found = (await Promise.all(minutes.map((each) => pointersOf(tableOf(0), each)))).flat();
  for (let at = 0; at < found.length; at += maximumWrites)
    await transact(0, async () => indexWrites(found.slice(at, at + maximumWrites)));
}

/**
 * Puts pointers into the index that versions before it stored, a part of the minutes in each run, once. The progress is
 * stored as it goes, so that a run that ends early is continued.
 * @returns Unix minute before which all pointers are in the index
 */
async function indexPointers(context: Indexing): Promise<number> {
  const { transact, clock } = context;
  const left = await remainder(context);
  if (left === undefined) return Infinity;
  const started = clock().getTime();
  const end = Math.min(left.next + minutesOfRun, left.until + 1);
  let { next } = left;
  while (next < end && clock().getTime() < started + workingTime) {
    const from = next;
    next = Math.min(from + minutesAtOnce, end);
    await indexMinutes(context, from, next);
    const stored = next > left.until ? null : next;
    await transact(0, async () => [indexingWrite(stored, left.until)]);
  }
  return next > left.until ? Infinity : next;
}

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
