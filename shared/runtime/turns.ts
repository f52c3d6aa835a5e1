import type { Write } from '../dynamodb/write.ts';
import type { TurnState } from '../schema/turn.ts';

/** How a turn ends. */
type Ending<N extends string> = {
  readonly writes: readonly Write<N>[];
  /** Seconds until the next turn; null if the work is done. */
  readonly pause: number | null;
  /** Runs after the writes are committed. */
  readonly afterwards?: () => Promise<void>;
};

/**
 * Long work in slices, one per turn: a process takes the turn, works on a slice and ends the turn. Only one process has
 * the turn. `T`: the stored item of the work; `D`: the result of a slice; `N`: the writes.
 */
export type Work<T extends TurnState, D, N extends string> = {
  readonly organization: number;
  /** The stored item; undefined if it was deleted. */
  readonly read: () => Promise<T | undefined>;
  /** The writes that take the turn; null if the work must not continue. */
  readonly take: (item: T, turn: TurnState) => { readonly taken: T; readonly writes: readonly Write<N>[] } | null;
  readonly slice: (taken: T) => Promise<D>;
  readonly end: (item: T, done: D) => Promise<Ending<N>>;
  /** Queues the next turn. @param delay seconds */
  readonly again: (delay: number) => Promise<void>;
};

type TurnContext<N extends string> = {
  readonly clock: () => Date;
  readonly nextId: (prefix: string) => string;
  readonly transact: (organization: number, decide: () => Promise<readonly Write<N>[]>) => Promise<void>;
};

/** Takes the turn. @returns the item; or milliseconds until the turn of another process ends; 0 if there is no work */
async function takeTurn<T extends TurnState, D, N extends string>(
  work: Work<T, D, N>,
  ttl: number,
  context: TurnContext<N>,
): Promise<T | number> {
  let result: T | number = 0;
  await context.transact(work.organization, async () => {
    const [item, now] = [await work.read(), context.clock().getTime()];
    result = 0;
    const next = item === undefined ? null : work.take(item, { turn: context.nextId('turn'), turn_until: now + ttl });
    if (item === undefined || next === null) return [];
    result = item.turn_until > now ? item.turn_until - now : next.taken;
    return typeof result === 'number' ? [] : next.writes;
  });
  return result;
}

/** Saves the result of a slice, unless another process took over. @returns seconds until the next turn; null: none */
async function endTurn<T extends TurnState, D, N extends string>(
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
 * Works on one slice and queues the next turn. If another process has the turn, it may have died; then the next turn
 * starts after that one expires.
 * @param ttl milliseconds of a turn, in which a slice must be finished
 */
export async function runTurn<T extends TurnState, D, N extends string>(
  work: Work<T, D, N>,
  ttl: number,
  context: TurnContext<N>,
): Promise<void> {
  const taken = await takeTurn(work, ttl, context);
  if (typeof taken === 'number') return taken > 0 ? work.again(Math.ceil(taken / 1_000)) : undefined;
  const pause = await endTurn(work, { taken, done: await work.slice(taken) }, context);
  if (pause !== null) await work.again(pause);
}
