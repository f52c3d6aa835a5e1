import { createHash } from 'node:crypto';

/** The shards of gateways and registering trunks. */
export const shards: readonly string[] = Array.from({ length: 16 }, (_value, shard) => String(shard));

const weight = (task: string, job: string): string => createHash('sha256').update(`${task}\n${job}`).digest('hex');

/**
 * The task that a job is assigned to (rendezvous hashing): every task computes the same result, each gets about as many
 * jobs, and when a task stops, only its own jobs move.
 */
export const assignedTask = (job: string, tasks: readonly string[]): string | undefined =>
  tasks.reduce<string | undefined>(
    (best, task) => (best === undefined || weight(task, job) > weight(best, job) ? task : best),
    undefined,
  );

/** A shard, and the task that holds it. */
export type HeldShard = { readonly shard: string; readonly task: string };

/** What a task does so that each shard moves to its assigned task, and two tasks never hold it at once. */
export type Moves = {
  readonly take: readonly { readonly shard: string; readonly from: string | undefined }[];
  readonly release: readonly string[];
};

/** @param live ids of the live tasks that accept work; shards of other tasks may be taken */
export function shardMoves(self: string, live: readonly string[], held: readonly HeldShard[]): Moves {
  const holders = new Map(held.map(({ shard, task }) => [shard, task]));
  const isOurs = (shard: string): boolean => assignedTask(shard, live) === self;
  return {
    take: shards.filter(isOurs).flatMap((shard) => {
      const from = holders.get(shard);
      return from === undefined || (from !== self && !live.includes(from)) ? [{ shard, from }] : [];
    }),
    release: shards.filter((shard) => holders.get(shard) === self && !isOurs(shard)),
  };
}
