import { minute, second } from '#schema/time.ts';

/**
 * Up to this many gateways of a task, each ping is written. With more, results are written at this rate, but at least
 * at this interval (milliseconds).
 */
const maxEagerGateways = 100;
const writesPerSecond = 30;
const maxWriteInterval = 5 * minute;

/** Interval between two reads of a shard in milliseconds; longer if more than this many gateways a second were read. */
const minReadInterval = 3 * second;
const readsPerSecond = 250;

/** Interval between two writes of a gateway whose status does not change, in milliseconds. 0: each ping is written. */
export const writeInterval = (gateways: number): number =>
  gateways <= maxEagerGateways ? 0 : Math.min(maxWriteInterval, (gateways / writesPerSecond) * second);

/** When a shard was last read; 0 before the first time. Unix milliseconds. */
type ReadShard = { readonly readAt: number };

/**
 * The shards to read now, the oldest read first. Of many gateways, only one known shard is read at a time, besides new
 * ones.
 * @param gateways pinged gateways of the task
 */
export function dueShards<Shard extends ReadShard>(
  shards: Iterable<readonly [string, Shard]>,
  gateways: number,
  now: number,
): (readonly [string, Shard])[] {
  const interval = Math.max(minReadInterval, (gateways / readsPerSecond) * second);
  const due = [...shards]
    .filter(([, { readAt }]) => now - readAt >= interval)
    .sort(([, one], [, other]) => one.readAt - other.readAt);
  return interval === minReadInterval ? due : due.filter(([, { readAt }], index) => index === 0 || readAt === 0);
}
