import {
  decisions,
  evaluations,
  get,
  query,
  type SomeLayouts,
} from '../../../shared/dynamodb/access-patterns/layout.ts';

const history = [
  'GET /dialplan/history',
  'GET /dialplan/historic',
  'GET /dialplan/archive',
  'GET /dialplan/archived',
] as const;

/** Saves that warn if they leave an emergency number without a way. */
const warned = [
  'PUT|POST|DELETE /dialplan/policy',
  'POST /dialplan/policy/restore',
  'PUT /dialplan/template',
  'PUT|POST|DELETE /sipgateways/{id}',
  'DELETE /siptrunk/{id}',
] as const;

/** Policies, the template, their archive, and the plan that evaluators load. */
export const dialplan = {
  policy: {
    keeps: 'a policy',
    table: { partition: 'policy#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /dialplan/policies'], {
        filters: 'status',
        order: 'newest first',
        note: '10,000 at most: all are read and counted',
      }),
      query('table', ['GET /dialplan/search'], {
        filters: 'q, status, pattern, group, priority_min, priority_max, created_after, created_before',
        order: 'newest first',
        note: 'sorts all policies by score, name, priority or time; the limit of 10,000 makes this possible',
      }),
      query('table', ['GET /dialplan/dependencies'], {
        filters: 'id, type, direction',
        note: 'of a group: all policies, any of which may name it',
      }),
      get([
        'GET|PUT|POST|DELETE /dialplan/policy',
        'POST /dialplan/policy/restore',
        'GET /dialplan/dependencies',
        'PUT /dialplan/template',
        'POST /dialplan/evaluate/batch',
        'GET|PUT /events/{entity+}',
      ]),
      query('table', ['POST|DELETE /groups/{id}', 'PUT|POST|DELETE /sipgateways/{id}', 'GET /siptrunk/{id}', 'jobs'], {
        note: 'reads all: those that name the group or gateway; those of a closed organization',
      }),
    ],
  },
  'policy-name': {
    keeps: 'that a policy name is taken',
    table: { partition: 'policy-name#<org>', sort: '<name>' },
    reads: [
      get(['PUT|POST|DELETE /dialplan/policy', 'POST /dialplan/policy/restore', 'POST /dialplan/evaluate/batch']),
    ],
  },
  template: {
    keeps: "the organization's template",
    table: { partition: 'template#<org>', sort: 'template' },
    reads: [
      get([
        'GET|PUT /dialplan/template',
        'DELETE /dialplan/policy',
        'GET /dialplan/dependencies',
        'POST /dialplan/evaluate/batch',
        'PUT|POST|DELETE /sipgateways/{id}',
      ]),
    ],
  },
  dialplanhistory: {
    keeps: 'a version of a policy or template',
    table: { partition: 'dialplanhistory#<org>#<id>', sort: '<version>' },
    GSI1: { partition: 'dialplanhistory#<org>', sort: '<time>#<id>' },
    GSI2: { partition: 'dialplanhistory#<org>#<type>', sort: '<time>#<id>' },
    writes: 'one item in the transaction of each change',
    reads: [
      query('GSI1', history, { serves: 'start_date, end_date', order: 'newest first' }),
      query('GSI2', history, { serves: 'type, start_date, end_date', order: 'newest first' }),
      query('table', [...history, 'GET /dialplan/policy', 'POST /dialplan/policy/restore'], {
        serves: 'entity_id',
        filters: 'type, start_date, end_date',
        order: 'newest version first',
        note: 'include_history: 100 at most',
      }),
      get(['POST /dialplan/policy/restore']),
    ],
  },
  planhead: {
    keeps: 'the newest version of a plan and of its snapshot',
    table: { partition: 'planhead#<org>', sort: 'head | line' },
    writes: 'with every change of policies, template, groups or gateways, one at a time; `line` orders those that wait',
    reads: [
      get(
        [
          ...evaluations,
          'PUT|POST|DELETE /dialplan/policy',
          'POST /dialplan/policy/restore',
          'PUT /dialplan/template',
          'PUT /groups',
          'POST|DELETE /groups/{id}',
          'PUT|POST|DELETE /sipgateways/{id}',
          'DELETE /siptrunk/{id}',
          'plan-folder',
        ],
        'evaluations read it in the round trip of the session, and changes the line',
      ),
    ],
  },
  planchange: {
    keeps: 'one change of a plan',
    table: { partition: 'planchange#<org>', sort: '<version>' },
    GSI2: { partition: 'planchange#fold', sort: '<org>#<version>', when: 'every 500th, until the plan is compacted' },
    writes: 'change and head, in the transaction of the save',
    unsharded: 'the index gets one of 500 saves',
    reads: [
      query('table', [...evaluations, ...warned, 'plan-folder'], { serves: 'after a version', order: 'oldest first' }),
      query('GSI2', ['plan-folder'], { order: 'oldest first' }),
    ],
  },
  callrate: {
    keeps: 'the calls of a policy in a minute and the one before, until they expire',
    table: { partition: 'callrate#<org>#<id>', sort: 'window' },
    writes: 'one ADD per call of a policy with a rate limit; from 10,000 a minute one per block of calls',
    reads: [get(decisions, 'with dry_run only')],
  },
  plan: {
    keeps: 'a part of a snapshot of a plan',
    table: { partition: 'plan#<org>', sort: '<version>#<part>' },
    reads: [query('table', [...evaluations, ...warned, 'plan-folder'], { serves: 'the version that the head names' })],
  },
} as const satisfies SomeLayouts;
