import { day } from '#schema/time.ts';
import { eventually } from '#test/support/eventually.ts';
import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

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

/** A paused task. One that completed before it could be paused is left, and another is created. */
const newPausedTask = (tenant: ExampleTenant): Promise<string> =>
  eventually(async () => {
    const id = textAt(await tenant.call('PUT', '/cdrmunch/task', taskBody()), 'task_id');
    await tenant.call('POST', '/cdrmunch/task', { ...examples.updateCdrTask, task_id: id });
    return id;
  }, 60_000);

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
