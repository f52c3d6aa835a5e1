import type { Example } from '../dialplan-examples.fixture.ts';

/**
 * The documented exchanges of SIP trunks, their addresses and the monitoring of gateways in the order of the
 * documentation: request and answer. `<…>` is replaced with an id of the test.
 */

const time = '2024-01-15T10:30:00Z';

const primary = {
  name: 'Primary Carrier Trunk',
  type: 'carrier',
  transport: 'udp',
  host: 'sip.carrier.example.com',
  port: 5060,
  username: 'trunk_user',
  realm: 'carrier.example.com',
  register: true,
  max_channels: 100,
  codecs: ['G.711', 'G.729', 'OPUS'],
  dtmf_mode: 'rfc2833',
  nat_support: true,
};
const secondary = {
  name: 'Secondary Carrier Trunk',
  type: 'carrier',
  host: 'sip2.carrier.example.com',
  port: 5060,
  transport: 'udp',
  username: 'secondary_trunk',
  realm: 'carrier.example.com',
  register: true,
  max_channels: 50,
  codecs: ['G.711', 'G.729'],
  dtmf_mode: 'rfc2833',
  nat_support: true,
  caller_id_name: 'Company Name',
  caller_id_number: '+15551234567',
};

const signaling = { type: 'signaling', port: 5060, priority: 1, active: true };
const firstIps = [
  { address: '203.0.113.10', type: 'signaling' },
  { address: '203.0.113.11', type: 'media' },
  { address: '203.0.113.12', type: 'signaling', priority: 2 },
];
const wantedIps = [
  { address: '203.0.113.20', ...signaling },
  { address: '203.0.113.21', type: 'media', port: 10_000, priority: 1, active: true },
];

/** What exists before the first request. */
export const initialState = {
  primary: { ...primary, password: 'a password' },
  ips: { ips: firstIps },
  // The host does not exist: a ping would change the reports.
  gateway: { name: 'Primary-SIP-Gateway', host: 'sip.gateway.example.com', ping: { enabled: false } },
  /** Earlier reports of a monitor about the gateway. */
  pings: [
    ['healthy', { response_time_ms: 42, packet_loss_percent: 0 }],
    ['healthy', { response_time_ms: 48, packet_loss_percent: 0 }],
  ],
} as const;

export const examples: readonly Example[] = [
  {
    title: 'Get SIP Trunk',
    request: 'GET /siptrunk/<trunk>?include=ips',
    status: 200,
    answer: {
      success: true,
      data: {
        id: 'trunk_12345',
        organization_id: 'org_98765',
        status: 'active',
        protocol: 'sip',
        ...primary,
        created_at: time,
        updated_at: time,
        ips: [
          { id: 'ip_001', address: '203.0.113.10', type: 'signaling' },
          { id: 'ip_002', address: '203.0.113.11', type: 'media' },
        ],
      },
    },
  },
  {
    title: 'Create SIP Trunk',
    request: 'PUT /siptrunk/new',
    body: { ...secondary, organization_id: '<organization>', password: 'secure_password_123' },
    status: 201,
    answer: {
      success: true,
      data: {
        id: 'trunk_12346',
        organization_id: 'org_98765',
        status: 'pending',
        ...secondary,
        created_at: time,
        updated_at: time,
      },
      message: 'SIP trunk created successfully',
    },
  },
  {
    title: 'Update SIP Trunk',
    request: 'POST /siptrunk/<trunk>',
    status: 200,
    body: { name: 'Primary Carrier Trunk - Updated', max_channels: 150, codecs: ['G.711', 'G.729', 'OPUS', 'G.722'] },
    answer: {
      success: true,
      message: 'SIP trunk updated successfully',
      data: {
        id: 'trunk_12345',
        name: 'Primary Carrier Trunk - Updated',
        organization_id: 'org_98765',
        status: 'active',
        max_channels: 150,
        codecs: ['G.711', 'G.729', 'OPUS', 'G.722'],
        updated_at: time,
      },
    },
  },
  {
    title: 'Delete SIP Trunk',
    request: 'DELETE /siptrunk/<created>?force=false',
    status: 200,
    answer: { success: true, message: 'SIP trunk deleted successfully', data: { id: 'trunk_12346', deleted_at: time } },
  },
  {
    title: 'Get SIP Trunk IPs',
    request: 'GET /siptrunkips/<trunk>?type=signaling',
    status: 200,
    answer: {
      success: true,
      data: {
        trunk_id: 'trunk_12345',
        ips: [
          {
            id: 'ip_001',
            address: '203.0.113.10',
            type: 'signaling',
            port: 5060,
            priority: 1,
            active: true,
            created_at: time,
          },
          {
            id: 'ip_003',
            address: '203.0.113.12',
            type: 'signaling',
            port: 5060,
            priority: 2,
            active: true,
            created_at: time,
          },
        ],
      },
    },
  },
  {
    title: 'Create/Update SIP Trunk IPs',
    request: 'PUT /siptrunkips/<trunk>',
    body: { ips: wantedIps },
    status: 201,
    answer: {
      success: true,
      message: 'SIP trunk IPs configured successfully',
      data: {
        trunk_id: 'trunk_12345',
        ips: wantedIps.map((ip, at) => ({ id: `ip_00${at + 4}`, ...ip, created_at: time })),
      },
    },
  },
  {
    title: 'Update SIP Trunk IPs',
    request: 'POST /siptrunkips/<trunk>',
    body: { ip_id: '<ip>', priority: 2, active: false },
    status: 200,
    answer: {
      success: true,
      message: 'SIP trunk IP updated successfully',
      data: {
        id: 'ip_004',
        address: '203.0.113.20',
        type: 'signaling',
        port: 5060,
        priority: 2,
        active: false,
        updated_at: time,
      },
    },
  },
  {
    title: 'Delete SIP Trunk IPs',
    request: 'DELETE /siptrunkips/<trunk>?ip_id=<ip>',
    status: 200,
    answer: { success: true, message: 'SIP trunk IP deleted successfully', data: { id: 'ip_004', deleted_at: time } },
  },
  {
    title: 'Get SIP Gateway Ping Status',
    request: 'GET /sipgwping/<gateway>?include_history=true&history_hours=12',
    status: 200,
    answer: {
      success: true,
      data: {
        gateway_id: 'gw_12345',
        name: 'Primary SIP Gateway',
        host: 'sip.gateway.example.com',
        status: 'healthy',
        last_ping: time,
        response_time_ms: 45,
        packet_loss_percent: 0,
        uptime_percent_24h: 99.98,
        history: [{ timestamp: time, status: 'healthy', response_time_ms: 42 }],
      },
    },
  },
  {
    title: 'Update SIP Gateway Ping Status',
    request: 'POST /sipgwping/<gateway>/status/update',
    status: 200,
    body: {
      status: 'degraded',
      response_time_ms: 250,
      packet_loss_percent: 5.2,
      error_message: 'High latency detected',
    },
    answer: {
      success: true,
      message: 'Gateway status updated',
      data: { gateway_id: 'gw_12345', status: 'degraded', updated_at: time, alert_generated: true },
    },
  },
];
