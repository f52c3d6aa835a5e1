import { isOfAnItem, maximumWrites, type FailedCondition } from '../../../shared/dynamodb/commit.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { together } from '../together.ts';

type Committing = Pick<SidecarContext, 'tryCommit'>;

/** What one REGISTER changes. */
type Change = {
  readonly organization: number;
  readonly writes: Parameters<SidecarContext['tryCommit']>[1];
  /** Whose state is written with it. */ readonly device: string;
};

type Outcome = readonly FailedCondition[];

/** Transactions that are under way at the same time, of 25 first registrations each. */
const transactions = 6;

/** Commits changes of several REGISTERs in one transaction; each has its own answer, as of `tryCommit`. */
export const commitsTogether = (context: Committing): ((change: Change) => Promise<Outcome>) =>
  together((changes) => commitAll(context, changes), {
    most: maximumWrites,
    atOnce: transactions,
    sizeOf: ({ writes }) => writes.length,
    keyOf: ({ device }) => device,
  });

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

async function commitAll(context: Committing, changes: readonly Change[]): Promise<(Outcome | Error)[]> {
  const alone = ({ organization, writes }: Change): Promise<Outcome | Error> =>
    context.tryCommit(organization, writes).catch(asError);
  if (changes.length <= 1) return Promise.all(changes.map(alone));
  let failed: Outcome;
  try {
    failed = await context.tryCommit(
      0,
      changes.flatMap(({ organization, writes }) => writes.map((write) => ({ organization, ...write }))),
    );
  } catch (error) {
    if (!isOfAnItem(error)) throw error;
    return Promise.all(changes.map(alone));
  }
  return failed.length === 0 ? changes.map(() => []) : withoutFailed(context, changes, failed);
}

/** Those whose conditions do not hold are told so; the others go again without them. */
async function withoutFailed(
  context: Committing,
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
    changes.filter((_, at) => own[at]?.length === 0),
  );
  let other = 0;
  return own.map((mine) => (mine.length > 0 ? mine : (others[other++] ?? [])));
}
