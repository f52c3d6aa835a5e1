import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { readToEnd } from '../../../shared/dynamodb/read-to-end.ts';
import {
  catchUpRow,
  dueRow,
  dueShards,
  deleteDue,
  sweepKey,
  sweepRow,
  type DueItem,
} from '../../../shared/dynamodb/rows/due.ts';
import { eventRow, pendingPartition, pendingShards } from '../../../shared/dynamodb/rows/event.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { overwrite, type Write } from '../../../shared/dynamodb/write.ts';
import { firstIdAt, lastIdAt } from '../../../shared/dynamodb/ulid.ts';
import { billingProfileRow, openClosingWrite, profileOf } from '../../billing/billing-profiles/row.ts';
import type { sweeper } from './contract.ts';

/** The oldest events of a shard that one run takes; the next run continues. */
const maxOfShard = 500;

/** Pending events of all organizations that were recorded before an instant (Unix milliseconds). */
export async function overdueEvents(
  table: Table<ReadName<EffectOf<typeof sweeper>>>,
  before: number,
): Promise<{ readonly org_id: number; readonly id: string }[]> {
  const shards = Array.from({ length: pendingShards }, (_, shard) =>
    table.queryIndex(eventRow, 'GSI2', pendingPartition(shard), {
      order: 'asc',
      limit: maxOfShard,
      between: [firstIdAt('evt', 0), lastIdAt('evt', before)],
    }),
  );
  return (await Promise.all(shards)).flatMap(({ items }) => items.map(({ org_id, id }) => ({ org_id, id })));
}

type Reads = Table<ReadName<EffectOf<typeof sweeper>>>;

/** The first minute that may hold pointers; undefined before the first sweep. */
export const readProgress = async (table: Reads): Promise<number | undefined> =>
  (await table.get(sweepRow, sweepKey))?.minute;

export const progressWrite = (minute: number): Write<'lease'> => overwrite(sweepRow, { ...sweepKey, minute });

/** The due pointers of a minute. */
export async function dueIn(table: Reads, minute: number): Promise<DueItem[]> {
  const shards = Array.from({ length: dueShards }, (_, shard) =>
    readToEnd((after) =>
      table.query<'due', DueItem, { minute: number; shard: number }>(dueRow, { minute, shard }, after),
    ),
  );
  return (await Promise.all(shards)).flat();
}

/** Progress of the catch-up: earlier versions of the platform created profiles without a due closing. */
const catchUpKey = { kind: 'catch-up', id: 'period.close' } as const;

/** Profiles in one run. */
const profilesAtOnce = 90;

/**
 * Writes that make the closing of the next profiles due, with the progress; null at the end. Making a closing due twice
 * is one pointer. @param now Unix milliseconds
 */
export async function closingsToCatchUp(
  table: Reads,
  now: number,
  environment: Parameters<typeof openClosingWrite>[2],
): Promise<Write<'due' | 'lease'>[] | null> {
  const item = await table.get(catchUpRow, catchUpKey);
  if (item?.after === null) return null;
  const { items, cursor = null } = await table.queryIndex(billingProfileRow, 'GSI2', ['all'], {
    order: 'asc',
    limit: profilesAtOnce,
    ...(item === undefined ? {} : { after: item.after }),
  });
  return [
    ...items.map((each) => openClosingWrite(profileOf(each), now, environment)),
    overwrite(catchUpRow, { ...catchUpKey, after: cursor }),
  ];
}

/** Writes that remove queued pointers. */
export const removeWrites = (items: readonly DueItem[]): Write<'due'>[] => items.map(deleteDue);
