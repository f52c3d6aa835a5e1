import { day } from '#schema/time.ts';
import { eventually } from '#test/support/eventually.ts';
import { textAt, type Example, type Place } from '#test/support/example-request.ts';
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
const newPausedTask = (place: Place): Promise<string> =>
  eventually(async () => {
    const id = textAt(await place.call('PUT', '/cdrmunch/task', taskBody()), 'task_id');
    await place.call('POST', '/cdrmunch/task', { ...examples.updateCdrTask, task_id: id });
    return id;
  }, 60_000);

/** A cancelled task: an organization can have only few unfinished ones. */
async function newCancelledTask(place: Place): Promise<string> {
  const id = await newPausedTask(place);
  await place.call('POST', '/cdrmunch/task', { task_id: id, action: 'cancel' });
  return id;
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /cdrmunch/task': { ask: () => ({ body: taskBody() }) },
  'POST /cdrmunch/task': {
    ask: async (place) => ({
      body: { ...examples.updateCdrTask, task_id: await newPausedTask(place), action: 'cancel' },
    }),
  },
  'GET /cdrmunch/task': {
    ask: async (place) => ({ query: { limit: '1', task_type: (await newCancelledTask(place), 'process') } }),
  },
  'GET /cdrmunch/task/{id}': { ask: async (place) => ({ params: { id: await newCancelledTask(place) } }) },
};
