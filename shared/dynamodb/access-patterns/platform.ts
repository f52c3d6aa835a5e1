import { get, query, type SomeLayouts } from './layout.ts';

/** The entities that every area uses: requests, limits, scheduled work, references, events and the event log. */
export const platform = {
  idempotency: {
    keeps: 'the answer to a request with an `Idempotency-Key`, for 24 hours',
    table: { partition: 'idempotency#<org>#<principal>', sort: '<route>#<idempotencyKey>' },
    writes: 'one more item in the transaction of each such request',
    reads: [get(['pipeline'])],
  },
  rate: {
    keeps: 'the number of requests, messages or notices in a window, until it ends',
    table: { partition: 'rate#<subject>#<minute>', sort: 'window' },
    reads: [
      get([
        'pipeline',
        'sms-send',
        'email-send',
        'webhook-deliver',
        'POST /auth/password/forgot',
        'GET /provision/{deviceId}/{secret}/{file}',
      ]),
    ],
  },
  count: {
    keeps: 'how many resources of a kind an organization has (limits), or has running (exports, searches, deliveries)',
    table: { partition: 'count#<org>', sort: '<kind>' },
    writes: 'one more item in each transaction that creates or deletes a counted resource, with the limit as condition',
    reads: [
      get(
        [
          'GET|DELETE /orgs/{id}',
          'PUT /orgs',
          'PUT /users',
          'PUT /groups',
          'PUT /clientdirectory/{entity}',
          'PUT|POST|DELETE /domains/{id}',
          'POST /domains/{id}/verify',
          'PUT /orgips/{entity}',
          'PUT /siptrunk/{id}',
          'PUT|POST /devices/{entity}',
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
    keeps: 'a counter of the platform, for example the next organization number',
    table: { partition: 'counter#<kind>', sort: 'value' },
    reads: [get(['PUT /orgs'])],
  },
  reference: {
    keeps:
      'that one resource refers to another: a policy to a group or gateway, a number to its route, a device to its ' +
      'template file',
    table: { partition: 'reference#<org>#<resource>', sort: '<other>' },
    writes:
      'one item per reference, in the transaction of the referring resource (which also checks that the other exists)',
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
          'GET /files',
          'GET|PUT|DELETE /files/{id}',
          'DELETE /emailtemplates/{id}',
          'PUT /permissions/{entity}',
          'sidecar',
        ],
        {
          serves: 'id, type',
          note: 'what prevents a deletion, what a forced deletion detaches, which resources are notified of a state',
        },
      ),
    ],
  },
  due: {
    keeps: 'work that is due in a minute: a retry, a schedule, an expiry, the close of a billing period',
    table: { partition: 'due#<minute>#<shard>', sort: '<id>' },
    GSI2: { partition: 'due#waiting#<shard>', sort: '<time>#<id>' },
    writes: 'one more item in the transaction that schedules it; deleted when it is queued',
    reads: [
      query('GSI2', ['sweeper'], {
        order: 'oldest first',
        note: '8 shards, from an hour before the last completed minute to now; empty minutes cost nothing',
      }),
      query('table', ['sweeper'], {
        order: 'any',
        note: 'once after an upgrade: pointers of versions before the index, which are put into it',
      }),
    ],
  },
  lease: {
    keeps:
      'which process does which work, and until when: sidecar tasks (with their address), shards of pings, jobs, the ' +
      'sweeper (with its minute)',
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
      'an event, for 30 days after it was processed; an audited one is pending until the sealer has sealed it, any ' +
      'other until it is queued',
    table: { partition: 'event#<org>[#<shard>]', sort: '<id>' },
    GSI1: { partition: 'event#<org>#<resource>', sort: '<id>' },
    GSI2: { partition: 'event#pending#<shard>', sort: '<id>', when: 'pending' },
    writes: 'one item in the transaction of each change; ids have the time of the event, so that they sort by it',
    reads: [
      query('table', ['GET /events/{entity+}'], {
        serves: 'since, until',
        filters: 'type',
        order: 'newest first',
        note: 'org/{id}',
      }),
      query('table', ['sidecar'], {
        serves: 'the last seconds',
        order: 'oldest first',
        note: 'each second, of the organizations that someone listens to',
      }),
      query('GSI1', ['GET|PUT /events/{entity+}'], {
        serves: 'entity, since, until',
        filters: 'type',
        order: 'newest first',
      }),
      query('GSI2', ['sweeper', 'POST /eventlog/{orgId}'], {
        order: 'oldest first',
        note: '8 shards of all organizations; a search merges the unsealed events of its own organization',
      }),
      get(['event-seal', 'webhook-deliver', 'GET /eventlog/{orgId}/{eventLogId}', 'POST /webhooks/{id}/redeliver']),
    ],
  },
  eventlog: {
    keeps: 'a sealed entry of the audit log, and the head of the chain; only the sealer writes them',
    table: { partition: 'eventlog#<org>', sort: '<id> | head' },
    GSI1: { partition: 'eventlog#<org>#actor#<principal>', sort: '<id>' },
    GSI2: { partition: 'eventlog#<org>#resource#<resource>', sort: '<id>', when: 'it has a resource' },
    writes: 'the entry, the head, and the event that is no longer pending, in one transaction',
    unsharded: 'a chain has one head and is serial by nature; at most 500 entries per minute are filed',
    reads: [
      query('table', ['POST /eventlog/{orgId}'], {
        serves: 'date_from, date_to',
        filters: 'event_types, severities, actor_type, action, search_text, ip_address',
        order: 'created_at, newest or oldest first',
        note: 'other orders sort the newest 10,000 entries',
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
        note: 'deletes entries from the start of the chain, as far as they are old enough and not under a legal hold',
      }),
      get(
        ['event-seal', 'GET /eventlog/{orgId}/{eventLogId}'],
        'the head; an entry (evt_… and evl_… have the same ULID)',
      ),
    ],
  },
} as const satisfies SomeLayouts;
