import { evaluations, get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

const provision = 'GET /provision/{deviceId}/{secret}/{file}';

/** Trunks, devices, gateways, numbers, SIMs. */
export const telephony = {
  trunk: {
    keeps: 'a SIP trunk',
    table: { partition: 'trunk#<org>', sort: '<id>' },
    GSI1: { partition: 'trunk#register#<shard>', sort: '<id>', when: 'it registers, or the way to it is kept open' },
    reads: [
      query('table', ['GET /siptrunk'], {
        filters: 'status, type, q',
        order: 'newest first',
        note: 'limits.max_trunks, 100 by default',
      }),
      query('table', ['DELETE /domains/{id}', 'DELETE /numbers/{id}', 'POST /Calls'], {
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
        'sidecar',
        'GET|POST /logs/{entity+}',
        'GET|PUT /events/{entity+}',
      ]),
    ],
  },
  'trunk-name': {
    keeps: 'that a trunk name is taken',
    table: { partition: 'trunk-name#<org>', sort: '<name>' },
    reads: [get(['PUT|POST|DELETE /siptrunk/{id}'])],
  },
  'trunk-registration': {
    keeps: 'how a trunk is registered with its peer just now',
    table: { partition: 'trunk-registration#<org>', sort: '<id>' },
    writes: 'its own item, so that the trunk and its version stand still',
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
    keeps: 'the trunk or (carriers only) trunks that a source address and port speak for',
    table: { partition: 'trunkip-address#<address>', sort: '<port>' },
    writes: 'one item per signaling address, in the transaction of its trunk',
    reads: [
      get(['PUT|POST|DELETE /siptrunkips/{entity}', 'PUT|POST|DELETE /siptrunk/{id}']),
      query('table', ['sidecar'], { note: 'who calls, by source address' }),
    ],
  },
  device: {
    keeps: 'a device with its lines and settings',
    table: { partition: 'device#<org>', sort: '<id>' },
    GSI1: { partition: 'device#<org>#user#<user>', sort: '<id>', when: 'it has a user' },
    reads: [
      query('table', ['GET /devices', 'DELETE /domains/{id}'], {
        filters: 'kind, status, provisioning_status, q',
        order: 'newest first',
        note: '10,000 at most; joined with their states, which lie in the same order',
      }),
      query('GSI1', ['GET /devices', 'DELETE /users/{id}', 'PUT|POST /devices/{entity}', 'POST /Phones', 'sidecar'], {
        serves: 'user_id',
        filters: 'kind, status, provisioning_status',
        order: 'newest first',
        note: 'own-only callers; deviceLimit',
      }),
      get([
        'GET /devices',
        'GET /devices/{id}',
        'GET /devices/mac/{macAddress}',
        'PUT|POST|DELETE /devices/{entity}',
        'PUT /devices/reboot/{deviceId}',
        'POST /devices/sipnotify/{deviceId}',
        'GET /devices/{id}/config',
        provision,
        'sidecar',
        'PUT|POST /numbers/{id}',
        'POST /Calls',
        'PUT /subscriptions/{entity}/{id}',
        'GET|POST /logs/{entity+}',
        'GET|PUT /events/{entity+}',
      ]),
    ],
  },
  'device-line': {
    keeps: 'that primary or shared lines of a device have an extension, and whose devices have it as a primary one',
    table: { partition: 'device-line#<org>#<extension>', sort: '<device> | owner' },
    writes: 'one item per extension (16 at most) and its owner, in the transaction of its device',
    reads: [
      get(['PUT|POST|DELETE /devices/{entity}'], 'the owner, as the condition of a write'),
      query('table', ['GET /devices', 'PUT|POST /devices/{entity}', 'POST /Calls', 'sidecar'], {
        serves: 'extension',
        filters: 'the others',
        order: 'newest first',
      }),
    ],
  },
  'device-mac': {
    keeps: 'the device behind a MAC address',
    table: { partition: 'device-mac#<mac>', sort: 'mac' },
    reads: [get(['GET /devices/mac/{macAddress}', 'PUT|DELETE /devices/{entity}'])],
  },
  'device-kept': {
    keeps: 'lines and settings of a deleted device, 90 days',
    table: { partition: 'device-kept#<org>', sort: '<mac>' },
    reads: [get(['PUT|DELETE /devices/{entity}'])],
  },
  'device-state': {
    keeps: 'what the phone of a device does just now: registered lines, address, when it was seen',
    table: { partition: 'device-state#<org>', sort: '<id>' },
    writes: 'its own item, so that the device and its version stand still',
    reads: [
      query('table', ['GET /devices'], { order: 'as the devices', note: 'the range of a page of devices' }),
      get([
        'GET /devices/{id}',
        'GET /devices/mac/{macAddress}',
        'PUT|POST|DELETE /devices/{entity}',
        'PUT /devices/reboot/{deviceId}',
        provision,
        'sidecar',
        'jobs',
      ]),
    ],
  },
  'device-reboot': {
    keeps: 'the reboot that a device waits for, or whose outcome is awaited',
    table: { partition: 'device-reboot#<org>', sort: '<device>' },
    writes: 'one item, and its due pointer; a newer one replaces it',
    reads: [get(['PUT /devices/reboot/{deviceId}', 'DELETE /devices/{entity}', 'jobs'])],
  },
  provision: {
    keeps:
      'the organization of a device, for the phone that fetches its file and names none, with the secret of its URL',
    table: { partition: 'provision#<device>', sort: 'device' },
    writes: 'in the transaction that makes the device',
    reads: [
      get([
        provision,
        'GET /devices',
        'GET /devices/{id}',
        'GET /devices/mac/{macAddress}',
        'GET /devices/{id}/config',
        'POST /devices/{entity}',
      ]),
    ],
  },
  'sip-credential': {
    keeps: 'whose a SIP user name is, with its HA1 values; device lines and phone lines alike',
    table: { partition: 'sip-credential#<hash>', sort: 'credential' },
    writes: 'one item per line, in the transaction of its device or phone line',
    reads: [
      get([
        'sidecar',
        'GET /devices/{id}/config',
        provision,
        'POST|DELETE /devices/{entity}',
        'GET|DELETE /Phones/{username}',
      ]),
    ],
  },
  binding: {
    keeps: 'a registered contact of a SIP user name, with the task that owns it',
    table: { partition: 'binding#<org>#<phone>', sort: '<hash>' },
    GSI1: { partition: 'binding#<org>#device#<device>', sort: '<time>', when: 'it is of a device' },
    GSI2: { partition: 'binding#owner#<task>', sort: '<hash>' },
    writes: 'one item per registration; what only goes on with it is written beside it, as a binding-refresh',
    reads: [
      query('table', ['sidecar', 'GET /Phones/{username}'], { note: 'where to ring a line' }),
      query(
        'GSI1',
        [
          'GET /devices/{id}',
          'GET /devices/mac/{macAddress}',
          'PUT /devices/reboot/{deviceId}',
          'POST /devices/sipnotify/{deviceId}',
          'sidecar',
        ],
        {
          order: 'newest first',
        },
      ),
      query('GSI2', ['sidecar'], { note: 'takeover of a dead task' }),
    ],
  },
  'binding-refresh': {
    keeps: 'the newest REGISTER that only went on with a binding: in no index, so that it costs one small write',
    table: { partition: 'binding-refresh#<phone>', sort: '<hash>#<task>' },
    writes: 'its own item, in batches; it goes with its binding, or by its time to live',
    reads: [
      get(
        ['sidecar', 'GET /devices/{id}', 'GET /devices/mac/{macAddress}', 'GET /Phones/{username}'],
        'beside the bindings of a device or a user name',
      ),
    ],
  },
  gateway: {
    keeps: 'a SIP gateway',
    table: { partition: 'gateway#<org>', sort: '<id>' },
    GSI1: { partition: 'gateway#ping#<shard>', sort: '<id>', when: 'it is pinged' },
    reads: [
      query('table', ['GET /sipgateways'], {
        filters: 'status, enabled, trunk_id, q',
        order: 'newest first',
        note: '200 at most; each with its health',
      }),
      query(
        'table',
        ['GET /sipgwping/{entity}', 'GET|DELETE /siptrunk/{id}', 'DELETE /numbers/{id}', 'POST /Calls', 'jobs'],
        { order: 'newest first', note: 'all; of a trunk: those that go by it' },
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
        'sidecar',
        'GET|POST /logs/{entity+}',
        'GET|PUT /events/{entity+}',
      ]),
    ],
  },
  'gateway-health': {
    keeps: 'whether a gateway is well: its state, last ping, counters and means',
    table: { partition: 'gateway-health#<org>', sort: '<id>' },
    writes:
      'its own item, so that the gateway and its version stand still; a ping that changes the state writes its event in the same transaction',
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
  number: {
    keeps: 'a number of the platform, whoever holds it: two that want one meet at one item',
    table: { partition: 'number#<number>', sort: 'number' },
    GSI1: [
      { partition: 'number#<org>', sort: '<number>', when: 'held, or in quarantine after it was' },
      { partition: 'number#available', sort: '<number>', when: 'available' },
    ],
    GSI2: { partition: 'number#<org>#<thing>', sort: '<number>', when: 'it has a route' },
    unsharded: 'stock is loaded by the operator and taken one by one',
    reads: [
      query('GSI1', ['POST /numbers/search', 'period-close'], {
        partition: 'number#<org>',
        serves: 'prefix',
        filters: 'country, type, contains, capabilities, state, label',
        order: 'number',
        note: 'own; 10,000 at most, so that sort=activated_at orders them all',
      }),
      query('GSI1', ['POST /numbers/search'], {
        partition: 'number#available',
        serves: 'prefix; country as its calling code',
        filters: 'country (within +1 and +7), type, contains, capabilities',
        order: 'number',
      }),
      query(
        'GSI2',
        [
          'POST /numbers/search',
          'GET|DELETE /siptrunk/{id}',
          'DELETE /devices/{entity}',
          'DELETE /users/{id}',
          'DELETE /groups/{id}',
        ],
        {
          serves: 'route_type (begins with)',
          note: 'what is routed to a thing; own-only callers: to themselves',
        },
      ),
      get([
        'GET|PUT|POST|DELETE /numbers/{id}',
        'GET|PUT /numbers/{id}/channels',
        'PUT /sms',
        'PUT|POST /siptrunk/{id}',
        'PUT|POST /sipgateways/{id}',
        'PUT|POST /mobile/{id}',
        'POST /Calls',
        'sidecar',
        'sweeper',
        'receipts',
        'GET|POST /logs/{entity+}',
        'GET|PUT /events/{entity+}',
      ]),
    ],
  },
  'number-id': {
    keeps: 'the number behind a num_ id',
    table: { partition: 'number-id#<id>', sort: 'number' },
    writes: 'once, with the number',
    reads: [
      get([
        'GET|PUT|POST|DELETE /numbers/{id}',
        'GET|PUT /numbers/{id}/channels',
        'GET|POST /logs/{entity+}',
        'GET|PUT /events/{entity+}',
      ]),
    ],
  },
  mobile: {
    keeps: 'a SIM',
    table: { partition: 'mobile#<org>', sort: '<id>' },
    GSI1: { partition: 'mobile#<org>#user#<user>', sort: '<id>', when: 'it has a user' },
    reads: [
      query('table', ['GET /mobile'], { filters: 'status, network, q', order: 'newest first', note: '10,000 at most' }),
      query('GSI1', ['GET /mobile', 'DELETE /users/{id}'], {
        serves: 'user_id',
        filters: 'status, network',
        order: 'newest first',
      }),
      get(['GET|PUT|POST|DELETE /mobile/{id}', 'jobs']),
    ],
  },
  'mobile-key': {
    keeps: 'the SIM behind an ICCID, IMSI or MSISDN',
    table: { partition: 'mobile-key#<kind>#<number>', sort: 'mobile' },
    writes: 'up to three items, in the transaction of the SIM',
    reads: [get(['GET|PUT|POST|DELETE /mobile/{id}'])],
  },
} as const satisfies SomeLayouts;
