import { createHash } from 'node:crypto';

/** In which of so many partitions a thing lies that are spread evenly by id. */
export const shardOf = (id: string, shards: number): number =>
  (createHash('sha256').update(id).digest()[0] ?? 0) % shards;
