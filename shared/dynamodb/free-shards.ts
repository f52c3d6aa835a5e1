/**
 * Which shard of an organization's sums a transaction adds to: the first that nobody holds, so that who has no rivals
 * has one shard.
 */

/** Over how many items a sum is spread at most; which of them there are, a reader sees. */
export const maxShards = 8;

/** Organizations whose shards are remembered. */
const maxOrganizations = 1_000;

/**
 * Milliseconds for which a shard is left alone: while a transaction of ours is tried in it, after it was done, as
 * DynamoDB may hold items a moment longer, and after another's was met there, who will go on in it.
 */
const left = { tried: 50, done: 20, met: (random: number): number => 2_000 + 4_000 * random };

export type Shards = {
  /** Takes a shard for a try. `free`: nobody is known to hold it. */
  readonly take: (organization: number) => { readonly shard: number; readonly free: boolean };
  readonly done: (organization: number, shard: number) => void;
  /** Another's transaction was in it. */
  readonly met: (organization: number, shard: number) => void;
};

type Context = { readonly random: () => number; /** Milliseconds. */ readonly now: () => number };

/** What a process has seen of shards. */
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
  const leave = (organization: number, shard: number, time: number): void => {
    timesOf(organization)[shard] = now() + time;
  };
  return {
    take: (organization) => {
      const times = timesOf(organization);
      const first = times.findIndex((time) => time <= now());
      const shard = first >= 0 ? first : times.indexOf(Math.min(...times));
      leave(organization, shard, left.tried);
      return { shard, free: first >= 0 };
    },
    done: (organization, shard) => {
      leave(organization, shard, left.done);
    },
    met: (organization, shard) => {
      leave(organization, shard, left.met(random()));
    },
  };
}
