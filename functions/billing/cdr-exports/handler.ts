import { queueDependencies } from '../../../shared/runtime/queue-dependencies.ts';
import { oneTurn } from '../../../shared/runtime/turns.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { maximumReceives } from '../../../shared/contract/queues.ts';
import type { ExportJob } from '../cdr/export.ts';
import { writeFile } from '../../../shared/objects/file-writer.ts';
import { objectsFromEnvironment } from '../../../shared/objects/objects.ts';
import { deadLettersFromEnvironment } from '../../../shared/queue/dead-letters.ts';
import { consume, each, type ConsumerDependencies, type Delivery } from '../../../shared/queue/consume.ts';
import { cdrExports, exportMessage, exportTimeout, type ExportMessage } from './contract.ts';
import {
  afterSlice,
  belongsTo,
  failed,
  inTurn,
  isLive,
  isTooMuch,
  linesOf,
  placeOf,
  wayTo,
  type Slice,
} from './slice.ts';
import { changing, exportStore, oneAtWorkLess } from './store.ts';

type ExportContext = BackgroundContext<typeof cdrExports>;

/** Milliseconds of reading in a slice: the rest of a turn is for writing. */
const shift = 20_000;

async function workSlice(job: ExportJob, context: ExportContext): Promise<Slice> {
  const { objects, clock, tableOf } = context;
  const place = placeOf(job);
  if (job.written && job.file !== null) {
    await objects.finish({ ...place, upload: job.file.upload }, job.file.tags);
    return { did: 'the file' };
  }
  const deadline = clock().getTime() + shift;
  const read = await exportStore(tableOf(job.org_id)).reader(job, wayTo(job), belongsTo(job));
  const file = await writeFile(objects, place, job.file);
  let [rows, after, isFirst] = [job.rows, job.after, job.file === null];
  do {
    const { cdrs, cursor } = await read(after);
    rows += cdrs.length;
    if (isTooMuch(rows)) return { did: 'nothing', error: 'TOO_MANY_ROWS' };
    await file.write(linesOf(job, cdrs, isFirst));
    if (cursor === undefined) return { did: 'the rest', rows, ...(await file.close()) };
    [after, isFirst] = [cursor, false];
  } while (clock().getTime() < deadline);
  return { did: 'some', rows, after, file: await file.pause(job.turn) };
}

/** What was written and belongs to no file. What cannot be removed now goes with the age of the bucket's objects. */
async function tidyUp(before: ExportJob, { file, status }: ExportJob, { objects, log }: ExportContext): Promise<void> {
  const place = placeOf(before);
  const leftovers = [
    ...(before.file === null || before.file.rest === null || before.file.rest === file?.rest
      ? []
      : [objects.remove({ ...place, key: before.file.rest })]),
    ...(before.file === null || status !== 'failed' ? [] : [objects.abandon({ ...place, upload: before.file.upload })]),
  ];
  for (const each of await Promise.allSettled(leftovers))
    if (each.status === 'rejected') log.fault(each.reason, before.id, 'parts of an export are left over');
}

async function goOn({ org_id, job_id }: ExportMessage, context: ExportContext): Promise<void> {
  const read = () => exportStore(context.tableOf(org_id)).get(job_id);
  await oneTurn(
    {
      organization: org_id,
      read,
      take: (job, turn) => {
        const taken = inTurn(job, turn);
        return taken === null ? null : { taken, writes: changing(job, taken) };
      },
      slice: (job) => workSlice(job, context),
      end: async (job, slice) => {
        const after = afterSlice(job, slice);
        return {
          writes: [...changing(job, after), ...(isLive(after) ? [] : oneAtWorkLess(job))],
          pause: isLive(after) ? 0 : null,
          afterwards: () => tidyUp(job, after, context),
        };
      },
      again: (delay) => context.queues.send('cdr-exports', [exportMessage({ org_id, job_id }, delay)]),
    },
    exportTimeout * 1_000,
    context,
  );
}

/** A job whose slice fails again and again is given up. */
async function giveUp({ org_id, job_id }: ExportMessage, error: unknown, context: ExportContext): Promise<void> {
  context.log.fault(error, job_id, 'an export is given up');
  let given: ExportJob | undefined;
  await context.transact(org_id, async () => {
    given = await exportStore(context.tableOf(org_id)).get(job_id);
    if (given === undefined || !isLive(given)) return [];
    return [...changing(given, failed(given, 'INTERNAL_ERROR')), ...oneAtWorkLess(given)];
  });
  if (given !== undefined && isLive(given)) await tidyUp(given, failed(given, 'INTERNAL_ERROR'), context);
}

/** @param outside what the function touches; tests bring their own */
export const cdrExportsHandler = (
  dependencies: ConsumerDependencies = {
    ...queueDependencies(),
    objects: objectsFromEnvironment(),
    deadLetters: deadLettersFromEnvironment(),
  },
) =>
  consume(
    cdrExports,
    each(async ({ message, receives }: Delivery<ExportMessage>, context: ExportContext) => {
      await goOn(message, context).catch((error: unknown) => {
        if (receives < maximumReceives) throw error;
        return giveUp(message, error, context);
      });
    }),
    dependencies,
  );

export const handler = cdrExportsHandler();
