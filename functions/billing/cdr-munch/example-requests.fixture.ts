import { ulid } from 'ulid';
import { day } from '#schema/time.ts';
import { commit } from '#dynamodb/commit.ts';
import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';
import { createWrites } from './store.ts';
import { newTask } from './task.ts';

let created = 0;

/** Unfinished tasks of one organization must not overlap: each has a day of its own, long before any call. */
const taskBody = () => {
  created += 1;
  const start = new Date(Date.UTC(2000, 0, 1) + created * day).toISOString();
  return {
    ...examples.createCdrTask,
    task_type: 'process',
    priority: 'low',
    dry_run: false,
    date_range: { start, end: start },
  };
};

/** A paused task, which is stored: one without calls would be completed before it could be paused. @returns its id */
async function newPausedTask({ organization, store }: ExampleTenant): Promise<string> {
  const id = `task_${ulid()}`;
  const target = { of: 'one', organization } as const;
  const facts = { id, org_id: organization, target, estimated: 0, created_by: 'usr_examples', now: new Date() };
  const task = newTask({ ...taskBody(), task_type: 'process', priority: 'low' }, facts);
  await commit(store, organization, createWrites({ ...task, state: 'paused' }));
  return id;
}

/** A cancelled task: an organization can have only few unfinished ones. */
async function newCancelledTask(tenant: ExampleTenant): Promise<string> {
  const id = await newPausedTask(tenant);
  await tenant.call('POST', '/cdrmunch/task', { task_id: id, action: 'cancel' });
  return id;
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /cdrmunch/task': { prepare: () => ({ body: taskBody() }) },
  'POST /cdrmunch/task': {
    prepare: async (tenant) => ({
      body: { ...examples.updateCdrTask, task_id: await newPausedTask(tenant), action: 'cancel' },
    }),
  },
  'GET /cdrmunch/task': {
    prepare: async (tenant) => ({ query: { limit: '1', task_type: (await newCancelledTask(tenant), 'process') } }),
  },
  'GET /cdrmunch/task/{id}': { prepare: async (tenant) => ({ params: { id: await newCancelledTask(tenant) } }) },
};
