import { writeFile } from '#objects/file-writer.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { deadLettersFromEnvironment } from '#queue/dead-letters.ts';
import { consume, settleEach, type ConsumerDependencies, type Delivery } from '#runtime/consume.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { queueDependencies } from '#runtime/queue-dependencies.ts';
import { runTurn } from '#runtime/turns.ts';
import { second } from '#schema/time.ts';
import type { ShownEntry } from '../sms-logs/entry.ts';
import type { Search } from '../sms-logs/search.ts';
import { searchMessage, searchTimeout, smsLogSearch, type SearchMessage } from './contract.ts';
import {
  afterSlice,
  chunksOf,
  failSearch,
  fileOf,
  foundIn,
  hasWork,
  linesOf,
  maxTries,
  openChunkKey,
  takeTurn,
  type Chunk,
  type Slice,
} from './slice.ts';
import { endWrite, searchStore, updateWrite } from './store.ts';

type SearchContext = BackgroundContext<typeof smsLogSearch>;

/** Milliseconds of reading in a slice: the rest of the turn is for writing. */
const readingTime = 10 * second;

/** The messages in the object that the last slice left unfinished. */
async function openEntries(search: Search, { objects }: SearchContext): Promise<readonly ShownEntry[]> {
  const key = openChunkKey(search);
  if (key === null) return [];
  // The assertion is safe: only this function writes these objects.
  return JSON.parse(Buffer.from(await objects.get({ bucket: 'exports', key })).toString()) as ShownEntry[];
}

const putChunk = ({ key, entries }: Chunk, { objects }: SearchContext): Promise<boolean> =>
  objects.put({ bucket: 'exports', key }, Buffer.from(JSON.stringify(entries)));

async function workSlice(search: Search, context: SearchContext): Promise<Slice> {
  const { objects, clock, tableOf } = context;
  if (search.written && search.file !== null) {
    await objects.finish({ ...fileOf(search), upload: search.file.upload }, search.file.tags);
    return { outcome: 'file complete' };
  }
  const deadline = clock().getTime() + readingTime;
  const store = searchStore(tableOf(search.org_id));
  const file = await writeFile(objects, fileOf(search), search.file);
  let { rows, after } = search;
  let [open, isFirst] = [await openEntries(search, context), search.file === null];
  for (;;) {
    const { items, cursor } = await store.entries(search, after);
    const { found, truncated } = foundIn(search, items, rows);
    rows += found.length;
    await file.write(linesOf(found, isFirst));
    const { full, rest } = chunksOf(search, rows, [...open, ...found]);
    await Promise.all(full.map((chunk) => putChunk(chunk, context)));
    const isLast = cursor === undefined || truncated;
    const isOver = clock().getTime() >= deadline;
    if (isLast || isOver) await putChunk(rest, context);
    if (isLast) return { outcome: 'all written', rows, truncated, file: (await file.close()).file };
    if (isOver) return { outcome: 'entries left', rows, after: cursor, file: await file.pause(search.turn) };
    [after, isFirst, open] = [cursor, false, rest.entries];
  }
}

/** Works on one slice of a search, in the turn of one worker, and asks for the next slice. */
const continueSearch = ({ org_id, search_id }: SearchMessage, context: SearchContext): Promise<void> =>
  runTurn(
    {
      organization: org_id,
      read: () => searchStore(context.tableOf(org_id)).get(search_id),
      take: (search, turn) => {
        const taken = takeTurn(search, turn);
        return taken === null ? null : { taken, writes: [updateWrite(search, taken)] };
      },
      slice: (search) => workSlice(search, context),
      end: async (search, slice) => {
        if (!hasWork(search)) return { writes: [], pause: null };
        const after = afterSlice(search, slice, context.clock());
        return {
          writes: [updateWrite(search, after), ...(hasWork(after) ? [] : [endWrite()])],
          pause: hasWork(after) ? 0 : null,
        };
      },
      again: (delay) => context.queues.send('jobs', [searchMessage({ org_id, search_id }, delay)]),
    },
    searchTimeout * second,
    context,
  );

/** Ends a search whose slices keep failing. What it wrote expires with the bucket's lifecycle rule. */
async function giveUp({ org_id, search_id }: SearchMessage, error: unknown, context: SearchContext): Promise<void> {
  context.log.fault(error, search_id, 'a search of the SMS log has failed');
  await context.transact(org_id, async () => {
    const search = await searchStore(context.tableOf(org_id)).get(search_id);
    return search === undefined || !hasWork(search) ? [] : [updateWrite(search, failSearch(search)), endWrite()];
  });
}

async function work({ message, receives }: Delivery<SearchMessage>, context: SearchContext): Promise<void> {
  if (receives > maxTries) return giveUp(message, new Error('its workers were lost'), context);
  try {
    await continueSearch(message, context);
  } catch (error) {
    if (receives < maxTries) throw error;
    await giveUp(message, error, context);
  }
}

/** @param dependencies what the function uses from outside; tests pass their own */
export const smsLogSearchHandler = (
  dependencies: ConsumerDependencies = {
    ...queueDependencies(),
    objects: objectsFromEnvironment(),
    deadLetters: deadLettersFromEnvironment(),
  },
) => consume(smsLogSearch, settleEach(work), dependencies);

export const handler = smsLogSearchHandler();
