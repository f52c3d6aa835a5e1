/** Munch tasks: what is asked, what they have done, and which states follow which (billing.md, "Munch tasks"). */
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { decimalText, money, storedMoney, type StoredMoney } from '../../../shared/schema/money.ts';
import { rangeLast, rangeStart } from '../../../shared/schema/query.ts';
import { Id, IdInUrl, OrganizationId, organizationText, Timestamp } from '../../../shared/schema/values.ts';

export const taskTypes = ['process', 'reprocess', 'cleanup'] as const;
export const priorities = ['low', 'normal', 'high'] as const;
export const taskStates = ['queued', 'running', 'paused', 'cancelled', 'completed', 'failed'] as const;
const actions = ['pause', 'resume', 'cancel'] as const;

export type TaskType = (typeof taskTypes)[number];
export type TaskState = (typeof taskStates)[number];
type Action = (typeof actions)[number];

const DAY = 86_400_000;
const MOST_DAYS = 366;

/** Calls start at whole seconds: before an instant, which is shown as it was given, or on the last day. */
const DateRange = z
  .object({ start: rangeStart, end: rangeLast })
  .refine(({ start, end }) => start <= end, { path: ['end'], message: 'must not be before start' })
  .refine(({ start, end }) => Date.parse(end) - Date.parse(start) <= MOST_DAYS * DAY, {
    path: ['end'],
    message: `must be at most ${MOST_DAYS} days after start`,
  });

const taskFields = {
  date_range: DateRange.nullish(),
  org_id: z.union([z.literal('all'), OrganizationId]).nullish(),
  tariff_id: IdInUrl.nullish(),
  priority: z.enum(priorities).nullish(),
  dry_run: z.boolean().nullish(),
};

export const NewTask = z.object({ task_type: z.enum(taskTypes), ...taskFields }).meta({ id: 'NewCdrTask' });
export type NewTask = z.output<typeof NewTask>;

/** A change of a task, or, without its id, a new one. */
export const TaskChange = z
  .object({
    task_id: IdInUrl.nullish(),
    action: z.enum(actions).nullish(),
    task_type: z.enum(taskTypes).nullish(),
    ...taskFields,
  })
  .meta({ id: 'CdrTaskChange' });

/** What is done to the CDRs of one organization, or of all that the creator reaches. */
export type Target =
  { readonly of: 'one'; readonly organization: number } | { readonly of: 'children' | 'all'; readonly home: number };

/** How far a task has come: behind a CDR (`after`, its place in time) of a shard of an organization. */
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
  /** Of the seller of the one organization. */
  readonly tariff_id: string | null;
  readonly estimated: number;
  readonly counts: Counts;
  /** By currency, in micro-units. */
  readonly totals: Readonly<Record<string, Total>>;
  readonly errors: readonly TaskError[];
  readonly cursor: Cursor | null;
  /** Whose turn it is, and until when (Unix milliseconds); of a slice that is done, until then. */
  readonly turn: string;
  readonly turn_until: number;
  readonly queued_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly created_by: string;
  /** Unix seconds. */
  readonly expires_at: number;
};

const daysKept = 90;
const noCounts: Counts = { processed: 0, changed: 0, unchanged: 0, failed: 0 };

/** Rules that need no reading. @throws AppError MISSING_FIELD, VALIDATION_FAILED */
export function checkNew({ task_type, date_range, org_id, tariff_id }: NewTask): void {
  if (task_type === 'reprocess' && date_range == null)
    throw new AppError('MISSING_FIELD', 'Required: date_range', {
      details: [{ path: 'date_range', message: 'is required to reprocess' }],
    });
  if (tariff_id == null) return;
  const problem =
    task_type !== 'reprocess' ? 'is for reprocess only' : org_id === 'all' ? 'is for one organization' : null;
  if (problem !== null)
    throw new AppError('VALIDATION_FAILED', `tariff_id: ${problem}`, {
      details: [{ path: 'tariff_id', message: problem }],
    });
}

type NamedTariff = { readonly kind: 'sell' | 'cost'; readonly currency: string };

/**
 * Calls are rated again by what the seller sells, in the currency that they are charged in.
 * @param currency of the profile that is charged, where there is one @throws AppError UNKNOWN_TARIFF, CURRENCY_MISMATCH
 */
export function checkTariff(tariff: NamedTariff | undefined, currency: string | undefined): void {
  if (tariff?.kind !== 'sell')
    throw new AppError('UNKNOWN_TARIFF', 'The seller has no such sell tariff', {
      details: [{ path: 'tariff_id', message: 'must be the id of a sell tariff of the seller' }],
    });
  if (currency === undefined || currency === tariff.currency) return;
  throw new AppError('CURRENCY_MISMATCH', `The tariff is in ${tariff.currency}, the profile in ${currency}`, {
    details: [{ path: 'tariff_id', message: `must be in ${currency}` }],
  });
}

/** Whether only the seller of an organization may have this done: it moves what was charged, or removes it. */
export const isForSeller = ({ task_type }: Pick<NewTask, 'task_type'>): boolean => task_type !== 'process';

type Made = {
  readonly id: string;
  readonly org_id: number;
  readonly target: Target;
  readonly estimated: number;
  readonly created_by: string;
  readonly now: Date;
};

export const newTask = (wanted: NewTask, { id, org_id, target, estimated, created_by, now }: Made): Task => ({
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
  expires_at: Math.floor(now.getTime() / 1_000) + daysKept * 86_400,
});

const follows: Readonly<Record<Action, { readonly from: readonly TaskState[]; readonly to: TaskState }>> = {
  pause: { from: ['queued', 'running'], to: 'paused' },
  resume: { from: ['paused'], to: 'queued' },
  cancel: { from: ['queued', 'running', 'paused'], to: 'cancelled' },
};

/** A task that is not over blocks others of its range. */
export const isLive = ({ state }: Pick<Task, 'state'>): boolean =>
  state === 'queued' || state === 'running' || state === 'paused';

/** The task as it is asked to go on. What is done stays done. @throws AppError INVALID_TASK_STATE */
export function changed(
  task: Task,
  {
    action,
    priority,
  }: { readonly action?: Action | null | undefined; readonly priority?: Task['priority'] | null | undefined },
  now: Date,
): Task {
  const unfit = (what: string): AppError =>
    new AppError('INVALID_TASK_STATE', `A task that is ${task.state} cannot ${what}`);
  if (action == null && !isLive(task)) throw unfit('change');
  if (action == null) return { ...task, priority: priority ?? task.priority };
  const { from, to } = follows[action];
  if (!from.includes(task.state)) throw unfit(action);
  return {
    ...task,
    priority: priority ?? task.priority,
    state: to,
    finished_at: to === 'cancelled' ? now.toISOString() : null,
  };
}

/** Seconds between two slices: what has time lets others go first. */
export const pauseBetween: Readonly<Record<Task['priority'], number>> = { high: 0, normal: 1, low: 15 };

/** The range that a task holds: no other may overlap it. */
export type Held = { readonly task_id: string; readonly target: Target; readonly start: string; readonly end: string };

export const heldBy = ({ id, target, date_range }: Pick<Task, 'id' | 'target' | 'date_range'>): Held => ({
  task_id: id,
  target,
  start: date_range?.start ?? '',
  end: date_range?.end ?? '9',
});

/** Where an organization stands. */
export type Position = { readonly organization: number; readonly parent: number | null };

const reaches = (target: Target, { organization, parent }: Position): boolean =>
  target.of === 'one'
    ? target.organization === organization
    : target.of === 'all' || organization === target.home || parent === target.home;

/**
 * Whether two tasks work in one organization at one time of calls; the end of a range is not in it. `at`: where the
 * organizations of single ones stand.
 */
export function overlap(one: Held, other: Held, at: (organization: number) => Position | undefined): boolean {
  if (one.start >= other.end || other.start >= one.end) return false;
  const [single, of] =
    one.target.of === 'one'
      ? [one.target, other.target]
      : other.target.of === 'one'
        ? [other.target, one.target]
        : [undefined, undefined];
  // Two that reach several organizations may share some.
  if (single === undefined) return true;
  return reaches(of, at(single.organization) ?? { organization: single.organization, parent: null });
}

const Progress = z.object({
  estimated: z.int(),
  processed: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  failed: z.int(),
  percent: z.int(),
});

export const TaskAnswer = z
  .object({
    task_id: Id('task'),
    task_type: z.enum(taskTypes),
    state: z.enum(taskStates),
    priority: z.enum(priorities),
    org_id: z.string(),
    date_range: z.object({ start: Timestamp, end: Timestamp }).nullable(),
    dry_run: z.boolean(),
    tariff_id: z.string().nullable(),
    progress: Progress,
    totals: z.array(
      z.object({ currency: z.string(), reversed: z.string(), charged: z.string(), difference: z.string() }),
    ),
    errors: z.array(z.object({ cdr_id: z.string(), code: z.string() })),
    queued_at: Timestamp,
    started_at: Timestamp.nullable(),
    finished_at: Timestamp.nullable(),
    created_by: z.string(),
  })
  .meta({ id: 'CdrTask' });

/** Of what is not over at most 99: the estimate may be too small. */
function percentOf({ state, estimated, counts: { processed } }: Task): number {
  if (state === 'completed') return 100;
  return estimated === 0 ? 0 : Math.min(99, Math.floor((processed * 100) / estimated));
}

export const presentTask = (task: Task): z.input<typeof TaskAnswer> => ({
  task_id: task.id,
  task_type: task.task_type,
  state: task.state,
  priority: task.priority,
  org_id: task.target.of === 'one' ? organizationText(task.target.organization) : 'all',
  date_range: task.date_range,
  dry_run: task.dry_run,
  tariff_id: task.tariff_id,
  progress: { estimated: task.estimated, ...task.counts, percent: percentOf(task) },
  totals: Object.entries(task.totals).map(([currency, stored]) => {
    const [reversed, charged] = [storedMoney(stored.reversed), storedMoney(stored.charged)];
    return {
      currency,
      reversed: decimalText(reversed),
      charged: decimalText(charged),
      difference: decimalText(money(charged - reversed)),
    };
  }),
  errors: [...task.errors],
  queued_at: task.queued_at,
  started_at: task.started_at,
  finished_at: task.finished_at,
  created_by: task.created_by,
});

/** Whether somebody may know of a task: who sees only its own calls knows of its own tasks. */
export const mayKnow = (
  { created_by }: Task,
  { id, ownOnly }: { readonly id: string; readonly ownOnly: ReadonlySet<string> },
): boolean => !ownOnly.has('cdr:read') || created_by === id;

/** What PUT and POST answer, beside `success`. */
export const TaskReceipt = z
  .object({
    status: z.literal('success'),
    task_id: Id('task'),
    task_type: z.enum(taskTypes),
    state: z.enum(taskStates),
    queued_at: Timestamp,
    estimated_records: z.int(),
    priority: z.enum(priorities),
  })
  .meta({ id: 'CdrTaskReceipt' });

export const presentReceipt = ({
  id,
  task_type,
  state,
  queued_at,
  estimated,
  priority,
}: Task): z.input<typeof TaskReceipt> => ({
  status: 'success',
  task_id: id,
  task_type,
  state,
  queued_at,
  estimated_records: estimated,
  priority,
});
