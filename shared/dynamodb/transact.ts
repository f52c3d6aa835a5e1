import type { Entity } from '../contract/entities.ts';
import { AppError } from '../errors.ts';
import { second } from '../schema/time.ts';
import { assertCommitted, tryCommit, type FailedCondition } from './commit.ts';
import { decideAgain, isLostRace, type Attempt } from './decide-again.ts';
import { serialEntityOf, type LineContext } from './waiting-line.ts';
import type { Write } from './write.ts';

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
 * @throws AppError UNAVAILABLE after 16 decisions, or 10 s where writers take turns; the AppError of a failed condition
 */
export async function transact<N extends string>(
  context: LineContext & { readonly random: () => number },
  { organization, decide, commits = (writes) => tryCommit(context.store, organization, writes) }: Transaction<N>,
): Promise<void> {
  const attempt = async (): Promise<Attempt<true>> => {
    let entity: Entity | undefined;
    try {
      const writes = await decide();
      entity = serialEntityOf(writes);
      if (writes.length > 0) assertCommitted(writes, await commits(writes));
      return { kind: 'committed', result: true };
    } catch (error) {
      if (isLostRace(error, entity)) return { kind: 'stale', entity };
      throw error;
    }
  };
  const deadline = context.clock().getTime() + turnTimeout;
  if ((await decideAgain(context, { organization, deadline }, attempt)) === undefined)
    throw new AppError('UNAVAILABLE', 'Other requests keep changing this resource; try again', { retryAfter: 1 });
}
