import type { Turned } from '../../../shared/schema/turn.ts';
import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { merged, type Ordered } from '../../../shared/dynamodb/merge.ts';
import { organizationRow, padded } from '../../../shared/dynamodb/rows/organization.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, within, type Write } from '../../../shared/dynamodb/write.ts';
import type { PeriodName } from '../billing-profiles/period.ts';
import { creditChange, creditRow, fixingCurrency, readPayer, usageRow, type Told } from '../billing-profiles/row.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import {
  cdrInTimeRow,
  cdrRow,
  deleteCdrWrites,
  movementWrites,
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
import { takeCarriers, takeTariff } from '../tariffs/row.ts';
import type { cdrTasks } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrTasks>>>;

/** @param table of the organization that a task is kept in */
export const taskStore = (table: Reads) => ({
  get: (id: string) => table.get(taskRow, { id }),
  live: () => table.get(liveTasksRow, { organization: table.organization }),
});

/**
 * The organization behind another one, by number, of all that a task reaches, the one of its maker last; undefined:
 * there is none.
 */
export async function organizationBehind(
  table: Reads,
  { target, task_type }: Pick<Task, 'target' | 'task_type'>,
  last: number | undefined,
): Promise<number | undefined> {
  if (target.of === 'one') return last === undefined ? target.organization : undefined;
  if (target.of === 'children' && last === target.home) return undefined;
  const range = { order: 'asc', limit: 1, between: [padded((last ?? 0) + 1), '9'.repeat(13)] as const } as const;
  const { items } =
    target.of === 'all'
      ? await table.queryIndex(organizationRow, 'GSI2', ['all'], range)
      : await table.queryIndex(organizationRow, 'GSI1', ['parent', String(target.home)], range);
  // What it is charged itself, only its own seller has charged anew.
  return items[0]?.org_id ?? (target.of === 'children' && task_type === 'process' ? target.home : undefined);
}

/**
 * CDRs of a shard, oldest first, behind a cursor. @param priceless only those that lack a price, be it their reseller's
 */
export async function cdrsBehind(
  table: Reads,
  { shard, after }: Cursor,
  {
    priceless,
    between,
    limit,
  }: { readonly priceless: boolean; readonly between: readonly [string, string]; readonly limit: number },
) {
  const parts = [String(table.organization), ...shardPart(shard)];
  const from = after > between[0] ? after : between[0];
  if (from > between[1]) return [];
  const partitions = priceless
    ? Object.values(unratedPartitions).map((where) => ['GSI2', [...parts, ...where]] as const)
    : [['GSI1', parts] as const];
  const sources = partitions.map(
    ([index, of]): Ordered<CdrPointer> =>
      (range) =>
        table.queryIndex(cdrInTimeRow, index, of, range),
  );
  const { items } = await merged(sources, { keyOf: timeKey, order: 'asc', between: [from, between[1]] })({
    limit: limit + 1,
  });
  return items
    .filter((cdr) => timeKey(cdr) !== after)
    .slice(0, limit)
    .map((cdr) => ({ id: cdr.id, key: timeKey(cdr), trunk: cdr.trunk_id }));
}

/** Reads of the organization whose CDRs they are. */
export const cdrStore = (table: Reads) => ({
  get: (id: string) => table.get(cdrRow, { id }),
  payer: () => readPayer(table),
  usage: (period: PeriodName) => table.get(usageRow, { period }),
  balance: async () => (await table.query(creditRow, {})).items,
});

export const tariffOf = (table: Reads, id: string, cache: TariffCache) => takeTariff(table, id, cache);
export const carriersOf = (table: Reads, trunks: readonly string[], cache: TariffCache) =>
  takeCarriers(table, trunks, cache);

/** A CDR rated again, with all that this moves. */
export const exchanging = (
  exchange: Replacement,
  currency: string | null,
): Write<'cdr' | 'cdrparty' | 'cdrcall' | 'usage' | 'balance' | 'chargeday' | 'numberday'>[] => [
  ...replaceCdrWrites(exchange),
  ...exchange.movements.flatMap(movementWrites),
  ...(currency === null ? [] : [fixingCurrency(currency)]),
];

/** Deletes a CDR. Sums and ledger do not change. */
export const deleteWrites = (cdr: FiledCdr) => deleteCdrWrites(cdr);

/** Changes a task as long as it is the turn that was read, in the state that was read. */
const changing = ({ id, org_id, turn, state }: Task, set: Partial<Task>): Write<'cdrtask'>[] =>
  within(org_id, [
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
export const takingTurn = (task: Task, turn: Turned, now: string): Write<'cdrtask'>[] =>
  changing(task, { ...turn, state: 'running', started_at: task.started_at ?? now });

/** Ends a turn with what it has done. */
export const endingTurn = (task: Task, done: Partial<Task>): Write<'cdrtask'>[] =>
  changing(task, { ...done, turn_until: 0 });

type Live = Awaited<ReturnType<ReturnType<typeof taskStore>['live']>>;

/** A task that is over holds its range no more. */
export const lettingGo = ({ id, org_id }: Task, live: Live): Write<'cdrtask-live'>[] =>
  live === undefined
    ? []
    : within(org_id, [
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

/** Notes how a balance stands, of which is told. */
export const standingWrite = (told: Told): Write<'balance'> => creditChange(told, { to: 'standing' });
