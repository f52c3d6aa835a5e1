import { queueDependencies } from '../../../shared/runtime/queue-dependencies.ts';
import { runByClock } from '../../../shared/runtime/schedule.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { maximumWrites } from '../../../shared/dynamodb/commit.ts';
import { minuteOf, type DueItem } from '../../../shared/dynamodb/rows/due.ts';
import { sealMessage } from '../event-sealer/contract.ts';
import { isDueKind, messagesWhenDue } from '../../../shared/contract/consequences.ts';
import type { FunctionContract } from '../../../shared/contract/resource.ts';
import { contracts } from '../../contracts.ts';
import { sweeper } from './contract.ts';
import { dueIn, overdueEvents, sweptTo, sweptUpTo, taken, unlookedProfiles } from './store.ts';

/** Milliseconds after which an event should have been settled: normally it takes a second. */
const timeout = 30_000;
/** Waiting messages beyond which what is overdue is most likely among them. */
const longQueue = 1_000;

/** `served`: the contracts whose consumers take what is due. */
type Sweeping = BackgroundContext<typeof sweeper> & { readonly served: readonly FunctionContract[] };

async function sweepEvents({ tableOf, queues, clock, log }: Sweeping): Promise<void> {
  if ((await queues.depth('event-seal')) > longQueue) return;
  const overdue = await overdueEvents(tableOf(0), clock().getTime() - timeout);
  if (overdue.length === 0) return;
  await queues.send('event-seal', overdue.map(sealMessage));
  log.note('events were overdue and are queued again', { events: overdue.length });
}

/**
 * Minutes that are looked at again, as a pointer may be written late; and the one that begins next, as the next run
 * comes only in it.
 */
const again = 2;
const ahead = 1;

/** Queues what is due, to be delivered at its second. */
async function queueDue({ queues, clock, served }: Sweeping, items: readonly DueItem[]): Promise<void> {
  const delayOf = ({ at }: DueItem): number =>
    Math.max(0, Math.ceil((new Date(at).getTime() - clock().getTime()) / 1_000));
  for (const { queue, messages } of messagesWhenDue(served, items, delayOf)) await queues.send(queue, messages);
}

async function sweepDue(context: Sweeping): Promise<void> {
  const { tableOf, clock, transact, served } = context;
  const now = minuteOf(clock());
  const from = (await sweptTo(tableOf(0))) ?? now - again;
  for (let minute = from; minute <= now + ahead; minute += 1) {
    // A pointer of an unknown kind was written by a newer version of the platform, whose sweeper takes it.
    const items = (await dueIn(tableOf(0), minute)).filter(({ kind }) => isDueKind(served, kind));
    await queueDue(context, items);
    for (let at = 0; at < items.length; at += maximumWrites)
      await transact(0, async () => taken(items.slice(at, at + maximumWrites)));
  }
  await transact(0, async () => [sweptUpTo(now - again)]);
}

/** Has the periods of profiles closed that were made before this was done. */
const catchUp = ({ tableOf, transact, clock, environment }: Sweeping): Promise<void> =>
  transact(0, async () => (await unlookedProfiles(tableOf(0), clock().getTime(), environment)) ?? []);

/** One does not wait for the other: what fails is tried in the next minute. */
async function sweep(context: Sweeping): Promise<void> {
  const failed = (await Promise.allSettled([sweepEvents(context), sweepDue(context), catchUp(context)])).find(
    (each) => each.status === 'rejected',
  );
  if (failed !== undefined) throw failed.reason;
}

/** @param served the contracts whose consumers take what is due */
export const sweeperHandler = (dependencies = queueDependencies(), served = contracts) =>
  runByClock(sweeper, (context) => sweep({ ...context, served }), dependencies);

export const handler = sweeperHandler();
