/** Munch tasks: what a request asks for, and the states of a task (functions/billing/README.md, "Tasks"). */
import * as z from 'zod';
import { AppError, errorKinds, missingField } from '#errors.ts';
import type { StoredMoney } from '#schema/money.ts';
import { rangeLast, rangeStart } from '#schema/query.ts';
import { day, second } from '#schema/time.ts';
import { IdInUrl, OrganizationId } from '#schema/values.ts';
import { billingErrors } from '../schema/errors.ts';

export const taskErrors = errorKinds({
  TASK_CONFLICT: [409, 'Another task works on call detail records of this range.'],
  INVALID_TASK_STATE: [409, 'The task is in a state that does not allow this.'],
});

export const taskTypes = ['process', 'reprocess', 'cleanup'] as const;
export const priorities = ['low', 'normal', 'high'] as const;
export const taskStates = ['queued', 'running', 'paused', 'cancelled', 'completed', 'failed'] as const;
const actions = ['pause', 'resume', 'cancel'] as const;

export type TaskType = (typeof taskTypes)[number];
export type TaskState = (typeof taskStates)[number];
type Action = (typeof actions)[number];

const maxRangeDays = 366;

const DateRange = z
  .object({
    start: rangeStart.describe('First call start: an instant, or a day (UTC)'),
    end: rangeLast.describe('End of the call starts: an instant, which is excluded, or a day (UTC), which is included'),
  })
  .refine(({ start, end }) => start <= end, { path: ['end'], message: 'must not be before start' })
  .refine(({ start, end }) => Date.parse(end) - Date.parse(start) <= maxRangeDays * day, {
    path: ['end'],
    message: `must be at most ${maxRangeDays} days after start`,
  });

const TaskTypeField = z.enum(taskTypes);
const taskTypeText =
  '`process` rates CDRs that have no price, `reprocess` rates CDRs again, `cleanup` deletes CDRs of closed periods ' +
  'that are older than the retention';

const taskFields = {
  date_range: DateRange.nullish().describe(
    `Range of call starts, at most ${maxRangeDays} days. Required for \`reprocess\`; default: all CDRs`,
  ),
  org_id: z
    .union([z.literal('all'), OrganizationId])
    .nullish()
    .describe('Organization of the CDRs (1001, "1001" or "org_1001"), or `all` that you reach; default: your own'),
  tariff_id: IdInUrl.nullish().describe(
    "Sell tariff of the seller to rate by, in place of the profile's. Only for `reprocess` of one organization",
  ),
  priority: z
    .enum(priorities)
    .nullish()
    .describe('Tasks of lower priority pause longer between slices; default `normal`'),
  dry_run: z.boolean().nullish().describe('Count and sum what would change, but change nothing; default false'),
};

export const NewTask = z
  .object({ task_type: TaskTypeField.describe(taskTypeText), ...taskFields })
  .meta({ id: 'NewCdrTask' });
export type NewTask = z.output<typeof NewTask>;

/** A change of a task or, without `task_id`, a new one. */
export const TaskChange = z
  .object({
    task_id: IdInUrl.nullish().describe('Task to change; without it, a task is created'),
    action: z.enum(actions).nullish().describe('`pause`, `resume` or `cancel` the task'),
    task_type: TaskTypeField.nullish().describe(`Required to create a task. ${taskTypeText}`),
    ...taskFields,
  })
  .meta({ id: 'CdrTaskChange' });

/** The organizations whose CDRs a task works on: one, or all that its creator reaches. */
export type Target =
  | { readonly of: 'one'; readonly organization: number }
  | { readonly of: 'children' | 'all'; readonly home: number };

/** How far a task has come: after the CDR with the sort key `after`, in a shard of an organization. */
export type Cursor = { readonly organization: number; readonly shard: number; readonly after: string };

export type Counts = {
  readonly processed: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly failed: number;
};
type Total = { readonly reversed: StoredMoney; readonly charged: StoredMoney };
export type TaskError = { readonly cdr_id: string; readonly code: string };

export type Task = {
  readonly id: string;
  readonly org_id: number;
  readonly task_type: TaskType;
  readonly state: TaskState;
  readonly priority: (typeof priorities)[number];
  readonly dry_run: boolean;
  readonly target: Target;
  readonly date_range: z.output<typeof DateRange> | null;
  /** A tariff of the seller of the one organization. */
  readonly tariff_id: string | null;
  /** Estimated number of CDRs. */
  readonly estimated: number;
  readonly counts: Counts;
  /** By currency, in micro-units. */
  readonly totals: Readonly<Record<string, Total>>;
  readonly errors: readonly TaskError[];
  readonly cursor: Cursor | null;
  /** The turn that works on the task or did so last, and its end in Unix milliseconds; 0 if it has ended. */
  readonly turn: string;
  readonly turn_until: number;
  readonly queued_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly created_by: string;
  /** Unix seconds. */
  readonly expires_at: number;
};

/** Seconds for which a task is kept: 90 days. */
const taskTtl = (90 * day) / second;
const noCounts: Counts = { processed: 0, changed: 0, unchanged: 0, failed: 0 };

function tariffProblem({ task_type, org_id }: NewTask): string | null {
  if (task_type !== 'reprocess') return 'is only for reprocess';
  return org_id === 'all' ? 'is only for one organization' : null;
}

/** Rules of a new task that need no read. @throws AppError MISSING_FIELD, VALIDATION_FAILED */
export function assertComplete(wanted: NewTask): void {
  if (wanted.task_type === 'reprocess' && wanted.date_range == null) throw missingField('date_range');
  const problem = wanted.tariff_id == null ? null : tariffProblem(wanted);
  if (problem !== null)
    throw new AppError('VALIDATION_FAILED', `tariff_id ${problem}`, {
      details: [{ path: 'tariff_id', message: problem }],
    });
}

type NamedTariff = { readonly kind: 'sell' | 'cost'; readonly currency: string };

/**
 * Calls are rated again by a sell tariff, in the currency in which they are charged.
 * @param currency of the profile that is charged; undefined if there is none
 * @throws AppError UNKNOWN_TARIFF, CURRENCY_MISMATCH
 */
export function assertUsableTariff(tariff: NamedTariff | undefined, currency: string | undefined): void {
  if (tariff?.kind !== 'sell')
    throw new AppError(billingErrors.UNKNOWN_TARIFF, 'The seller has no sell tariff with this id', {
      details: [{ path: 'tariff_id', message: 'must be the id of a sell tariff of the seller' }],
    });
  if (currency === undefined || currency === tariff.currency) return;
  throw new AppError('CURRENCY_MISMATCH', `The tariff is in ${tariff.currency}, the profile in ${currency}`, {
    details: [{ path: 'tariff_id', message: `must be in ${currency}` }],
  });
}

/** Whether only the seller of an organization may run the task: it changes or deletes what was charged. */
export const isForSeller = ({ task_type }: Pick<NewTask, 'task_type'>): boolean => task_type !== 'process';

type Created = {
  readonly id: string;
  readonly org_id: number;
  readonly target: Target;
  readonly estimated: number;
  readonly created_by: string;
  readonly now: Date;
};

export const newTask = (wanted: NewTask, { id, org_id, target, estimated, created_by, now }: Created): Task => ({
  id,
  org_id,
  target,
  estimated,
  created_by,
  task_type: wanted.task_type,
  state: 'queued',
  priority: wanted.priority ?? 'normal',
  dry_run: wanted.dry_run ?? false,
  date_range: wanted.date_range ?? null,
  tariff_id: wanted.tariff_id ?? null,
  counts: noCounts,
  totals: {},
  errors: [],
  cursor: null,
  turn: 'none',
  turn_until: 0,
  queued_at: now.toISOString(),
  started_at: null,
  finished_at: null,
  expires_at: Math.floor(now.getTime() / second) + taskTtl,
});

const transitions: Readonly<Record<Action, { readonly from: readonly TaskState[]; readonly to: TaskState }>> = {
  pause: { from: ['queued', 'running'], to: 'paused' },
  resume: { from: ['paused'], to: 'queued' },
  cancel: { from: ['queued', 'running', 'paused'], to: 'cancelled' },
};

/** Whether a task is unfinished, so that it keeps its claim. */
export const isLive = ({ state }: Pick<Task, 'state'>): boolean =>
  state === 'queued' || state === 'running' || state === 'paused';

/** What a request asks of a task; absent and null mean the same. */
export type TaskRequest = {
  readonly action?: Action | null | undefined;
  readonly priority?: Task['priority'] | null | undefined;
};

/** The task after a request. Work that is done stays done. @throws AppError INVALID_TASK_STATE */
export function changeTask(task: Task, { action, priority }: TaskRequest, now: Date): Task {
  const invalidState = (verb: string): AppError =>
    new AppError(taskErrors.INVALID_TASK_STATE, `A task that is ${task.state} cannot ${verb}`);
  if (action == null && !isLive(task)) throw invalidState('change');
  if (action == null) return { ...task, priority: priority ?? task.priority };
  const { from, to } = transitions[action];
  if (!from.includes(task.state)) throw invalidState(action);
  return {
    ...task,
    priority: priority ?? task.priority,
    state: to,
    finished_at: to === 'cancelled' ? now.toISOString() : null,
  };
}

/** Seconds between two slices. Tasks of lower priority give way to others for longer. */
export const pauseBetween: Readonly<Record<Task['priority'], number>> = { high: 0, normal: 1, low: 15 };
