import { setTimeout as pause } from 'node:timers/promises';
import type { Entity } from '../contract/entities.ts';
import { AppError } from '../errors.ts';
import { second } from '../schema/time.ts';
import { assertCommitted, Contention, StaleWrite, tryCommit, type FailedCondition } from './commit.ts';
import { attemptInTurn, serialEntityOf, type LineContext } from './waiting-line.ts';
import type { Write } from './write.ts';

const maxDecisions = 8;
/** Milliseconds between the first two decisions. Doubles each time, with jitter. */
const firstWait = 5;
/** Milliseconds for a decision where writers take turns (shared/http/README.md, "Turns"). */
const turnTimeout = 10 * second;

/** Where a decision is committed, and how. */
type Transaction<N extends string> = {
  readonly organization: number;
  /** Reads everything that the decision depends on, as it may be called again. Without writes nothing is sent. */
  readonly decide: () => Promise<readonly Write<N>[]>;
  /** Commits the writes of one decision; default: `tryCommit`. */
  readonly commits?: (writes: readonly Write<N>[]) => Promise<readonly FailedCondition[]>;
};

/**
 * Commits the writes that `decide` returns, in one transaction. If an item changed in between, it is decided again; in
 * its turn where writers take turns. Handlers of requests return their writes instead (`shared/http/decide.ts`), and
 * call this for transactions that come before or in parts.
 * @throws AppError UNAVAILABLE after 8 decisions, or 10 s where writers take turns; the AppError of a failed condition
 */
export async function transact<N extends string>(
  context: LineContext & { readonly random: () => number },
  { organization, decide, commits = (writes) => tryCommit(context.store, organization, writes) }: Transaction<N>,
): Promise<void> {
  let entity: Entity | undefined;
  const attempt = async (): Promise<'done' | undefined> => {
    try {
      const writes = await decide();
      entity = serialEntityOf(writes);
      if (writes.length > 0) assertCommitted(writes, await commits(writes));
      return 'done';
    } catch (error) {
      if (error instanceof StaleWrite || (entity !== undefined && error instanceof Contention)) return undefined;
      throw error;
    }
  };
  for (let turn = 0; turn < maxDecisions; turn += 1) {
    if ((await attempt()) !== undefined) return;
    if (entity !== undefined) {
      await attemptInTurn(context, { organization, entity }, attempt, context.clock().getTime() + turnTimeout);
      return;
    }
    await pause(context.random() * firstWait * 2 ** turn);
  }
  throw new AppError('UNAVAILABLE', 'Other requests keep changing this resource; try again', { retryAfter: 1 });
}
