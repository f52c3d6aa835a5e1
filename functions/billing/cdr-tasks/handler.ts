import { runTurn } from '#runtime/turns.ts';
import { maximumReceives } from '#contract/queues.ts';
import { AppError } from '#errors.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '#runtime/consume.ts';
import { second } from '#schema/time.ts';
import type { Cursor, Task } from '../cdr-munch/task.ts';
import {
  openTaskRun,
  workOnShard,
  type TaskRun,
  type SliceProgress,
  type TaskContext,
  type TaskTools,
} from './account-steps.ts';
import { cdrTasks, taskMessage, type TaskMessage } from './contract.ts';
import { addOutcomes, isPermanent, pauseAfter, newTariffCache, type Outcome } from './slice.ts';
import { beginTurnWrites, endTurnWrites, nextOrganization, releaseWrites, taskStore } from './store.ts';

/** Maximum number of CDRs of a slice. */
const maxCdrs = 500;
/** Milliseconds for which a slice begins new CDRs. */
const sliceTime = 15 * second;
/** Milliseconds after which another worker may take over a turn. */
const turnTtl = 30 * second;

/** The results of a slice, and where the next one begins. `isLast`: there is no next one. */
type Slice = { readonly outcomes: readonly Outcome[]; readonly cursor: Cursor | null; readonly isLast: boolean };

/** The beginning of the next shard or of the next organization; null after the last one. */
async function nextShard(
  cursor: Cursor | null,
  task: Task,
  { context, shards }: { readonly context: TaskContext; readonly shards: number },
): Promise<Cursor | null> {
  if (cursor !== null && cursor.shard + 1 < shards) return { ...cursor, shard: cursor.shard + 1, after: '' };
  const organization = await nextOrganization(context.tableOf(task.org_id), task, cursor?.organization);
  return organization === undefined ? null : { organization, shard: 0, after: '' };
}

async function workOnSlice(task: Task, tools: TaskTools): Promise<Slice> {
  const { context } = tools;
  const progress: SliceProgress = { outcomes: [], deadline: context.clock().getTime() + sliceTime, maxCdrs };
  const { outcomes, deadline } = progress;
  let last = task.cursor ?? (await nextShard(null, task, { context, shards: 0 }));
  let run: TaskRun | null = null;
  for (let cursor = last; cursor !== null;) {
    if (outcomes.length >= maxCdrs || context.clock().getTime() > deadline) return { outcomes, cursor, isLast: false };
    if (run?.terms.chain.organization !== cursor.organization)
      run = await openTaskRun(cursor.organization, task, tools);
    last = cursor;
    const next: Cursor | null = run === null ? null : await workOnShard(run, cursor, progress);
    cursor = next ?? (await nextShard(cursor, task, { context, shards: run?.terms.account.shards ?? 0 }));
  }
  return { outcomes, cursor: last, isLast: true };
}

const eventOf = (task: Task, description: string) => ({
  entity: { type: 'cdrtask', id: task.id },
  description,
  fields: { task_type: task.task_type, ...task.counts },
});

/** Fails a task whose slice fails repeatedly or for good. What is done stays done. */
async function failTask({ org_id, task_id }: TaskMessage, error: unknown, context: TaskContext): Promise<void> {
  context.log.fault(error, task_id, 'CDR task failed');
  const store = taskStore(context.tableOf(org_id));
  await context.transact(org_id, async () => {
    const task = await store.get(task_id);
    if (task === undefined || (task.state !== 'queued' && task.state !== 'running')) return [];
    const code = error instanceof AppError ? error.code : 'INTERNAL_ERROR';
    return [
      ...endTurnWrites(task, { state: 'failed', finished_at: context.clock().toISOString() }),
      ...releaseWrites(task, await store.live()),
      context.recorderOf(org_id)('cdrtask.failed', {
        ...eventOf(task, 'CDR task failed'),
        severity: 'error',
        fields: { task_type: task.task_type, code },
      }),
    ];
  });
}

/** Stores the results of a slice. The last slice completes the task and releases its claim. */
async function endSlice(task: Task, { outcomes, cursor, isLast }: Slice, context: TaskContext) {
  const results = { ...addOutcomes(task, outcomes), cursor };
  const isRunning = task.state === 'running';
  if (!isLast || !isRunning)
    return { writes: endTurnWrites(task, results), pause: isRunning ? pauseAfter(task) : null };
  const completed = { ...results, state: 'completed' as const, finished_at: context.clock().toISOString() };
  const live = await taskStore(context.tableOf(task.org_id)).live();
  const record = context.recorderOf(task.org_id);
  return {
    writes: [
      ...endTurnWrites(task, completed),
      ...releaseWrites(task, live),
      record('cdrtask.completed', eventOf({ ...task, ...completed }, 'CDR task completed')),
    ],
    pause: null,
  };
}

/** Runs one slice of a task. A task that was paused or cancelled during the slice still gets its results. */
function runSlice(message: TaskMessage, tools: TaskTools): Promise<void> {
  const { context } = tools;
  const read = async (): Promise<Task | undefined> => taskStore(context.tableOf(message.org_id)).get(message.task_id);
  return runTurn(
    {
      organization: message.org_id,
      read,
      take: (task, turn): { taken: Task; writes: ReturnType<typeof beginTurnWrites> } | null =>
        task.state !== 'queued' && task.state !== 'running'
          ? null
          : {
              taken: { ...task, ...turn, state: 'running' },
              writes: beginTurnWrites(task, turn, context.clock().toISOString()),
            },
      slice: (task) => workOnSlice(task, tools),
      end: (task, slice) => endSlice(task, slice, context),
      again: (delay) => context.queues.send('jobs', [taskMessage(message, delay)]),
    },
    turnTtl,
    context,
  );
}

/** @param dependencies what the function reaches outside; tests pass their own */
export const cdrTasksHandler = (dependencies = consumerDependencies()) => {
  const cache = newTariffCache();
  return consume(
    cdrTasks,
    settleEach(async ({ message, receives }: Delivery<TaskMessage>, context: TaskContext) => {
      await runSlice(message, { context, cache }).catch((error: unknown) => {
        if (receives < maximumReceives && !isPermanent(error)) throw error;
        return failTask(message, error, context);
      });
    }),
    dependencies,
  );
};

export const handler = cdrTasksHandler();
