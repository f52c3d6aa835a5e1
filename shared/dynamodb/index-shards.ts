/**
 * Shards of an index in which rows of all organizations wait until they are processed: pending events, and pointers to
 * what is due. A partition takes 1,000 write units a second, and a throttled index throttles the transactions that
 * write into it. So a stage with more traffic has more shards (infra/README.md, "Throughput").
 *
 * Writers use as many as `INDEX_SHARDS` says. Readers always read all that any setting may have used: an empty one
 * costs half a read unit. So no change of the setting, up or down, hides a row, also while functions with different
 * settings run side by side.
 */
export const maxIndexShards = 64;

const defaultShards = 8;

/** How many shards writers use. @throws Error for a number that readers do not read */
export function indexShards(environment: NodeJS.ProcessEnv = process.env): number {
  const shards = Number(environment['INDEX_SHARDS'] ?? defaultShards);
  if (!Number.isInteger(shards) || shards < 1 || shards > maxIndexShards)
    throw new Error(`INDEX_SHARDS must be a whole number from 1 to ${maxIndexShards}`);
  return shards;
}

/** The shards that readers read. */
export const readShards: readonly number[] = Array.from({ length: maxIndexShards }, (_value, shard) => shard);
