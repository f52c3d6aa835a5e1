import { get, query, type SomeLayouts } from './layout.ts';

/** What every area builds on: requests, limits, later work, references, events and their log. */
export const platform = {
  idempotency: {
    keeps: 'the answer to a request with an `Idempotency-Key`, 24 hours',
    table: { partition: 'idempotency#<org>#<principal>', sort: '<route>#<idempotencyKey>' },
    writes: 'one item more in the transaction of each such request',
    reads: [get(['pipeline'])],
  },
  rate: {
    keeps: 'requests, messages or notices counted in a window, until it is over',
    table: { partition: 'rate#<subject>#<minute>', sort: 'window' },
    reads: [
      get([
        'pipeline',
        'sms-send',
        'webhook-deliver',
        'POST /auth/password/forgot',
        'GET /provision/{deviceId}/{secret}/{file}',
      ]),
    ],
  },
  count: {
    keeps: 'how many of a thing an organization has (limits), or has running (exports, searches, deliveries)',
    table: { partition: 'count#<org>', sort: '<kind>' },
    writes: 'one item more in each transaction that makes or removes a counted thing, under the condition of the limit',
    reads: [
      get(
        [
          'GET|DELETE /orgs/{id}',
          'PUT /orgs',
          'PUT /users',
          'PUT /groups',
          'PUT /clientdirectory/{entity}',
          'PUT /domains/{id}',
          'PUT /orgips/{entity}',
          'PUT /siptrunk/{id}',
          'PUT /devices/{entity}',
          'PUT /sipgateways/{id}',
          'PUT /numbers/{id}',
          'PUT /mobile/{id}',
          'PUT /tariffs/{id}',
          'POST /cdr/export',
          'PUT|POST /cdrmunch/task',
          'POST /smslogs/search',
          'PUT /webhooks/{id}',
          'PUT /files/{id}',
          'PUT /dataconnector/{id}',
          'PUT /sequence/{name}',
          'POST /Phones',
          'jobs',
          'webhook-deliver',
        ],
        'as the condition of a write',
      ),
    ],
  },
  counter: {
    keeps: 'a counter of the platform, such as that of organization numbers',
    table: { partition: 'counter#<kind>', sort: 'value' },
    reads: [get(['PUT /orgs'])],
  },
  reference: {
    keeps: 'that one thing names another: a policy a group or gateway, a number its route, a device its template file',
    table: { partition: 'reference#<org>#<thing>', sort: '<other>' },
    writes: 'one item per name, in the transaction of the thing that names (which checks there that the other exists)',
    reads: [
      query(
        'table',
        [
          'GET /siptrunk/{id}',
          'DELETE /siptrunk/{id}',
          'DELETE /devices/{entity}',
          'DELETE /users/{id}',
          'POST|DELETE /groups/{id}',
          'POST|DELETE /sipgateways/{id}',
          'DELETE /dialplan/policy',
          'GET /dialplan/dependencies',
          'DELETE /tariffs/{id}',
          'DELETE /numbers/{id}',
          'DELETE /domains/{id}',
          'GET|DELETE /files/{id}',
          'DELETE /emailtemplates/{id}',
          'PUT /permissions/{entity}',
          'sidecar',
        ],
        { serves: 'id, type', note: 'what blocks a deletion, what is detached by force, who is told of a state' },
      ),
    ],
  },
  due: {
    keeps: 'that something must happen at a minute: a retry, a schedule, an expiry, the close of a period',
    table: { partition: 'due#<minute>#<shard>', sort: '<id>' },
    writes: 'one item more in the transaction that decides it; removed once it is queued',
    reads: [
      query('table', ['sweeper'], { order: 'any', note: 'from the last minute that was found empty to now, 8 shards' }),
    ],
  },
  lease: {
    keeps:
      'who holds a share of work until when: sidecar tasks (with their address), shards of pings, jobs, the sweeper (with its minute)',
    table: { partition: 'lease#<kind>', sort: '<id>' },
    reads: [
      query(
        'table',
        [
          'sidecar',
          'PUT /devices/reboot/{deviceId}',
          'POST /devices/sipnotify/{deviceId}',
          'POST /Calls',
          'POST /Calls/{callId}/actions',
          'DELETE /Calls/{callId}',
          'DELETE /siptrunk/{id}',
          'DELETE /Phones/{username}',
          'GET /health',
        ],
        { note: 'the live tasks' },
      ),
      get(['sweeper', 'jobs', 'sidecar']),
    ],
  },
  event: {
    keeps:
      'an event; audited ones are pending until the sealer has chained them, the others until they are queued; then 30 days',
    table: { partition: 'event#<org>[#<shard>]', sort: '<id>' },
    GSI1: { partition: 'event#<org>#<thing>', sort: '<id>' },
    GSI2: { partition: 'event#pending#<shard>', sort: '<id>', when: 'pending' },
    writes:
      'one item in the transaction of each change; an id is made of the time of the event, so that ids are in its order',
    reads: [
      query('table', ['GET /events/{entity+}'], {
        serves: 'since, until',
        filters: 'type',
        order: 'newest first',
        note: 'org/{id}',
      }),
      query('GSI1', ['GET|PUT /events/{entity+}'], {
        serves: 'entity, since, until',
        filters: 'type',
        order: 'newest first',
      }),
      query('GSI2', ['sweeper', 'POST /eventlog/{orgId}'], {
        order: 'oldest first',
        note: '8 shards of all organizations; a search merges what is not sealed yet, of its own organization',
      }),
      get(['event-seal', 'webhook-deliver', 'GET /eventlog/{orgId}/{eventLogId}', 'POST /webhooks/{id}/redeliver']),
    ],
  },
  eventlog: {
    keeps: 'a sealed entry of the audit log, and the head of the chain; the sealer alone writes them',
    table: { partition: 'eventlog#<org>', sort: '<id> | head' },
    GSI1: { partition: 'eventlog#<org>#actor#<principal>', sort: '<id>' },
    GSI2: { partition: 'eventlog#<org>#resource#<resource>', sort: '<id>', when: 'it names a resource' },
    writes: 'entry, head, and the event that is pending no more, in one transaction',
    unsharded: 'one chain has one head, serial by nature; 500 filings a minute at most',
    reads: [
      query('table', ['POST /eventlog/{orgId}'], {
        serves: 'date_from, date_to',
        filters: 'event_types, severities, actor_type, action, search_text, ip_address',
        order: 'created_at, newest or oldest first',
        note: 'other sorts order the newest 10,000 read',
      }),
      query('GSI1', ['POST /eventlog/{orgId}'], {
        serves: 'actor_id, date_from, date_to',
        filters: 'the others',
        order: 'created_at',
      }),
      query('GSI2', ['POST /eventlog/{orgId}'], {
        serves: 'resource_type and resource_id, date_from, date_to',
        filters: 'the others',
        order: 'created_at',
      }),
      query('table', ['retention'], {
        order: 'oldest first',
        note: 'deletes the unbroken run of sequence numbers from the first on, as far as it is old enough and not held',
      }),
      get(
        ['event-seal', 'GET /eventlog/{orgId}/{eventLogId}'],
        'the head; the entry (evt_… and evl_… share their ULID)',
      ),
    ],
  },
} as const satisfies SomeLayouts;
