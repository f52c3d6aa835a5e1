import { evaluations, get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/** Keys and reads of SIP gateways and their pings. */
export const gatewayPatterns = {
  gateway: {
    keeps: 'a SIP gateway',
    table: { partition: 'gateway#<org>', sort: '<id>' },
    GSI1: { partition: 'gateway#ping#<shard>', sort: '<id>', when: 'it is pinged' },
    reads: [
      query('table', ['GET /sipgateways'], {
        filters: 'status, enabled, trunk_id, q',
        order: 'newest first',
        note: 'at most 200; each with its health',
      }),
      query(
        'table',
        [
          'GET /sipgwping/{entity}',
          'GET|DELETE /siptrunk/{id}',
          'DELETE /numbers/{id}',
          'POST /Calls',
          'POST /Calls/{callId}/actions',
          'jobs',
        ],
        { order: 'newest first', note: 'all; of a trunk: those that use it' },
      ),
      query('GSI1', ['sidecar'], { note: '16 shards, shared out by leases' }),
      get([
        'GET|PUT|POST|DELETE /sipgateways/{id}',
        'GET /sipgwping/{entity}',
        'POST /sipgwping/{entity}/{param1}/{param2}',
        'PUT|POST /dialplan/policy',
        'POST /dialplan/policy/restore',
        'PUT /dialplan/template',
        'GET /dialplan/dependencies',
        'POST /dialplan/evaluate',
        'POST /dialplan/freeswitch',
        'sidecar',
        'GET|POST /logs/{entity+}',
        'GET|PUT /events/{entity+}',
      ]),
    ],
  },
  'gateway-health': {
    keeps: 'the health of a gateway: state, last ping, counters and means',
    table: { partition: 'gateway-health#<org>', sort: '<id>' },
    writes:
      'its own item, so that the version of the gateway does not change; a new state and its event are one transaction',
    reads: [
      get(
        [
          'GET /sipgateways',
          'GET|PUT|POST|DELETE /sipgateways/{id}',
          'GET /sipgwping/{entity}',
          'POST /sipgwping/{entity}/{param1}/{param2}',
          'DELETE /siptrunk/{id}',
          'sidecar',
          ...evaluations,
        ],
        'of a list: those of a page of gateways; of evaluations: those of the routes of a call',
      ),
    ],
  },
  'gateway-name': {
    keeps: 'the gateway behind a name',
    table: { partition: 'gateway-name#<org>', sort: '<name>' },
    reads: [
      get([
        'PUT|POST|DELETE /sipgateways/{id}',
        'GET /sipgwping/{entity}',
        'POST /sipgwping/{entity}/{param1}/{param2}',
        'PUT|POST /dialplan/policy',
        'POST /dialplan/policy/restore',
        'PUT /dialplan/template',
        'GET /dialplan/dependencies',
      ]),
    ],
  },
  gatewayping: {
    keeps: 'the pings of a gateway in one hour, for 24 hours',
    table: { partition: 'gatewayping#<org>#<gateway>', sort: '<hour>' },
    reads: [
      query('table', ['GET /sipgwping/{entity}', 'sidecar'], { serves: 'history_hours', order: 'newest first' }),
      get(['POST /sipgwping/{entity}/{param1}/{param2}']),
    ],
  },
} as const satisfies SomeLayouts;
