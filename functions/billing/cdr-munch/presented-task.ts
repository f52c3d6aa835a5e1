/** Munch tasks as the API answers them (functions/billing/README.md, "Tasks"). */
import * as z from 'zod';
import { decimalText, money, moneyFromStore } from '#schema/money.ts';
import { Id, organizationText, Timestamp } from '#schema/values.ts';
import { priorities, taskStates, taskTypes, type Task } from './task.ts';

const taskId = 'task_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A';

const Progress = z.object({
  estimated: z.int().describe('Estimated number of CDRs, from the daily sums'),
  processed: z.int().describe('CDRs that were worked on'),
  changed: z.int().describe('CDRs that have a new price, or were deleted'),
  unchanged: z.int().describe('CDRs whose price is the same, or that may not be deleted'),
  failed: z.int().describe('CDRs that could not be rated'),
  percent: z.int().describe('0 to 100; at most 99 before the task is completed'),
});

const Total = z.object({
  currency: z.string().describe('ISO 4217'),
  reversed: z.string().describe('Sum of the charges that were reversed, decimal'),
  charged: z.string().describe('Sum of the new charges, decimal'),
  difference: z.string().describe('`charged` minus `reversed`, decimal'),
});

export const TaskAnswer = z
  .object({
    task_id: Id('task').describe('Id of the task'),
    task_type: z.enum(taskTypes).describe('What the task does'),
    state: z.enum(taskStates).describe('State of the task'),
    priority: z.enum(priorities).describe('Tasks of lower priority pause longer between slices'),
    org_id: z.string().describe('Organization of the CDRs, or `all` that the creator reaches'),
    date_range: z
      .object({
        start: Timestamp.describe('First call start'),
        end: Timestamp.describe('End of the call starts, excluded'),
      })
      .nullable()
      .describe('Range of call starts; null: all CDRs'),
    dry_run: z.boolean().describe('Whether the task changes nothing'),
    tariff_id: z.string().nullable().describe("Tariff to rate by; null: the profile's"),
    progress: Progress.describe('How far the task has come'),
    totals: z
      .array(Total.describe('Charges in one currency'))
      .describe('Charges that were reversed and made, by currency'),
    errors: z
      .array(
        z
          .object({
            cdr_id: z.string().describe('Id of the CDR'),
            code: z.string().describe('Error code'),
          })
          .describe('A CDR that failed'),
      )
      .describe('CDRs that failed, at most 100'),
    queued_at: Timestamp.describe('When the task was created'),
    started_at: Timestamp.nullable().describe('When its first slice began'),
    finished_at: Timestamp.nullable().describe('When it was completed, failed or cancelled'),
    created_by: z.string().describe('Id of the user or access key that created it'),
  })
  .meta({
    id: 'CdrTask',
    examples: [
      {
        task_id: taskId,
        task_type: 'reprocess',
        state: 'running',
        priority: 'high',
        org_id: 'org_1001',
        date_range: { start: '2026-11-01T00:00:00.000Z', end: '2026-11-30T23:59:59.999Z' },
        dry_run: false,
        tariff_id: null,
        progress: { estimated: 15_420, processed: 4_500, changed: 4_380, unchanged: 120, failed: 0, percent: 29 },
        totals: [{ currency: 'USD', reversed: '112.5000', charged: '256.5000', difference: '144.0000' }],
        errors: [],
        queued_at: '2026-12-01T08:00:00.000Z',
        started_at: '2026-12-01T08:00:01.000Z',
        finished_at: null,
        created_by: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      },
    ],
  });

/** An unfinished task has at most 99 %, because the estimate may be too small. */
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
    const [reversed, charged] = [moneyFromStore(stored.reversed), moneyFromStore(stored.charged)];
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

/** What PUT and POST answer, beside `success`. */
export const TaskReceipt = z
  .object({
    status: z.literal('success').describe('Always `success`'),
    task_id: Id('task').describe('Id of the task'),
    task_type: z.enum(taskTypes).describe('What the task does'),
    state: z.enum(taskStates).describe('State of the task'),
    queued_at: Timestamp.describe('When the task was created'),
    estimated_records: z.int().describe('Estimated number of CDRs, from the daily sums'),
    priority: z.enum(priorities).describe('Tasks of lower priority pause longer between slices'),
  })
  .meta({
    id: 'CdrTaskReceipt',
    examples: [
      {
        status: 'success',
        task_id: taskId,
        task_type: 'reprocess',
        state: 'queued',
        queued_at: '2026-12-01T08:00:00.000Z',
        estimated_records: 15_420,
        priority: 'high',
      },
    ],
  });

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
