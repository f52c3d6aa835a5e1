import { minuteOf } from '../../../shared/dynamodb/rows/due.ts';
import { maximumWrites } from '../../../shared/dynamodb/commit.ts';
import { day, minute } from '../../../shared/schema/time.ts';
import type { Sweeping } from './due-session.ts';
import { indexingWrite, indexWrites, pointersOf, readIndexing, readProgress } from './store.ts';

/** Minutes of which one run puts the pointers into the index: 8 reads each. */
const minutesOfRun = 500;
const minutesAtOnce = 50;
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

/**
 * Puts pointers into the index that versions before it stored, a part of the minutes in each run, once.
 * @returns Unix minute before which all pointers are in the index
 */
export async function indexPointers(context: Indexing): Promise<number> {
  const { tableOf, transact } = context;
  const left = await remainder(context);
  if (left === undefined) return Infinity;
  const { until } = left;
  const end = Math.min(left.next + minutesOfRun, until + 1);
  for (let next = left.next; next < end; next += minutesAtOnce) {
    const minutes = Array.from({ length: Math.min(minutesAtOnce, end - next) }, (_, at) => next + at);
    const found = (await Promise.all(minutes.map((each) => pointersOf(tableOf(0), each)))).flat();
    for (let at = 0; at < found.length; at += maximumWrites)
      await transact(0, async () => indexWrites(found.slice(at, at + maximumWrites)));
  }
  await transact(0, async () => [indexingWrite(end > until ? null : end, until)]);
  return end > until ? Infinity : end;
}
