import type { Write } from '../dynamodb/write.ts';
import type { Turned } from '../schema/turn.ts';

/**
 * Writes down what a turn has done. `pause`: seconds until the next; null: there is none. `afterwards`: what is done
 * once it is written.
 */
type Ending<N extends string> = {
  readonly writes: readonly Write<N>[];
  readonly pause: number | null;
  readonly afterwards?: () => Promise<void>;
};

/** Work in slices. `T`: what is worked on, as it is kept; `D`: what a slice has done; `N`: what is written. */
export type Work<T extends Turned, D, N extends string> = {
  readonly organization: number;
  /** As it is kept; undefined where it is gone. */
  readonly read: () => Promise<T | undefined>;
  /** Gives it to a turn; null where it is not to go on. */
  readonly take: (item: T, turn: Turned) => { readonly taken: T; readonly writes: readonly Write<N>[] } | null;
  readonly slice: (taken: T) => Promise<D>;
  readonly end: (item: T, done: D) => Promise<Ending<N>>;
  /** Queues it again. @param delay seconds */
  readonly again: (delay: number) => Promise<void>;
};

type TurnContext<N extends string> = {
  readonly clock: () => Date;
  readonly nextId: (prefix: string) => string;
  readonly transact: (organization: number, decide: () => Promise<readonly Write<N>[]>) => Promise<void>;
};

/**
 * The item, if it is to go on and nobody else has its turn; else milliseconds until that is over, 0 where there is
 * nothing to wait for.
 */
async function takeTurn<T extends Turned, D, N extends string>(
  work: Work<T, D, N>,
  life: number,
  context: TurnContext<N>,
): Promise<T | number> {
  let result: T | number = 0;
  await context.transact(work.organization, async () => {
    const [item, now] = [await work.read(), context.clock().getTime()];
    result = 0;
    const given = item === undefined ? null : work.take(item, { turn: context.nextId('turn'), turn_until: now + life });
    if (item === undefined || given === null) return [];
    result = item.turn_until > now ? item.turn_until - now : given.taken;
    return typeof result === 'number' ? [] : given.writes;
  });
  return result;
}

/**
 * Writes down what a turn has done, unless another has taken over. @returns seconds until the next one; null: it is not
 * to go on here
 */
async function endTurn<T extends Turned, D, N extends string>(
  work: Work<T, D, N>,
  { taken, done }: { readonly taken: T; readonly done: D },
  context: TurnContext<N>,
): Promise<number | null> {
  const nothing: Ending<N> = { writes: [], pause: null };
  let ending = nothing;
  await context.transact(work.organization, async () => {
    const item = await work.read();
    ending = item === undefined || item.turn !== taken.turn ? nothing : await work.end(item, done);
    return ending.writes;
  });
  await ending.afterwards?.();
  return ending.pause;
}

/**
 * One slice of work; it is queued again for the next. Whoever had the turn may have died in it: then it is waited for.
 * @param life milliseconds of a turn, in which a slice must be done
 */
export async function runTurn<T extends Turned, D, N extends string>(
  work: Work<T, D, N>,
  life: number,
  context: TurnContext<N>,
): Promise<void> {
  const taken = await takeTurn(work, life, context);
  if (typeof taken === 'number') return taken > 0 ? work.again(Math.ceil(taken / 1_000)) : undefined;
  const pause = await endTurn(work, { taken, done: await work.slice(taken) }, context);
  if (pause !== null) await work.again(pause);
}
