import { assertCommitted, isItemFailure, maximumWrites, type FailedCondition } from '#dynamodb/commit.ts';
import { countChannels, sumOfChannels, type ChannelChange } from '#dynamodb/rows/channel.ts';
import { newBatcher } from '#concurrency/batcher.ts';
import type { Call } from '#telephony/call.ts';
import { money, zeroAmount, type Money } from '#schema/money.ts';
import { releaseOf } from '#functions/dialplan/dialplan-evaluator/decider-steps.ts';
import type { SidecarContext } from '../../leases/membership.ts';

type Context = Pick<SidecarContext, 'tryCommit' | 'clock'>;
type Writes = Parameters<SidecarContext['tryCommit']>[1];

/** A change of one call, for one transaction. */
export type CallChange = {
  readonly call: Pick<Call, 'id' | 'org_id'>;
  readonly writes: Writes;
  /** What it counts. */
  readonly channels: readonly ChannelChange[];
  /** What it gives back of the money that its organization has reserved; absent: nothing. */
  readonly released?: Money;
};

/** Commits a change. @throws AppError of a condition that failed, StaleWrite, or what the store throws */
export type CommitCall = (change: CallChange) => Promise<void>;

/** Milliseconds between two departures. */
const departureInterval = 100;

/**
 * Lets changes that no one waits for begin together: all that arrive within an interval share a transaction, so that
 * their number does not grow with that of the calls.
 */
export class Departures {
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  /** Resolves at the next departure, or when `hurry` is called. */
  next(): Promise<void> {
    this.#timer ??= setTimeout(() => this.#depart(), departureInterval);
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Lets all depart at once: someone waits for one of them. */
  hurry(): void {
    if (this.#timer !== undefined) this.#depart();
  }

  #depart(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

/** The conditions that failed, by the position of their write: those of the call, then those of its channels. */
type Outcome = readonly FailedCondition[];

/** Concurrent transactions: few, as a transaction costs more than the writes that join it while it waits. */
const concurrency = 2;

/**
 * Commits changes of several calls in one transaction. Each of the counters that they share is changed once, by the sum
 * of their changes: so an organization is not limited to the calls that the store can count one after the other.
 */
export function callBatches(context: Context): CommitCall {
  const commit = newBatcher<CallChange, Outcome>((changes) => commitTogether(context, changes), {
    max: maximumWrites,
    concurrency,
    sizeOf: ({ writes, channels, released }) => writes.length + channels.length + (released === undefined ? 0 : 1),
    keyOf: ({ call, channels }) => (channels.length > 0 ? `channels/${call.org_id}` : call.id),
    joinsKeys: true,
    joinsTurn: true,
  });
  return async (change) => assertCommitted(writesOf(context, change), await commit(change));
}

const releasesOf = (changes: readonly Pick<CallChange, 'released'>[]): Writes => {
  const released = changes.reduce((sum, { released: of = zeroAmount }) => money(sum + of), zeroAmount);
  return released === zeroAmount ? [] : [releaseOf(released)];
};

const writesOf = ({ clock }: Context, change: CallChange): Writes => [
  ...change.writes,
  ...countChannels(change.channels, clock()),
  ...releasesOf([change]),
];

/** If something fails together, the changes that take channels are committed alone, after the others. */
async function commitTogether(context: Context, changes: readonly CallChange[]): Promise<(Outcome | Error)[]> {
  if (changes.length > 1 && (await areCommitted(context, changes))) return changes.map(() => []);
  const isTaking = ({ channels }: CallChange): boolean => channels.some(({ total }) => total > 0);
  const others = changes.filter((change) => !isTaking(change));
  const isMixed = others.length > 0 && others.length < changes.length;
  const outcomes = new Map<CallChange, Outcome | Error>();
  if (isMixed)
    for (const [at, outcome] of (await commitTogether(context, others)).entries()) {
      const change = others[at];
      if (change !== undefined) outcomes.set(change, outcome);
    }
  for (const change of changes) if (!outcomes.has(change)) outcomes.set(change, await commitAlone(context, change));
  return changes.map((change) => outcomes.get(change) ?? []);
}

const commitAlone = (context: Context, change: CallChange): Promise<Outcome | Error> =>
  context
    .tryCommit(change.call.org_id, writesOf(context, change))
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));

async function areCommitted(context: Context, changes: readonly CallChange[]): Promise<boolean> {
  const counted = [...Map.groupBy(changes, ({ call }) => call.org_id)].map(([organization, of]) => ({
    organization,
    sums: sumOfChannels(of.flatMap(({ channels }) => channels)),
    releases: releasesOf(of),
  }));
  if (counted.some(({ sums }) => sums === undefined)) return false;
  // A call may be taken over twice at once, and a transaction changes an item once.
  if (new Set(changes.map(({ call }) => call.id)).size < changes.length) return false;
  const writes = [
    ...changes.flatMap(({ call, writes: own }) => own.map((write) => ({ organization: call.org_id, ...write }))),
    ...counted.flatMap(({ organization, sums = [], releases }) =>
      [...countChannels(sums, context.clock()), ...releases].map((write) => ({ organization, ...write })),
    ),
  ];
  try {
    return (await context.tryCommit(0, writes)).length === 0;
  } catch (error) {
    if (isItemFailure(error)) return false;
    throw error;
  }
}
