import { maximumReceives } from '#contract/queues.ts';
import { whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import { AppError } from '#errors.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import {
  consume,
  consumerDependencies,
  settleEach,
  type ConsumerDependencies,
  type Delivery,
} from '#runtime/consume.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { runTurn } from '#runtime/turns.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { archiveSigner, type ArchiveSigner } from '#signing/archive-signer.ts';
import { second } from '#schema/time.ts';
import type { Purge } from '../schema/purge.ts';
import { endEvent, endPurge, isSilent } from './purge-job.ts';
import { countedAfter, deletedIn, nextPage, openPurge } from '../purges/sources/reading.ts';
import { purgeJobs, purgeMessage, type PurgeMessage } from './contract.ts';
import {
  deletingIn,
  exportRecords,
  recordExport,
  removeExported,
  sealExport,
  type ExportTools,
} from './export-steps.ts';
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
async function purgePage(purge: Purge, { organization, session, context }: ExportTools): Promise<Purge | null> {
  const table = context.tableOf(organization);
  let after: Purge | null = null;
  await context.transact(organization, async () => {
    const next = await nextPage(purge, session, table);
    after = next === null ? null : countedAfter(next);
    const positions = next === null || purge.dry_run ? [] : deletedIn(next);
    if (next === null || after === null || positions.length === 0) return [];
    return [
      whileHoldsStay(next.holds),
      ...next.page.deletions(positions, deletingIn(organization, context)),
      ...saveWrites(purge, after),
    ];
  });
  return after;
}

async function deletePages(purge: Purge, tools: ExportTools): Promise<Worked> {
  const { clock } = tools.context;
  const deadline = clock().getTime() + workingTime;
  let worked = purge;
  while (clock().getTime() < deadline) {
    const next = await purgePage(worked, tools);
    if (next === null) return { purge: worked, isDone: true };
    worked = next;
  }
  return { purge: worked, isDone: false };
}

const exporting = {
  exporting: exportRecords,
  recording: recordExport,
  sealing: sealExport,
  removing: removeExported,
} as const satisfies Partial<Record<Purge['phase'], (purge: Purge, tools: ExportTools) => Promise<Purge>>>;

async function workOn(purge: Purge, { organization, context, signer }: Omit<ExportTools, 'session'>): Promise<Worked> {
  const table = context.tableOf(organization);
  const session = await openPurge(purge, { table, environment: context.environment });
  if (session === undefined) return { purge, isDone: true };
  const tools = { organization, session, context, signer };
  if (purge.phase === 'deleting') return deletePages(purge, tools);
  return { purge: await exporting[purge.phase](purge, tools), isDone: false };
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
    ...(ended.dry_run ? [] : policyWrites(ended, await store.policies(ended), now)),
    ...(isSilent(ended)
      ? []
      : [context.recorderOf(organization)('archiving.purged', endEvent(ended, { now, failure, begin }))]),
  ];
}

/** One turn of a purge. */
function runPurge(message: PurgeMessage, context: Jobs, signer: ArchiveSigner): Promise<void> {
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
      slice: (purge) => workOn(purge, { organization, context, signer }),
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

/** Errors that come again with each attempt: of the archive of the organization. */
const permanent: ReadonlySet<string> = new Set(['STORAGE_FULL', 'ARCHIVING_NOT_PROVISIONED']);
const isPermanent = (error: unknown): boolean => error instanceof AppError && permanent.has(error.code);

/** @param dependencies what the function reaches outside; tests pass their own */
export const purgeJobsHandler = (
  dependencies: ConsumerDependencies = {
    ...consumerDependencies(),
    objects: objectsFromEnvironment(),
    secrets: secretsFromEnvironment(),
  },
) => {
  const { store, secrets } = dependencies;
  if (secrets === undefined) throw new Error('signatures need secrets');
  const signer = archiveSigner(store, secrets);
  return consume(
    purgeJobs,
    settleEach(async ({ message, receives }: Delivery<PurgeMessage>, context: Jobs) => {
      await runPurge(message, context, signer).catch((error: unknown) => {
        if (receives < maximumReceives && !isPermanent(error)) throw error;
        return failPurge(message, error, context);
      });
    }),
    dependencies,
  );
};

export const handler = purgeJobsHandler();
