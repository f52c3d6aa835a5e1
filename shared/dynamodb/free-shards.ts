/**
 * Selects the shard of an organization's sums that a transaction adds to: the first free one, so that an organization
 * without concurrent transactions has a single shard (shared/dynamodb/README.md, "Sums in shards").
 */

/** Largest number of items of a sum. Readers add up those that exist. */
export const maxShards = 8;

/** Organizations whose shards are cached. */
const maxOrganizations = 1_000;

/**
 * Milliseconds for which a shard is not used: during an attempt of ours; after it, because DynamoDB may hold items a
 * little longer; and after a conflict with another process, which will continue in it.
 */
const reserved = { attempt: 50, done: 20, conflict: (random: number): number => 2_000 + 4_000 * random };

export type Shards = {
  /** Takes a shard for an attempt. `free`: no transaction is known to hold it. */
  readonly take: (organization: number) => { readonly shard: number; readonly free: boolean };
  /** The transaction was committed. */
  readonly done: (organization: number, shard: number) => void;
  /** Another transaction held the shard. */
  readonly met: (organization: number, shard: number) => void;
};

type Context = { readonly random: () => number; /** Milliseconds. */ readonly now: () => number };

/** The shards that this process knows to be in use. */
export function freeShards({ random, now }: Context = { random: Math.random, now: () => performance.now() }): Shards {
  const heldUntil = new Map<number, number[]>();
  const timesOf = (organization: number): number[] => {
    const known = heldUntil.get(organization);
    if (known !== undefined) return known;
    if (heldUntil.size >= maxOrganizations) heldUntil.clear();
    const times = Array.from({ length: maxShards }, () => Number.NEGATIVE_INFINITY);
    heldUntil.set(organization, times);
    return times;
  };
  const reserve = (organization: number, shard: number, time: number): void => {
    timesOf(organization)[shard] = now() + time;
  };
  return {
    take: (organization) => {
      const times = timesOf(organization);
      const first = times.findIndex((time) => time <= now());
      const shard = first >= 0 ? first : times.indexOf(Math.min(...times));
      reserve(organization, shard, reserved.attempt);
      return { shard, free: first >= 0 };
    },
    done: (organization, shard) => {
      reserve(organization, shard, reserved.done);
    },
    met: (organization, shard) => {
      reserve(organization, shard, reserved.conflict(random()));
    },
  };
}
