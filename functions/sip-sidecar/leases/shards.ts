import { createHash } from 'node:crypto';

/** Shards over which the pings of gateways and the registrations of trunks are spread. */
export const shards: readonly string[] = Array.from({ length: 16 }, (_, shard) => String(shard));

const weight = (task: string, thing: string): string => createHash('sha256').update(`${task}\n${thing}`).digest('hex');

/**
 * Whose a thing should be, of tasks that all know: each gets about as many, and when one goes only its own move
 * (rendezvous hashing).
 */
export const assignedTask = (thing: string, tasks: readonly string[]): string | undefined =>
  tasks.reduce<string | undefined>(
    (best, task) => (best === undefined || weight(task, thing) > weight(best, thing) ? task : best),
    undefined,
  );

/** Who has a shard now, if anybody. */
export type Held = { readonly shard: string; readonly task: string };

/** What a task has to do so that every shard is with its rightful task, and with nobody else in between. */
export type Moves = {
  readonly take: readonly { readonly shard: string; readonly from: string | undefined }[];
  readonly release: readonly string[];
};

/** @param live ids of the tasks that live and take work; of any other a shard may be taken */
export function shardMoves(self: string, live: readonly string[], held: readonly Held[]): Moves {
  const holders = new Map(held.map(({ shard, task }) => [shard, task]));
  const own = (shard: string): boolean => assignedTask(shard, live) === self;
  return {
    take: shards.filter(own).flatMap((shard) => {
      const from = holders.get(shard);
      return from === undefined || (from !== self && !live.includes(from)) ? [{ shard, from }] : [];
    }),
    release: shards.filter((shard) => holders.get(shard) === self && !own(shard)),
  };
}
