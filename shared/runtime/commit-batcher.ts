import { isItemFailure, maximumWrites, type FailedCondition } from '../dynamodb/commit.ts';
import type { Write } from '../dynamodb/write.ts';
import { newBatcher } from '../concurrency/batcher.ts';

type CommitContext<N extends string> = {
  readonly tryCommit: (organization: number, writes: readonly Write<N>[]) => Promise<readonly FailedCondition[]>;
};

/** The writes of one change, such as a REGISTER. */
type Change<N extends string> = {
  readonly organization: number;
  readonly writes: readonly Write<N>[];
  /** Changes that write the same item have the same key: they cannot be in one transaction. */
  readonly key: string;
};

/** The conditions that failed, by the position of their write; empty if the change was committed. */
type Outcome = readonly FailedCondition[];

/** Commits a change in one transaction with others, and returns what became of it. */
export type CommitBatcher<N extends string> = (change: Change<N>) => Promise<Outcome>;

/** Concurrent transactions. */
const concurrency = 6;

/** Commits several changes in one transaction. Each gets its own outcome, like that of `tryCommit`. */
export const newCommitBatcher = <N extends string>(context: CommitContext<N>): CommitBatcher<N> =>
  newBatcher((changes) => commitAll(context, changes), {
    max: maximumWrites,
    concurrency,
    sizeOf: ({ writes }) => writes.length,
    keyOf: ({ key }) => key,
  });

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/**
 * If a condition fails, the other changes are committed without the failed ones. If an item is locked by another
 * writer, or the transaction as a whole is rejected, each change is committed alone.
 */
async function commitAll<N extends string>(
  context: CommitContext<N>,
  changes: readonly Change<N>[],
): Promise<(Outcome | Error)[]> {
  const commitAlone = ({ organization, writes }: Change<N>): Promise<Outcome | Error> =>
    context.tryCommit(organization, writes).catch(asError);
  if (changes.length <= 1) return Promise.all(changes.map(commitAlone));
  let failed: Outcome;
  try {
    failed = await context.tryCommit(
      0,
      changes.flatMap(({ organization, writes }) => writes.map((write) => ({ organization, ...write }))),
    );
  } catch (error) {
    if (!isItemFailure(error)) throw error;
    return Promise.all(changes.map(commitAlone));
  }
  return failed.length === 0 ? changes.map(() => []) : commitWithoutFailed(context, changes, failed);
}

/** Assigns the failed conditions to their changes, and commits the other changes. */
async function commitWithoutFailed<N extends string>(
  context: CommitContext<N>,
  changes: readonly Change<N>[],
  failed: Outcome,
): Promise<(Outcome | Error)[]> {
  let from = 0;
  const own = changes.map(({ writes }) => {
    const first = from;
    from += writes.length;
    return failed.filter(({ at }) => at >= first && at < from).map(({ at, stored }) => ({ at: at - first, stored }));
  });
  const others = await commitAll(
    context,
    changes.filter((_change, at) => own[at]?.length === 0),
  );
  let other = 0;
  return own.map((mine) => (mine.length > 0 ? mine : (others[other++] ?? [])));
}
