import type { TurnState } from '#schema/turn.ts';
import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { mergeSources, type Ordered } from '#dynamodb/merge.ts';
import { organizationRow, organizationSortKey } from '#dynamodb/rows/organization.ts';
import { whileHoldsStay, type Holds } from '#dynamodb/rows/legal-hold.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, inOrganization, type Write } from '#dynamodb/write.ts';
import type { PeriodName } from '../schema/period.ts';
import { readBalance, readPayer, settleWrites, usageRow } from '../charging/row.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import {
  cdrInTimeRow,
  cdrRow,
  deleteCdrWrites,
  sumChangeWrites,
  replaceCdrWrites,
  shardPart,
  timeKey,
  unratedPartitions,
  type CdrPointer,
} from '../cdr-ingest/row.ts';
import type { Replacement } from '../cdr-ingest/rerating.ts';
import type { TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { liveTasksRow, taskRow } from '../cdr-munch/row.ts';
import type { Cursor, Task } from '../cdr-munch/task.ts';
import { loadCostTariffs, loadTariff } from '../tariffs/row.ts';
import type { cdrTasks } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrTasks>>>;

/** @param table of the organization that keeps the task */
export const taskStore = (table: Reads) => ({
  get: (id: string) => table.get(taskRow, { id }),
  live: () => table.get(liveTasksRow, { organization: table.organization }),
});

/**
 * The next organization, by number, that a task reaches; its creator's own comes last.
 * @param last the organization that is done; undefined at the beginning
 * @returns undefined after the last one
 */
export async function nextOrganization(
  table: Reads,
  { target, task_type }: Pick<Task, 'target' | 'task_type'>,
  last: number | undefined,
): Promise<number | undefined> {
  if (target.of === 'one') return last === undefined ? target.organization : undefined;
  if (target.of === 'children' && last === target.home) return undefined;
  const range = {
    order: 'asc',
    limit: 1,
    between: [organizationSortKey((last ?? 0) + 1), '9'.repeat(13)] as const,
  } as const;
  const { items } =
    target.of === 'all'
      ? await table.queryIndex(organizationRow, 'GSI2', ['all'], range)
      : await table.queryIndex(organizationRow, 'GSI1', ['parent', String(target.home)], range);
  // A reseller's own calls can be processed, but only its seller may reprocess or delete them.
  return items[0]?.org_id ?? (target.of === 'children' && task_type === 'process' ? target.home : undefined);
}

/**
 * CDRs of a shard after a cursor, oldest first.
 * @param unrated only those that lack a price, their own or the wholesale one
 * @param between sort keys, both included
 */
export async function cdrsAfter(
  table: Reads,
  { shard, after }: Cursor,
  {
    unrated,
    between,
    limit,
  }: { readonly unrated: boolean; readonly between: readonly [string, string]; readonly limit: number },
) {
  const parts = [String(table.organization), ...shardPart(shard)];
  const from = after > between[0] ? after : between[0];
  if (from > between[1]) return [];
  const partitions = unrated
    ? Object.values(unratedPartitions).map((part) => ['GSI2', [...parts, ...part]] as const)
    : [['GSI1', parts] as const];
  const sources = partitions.map(
    ([index, of]): Ordered<CdrPointer> =>
      (range) =>
        table.queryIndex(cdrInTimeRow, index, of, range),
  );
  const { items } = await mergeSources(sources, { keyOf: timeKey, order: 'asc', between: [from, between[1]] })({
    limit: limit + 1,
  });
  return items
    .filter((cdr) => timeKey(cdr) !== after)
    .slice(0, limit)
    .map((cdr) => ({ id: cdr.id, key: timeKey(cdr), trunk: cdr.trunk_id }));
}

/** @param table of the organization of the CDRs */
export const cdrStore = (table: Reads) => ({
  get: (id: string) => table.get(cdrRow, { id }),
  payer: () => readPayer(table),
  /** Must be read before the balance: then every later use of the period changes the version that was read. */
  usage: (period: PeriodName) => table.get(usageRow, { period }),
  balance: () => readBalance(table),
});

/** @param table of the seller */
export const tariffOf = (table: Reads, id: string, cache: TariffCache) => loadTariff(table, id, cache);
/** Cost tariffs by trunk. @param table of the operator, whom carriers charge */
export const carriersOf = (table: Reads, trunks: readonly string[], cache: TariffCache) =>
  loadCostTariffs(table, trunks, cache);

/** Replaces a CDR and changes the sums. @param currency of a balance that has none yet, else null */
export const replaceWrites = (
  replacement: Replacement,
  currency: string | null,
): Write<'cdr' | 'cdrparty' | 'cdrcall' | 'usage' | 'balance' | 'chargeday' | 'numberday' | 'callcount'>[] => [
  ...replaceCdrWrites(replacement),
  ...replacement.sumChanges.flatMap(sumChangeWrites),
  ...settleWrites({ currency }),
];

/** Deletes a CDR that none of the holds keeps. Sums and ledger do not change. */
export const deleteWrites = (cdr: FiledCdr, holds: Holds) => [...deleteCdrWrites(cdr), whileHoldsStay(holds)];

/** Changes a task, if it still has the turn and the state that were read. */
const changeWrites = ({ id, org_id, turn, state }: Task, set: Partial<Task>): Write<'cdrtask'>[] =>
  inOrganization(org_id, [
    change(
      taskRow,
      { id },
      {
        set,
        onlyIf: {
          expression: '#turn = :turn AND #state = :state',
          names: { '#turn': 'turn', '#state': 'state' },
          values: { ':turn': turn, ':state': state },
        },
      },
    ),
  ]);

/** Begins a turn. @param now ISO 8601 */
export const beginTurnWrites = (task: Task, turn: TurnState, now: string): Write<'cdrtask'>[] =>
  changeWrites(task, { ...turn, state: 'running', started_at: task.started_at ?? now });

/** Ends a turn with its results. */
export const endTurnWrites = (task: Task, done: Partial<Task>): Write<'cdrtask'>[] =>
  changeWrites(task, { ...done, turn_until: 0 });

type Live = Awaited<ReturnType<ReturnType<typeof taskStore>['live']>>;

/** Releases the claim of a task that is finished. */
export const releaseWrites = ({ id, org_id }: Task, live: Live): Write<'cdrtask-live'>[] =>
  live === undefined
    ? []
    : inOrganization(org_id, [
        change(
          liveTasksRow,
          { organization: live.organization },
          {
            set: { held: live.held.filter(({ task_id }) => task_id !== id), version: live.version + 1 },
            onlyIf: {
              expression: '#version = :version',
              names: { '#version': 'version' },
              values: { ':version': live.version },
            },
          },
        ),
      ]);
