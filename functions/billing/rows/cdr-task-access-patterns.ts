import { get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/** Tasks over CDRs, and exports. */
export const cdrTasks = {
  cdrtask: {
    keeps: 'a munch task',
    table: { partition: 'cdrtask#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /cdrmunch/task'], {
        filters: 'state, task_type',
        order: 'newest first',
        note: 'of the last 90 days',
      }),
      get(['PUT|POST /cdrmunch/task', 'GET /cdrmunch/task/{id}', 'jobs']),
    ],
  },
  'cdrtask-live': {
    keeps: "the ranges of an organization's unfinished tasks, under a version",
    table: { partition: 'cdrtask-live#platform', sort: '<org>' },
    writes: 'in the transaction of the task, so that two overlapping tasks conflict',
    unsharded: 'at most 10 queued tasks per organization',
    reads: [
      get(['PUT|POST /cdrmunch/task', 'DELETE /orgs/{id}', 'jobs']),
      query('table', ['PUT|POST /cdrmunch/task'], { note: 'ranges of tasks of every organization' }),
    ],
  },
  export: {
    keeps: 'an export job',
    table: { partition: 'export#<org>', sort: '<id>' },
    reads: [get(['POST /cdr/export', 'GET /cdr/export/{jobId}', 'GET /cdr/{id}', 'jobs'])],
  },
} as const satisfies SomeLayouts;
