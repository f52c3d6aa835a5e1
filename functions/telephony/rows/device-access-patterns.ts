import { get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

const provision = 'GET /provision/{deviceId}/{secret}/{file}';

/** Keys and reads of devices, their lines, files and registrations. */
export const devicePatterns = {
  device: {
    keeps: 'a device with its lines and settings',
    table: { partition: 'device#<org>', sort: '<id>' },
    GSI1: { partition: 'device#<org>#user#<user>', sort: '<id>', when: 'it has a user' },
    reads: [
      query('table', ['GET /devices', 'DELETE /domains/{id}'], {
        filters: 'kind, status, provisioning_status, q',
        order: 'newest first',
        note: 'at most 10,000; joined with their states, which have the same order',
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
        'POST /cdr/{index}',
        'POST /Calls',
        'POST /Calls/{callId}/actions',
        'GET|PUT|DELETE /subscriptions/{entity}/{id}',
        'GET|POST /logs/{entity+}',
        'GET|PUT /events/{entity+}',
      ]),
    ],
  },
  'device-line': {
    keeps: 'the devices whose primary or shared lines have an extension, and the owner of its primary lines',
    table: { partition: 'device-line#<org>#<extension>', sort: '<device> | owner' },
    writes: 'one item per extension (16 at most) and its owner, in the transaction of its device',
    reads: [
      get(
        ['PUT|POST|DELETE /devices/{entity}', 'PUT /subscriptions/{entity}/{id}'],
        'the owner, as the condition of a write',
      ),
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
    keeps: 'the present activity of a phone: registered lines, address, last seen',
    table: { partition: 'device-state#<org>', sort: '<id>' },
    writes: 'its own item, so that the version of the device does not change',
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
    keeps: 'the pending reboot of a device, or the one whose outcome is open',
    table: { partition: 'device-reboot#<org>', sort: '<device>' },
    writes: 'one item and its due pointer; a newer reboot replaces it',
    reads: [get(['PUT /devices/reboot/{deviceId}', 'DELETE /devices/{entity}', 'jobs'])],
  },
  provision: {
    keeps: 'the organization of a device and the secret of its provisioning URL, for phones without a credential',
    table: { partition: 'provision#<device>', sort: 'device' },
    writes: 'in the transaction that creates the device',
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
    keeps: 'the owner and the HA1 values of a SIP user name',
    table: { partition: 'sip-credential#<hash>', sort: 'credential' },
    writes: 'one item per line, in the transaction of its device',
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
    GSI1: { partition: 'binding#<org>#device#<device>', sort: '<time>', when: 'it belongs to a device' },
    GSI2: { partition: 'binding#owner#<task>', sort: '<hash>' },
    writes: 'one item per registration; refreshes are written as binding-refresh',
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
    keeps: 'the newest refresh of a binding: in no index, so that it costs one small write',
    table: { partition: 'binding-refresh#<phone>', sort: '<hash>#<task>' },
    writes: 'its own item, in batches; it is deleted with its binding or expires',
    reads: [
      get(
        ['sidecar', 'GET /devices/{id}', 'GET /devices/mac/{macAddress}', 'GET /Phones/{username}'],
        'beside the bindings of a device or a user name',
      ),
    ],
  },
} as const satisfies SomeLayouts;
