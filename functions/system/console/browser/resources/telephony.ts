import { edited, saved, type PartsPage, type ResourcePages } from './definitions.ts';

const common = { group: 'Telephony', tag: 'telephony', scope: 'telephony:read' } as const;

export const telephony: readonly ResourcePages[] = [
  {
    ...common,
    ...edited,
    ...{ key: 'devices', title: 'Phones', noun: 'phone', path: '/devices' },
    columns: ['name', 'kind', 'mac_address', 'model', 'status', 'ip_address'],
    parts: [
      { kind: 'action', title: 'Reboot', route: 'PUT /devices/reboot/{deviceId}' },
      { kind: 'action', title: 'Send SIP NOTIFY', route: 'POST /devices/sipnotify/{deviceId}' },
      {
        ...{ kind: 'values', title: 'Lines and state', route: 'GET /devices/{id}' },
        query: { include: 'lines,settings,status' },
      },
    ],
  },
  {
    ...common,
    ...{ key: 'numbers', title: 'Numbers', noun: 'number', path: '/numbers', list: 'POST /numbers/search' },
    ...{ create: 'PUT named', update: 'POST', canDelete: true, idField: 'number' },
    columns: ['number', 'label', 'country', 'type', 'state', 'route'],
    parts: [
      {
        ...{ kind: 'form', title: 'Channels', route: 'GET /numbers/{id}/channels' },
        save: 'PUT /numbers/{id}/channels',
      },
    ],
  },
  {
    ...common,
    ...{ key: 'extensions', title: 'Extensions', noun: 'extension', path: '/extensions', idField: 'extension' },
    columns: ['extension', 'type', 'name'],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'callflows', title: 'Call flows', noun: 'call flow', path: '/callflows' },
    columns: ['name', 'extension', 'language', 'step_count', 'enabled', 'updated_at'],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'ringgroups', title: 'Ring groups', noun: 'ring group', path: '/ringgroups' },
    columns: ['name', 'extension', 'strategy', 'ring_seconds', 'updated_at'],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'schedules', title: 'Schedules', noun: 'schedule', path: '/schedules' },
    columns: ['name', 'time_zone', 'override', 'updated_at'],
    parts: [{ kind: 'action', title: 'Open at', route: 'GET /schedules/{id}/at' }],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'blockedcallers', title: 'Blocked callers', noun: 'blocked caller', path: '/blockedcallers' },
    columns: ['name', 'caller', 'action', 'updated_at'],
  },
  {
    ...common,
    ...edited,
    ...{ key: 'siptrunk', title: 'Trunks', noun: 'trunk', path: '/siptrunk' },
    columns: ['name', 'type', 'status', 'host', 'transport'],
    parts: [
      {
        ...{ kind: 'list', title: 'Addresses', route: 'GET /siptrunkips/{entity}', listAt: ['data', 'ips'] },
        columns: ['address', 'type', 'port', 'priority', 'active', 'trusted', 'proven', 'id'],
      },
      { kind: 'action', title: 'Set addresses', route: 'PUT /siptrunkips/{entity}' },
      { kind: 'action', title: 'Prove an address', route: 'POST /siptrunkips/{entity}/verify' },
      { kind: 'action', title: 'Delete an address', route: 'DELETE /siptrunkips/{entity}' },
    ],
  },
  {
    ...common,
    ...edited,
    ...{ key: 'sipgateways', title: 'Gateways', noun: 'gateway', path: '/sipgateways' },
    columns: ['name', 'host', 'port', 'transport', 'max_channels'],
    parts: [
      {
        ...{ kind: 'values', title: 'Health', route: 'GET /sipgwping/{entity}' },
        query: { include_history: 'true', history_hours: '24', resolution: 'hour' },
      },
    ],
  },
  {
    ...common,
    ...edited,
    ...{ key: 'domains', title: 'Domains', noun: 'domain', tag: 'orgs', path: '/domains' },
    columns: ['domain', 'type', 'status', 'email_status', 'ssl_enabled', 'verified_at'],
    parts: [
      { kind: 'values', title: 'DNS records', route: 'GET /domains/{id}' },
      { kind: 'action', title: 'Verify', route: 'POST /domains/{id}/verify' },
    ],
  },
  {
    ...common,
    ...edited,
    ...{ key: 'mobile', title: 'SIM cards', noun: 'SIM card', path: '/mobile' },
    columns: ['label', 'iccid', 'msisdn', 'network', 'status', 'user_id'],
  },
];

export const telephonyPages: readonly PartsPage[] = [
  {
    ...common,
    ...{ key: 'gateway-health', title: 'Gateway health', about: 'all' },
    parts: [
      {
        ...{ kind: 'list', title: 'Gateways', route: 'GET /sipgwping/{entity}', listAt: ['data', 'gateways'] },
        columns: [
          ...['name', 'host', 'status', 'response_time_ms', 'packet_loss_percent'],
          ...['uptime_percent_24h', 'last_ping', 'last_error'],
        ],
      },
    ],
  },
  {
    ...{ key: 'lines', title: 'Browser lines', group: 'Telephony', tag: 'calls', scope: 'calls:read' },
    parts: [
      {
        ...{ kind: 'list', title: 'Lines', route: 'GET /Phones' },
        columns: ['username', 'user_id', 'status', 'expires', 'created_at'],
      },
    ],
  },
];
