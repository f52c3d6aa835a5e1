import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, create, within, type Write } from '../../../shared/dynamodb/write.ts';
import { billingProfileRow, ledgerDayRow } from '../billing-profiles/row.ts';
import { tariffRow } from '../tariffs/row.ts';
import type { cdrMunch } from './contract.ts';
import { liveTasksRow, taskRow, type LiveTasks } from './row.ts';
import type { Held, Position, Target, Task } from './task.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrMunch>>>;

const DAYS = 366;

/** @param table of the organization that a task is kept in */
export const taskStore = (table: Reads) => ({
  get: (id: string) => table.get(taskRow, { id }),
  page: (request: PageRequest, keep: (task: Task) => boolean) =>
    readPage(request, { read: (range) => table.query(taskRow, {}, range), keep }),
  /** What is held anywhere: tasks that are not over are few. */
  live: (): Promise<LiveTasks[]> => all((after) => table.query(liveTasksRow, {}, after)),
});

/** @param table of the organization whose CDRs they are */
export const calledStore = (table: Reads) => ({
  currency: async (): Promise<string | undefined> => (await table.get(billingProfileRow, {}))?.currency,
  position: async (): Promise<Position> => ({
    organization: table.organization,
    parent: (await table.get(organizationRow, {}))?.parent_id ?? null,
  }),
  /** Calls by the daily sums, of a range of days or of the last year. */
  calls: async (range: Task['date_range'], now: Date): Promise<number> => {
    const from = range?.start.slice(0, 10) ?? new Date(now.getTime() - DAYS * 86_400_000).toISOString().slice(0, 10);
    const days = await all((after) =>
      table.query(ledgerDayRow, {}, { between: [from, `${range?.end.slice(0, 10) ?? '9'}~`], order: 'asc', ...after }),
    );
    return days.reduce((sum, { calls = 0 }) => sum + calls, 0);
  },
});

/** Organizations whose calls are looked up for an estimate. */
const maxEstimated = 100;

/** Those that a target reaches, as far as an estimate goes. */
export async function organizationsOf(table: Reads, target: Exclude<Target, { of: 'one' }>): Promise<number[]> {
  const range = { order: 'asc', limit: maxEstimated } as const;
  const { items } =
    target.of === 'all'
      ? await table.queryIndex(organizationRow, 'GSI2', ['all'], range)
      : await table.queryIndex(organizationRow, 'GSI1', ['parent', String(target.home)], range);
  return items.map(({ org_id }) => org_id);
}

/** @param table of the seller */
export const tariffOf = (table: Reads, id: string) => table.get(tariffRow, { id });

/**
 * Holds a range, or lets it go. Every organization whose tasks might reach the same CDRs is touched: two that are made
 * at once meet in one of these items.
 */
export function holding(
  organization: number,
  held: readonly Held[],
  read: LiveTasks | undefined,
): Write<'cdrtask-live'> {
  const version = read?.version ?? 0;
  return change(
    liveTasksRow,
    { organization },
    {
      set: { organization, held, version: version + 1 },
      onlyIf:
        version === 0
          ? { expression: 'attribute_not_exists(PK)' }
          : { expression: '#version = :version', names: { '#version': 'version' }, values: { ':version': version } },
    },
  );
}

export const creation = (task: Task): Write<'cdrtask'>[] => within(task.org_id, [create(taskRow, task)]);

/** Changes what is asked of a task, as long as it is in the state that was read: its worker goes on beside. */
export const update = (before: Task, { state, priority, finished_at }: Task): Write<'cdrtask'>[] =>
  within(before.org_id, [
    change(
      taskRow,
      { id: before.id },
      {
        set: { state, priority, finished_at },
        onlyIf: { expression: '#state = :read', names: { '#state': 'state' }, values: { ':read': before.state } },
      },
    ),
  ]);
