import { decisions, get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/** Keys and reads of SIP trunks and their addresses. */
export const trunkPatterns = {
  trunk: {
    keeps: 'a SIP trunk',
    table: { partition: 'trunk#<org>', sort: '<id>' },
    GSI1: { partition: 'trunk#register#<shard>', sort: '<id>', when: 'it registers, or keep-alives are sent to it' },
    reads: [
      query('table', ['GET /siptrunk'], {
        filters: 'status, type, q',
        order: 'newest first',
        note: 'limits.max_trunks, 100 by default',
      }),
      query('table', ['DELETE /domains/{id}', 'DELETE /numbers/{id}', 'POST /Calls', 'POST /Calls/{callId}/actions'], {
        filters: 'realm, caller_id_number, host',
      }),
      query('GSI1', ['sidecar'], { note: '16 shards, shared out by leases' }),
      get([
        'GET|PUT|POST|DELETE /siptrunk/{id}',
        'GET|PUT|POST|DELETE /siptrunkips/{entity}',
        'GET /sipgateways',
        'GET|PUT|POST /sipgateways/{id}',
        'GET /sipgwping/{entity}',
        'PUT|POST /numbers/{id}',
        'POST /cdr/{index}',
        'GET /cdr',
        'POST /cdr/export',
        'GET /rates/lookup/{number}',
        'cdr-ingest',
        'jobs',
        ...decisions,
        'sidecar',
        'GET|POST /logs/{entity+}',
        'GET|PUT /events/{entity+}',
      ]),
    ],
  },
  'trunk-name': {
    keeps: 'the owner of a trunk name',
    table: { partition: 'trunk-name#<org>', sort: '<name>' },
    reads: [get(['PUT|POST|DELETE /siptrunk/{id}'])],
  },
  'trunk-registration': {
    keeps: 'the present registration of a trunk with its peer',
    table: { partition: 'trunk-registration#<org>', sort: '<id>' },
    writes: 'its own item, so that the version of the trunk does not change',
    reads: [
      get(['GET /siptrunk', 'GET|PUT|POST|DELETE /siptrunk/{id}', 'sidecar'], 'of a list: those of a page of trunks'),
    ],
  },
  trunkip: {
    keeps: 'all (32) addresses of a trunk',
    table: { partition: 'trunkip#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /siptrunkips/{entity}'], { filters: 'type', order: 'newest first', note: 'all' }),
      get(['GET|PUT|POST|DELETE /siptrunkips/{entity}', 'GET|PUT|POST|DELETE /siptrunk/{id}', 'sidecar']),
    ],
  },
  'trunkip-address': {
    keeps: 'the trunk (or carrier trunks) that own a source address and port',
    table: { partition: 'trunkip-address#<address>', sort: '<port>' },
    writes: 'one item per signaling address, in the transaction of its trunk',
    reads: [
      get(['PUT|POST|DELETE /siptrunkips/{entity}', 'PUT|POST|DELETE /siptrunk/{id}']),
      query('table', ['sidecar'], { note: 'the calling trunk, by source address' }),
    ],
  },
} as const satisfies SomeLayouts;
