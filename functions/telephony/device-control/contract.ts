import * as z from 'zod';
import { asks, reads, records, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { IdInUrl, Timestamp } from '#schema/values.ts';
import { examples } from './examples.ts';
import { Notification, notifyEvents, Reboot, deviceControlErrors } from './notification.ts';

const params = { deviceId: IdInUrl.describe('Id of the device') };

export const rebootDevice = endpoint('PUT /devices/reboot/{deviceId}', {
  id: 'rebootDevice',
  summary: 'Reboot a device by SIP NOTIFY, now or after a delay',
  description:
    'Without a delay a NOTIFY is sent at once. A delayed reboot waits up to 10 minutes for the end of a call. At ' +
    'most one is pending per device; a new request replaces it. The event `device.rebooted` or ' +
    '`device.reboot_failed` has the outcome.',
  scope: 'telephony:write',
  unversioned: true,
  params,
  body: Reboot,
  answers: {
    200: z.object({
      device_id: z.string().describe('Id of the device'),
      reboot_scheduled: z.boolean().describe('Whether the reboot is delayed'),
      scheduled_time: Timestamp.describe('When the reboot is or was sent'),
      delay_seconds: z.int().describe('The delay, seconds'),
    }),
  },
  errors: ['VALIDATION_FAILED', 'DEVICE_IN_CALL', 'DEVICE_UNREACHABLE'],
  brokenRule: 400,
  effects: [
    reads('device'),
    reads('channel'),
    writes('device-reboot'),
    writes('due'),
    asks('sip-sidecar'),
    records('device.reboot_requested'),
  ],
});

export const notifyDevice = endpoint('POST /devices/sipnotify/{deviceId}', {
  id: 'notifyDevice',
  summary: 'Send a SIP NOTIFY to a device and answer its response code',
  description: 'The NOTIFY is sent over the flow of the newest registration of the device.',
  scope: 'telephony:write',
  params,
  body: Notification,
  answers: {
    200: z.object({
      device_id: z.string().describe('Id of the device'),
      event: z.enum(notifyEvents).describe('The requested event'),
      sent_at: Timestamp.describe('Time of the request'),
      response_code: z.int().describe('Final response code of the device, also if it is an error such as 489'),
    }),
  },
  errors: ['VALIDATION_FAILED', 'INVALID_EVENT', 'NOTIFY_TIMEOUT', 'DEVICE_UNREACHABLE'],
  brokenRule: 400,
  effects: [reads('device'), asks('sip-sidecar'), records('device.notify_sent')],
});

export const deviceControl = resource('device-control', {
  area: 'telephony',
  format: 'standard',
  owner: { user: { device: 'user_id' } },
  errors: deviceControlErrors,
  endpoints: [rebootDevice, notifyDevice],
  examples,
});
