import { get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/** Logs, webhooks, files, archiving, connectors, sequences, settings. Events and their log: platform.ts. */
export const system = {
  log: {
    keeps: 'a log line; its key holds the hash of its content, so that a repeat is no second line',
    table: { partition: 'log#<org>[#<shard>]#<thing>', sort: '<time>#<hash>' },
    GSI1: { partition: 'log#<org>[#<shard>]', sort: '<time>' },
    reads: [
      query('table', ['GET /logs/{entity+}'], {
        serves: 'entity, from, to',
        filters: 'type, level',
        order: 'newest first',
      }),
      query('GSI1', ['retention'], { serves: 'a day', order: 'oldest first' }),
      get(['POST /logs/{entity+}']),
    ],
  },
  webhook: {
    keeps: 'a webhook subscription',
    table: { partition: 'webhook#<org>', sort: '<id> | default' },
    reads: [
      query('table', ['GET /webhooks'], { filters: 'q', order: 'default, then newest first', note: '20 at most' }),
      query('table', ['event-seal', 'PUT /events/{entity+}'], { note: 'who wants an event' }),
      get([
        'GET|PUT|DELETE /webhooks/{id}',
        'POST /webhooks/{id}/test',
        'POST /webhooks/{id}/redeliver',
        'webhook-deliver',
        'GET /events/{entity+}',
      ]),
    ],
  },
  'webhook-url': {
    keeps: 'that an organization has a subscription of this URL (its hash)',
    table: { partition: 'webhook-url#<org>', sort: '<hash>' },
    reads: [get(['PUT|DELETE /webhooks/{id}'])],
  },
  webhookdelivery: {
    keeps: 'the delivery of an event to a subscription, 7 days; one item however often it is tried or queued',
    table: { partition: 'webhookdelivery#<org>#<webhook>', sort: '<event>' },
    writes: 'one transaction per attempt, with the count of its hour',
    reads: [
      query('table', ['GET /webhooks/{id}'], { order: 'newest event first', note: 'the latest 100' }),
      query('table', ['POST /webhooks/{id}/redeliver', 'jobs'], { serves: 'since, until', filters: 'status' }),
      get(['webhook-deliver', 'POST /webhooks/{id}/redeliver']),
    ],
  },
  webhookhour: {
    keeps: 'the number of attempts of a subscription in an hour, 2 days; further shards where transactions collide',
    table: { partition: 'webhookhour#<org>#<webhook>', sort: '<hour>[#<shard>]' },
    reads: [
      query('table', ['GET|PUT /webhooks/{id}', 'GET /webhooks'], {
        serves: '24 hours',
        note: 'one per row of the list: 20 at most',
      }),
    ],
  },
  webhookflight: {
    keeps: 'leases of the attempts in flight to a receiver that may be slow, at most 6',
    table: { partition: 'webhookflight#<org>', sort: '<label>' },
    writes: 'two writes per batch of attempts, none for receivers that answer quickly',
    reads: [get(['webhook-deliver'])],
  },
  file: {
    keeps: 'a file with its state',
    table: { partition: 'file#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /files'], { filters: 'kind, state, q', order: 'newest first', note: '10,000 at most' }),
      get([
        'GET|PUT|DELETE /files/{id}',
        'uploads',
        'PUT /email',
        'PUT|POST /devices/{entity}',
        'GET /devices/{id}/config',
        'GET /provision/{deviceId}/{secret}/{file}',
        'PUT /voicemailprefs/{mailbox}',
        'PUT /voicemaildrop/{id}',
        'GET|PUT /events/{entity+}',
      ]),
    ],
  },
  'file-text': {
    keeps: 'the content of a provisioning template, at most 256 KB',
    table: { partition: 'file-text#<org>', sort: '<id>' },
    writes: 'with the file, in one transaction',
    reads: [
      get([
        'uploads',
        'DELETE /files/{id}',
        'PUT|POST /devices/{id}',
        'GET /devices/{id}/config',
        'GET /provision/{deviceId}/{secret}/{file}',
      ]),
    ],
  },
  'file-name': {
    keeps: 'that a name is taken among the files of a kind',
    table: { partition: 'file-name#<org>#<kind>', sort: '<name>' },
    reads: [get(['PUT|DELETE /files/{id}'])],
  },
  archivepolicy: {
    keeps: 'an archiving policy',
    table: { partition: 'archivepolicy#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /archiving/policies', 'POST /archiving/purge', 'retention'], {
        filters: 'q',
        order: 'newest first',
        note: '100 at most',
      }),
      get(['GET|PUT|DELETE /archiving/policies/{id}', 'PUT /archiving/store/smsexport']),
    ],
  },
  'archivepolicy-name': {
    keeps: 'that the name of a policy is taken',
    table: { partition: 'archivepolicy-name#<org>', sort: '<name>' },
    reads: [get(['PUT|DELETE /archiving/policies/{id}'])],
  },
  'archivepolicy-class': {
    keeps: 'the one enabled policy without filter of a class',
    table: { partition: 'archivepolicy-class#<org>', sort: '<class>' },
    reads: [get(['PUT|DELETE /archiving/policies/{id}'])],
  },
  archiveprovisioning: {
    keeps: 'quota, storage class and use of the archive',
    table: { partition: 'archiveprovisioning#<org>', sort: 'provisioning' },
    reads: [
      get([
        'GET|PUT /archiving/provisioning',
        'PUT /archiving/policies/{id}',
        'POST /archiving/purge',
        'PUT /archiving/store/smsexport',
        'retention',
      ]),
    ],
  },
  archiverun: {
    keeps: 'a purge or an archive; and for each class the purge that runs',
    table: { partition: 'archiverun#<org>', sort: '<id> | running/<class>' },
    writes: 'run and the mark of its class, in one transaction',
    reads: [
      get(['POST /archiving/purge', 'PUT /archiving/store/smsexport', 'jobs', 'retention', 'GET /events/{entity+}']),
    ],
  },
  legalhold: {
    keeps: 'a legal hold, active or released',
    table: { partition: 'legalhold#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /archiving/legalholds'], { filters: 'q', order: 'newest first', note: '1,000 at most' }),
      query(
        'table',
        [
          'retention',
          'jobs',
          'POST /archiving/purge',
          'DELETE /orgs/{id}',
          'DELETE /voicemail/{id}',
          'DELETE /users/{id}',
        ],
        {
          filters: 'status',
          note: 'what is held, asked again with each batch',
        },
      ),
      get(['PUT|DELETE /archiving/legalholds/{id}']),
    ],
  },
  'legalhold-name': {
    keeps: 'that the name of a hold is taken',
    table: { partition: 'legalhold-name#<org>', sort: '<name>' },
    reads: [get(['PUT|DELETE /archiving/legalholds/{id}'])],
  },
  connector: {
    keeps: 'a data connector with its (1,000) items',
    table: { partition: 'connector#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /dataconnector'], { filters: 'q', order: 'newest first', note: '50 at most' }),
      get(['GET|PUT|DELETE /dataconnector/{id}', 'POST /dataconnector/{id}/test']),
    ],
  },
  'connector-name': {
    keeps: 'that the name of a connector is taken',
    table: { partition: 'connector-name#<org>', sort: '<name>' },
    reads: [get(['PUT|DELETE /dataconnector/{id}'])],
  },
  sequence: {
    keeps: 'a sequence, or the last value of a deleted one',
    table: { partition: 'sequence#<org>#<sequence>', sort: 'sequence' },
    unsharded: 'one sequence is one item by its nature: blocks spare writes',
    reads: [get(['GET|PUT|POST|DELETE /sequence/{name}'])],
  },
  bespoke: {
    keeps: 'a settings document: queuemon (one per queue), notifier',
    table: { partition: 'bespoke#<org>', sort: '<kind> | <kind>/<label>' },
    reads: [
      get(['GET|PUT /bespoke/queuemon', 'GET|PUT /bespoke/notifier', 'change-feed', 'DELETE /emailtemplates/{id}']),
    ],
  },
  notice: {
    keeps: 'a notice that waits for the end of quiet hours or for a digest',
    table: { partition: 'notice#<org>', sort: '<id>' },
    reads: [query('table', ['jobs'], { order: 'oldest first', note: 'what a due row calls for' })],
  },
} as const satisfies SomeLayouts;
