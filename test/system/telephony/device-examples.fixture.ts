import type { Example } from '../dialplan-examples.fixture.ts';

/**
 * The documented exchanges of the devices API in the order of the documentation: request and answer. `<…>` is replaced
 * with an id of the test. The NOTIFY comes last: it needs a phone that answers.
 */

const time = '2024-01-15T10:30:00Z';
const john = {
  id: 'dev_12345',
  mac_address: '00:1A:2B:3C:4D:5E',
  organization_id: 'org_98765',
  user_id: 'user_54321',
  name: "John's Desk Phone",
  model: 'Polycom VVX 450',
  manufacturer: 'Polycom',
};
const johnsLines = [
  { line_number: 1, extension: '1001', label: 'John Doe', type: 'primary' },
  { line_number: 2, extension: '1050', label: 'Sales Queue', type: 'shared' },
];
const janesLine = { line_number: 1, extension: '1002', label: 'Jane Smith', type: 'primary' };
const conference = { line_number: 2, extension: '1100', label: 'Conference', type: 'shared' };
const jane = {
  mac_address: '<janesMac>',
  organization_id: '<organization>',
  user_id: '<jane>',
  name: "Jane's Desk Phone",
  model: 'yealink_t46u',
  manufacturer: 'Yealink',
};

/** The device that exists before the first request. */
export const initialState = {
  mac_address: '<mac>',
  user_id: '<john>',
  name: john.name,
  model: john.model,
  manufacturer: john.manufacturer,
  lines: johnsLines,
};

export const deviceExamples: readonly Example[] = [
  {
    title: 'Get Device by ID',
    request: 'GET /devices/<device>?include=lines,status',
    status: 200,
    answer: {
      success: true,
      data: {
        ...john,
        firmware_version: '6.4.0.12345',
        status: 'online',
        ip_address: '192.168.1.100',
        provisioning_status: 'provisioned',
        last_seen: time,
        created_at: time,
        lines: johnsLines.map((line) => ({ ...line, registered: true })),
        status_details: {
          registration_state: 'registered',
          last_registration: time,
          network_quality: 'excellent',
          uptime_seconds: 432_000,
        },
      },
    },
  },
  {
    title: 'Get Device by MAC Address',
    request: 'GET /devices/mac/<mac>',
    status: 200,
    answer: { success: true, data: { ...john, status: 'online', provisioning_status: 'provisioned' } },
  },
  {
    title: 'Create Device',
    request: 'PUT /devices/phone',
    status: 201,
    body: {
      ...jane,
      template_id: 'tmpl_standard',
      lines: [janesLine],
      settings: { timezone: 'America/New_York', language: 'en', ringtone: 'default' },
    },
    answer: {
      success: true,
      message: 'Device created successfully',
      data: {
        ...jane,
        id: 'dev_12346',
        status: 'offline',
        provisioning_status: 'pending',
        provisioning_url: 'https://provision.example.com/dev_12346',
        created_at: time,
        lines: [{ ...janesLine, registered: false }],
      },
    },
  },
  {
    title: 'Update Device',
    request: 'POST /devices/<created>',
    status: 200,
    body: { name: "Jane's Conference Phone", lines: [janesLine, conference] },
    answer: {
      success: true,
      message: 'Device updated successfully',
      data: {
        id: 'dev_12346',
        name: "Jane's Conference Phone",
        provisioning_status: 'needs_update',
        updated_at: time,
        lines: [janesLine, conference],
      },
    },
  },
  {
    title: 'Delete Device',
    request: 'DELETE /devices/<created>',
    status: 200,
    answer: { success: true, message: 'Device deleted successfully', data: { id: 'dev_12346', deleted_at: time } },
  },
  {
    title: 'Reboot Device',
    request: 'PUT /devices/reboot/<device>',
    status: 200,
    body: { delay: 60, force: false },
    answer: {
      success: true,
      message: 'Reboot command sent successfully',
      data: { device_id: 'dev_12345', reboot_scheduled: true, scheduled_time: time, delay_seconds: 60 },
    },
  },
];

export const notifyExample = {
  title: 'Send SIP NOTIFY to Device',
  request: 'POST /devices/sipnotify/<device>',
  status: 200,
  body: {
    event: 'check-sync',
    content_type: 'application/simple-message-summary',
    body: 'Messages-Waiting: yes\r\nVoice-Message: 2/0 (0/0)',
  },
  answer: {
    success: true,
    message: 'SIP NOTIFY sent successfully',
    data: { device_id: 'dev_12345', event: 'check-sync', sent_at: time, response_code: 200 },
  },
} as const satisfies Example;
