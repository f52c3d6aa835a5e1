import { maximumReceives } from '#contract/queues.ts';
import {
  consume,
  consumerDependencies,
  settleEach,
  type ConsumerDependencies,
  type Delivery,
} from '#runtime/consume.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { runTurn } from '#runtime/turns.ts';
import type { LegalHold } from '#schema/legal-hold.ts';
import type { RecordClass } from '#schema/record-class.ts';
import { second } from '#schema/time.ts';
import { sourcesOf } from '../purges/sources/sources.ts';
import { countMessage, holdCounts, type CountMessage } from './contract.ts';
import {
  countedAfter,
  countOf,
  isCounted,
  nextClass,
  timesToRead,
  type FactsPage,
  type HoldCount,
} from './hold-count.ts';
import { estimateWrite, holdCountStore, removeWrites, saveWrites } from './store.ts';

type Jobs = BackgroundContext<typeof holdCounts>;

/** Milliseconds for which a turn begins pages. */
const workingTime = 15 * second;
/** Milliseconds after which another process may take over. */
const turnTtl = 30 * second;

/** Reads the page after a cursor. */
type ReadFacts = (after: string | null) => Promise<FactsPage>;

/**
 * Where the records of a class are. Those that their users have deleted come first: a record that is deleted while the
 * count runs may be missed, and is never counted twice.
 */
async function factsOf(
  of: RecordClass,
  { hold, count, organization }: { readonly hold: LegalHold; readonly count: HoldCount; readonly organization: number },
  { tableOf, environment }: Jobs,
): Promise<readonly ReadFacts[]> {
  const table = tableOf(organization);
  const sources = await sourcesOf(of, table, { now: new Date(count.began_at), environment });
  const stored = sources
    .filter(({ counts }) => counts)
    .flatMap((source): ReadFacts[] => {
      // A chain is read from its beginning; messages come to a mailbox at another time than they were left.
      const times = timesToRead(hold, count, !source.isChain && of !== 'voicemail');
      if (times === null) return [];
      return [
        async (after) => {
          const { records, cursor } = await source.page(table, { ...times, after });
          return { facts: records.map(({ facts }) => facts), cursor };
        },
      ];
    });
  return [(after) => holdCountStore(table).hidden(of, after), ...stored];
}

/** The count after a turn, and whether it has ended. */
type Worked = { readonly count: HoldCount; readonly isDone: boolean };

/** Counts as long as the turn has time. */
async function countPages(begun: HoldCount, organization: number, context: Jobs): Promise<Worked> {
  const deadline = context.clock().getTime() + workingTime;
  const hold = await holdCountStore(context.tableOf(organization)).hold(begun.id);
  if (!isCounted(hold, begun)) return { count: begun, isDone: true };
  let count = begun;
  for (;;) {
    const [of] = count.classes;
    if (of === undefined) return { count, isDone: true };
    const sources = await factsOf(of, { hold, count, organization }, context);
    for (let read = sources[count.source]; read !== undefined; read = sources[count.source]) {
      if (context.clock().getTime() >= deadline) return { count, isDone: false };
      count = countedAfter(count, hold, await read(count.after));
    }
    count = nextClass(count);
  }
}

/** One turn of a count. */
function runCount(message: CountMessage, context: Jobs): Promise<void> {
  const { org_id: organization, hold_id: id, version } = message;
  const store = holdCountStore(context.tableOf(organization));
  return runTurn(
    {
      organization,
      read: async () => countOf(await store.read(id), version, context.clock()),
      take: (count, turn) => {
        const taken = { ...count, ...turn };
        return { taken, writes: saveWrites(count, taken) };
      },
      slice: (count) => countPages(count, organization, context),
      end: async (read, { count, isDone }: Worked) => {
        if (!isDone) return { writes: saveWrites(read, { ...count, turn_until: 0 }), pause: 0 };
        const estimate = isCounted(await store.hold(id), count) ? [estimateWrite(count)] : [];
        return { writes: [...removeWrites(read), ...estimate], pause: null };
      },
      again: (delay) => context.queues.send('jobs', [countMessage(message, delay)]),
    },
    turnTtl,
    context,
  );
}

/** Ends a count that fails repeatedly: the hold has no estimate until it is changed. */
async function failCount({ org_id: organization, hold_id: id, version }: CountMessage, error: unknown, context: Jobs) {
  context.log.fault(error, id, 'the count of a legal hold failed');
  await context.transact(organization, async () => {
    const { count } = await holdCountStore(context.tableOf(organization)).read(id);
    return count?.version === version ? removeWrites(count) : [];
  });
}

/** @param dependencies what the function reaches outside; tests pass their own */
export const holdCountsHandler = (dependencies: ConsumerDependencies = consumerDependencies()) =>
  consume(
    holdCounts,
    settleEach(async ({ message, receives }: Delivery<CountMessage>, context: Jobs) => {
      await runCount(message, context).catch((error: unknown) => {
        if (receives < maximumReceives) throw error;
        return failCount(message, error, context);
      });
    }),
    dependencies,
  );

export const handler = holdCountsHandler();
