import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, inOrganization, type Write } from '#dynamodb/write.ts';
import { day } from '#schema/time.ts';
import { billingProfileRow } from '../rows/billing-profile.ts';
import { ledgerDayRow } from '../charging/row.ts';
import { tariffRow } from '../tariffs/row.ts';
import type { cdrMunch } from './contract.ts';
import { liveTasksRow, taskRow, type LiveTasks } from './row.ts';
import type { Target, Task } from './task.ts';
import type { Position, TaskClaim } from './task-claim.ts';

type Reads = Table<ReadName<EffectOf<typeof cdrMunch>>>;

/** Days of daily sums that an estimate without a range adds up. */
const maxEstimateDays = 366;

const dayOf = (at: string): string => at.slice(0, 10);

/** @param table of the organization that keeps the tasks */
export const taskStore = (table: Reads) => ({
  get: (id: string) => table.get(taskRow, { id }),
  page: (request: PageRequest, keep: (task: Task) => boolean) =>
    readPage(request, { read: (range) => table.query(taskRow, {}, range), keep }),
  /** The claims of all organizations. Unfinished tasks are few. */
  live: (): Promise<LiveTasks[]> => readToEnd((after) => table.query(liveTasksRow, {}, after)),
});

/** @param table of the organization of the CDRs */
export const organizationStore = (table: Reads) => ({
  currency: async (): Promise<string | undefined> => (await table.get(billingProfileRow, {}))?.currency,
  position: async (): Promise<Position> => ({
    organization: table.organization,
    parent: (await table.get(organizationRow, {}))?.parent_id ?? null,
  }),
  /** Number of calls by the daily sums, in a range of days or in the last year. */
  calls: async (range: Task['date_range'], now: Date): Promise<number> => {
    const from = dayOf(range?.start ?? new Date(now.getTime() - maxEstimateDays * day).toISOString());
    const to = range === null ? '9' : dayOf(range.end);
    const days = await readToEnd((after) =>
      table.query(ledgerDayRow, {}, { between: [from, `${to}~`], order: 'asc', ...after }),
    );
    return days.reduce((sum, { calls = 0 }) => sum + calls, 0);
  },
});

/** Maximum number of organizations that an estimate adds up. */
const maxEstimated = 100;

/** Organizations that a target reaches, as many as an estimate adds up. */
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
 * Replaces the claims of an organization, under the version that was read. A new task writes this item for every
 * organization whose tasks could reach the same CDRs, so that of two tasks that are created at once one fails.
 */
export function claimsWrite(
  organization: number,
  held: readonly TaskClaim[],
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

export const createWrites = (task: Task): Write<'cdrtask'>[] => inOrganization(task.org_id, [create(taskRow, task)]);

/** Changes what a request asked, if the task is still in the state that was read. Its worker is not interrupted. */
export const updateWrites = (before: Task, { state, priority, finished_at }: Task): Write<'cdrtask'>[] =>
  inOrganization(before.org_id, [
    change(
      taskRow,
      { id: before.id },
      {
        set: { state, priority, finished_at },
        onlyIf: { expression: '#state = :read', names: { '#state': 'state' }, values: { ':read': before.state } },
      },
    ),
  ]);
