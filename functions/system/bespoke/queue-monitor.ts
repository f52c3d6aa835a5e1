import * as z from 'zod';
import { Name, organizationText, Timestamp } from '#schema/values.ts';
import { omit } from '#schema/omit.ts';
import { FormulaFault, isNeverNumber, maxFormula, parseFormula } from './formula.ts';

/** Settings of the display of a queue (functions/system/README.md, "Queue monitor"). */

const columns = [
  'agent_name',
  'status',
  'calls_handled',
  'avg_handle_time',
  'wait_time',
  'queue_length',
  'abandon_rate',
  'service_level',
  'last_call_at',
] as const;

/** Documents of an organization: one for each queue, and the general one. */
export const maxQueueMonitors = 1_000;

export const QueueId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'must have 1–64 letters, digits, _, . and -, and begin with a letter or digit',
  );

/** A formula. Its fault has a column, so that it is not trimmed. */
const FormulaText = z
  .string()
  .min(1)
  .max(maxFormula)
  .superRefine((formula, context) => {
    try {
      parseFormula(formula);
    } catch (error) {
      if (!(error instanceof FormulaFault)) throw error;
      context.addIssue({ code: 'custom', message: `column ${error.column}: ${error.message}` });
    }
  });

const CustomMetric = z.object({
  name: Name.describe('Name of the metric, unique in the document'),
  formula: FormulaText.describe(
    'Metrics, numbers and `+ - * / ( )`; up to 256 characters. Metrics are the columns with numbers, and ' +
      '`wait_time_seconds`. Times are in seconds, rates in percent. A division by zero has the value null',
  ),
  target: z.number().nullable().default(null).describe('Value that is aimed at; null: none'),
});

const Threshold = z.number().min(0).nullable().default(null);

const AlertThresholds = z.object({
  queue_length: Threshold.describe('Callers in the queue; null: no alert'),
  wait_time_seconds: Threshold.describe('Longest wait in seconds; null: no alert'),
  abandon_rate: z.number().min(0).max(100).nullable().default(null).describe('Percent; null: no alert'),
});

const hasNoneTwice = (values: readonly string[]): boolean => new Set(values).size === values.length;

const fields = {
  refresh_interval: z.int().min(1).max(300).default(5).describe('Seconds between two refreshes'),
  display_columns: z
    .array(z.enum(columns))
    .max(20)
    .refine(hasNoneTwice, 'must not have a column twice')
    .default([])
    .describe('Columns in their order'),
  alert_thresholds: AlertThresholds.default({
    queue_length: null,
    wait_time_seconds: null,
    abandon_rate: null,
  }).describe('Values above which the display alerts'),
  custom_metrics: z
    .array(CustomMetric)
    .max(20)
    .refine((all) => hasNoneTwice(all.map(({ name }) => name.toLowerCase())), 'must not have a name twice')
    .default([])
    .describe('Metrics that formulas compute'),
} as const;

/** Body of `PUT /bespoke/queuemon`. */
export const NewQueueMonitor = z
  .object({ queue_id: QueueId.optional().describe('Queue of the document. Absent: the general document'), ...fields })
  .meta({ id: 'NewQueueMonitor' });
export type NewQueueMonitor = z.output<typeof NewQueueMonitor>;

export type QueueMonitor = Omit<NewQueueMonitor, 'queue_id'> & {
  /** Null: the general document, for queues without one. */
  readonly queue_id: string | null;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

export const ShownQueueMonitor = z
  .object({
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    queue_id: z.string().nullable().describe('Queue of the document; null: the general document'),
    refresh_interval: z.int().describe('Seconds between two refreshes'),
    display_columns: z.array(z.enum(columns)).describe('Columns in their order'),
    alert_thresholds: z
      .object({
        queue_length: z.number().nullable().describe('Callers in the queue; null: no alert'),
        wait_time_seconds: z.number().nullable().describe('Longest wait in seconds; null: no alert'),
        abandon_rate: z.number().nullable().describe('Percent; null: no alert'),
      })
      .describe('Values above which the display alerts'),
    custom_metrics: z
      .array(
        z.object({
          name: z.string().describe('Name of the metric'),
          formula: z.string().describe('Metrics, numbers, `+ - * / ( )`'),
          target: z.number().nullable().describe('Value that is aimed at; null: none'),
        }),
      )
      .describe('Metrics that formulas compute'),
    created_at: Timestamp.describe('Time of the first save'),
    updated_at: Timestamp.describe('Time of the last save'),
  })
  .meta({
    id: 'QueueMonitor',
    example: {
      organization_id: 'org_1001',
      queue_id: null,
      refresh_interval: 5,
      display_columns: ['agent_name', 'status', 'calls_handled'],
      alert_thresholds: { queue_length: 10, wait_time_seconds: 120, abandon_rate: 5 },
      custom_metrics: [{ name: 'Load', formula: 'calls_handled * avg_handle_time / 3600', target: 0.8 }],
      created_at: '2026-11-20T10:00:00.000Z',
      updated_at: '2026-11-20T10:00:00.000Z',
    },
  });

/** The document after a PUT, which replaces it. @param now ISO 8601 UTC */
export const saveQueueMonitor = (
  before: QueueMonitor | undefined,
  body: NewQueueMonitor,
  now: string,
): QueueMonitor => ({
  ...body,
  queue_id: body.queue_id ?? null,
  created_at: before?.created_at ?? now,
  updated_at: now,
  version: (before?.version ?? 0) + 1,
});

/** Sentences about formulas that never have a value. */
export const formulaWarnings = ({ custom_metrics: all }: Pick<QueueMonitor, 'custom_metrics'>): readonly string[] =>
  all.flatMap(({ formula }, at) =>
    isNeverNumber(parseFormula(formula))
      ? [`custom_metrics[${at}].formula: never has a value; it has no metric and divides by zero`]
      : [],
  );

export const presentQueueMonitor = (
  monitor: QueueMonitor,
  organization: number,
): z.input<typeof ShownQueueMonitor> => ({
  organization_id: organizationText(organization),
  ...omit(monitor, 'version'),
});
