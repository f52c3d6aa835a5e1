import * as z from 'zod';
import { on, type TriggeringEvent } from '#contract/consequences.ts';
import { reads, reports, sends, writes } from '#contract/effects.ts';
import { asksHolds } from '#contract/record-effects.ts';
import { consumer } from '#contract/resource.ts';
import { organizationText } from '#schema/values.ts';

/** A task that has a slice to run. Version 1 only ever gains optional fields. */
const TaskMessage = z.object({ schema: z.literal('cdr-task.v1'), org_id: z.int().min(1), task_id: z.string() });
export type TaskMessage = z.output<typeof TaskMessage>;

/**
 * A message of the queue `jobs`. Its group gives each organization a fair share of the queue (Amazon SQS Developer
 * Guide, "Amazon SQS fair queues"). @param delay seconds
 */
export const taskMessage = ({ org_id, task_id }: Omit<TaskMessage, 'schema'>, delay = 0) => ({
  body: { schema: 'cdr-task.v1', org_id, task_id } satisfies TaskMessage,
  group: organizationText(org_id),
  delay,
});

const startMessage = ({ org_id, entity }: TriggeringEvent) => taskMessage({ org_id, task_id: entity.id });

/** Does the work of munch tasks, slice by slice: a task that is asked to pause or end does so with the next slice. */
export const cdrTasks = consumer('cdr-tasks', {
  area: 'billing',
  queue: 'jobs',
  message: TaskMessage,
  startedBy: on(['cdrtask.created', 'cdrtask.updated'], startMessage),
  timeout: 30,
  memory: 1_024,
  batchSize: 1,
  batchWindow: 0,
  maximumConcurrency: 4,
  effects: [
    ...asksHolds,
    reads('organization'),
    reads('organization', 'GSI1'),
    reads('organization', 'GSI2'),
    reads('billingprofile'),
    reads('tariff'),
    reads('tariffchunk'),
    reads('trunk'),
    reads('tariff-trunk'),
    reads('cdr', 'GSI1'),
    reads('cdr', 'GSI2'),
    reads('cdrtask-live'),
    writes('cdr'),
    writes('cdrparty'),
    writes('cdrcall'),
    writes('balance'),
    writes('chargeday'),
    writes('numberday'),
    writes('callcount'),
    writes('usage'),
    writes('cdrtask'),
    writes('cdrtask-live'),
    reports('cdrtask.completed'),
    reports('cdrtask.failed'),
    reports('balance.low'),
    reports('balance.exhausted'),
    sends('jobs'),
    sends('cdr-wholesale'),
  ],
});
