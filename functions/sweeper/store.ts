import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import { eventRow, pendingPartition, pendingShards } from '../../shared/dynamodb/rows/event.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import { firstIdAt, lastIdAt } from '../../shared/dynamodb/ulid.ts';
import type { sweeper } from './contract.ts';

/** Events of a shard that one run takes, the oldest; the next run goes on. */
const mostOfShard = 500;

/** Pending events of all organizations that were recorded before an instant (Unix milliseconds). */
export async function overdueEvents(table: Table<ReadName<EffectOf<typeof sweeper>>>, before: number): Promise<{ readonly org_id: number; readonly id: string }[]> {
  const shards = Array.from({ length: pendingShards }, (_, shard) => table.queryIndex(eventRow, 'GSI2', pendingPartition(shard), {
    order: 'asc', limit: mostOfShard, between: [firstIdAt('evt', 0), lastIdAt('evt', before)],
  }));
  return (await Promise.all(shards)).flatMap(({ items }) => items.map(({ org_id, id }) => ({ org_id, id })));
}
