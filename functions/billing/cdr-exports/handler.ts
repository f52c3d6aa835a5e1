import { queueDependencies } from '#runtime/queue-dependencies.ts';
import { runTurn } from '#runtime/turns.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { maximumReceives } from '#contract/queues.ts';
import type { ExportJob } from '../cdr/export.ts';
import { writeFile } from '#objects/file-writer.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { deadLettersFromEnvironment } from '#queue/dead-letters.ts';
import { consume, settleEach, type ConsumerDependencies, type Delivery } from '#runtime/consume.ts';
import { second } from '#schema/time.ts';
import { cdrExports, exportMessage, exportTimeout, type ExportMessage } from './contract.ts';
import {
  afterSlice,
  exportedBy,
  exportFilter,
  exportFilterWhole,
  failJob,
  fileTarget,
  hasTooManyRows,
  isLive,
  linesOf,
  takeTurn,
  type Slice,
} from './slice.ts';
import { endWrites, exportStore, updateWrites } from './store.ts';

type ExportContext = BackgroundContext<typeof cdrExports>;

/** Milliseconds of reading in a slice: the rest of the turn is for writing. */
const readingTime = 10 * second;

async function workSlice(job: ExportJob, { objects, clock, tableOf }: ExportContext): Promise<Slice> {
  const target = fileTarget(job);
  if (job.written && job.file !== null) {
    await objects.finish({ ...target, upload: job.file.upload }, job.file.tags);
    return { outcome: 'file complete' };
  }
  const deadline = clock().getTime() + readingTime;
  const read = await exportStore(tableOf(job.org_id)).reader(job, exportedBy(job), exportFilter(job));
  const isWanted = exportFilterWhole(job);
  const file = await writeFile(objects, target, job.file);
  let [rows, after, isFirst] = [job.rows, job.after, job.file === null];
  do {
    const { cdrs: found, cursor } = await read(after);
    const cdrs = found.filter(isWanted);
    rows += cdrs.length;
    if (hasTooManyRows(rows)) return { outcome: 'failed', error: 'TOO_MANY_ROWS' };
    await file.write(linesOf(job, cdrs, isFirst));
    if (cursor === undefined) return { outcome: 'all written', rows, ...(await file.close()) };
    [after, isFirst] = [cursor, false];
  } while (clock().getTime() < deadline);
  return { outcome: 'rows left', rows, after, file: await file.pause(job.turn) };
}

/** Removes parts that belong to no file. Those that cannot be removed expire with the bucket's lifecycle rule. */
async function removeLeftovers(
  before: ExportJob,
  { file, status }: ExportJob,
  { objects, log }: ExportContext,
): Promise<void> {
  const target = fileTarget(before);
  const leftovers = [
    ...(before.file === null || before.file.rest === null || before.file.rest === file?.rest
      ? []
      : [objects.remove({ ...target, key: before.file.rest })]),
    ...(before.file === null || status !== 'failed'
      ? []
      : [objects.abandon({ ...target, upload: before.file.upload })]),
  ];
  for (const outcome of await Promise.allSettled(leftovers))
    if (outcome.status === 'rejected') log.fault(outcome.reason, before.id, 'parts of an export were not removed');
}

/** Works on one slice of a job, in the turn of one worker, and asks for the next slice. */
async function continueExport({ org_id, job_id }: ExportMessage, context: ExportContext): Promise<void> {
  const read = () => exportStore(context.tableOf(org_id)).get(job_id);
  await runTurn(
    {
      organization: org_id,
      read,
      take: (job, turn) => {
        const taken = takeTurn(job, turn);
        return taken === null ? null : { taken, writes: updateWrites(job, taken) };
      },
      slice: (job) => workSlice(job, context),
      end: async (job, slice) => {
        const after = afterSlice(job, slice);
        return {
          writes: [...updateWrites(job, after), ...(isLive(after) ? [] : endWrites(job))],
          pause: isLive(after) ? 0 : null,
          afterwards: () => removeLeftovers(job, after, context),
        };
      },
      again: (delay) => context.queues.send('jobs', [exportMessage({ org_id, job_id }, delay)]),
    },
    exportTimeout * second,
    context,
  );
}

/** Ends a job whose slices keep failing. */
async function giveUp({ org_id, job_id }: ExportMessage, error: unknown, context: ExportContext): Promise<void> {
  context.log.fault(error, job_id, 'an export has failed');
  let job: ExportJob | undefined;
  await context.transact(org_id, async () => {
    job = await exportStore(context.tableOf(org_id)).get(job_id);
    if (job === undefined || !isLive(job)) return [];
    return [...updateWrites(job, failJob(job, 'INTERNAL_ERROR')), ...endWrites(job)];
  });
  if (job !== undefined && isLive(job)) await removeLeftovers(job, failJob(job, 'INTERNAL_ERROR'), context);
}

/** @param dependencies what the function uses from outside; tests pass their own */
export const cdrExportsHandler = (
  dependencies: ConsumerDependencies = {
    ...queueDependencies(),
    objects: objectsFromEnvironment(),
    deadLetters: deadLettersFromEnvironment(),
  },
) =>
  consume(
    cdrExports,
    settleEach(async ({ message, receives }: Delivery<ExportMessage>, context: ExportContext) => {
      await continueExport(message, context).catch((error: unknown) => {
        if (receives < maximumReceives) throw error;
        return giveUp(message, error, context);
      });
    }),
    dependencies,
  );

export const handler = cdrExportsHandler();
