import { maximumReceives } from '../../../shared/contract/queues.ts';
import { whileHoldsStay } from '../../../shared/dynamodb/rows/legal-hold.ts';
import { AppError } from '../../../shared/errors.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '../../../shared/queue/consume.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { runTurn } from '../../../shared/runtime/turns.ts';
import { second } from '../../../shared/schema/time.ts';
import type { Purge } from '../purges/purge.ts';
import { nextPage, openPurge, type PurgeSession } from '../purges/sources/reading.ts';
import { purgeJobs, purgeMessage, type PurgeMessage } from './contract.ts';
import { endEvent, endPurge, isSilent } from './ended-purge.ts';
import { policyWrites, purgeStore, saveWrites } from './store.ts';

type Jobs = BackgroundContext<typeof purgeJobs>;

/** Milliseconds for which a turn begins pages. */
const workingTime = 15 * second;
/** Milliseconds after which another process may take over. */
const turnTtl = 30 * second;

/** What a turn has done: the purge as it is stored and counted, and whether it has read everything. */
type Worked = { readonly purge: Purge; readonly isDone: boolean };

/**
 * Deletes the records of one page, in one transaction with the progress: after a crash the purge goes on where it was,
 * and counts no record twice. If a hold was placed or a record changed since it was read, the page is read again.
 * @returns the purge after it; null if nothing is left
 */
async function purgePage(
  organization: number,
  purge: Purge,
  { session, context }: { readonly session: PurgeSession; readonly context: Jobs },
): Promise<Purge | null> {
  const table = context.tableOf(organization);
  let after: Purge | null = null;
  await context.transact(organization, async () => {
    const next = await nextPage(purge, session, table);
    after = next?.after ?? null;
    if (next === null || purge.dry_run || next.deleted.length === 0) return [];
    return [
      whileHoldsStay(next.holds),
      ...next.page.deletions(next.deleted, context.clock()),
      ...saveWrites(purge, next.after),
    ];
  });
  return after;
}

async function workOn(organization: number, purge: Purge, context: Jobs): Promise<Worked> {
  const deadline = context.clock().getTime() + workingTime;
  const { environment } = context;
  const session = await openPurge(purge, { table: context.tableOf(organization), environment });
  let worked = purge;
  while (session !== undefined && context.clock().getTime() < deadline) {
    const next = await purgePage(organization, worked, { session, context });
    if (next === null) return { purge: worked, isDone: true };
    worked = next;
  }
  return { purge: worked, isDone: session === undefined };
}

/** Ends a purge: with its result, which is an event unless the nightly run found nothing to do. */
async function endWrites(
  organization: number,
  read: Purge,
  { worked, failure }: { readonly worked: Purge; readonly failure?: string },
  context: Jobs,
) {
  const now = context.clock();
  const store = purgeStore(context.tableOf(organization));
  const begin = worked.class === 'eventlog' ? await store.beginOfLog() : undefined;
  const ended = endPurge(worked, { now, failure });
  return [
    ...saveWrites(read, ended),
    ...(ended.dry_run ? [] : policyWrites(ended, now)),
    ...(isSilent(ended)
      ? []
      : [context.recorderOf(organization)('archiving.purged', endEvent(ended, { now, failure, begin }))]),
  ];
}

/** One turn of a purge. */
function runPurge(message: PurgeMessage, context: Jobs): Promise<void> {
  const { org_id: organization, purge_id } = message;
  const read = async (): Promise<Purge | undefined> => {
    const purge = await purgeStore(context.tableOf(organization)).last(message.class);
    return purge?.id === purge_id && purge.status === 'running' ? purge : undefined;
  };
  return runTurn(
    {
      organization,
      read,
      take: (purge, turn) => {
        const taken = { ...purge, ...turn };
        return { taken, writes: saveWrites(purge, taken) };
      },
      slice: (purge) => workOn(organization, purge, context),
      end: async (purge, { purge: worked, isDone }: Worked) => ({
        writes: isDone
          ? await endWrites(organization, purge, { worked }, context)
          : saveWrites(purge, { ...worked, turn_until: 0 }),
        pause: isDone ? null : 0,
      }),
      again: (delay) => context.queues.send('jobs', [purgeMessage(message, delay)]),
    },
    turnTtl,
    context,
  );
}

/** Fails a purge that fails repeatedly. What is deleted stays deleted; the event says how much. */
async function failPurge({ org_id: organization, class: of, purge_id }: PurgeMessage, error: unknown, context: Jobs) {
  context.log.fault(error, purge_id, 'purge failed');
  await context.transact(organization, async () => {
    const purge = await purgeStore(context.tableOf(organization)).last(of);
    if (purge?.id !== purge_id || purge.status !== 'running') return [];
    const code = error instanceof AppError ? error.code : 'INTERNAL_ERROR';
    return endWrites(organization, purge, { worked: purge, failure: code }, context);
  });
}

/** @param dependencies what the function reaches outside; tests pass their own */
export const purgeJobsHandler = (dependencies = consumerDependencies()) =>
  consume(
    purgeJobs,
    settleEach(async ({ message, receives }: Delivery<PurgeMessage>, context: Jobs) => {
      await runPurge(message, context).catch((error: unknown) => {
        if (receives < maximumReceives) throw error;
        return failPurge(message, error, context);
      });
    }),
    dependencies,
  );

export const handler = purgeJobsHandler();
