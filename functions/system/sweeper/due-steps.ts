import { isDueKind, messagesWhenDue } from '#contract/consequences.ts';
import { timersPassedOver } from '#contract/log-messages.ts';
import { readShards } from '#dynamodb/index-shards.ts';
import { minuteOf, passedOverBefore, type DueItem } from '#dynamodb/rows/due.ts';
import { maximumWrites } from '#dynamodb/commit.ts';
import type { Slice } from '#dynamodb/table.ts';
import { second } from '#schema/time.ts';
import type { FunctionContract } from '#contract/resource.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import type { sweeper } from './contract.ts';
import { dueSlice, progressWrite, readProgress, removeWrites } from './store.ts';

/** Pointers of a shard, oldest first; with a cursor if there may be more. */
type ReadSlice = { readonly items: readonly { readonly minute: number }[]; readonly cursor: string | undefined };

/**
 * The minute before which a round leaves no pointer: a shard that goes on may hold more of its last minute. The mark
 * does not go back for a pointer that was written behind it.
 * @param bounds `mark`: before the round; `end`: the minute before which all is complete when every shard is
 */
export const markAfter = (
  round: readonly (ReadSlice | null)[],
  { mark, end }: { readonly mark: number; readonly end: number },
): number =>
  Math.min(
    end,
    ...round.flatMap((slice) => (slice?.cursor === undefined ? [] : [Math.max(mark, slice.items.at(-1)?.minute ?? 0)])),
  );

/** `served`: the contracts whose consumers take what is due. */
export type Sweeping = BackgroundContext<typeof sweeper> & { readonly served: readonly FunctionContract[] };

/** Minutes that stay open behind the present one, as a pointer may be written late. */
const minutesBack = 2;
/** Minutes that are swept in advance, as the next run starts within them. */
const minutesAhead = 1;
/** Milliseconds after which a run begins no further slice; the next run continues at the mark. */
const workingTime = 12 * second;

/** Where the sweep of each shard continues; null: the shard is complete. */
type Positions = readonly (null | { readonly after?: string })[];

/** A slice of each shard that is not complete. */
type Round = readonly (Slice<DueItem> | null)[];

const positionsAfter = (round: Round): Positions =>
  round.map((slice) => (slice?.cursor === undefined ? null : { after: slice.cursor }));

/** Queues what is due, to be delivered at its second. */
async function queueDue({ queues, clock, served }: Sweeping, items: readonly DueItem[]): Promise<void> {
  const delayOf = ({ at }: DueItem): number =>
    Math.max(0, Math.ceil((new Date(at).getTime() - clock().getTime()) / 1_000));
  for (const { queue, messages } of messagesWhenDue(served, items, delayOf)) await queues.send(queue, messages);
}

const readRound = ({ tableOf }: Sweeping, until: number, positions: Positions): Promise<Round> =>
  Promise.all(
    positions.map(async (position, shard) =>
      position === null ? null : dueSlice(tableOf(0), shard, until, position.after),
    ),
  );

const itemsOf = (round: Round): readonly DueItem[] => round.flatMap((slice) => slice?.items ?? []);

/** Queues the pointers of a round, then deletes them. */
async function settleRound(context: Sweeping, round: Round): Promise<void> {
  // A pointer of an unknown kind was written by a newer version of the platform, whose sweeper takes it.
  const items = itemsOf(round)
    .filter(({ kind }) => isDueKind(context.served, kind))
    .toSorted((one, other) => one.minute - other.minute);
  await queueDue(context, items);
  for (let at = 0; at < items.length; at += maximumWrites)
    await context.transact(0, async () => removeWrites(items.slice(at, at + maximumWrites)));
}

/** An alarm counts pointers that earlier runs have passed over. */
function reportPassedOver({ log }: Sweeping, round: Round, mark: number): void {
  const pointers = itemsOf(round).filter((item) => item.minute < passedOverBefore(mark)).length;
  if (pointers > 0) log.note(timersPassedOver, { pointers });
}

/**
 * Queues what is due, oldest first, from the oldest pointer on: one that was written behind the mark is not overlooked.
 * The mark moves with every round.
 * @param indexed Unix minute before which all pointers are in the index
 */
export async function sweepDue(context: Sweeping, indexed: number): Promise<void> {
  const { tableOf, clock, transact } = context;
  const started = clock().getTime();
  const now = minuteOf(clock());
  const mark = (await readProgress(tableOf(0))) ?? 0;
  const end = Math.min(now - minutesBack, indexed);
  let positions: Positions = readShards.map(() => ({}));
  do {
    const round = await readRound(context, now + minutesAhead, positions);
    reportPassedOver(context, round, mark);
    await settleRound(context, round);
    await transact(0, async () => [progressWrite(markAfter(round, { mark, end }))]);
    positions = positionsAfter(round);
  } while (positions.some((position) => position !== null) && clock().getTime() < started + workingTime);
}
