import * as z from 'zod';
import { reads, records, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { pageQuery } from '../../../shared/schema/query.ts';
import { IdInUrl } from '../../../shared/schema/values.ts';
import { NewTask, TaskAnswer, TaskChange, TaskReceipt, taskStates, taskTypes } from './task.ts';

const making = [
  reads('organization'),
  reads('organization', 'GSI1'),
  reads('organization', 'GSI2'),
  reads('cdrtask'),
  reads('cdrtask-live'),
  reads('chargeday'),
  reads('billingprofile'),
  reads('tariff'),
  writes('cdrtask'),
  writes('cdrtask-live'),
  records('cdrtask.created'),
] as const;

export const putTask = endpoint('PUT /cdrmunch/task', {
  summary: 'Have CDRs processed, reprocessed or cleaned up',
  description:
    'A task rates what has no price, rates again, or deletes what is old enough; it runs in slices, and can be paused or cancelled between them. `date_range` goes by call start: instants, the end not in it, or days, both in it. Calls that are rated again stay charged to a reseller as they were.',
  scope: 'cdr:write',
  body: NewTask,
  orgFromQueryOnly: true,
  format: 'dialplan',
  answers: { 201: TaskReceipt },
  errors: ['NOT_THE_SELLER', 'TASK_CONFLICT', 'LIMIT_EXCEEDED', 'UNKNOWN_TARIFF', 'CURRENCY_MISMATCH'],
  effects: making,
});

export const postTask = endpoint('POST /cdrmunch/task', {
  summary: 'Pause, resume or cancel a task, or change its priority',
  description: 'Without `task_id` but with `task_type` it makes one, as PUT does.',
  scope: 'cdr:write',
  body: TaskChange,
  orgFromQueryOnly: true,
  format: 'dialplan',
  answers: { 200: TaskReceipt, 201: TaskReceipt },
  errors: [
    'NOT_THE_SELLER',
    'TASK_CONFLICT',
    'INVALID_TASK_STATE',
    'LIMIT_EXCEEDED',
    'UNKNOWN_TARIFF',
    'CURRENCY_MISMATCH',
  ],
  effects: [...making, records('cdrtask.updated')],
});

export const listTasks = endpoint('GET /cdrmunch/task', {
  summary: 'List tasks',
  description: 'Newest first, of the last 90 days.',
  scope: 'cdr:read',
  query: { ...pageQuery, state: z.enum(taskStates).optional(), task_type: z.enum(taskTypes).optional() },
  answers: { 200: listOf(TaskAnswer) },
  errors: [],
  effects: [reads('cdrtask')],
});

export const getTask = endpoint('GET /cdrmunch/task/{id}', {
  summary: 'Progress of a task',
  scope: 'cdr:read',
  params: { id: IdInUrl },
  answers: { 200: TaskAnswer },
  errors: [],
  effects: [reads('cdrtask')],
});

export const cdrMunch = resource('cdr-munch', {
  area: 'billing',
  format: 'standard',
  endpoints: [putTask, postTask, listTasks, getTask],
});
