import { isItemFailure, maximumWrites, type FailedCondition } from '../../../shared/dynamodb/commit.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { newBatcher } from '../batcher.ts';

type CommitContext = Pick<SidecarContext, 'tryCommit'>;

/** The writes of one REGISTER. */
type Change = {
  readonly organization: number;
  readonly writes: Parameters<SidecarContext['tryCommit']>[1];
  /** The device whose state is among the writes: two changes of one device cannot be in the same transaction. */
  readonly device: string;
};

/** The conditions that failed, by the position of their write; empty if the change was committed. */
type Outcome = readonly FailedCondition[];

/** Concurrent transactions, of 25 first registrations each. */
const concurrency = 6;

/** Commits the changes of several REGISTERs in one transaction. Each gets its own outcome, like that of `tryCommit`. */
export const newCommitBatcher = (context: CommitContext): ((change: Change) => Promise<Outcome>) =>
  newBatcher((changes) => commitAll(context, changes), {
    max: maximumWrites,
    concurrency,
    sizeOf: ({ writes }) => writes.length,
    keyOf: ({ device }) => device,
  });

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/**
 * If a condition fails, the other changes are committed without the failed ones. If an item is locked by another
 * writer, or the transaction as a whole is rejected, each change is committed alone.
 */
async function commitAll(context: CommitContext, changes: readonly Change[]): Promise<(Outcome | Error)[]> {
  const commitAlone = ({ organization, writes }: Change): Promise<Outcome | Error> =>
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
async function commitWithoutFailed(
  context: CommitContext,
  changes: readonly Change[],
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
