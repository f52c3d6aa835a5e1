import { evaluations, get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/** Users, groups, roles, the directory, subscriptions. */
export const users = {
  user: {
    keeps: 'a user or service account',
    table: { partition: 'user#<org>', sort: '<id>' },
    GSI1: { partition: 'user#<org>#username', sort: '<username>' },
    reads: [
      query('table', ['GET /users'], {
        filters: 'q, status, type, role, group', order: 'created_at, newest first',
        note: 'the ranges usr_ and svc_ merged by their ULIDs; `q` reads all, 10,000 at most',
      }),
      query('GSI1', ['GET /users'], { filters: 'q, status, type, role, group', order: 'username' }),
      query('table', ['GET /clientaccess'], { filters: 'status', order: 'newest first' }),
      get(['PUT|POST /numbers/{id}', 'pipeline', 'sidecar', ...evaluations, 'jobs', 'GET|POST /auth/{entity}', 'POST /auth/login', 'GET /auth/session', 'GET /auth/sessions', 'DELETE /auth/sessions/{id}', 'PUT /accesskeys', 'GET|POST|DELETE /users/{id}',
        'POST /users/{id}/password', 'GET /groups/{id}', 'PUT /groups/{id}/members', 'DELETE /groups/{id}/members/{userId}', 'POST /orgs/{id}', 'GET|POST /auth/salesforce', 'GET|PUT /userforeignid/{orgId}/{userId}',
        'GET|DELETE /userforeignid/{orgId}/{userId}/{type}', 'POST /userforeignid/{orgId}', 'GET|PUT /permissions/{entity}',
        'GET|PUT|POST|DELETE /clientaccess/{entity}', 'PUT|POST|DELETE /clientdirectory/{entity}', 'PUT|POST /devices/{entity}',
        'PUT|POST /mobile/{id}', 'POST /Phones', 'POST /Calls', 'POST /auth/password/reset', 'POST /auth/twofactor',
        'PUT /eventlog/{orgId}', 'GET|POST /logs/{entity+}', 'GET|PUT /events/{entity+}', 'GET /dialplan/groups',
      ], 'the members of a group too; the actor of a filed audit event'),
    ],
  },
  'user-email': {
    keeps: 'the user or contact behind an e-mail address; unique in the organization',
    table: { partition: 'user-email#<org>', sort: '<email>' },
    GSI1: { partition: 'user-email#address#<email>', sort: '<org>' },
    writes: 'in the transaction of its owner',
    reads: [
      get([
        'GET /clientdirectory/{entity}', 'GET|PUT|POST|DELETE /clientaccess/{entity}', 'PUT /users', 'POST /users/{id}',
        'PUT|POST /clientdirectory/{entity}', 'POST /auth/salesforce',
      ]),
      query('GSI1', ['jobs'], { serves: 'email over all organizations', note: 'POST /auth/password/forgot, after it was answered' }),
    ],
  },
  'user-extension': {
    keeps: 'the user or contact behind an extension; unique in the organization',
    table: { partition: 'user-extension#<org>', sort: '<extension>' },
    writes: 'in the transaction of its owner',
    reads: [
      get([
        'GET /clientdirectory/{entity}', 'PUT /users', 'POST /users/{id}', 'PUT|POST /clientdirectory/{entity}', 'PUT|POST /devices/{entity}',
        'GET|PUT /voicemailprefs/{mailbox}', 'PUT /voicemail/{mailbox}', 'sidecar',
      ]),
    ],
  },
  group: {
    keeps: 'a group',
    table: { partition: 'group#<org>', sort: '<id>' },
    GSI1: { partition: 'group#<org>#name', sort: '<name>' },
    reads: [
      query('GSI1', ['GET /groups', 'GET /dialplan/groups'], { filters: 'q, status, category', order: 'name', note: '1,000 at most' }),
      get(['PUT|POST /numbers/{id}', 'GET|POST|DELETE /groups/{id}', 'PUT /groups/{id}/members', 'DELETE /groups/{id}/members/{userId}', 'GET|PUT /permissions/{entity}',
        'GET|PUT|POST /dialplan/policy', 'POST /dialplan/policy/restore', 'POST /dialplan/evaluate/batch', 'GET /dialplan/policies', 'GET /dialplan/dependencies', 'pipeline', 'GET|POST /auth/{entity}', 'POST /auth/login', 'PUT /users', 'POST|DELETE /users/{id}', 'POST /users/{id}/password',
      ], 'the groups that a user lists give it their roles'),
    ],
  },
  'group-name': {
    keeps: 'that a group name is taken, and whose it is',
    table: { partition: 'group-name#<org>', sort: '<name>' },
    reads: [get(['PUT /groups', 'POST /groups/{id}', 'PUT|POST /dialplan/policy', 'POST /dialplan/policy/restore', 'POST /dialplan/evaluate/batch', 'GET /dialplan/search'])],
  },
  groupmember: {
    keeps: 'that a user is in a group; the user lists its groups too',
    table: { partition: 'groupmember#<org>#<group>', sort: '<user>' },
    GSI1: { partition: 'groupmember#<org>#<user>', sort: '<group>' },
    writes: 'member and user, in one transaction',
    reads: [
      query('table', ['GET /groups/{id}', 'GET /dialplan/groups', 'jobs'], {
        serves: 'group', order: 'any', note: 'the first 50 of each for /dialplan/groups',
      }),
      query('GSI1', ['jobs', 'GET|PUT /permissions/{entity}'], { serves: 'user', note: 'since when; 200 at most' }),
      get(['PUT /groups/{id}/members', 'DELETE /groups/{id}/members/{userId}']),
    ],
  },
  role: {
    keeps: 'a custom role',
    table: { partition: 'role#<org>', sort: '<role>' },
    reads: [
      get([
        'pipeline', 'GET|POST /auth/{entity}', 'POST /auth/login', 'GET|PUT /permissions/{entity}', 'PUT /users', 'POST|DELETE /users/{id}', 'POST /users/{id}/password',
        'PUT /groups', 'POST|DELETE /groups/{id}', 'PUT /groups/{id}/members', 'DELETE /groups/{id}/members/{userId}',
      ]),
      query('table', ['jobs'], { note: 'of a closed organization' }),
    ],
  },
  foreignid: {
    keeps: "one foreign id of a user, by its type",
    table: { partition: 'foreignid#<org>#<user>', sort: '<type>' },
    reads: [
      query('table', ['GET /userforeignid/{orgId}/{userId}', 'DELETE /users/{id}'], { order: 'type' }),
      get(['GET /userforeignid/{orgId}/{userId}/{type}', 'PUT /userforeignid/{orgId}/{userId}', 'DELETE /userforeignid/{orgId}/{userId}/{type}']),
    ],
  },
  'foreignid-value': {
    keeps: 'the user behind a foreign id; the value stands in the partition, as a sort key takes 1,024 bytes',
    table: { partition: 'foreignid-value#<org>#<type>#<value>', sort: 'foreignid' },
    writes: 'in the transaction of the foreign id',
    reads: [
      get(['POST /userforeignid/{orgId}', 'PUT /userforeignid/{orgId}/{userId}', 'POST /auth/salesforce'],
        '100 values at most are asked for at once',
      ),
    ],
  },
  directory: {
    keeps: "a directory entry; a user's repeats what is the user's",
    table: { partition: 'directory#<org>', sort: '<id>' },
    GSI1: { partition: 'directory#<org>#name', sort: '<name>#<id>' },
    writes: 'user and entry, in one transaction',
    reads: [
      query('GSI1', ['GET /clientdirectory'], { filters: 'q, department', order: 'displayName', note: 'folded: case and accents ignored' }),
      get(['GET|PUT|POST|DELETE /clientdirectory/{entity}', 'POST /users/{id}', 'DELETE /users/{id}', 'PUT|POST /clientaccess/{entity}']),
    ],
  },
  presence: {
    keeps: "how many of a user's devices are registered and calls answered, kept by the sidecar",
    table: { partition: 'presence#<org>', sort: '<user>' },
    writes: 'with each first or last registration and each answered call of a user',
    reads: [get(['GET /clientdirectory', 'GET /clientdirectory/{entity}', 'sidecar'], 'a page of entries by one BatchGetItem')],
  },
  subscription: {
    keeps: 'the BLF list or the services of a user, device or line',
    table: { partition: 'subscription#<org>', sort: '<thing>' },
    writes: 'a BLF list: one reference per target',
    reads: [
      get(['GET|PUT|DELETE /subscriptions/{entity}/{id}', 'GET /devices/{id}/config', 'GET /provision/{deviceId}/{secret}/{file}', 'sidecar']),
      query('table', ['period-close'], { note: 'services that are charged' }),
    ],
  },
} as const satisfies SomeLayouts;
