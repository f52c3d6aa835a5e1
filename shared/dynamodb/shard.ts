import { createHash } from 'node:crypto';

/** The shard of an id, from 0: ids are spread evenly over so many shards. */
export const shardOf = (id: string, shards: number): number =>
  (createHash('sha256').update(id).digest()[0] ?? 0) % shards;
