import * as z from 'zod';
import { reads, records, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { IdInUrl } from '#schema/values.ts';
import { billingErrors } from '../schema/errors.ts';
import { examples } from './examples.ts';
import { TaskAnswer, TaskReceipt } from './presented-task.ts';
import { NewTask, TaskChange, taskStates, taskTypes, taskErrors } from './task.ts';

const createEffects = [
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

export const createCdrTask = endpoint('PUT /cdrmunch/task', {
  id: 'createCdrTask',
  summary: 'Create a task that processes, reprocesses or cleans up CDRs',
  description:
    'A task rates CDRs without a price, rates CDRs again, or deletes old ones. Only the seller rates again ' +
    'and deletes. The task runs in slices, and can be paused or cancelled between them.\n\n' +
    '`date_range` is a range of call starts. The end of a range of instants is excluded, the last day of a ' +
    'range of days included. Ranges of unfinished tasks of an organization must not overlap. An organization ' +
    'has at most 10 unfinished tasks.\n\n' +
    'Calls that are rated again keep the wholesale charge of their reseller.',
  scope: 'cdr:write',
  body: NewTask,
  orgFromQueryOnly: true,
  format: 'dialplan',
  answers: { 201: TaskReceipt },
  errors: ['NOT_THE_SELLER', 'TASK_CONFLICT', 'LIMIT_EXCEEDED', 'UNKNOWN_TARIFF', 'CURRENCY_MISMATCH'],
  effects: createEffects,
});

export const updateCdrTask = endpoint('POST /cdrmunch/task', {
  id: 'updateCdrTask',
  summary: 'Pause, resume or cancel a task, or change its priority',
  description:
    'Takes effect with the next slice; what is done stays done. Without `task_id` but with `task_type`, a task is ' +
    'created as by PUT.',
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
  effects: [...createEffects, records('cdrtask.updated')],
});

export const listCdrTasks = endpoint('GET /cdrmunch/task', {
  id: 'listCdrTasks',
  summary: 'List tasks',
  description: 'Newest first. Tasks are stored for 90 days.',
  scope: 'cdr:read',
  query: {
    ...pageQuery,
    state: z.enum(taskStates).optional().describe('Only tasks in this state'),
    task_type: z.enum(taskTypes).optional().describe('Only tasks of this type'),
  },
  answers: { 200: listOf(TaskAnswer) },
  errors: [],
  effects: [reads('cdrtask')],
});

export const getCdrTask = endpoint('GET /cdrmunch/task/{id}', {
  id: 'getCdrTask',
  summary: 'Get a task with its progress',
  scope: 'cdr:read',
  params: { id: IdInUrl.describe('Id of the task') },
  answers: { 200: TaskAnswer },
  errors: [],
  effects: [reads('cdrtask')],
});

export const cdrMunch = resource('cdr-munch', {
  area: 'billing',
  format: 'standard',
  owner: { user: { cdrtask: 'created_by' } },
  errors: { ...taskErrors, ...billingErrors },
  endpoints: [createCdrTask, updateCdrTask, listCdrTasks, getCdrTask],
  examples,
});
