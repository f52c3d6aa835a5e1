import * as z from 'zod';
import { asks, reads, records, writes } from '../../../shared/contract/effects.ts';
import { endpoint } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { IdInUrl, Timestamp } from '../../../shared/schema/values.ts';
import { notifyEvents, Notification, Reboot } from './notification.ts';

export const rebootDevice = endpoint('PUT /devices/reboot/{deviceId}', {
  summary: 'Reboot a device by SIP NOTIFY, now or after a delay',
  description:
    'A device waits for one reboot at most: a newer one takes its place. `device.rebooted` or `device.reboot_failed` tells the outcome. No calls pass yet, so that `force` changes nothing.',
  scope: 'telephony:write',
  params: { deviceId: IdInUrl },
  body: Reboot,
  answers: {
    200: z.object({
      device_id: z.string(),
      reboot_scheduled: z.boolean(),
      scheduled_time: Timestamp,
      delay_seconds: z.int(),
    }),
  },
  errors: ['VALIDATION_FAILED', 'DEVICE_UNREACHABLE'],
  brokenRule: 400,
  effects: [
    reads('device'),
    writes('device-reboot'),
    writes('due'),
    asks('sip-sidecar'),
    records('device.reboot_requested'),
  ],
});

export const notifyDevice = endpoint('POST /devices/sipnotify/{deviceId}', {
  summary: "Send a SIP NOTIFY and answer with the device's response code",
  description: '`response_code` is the final one, whatever it is. Sent over the flow of the newest registration.',
  scope: 'telephony:write',
  params: { deviceId: IdInUrl },
  body: Notification,
  answers: {
    200: z.object({ device_id: z.string(), event: z.enum(notifyEvents), sent_at: Timestamp, response_code: z.int() }),
  },
  errors: ['VALIDATION_FAILED', 'INVALID_EVENT', 'NOTIFY_TIMEOUT', 'DEVICE_UNREACHABLE'],
  brokenRule: 400,
  effects: [reads('device'), asks('sip-sidecar'), records('device.notify_sent')],
});

export const deviceControl = resource('device-control', {
  area: 'telephony',
  format: 'standard',
  endpoints: [rebootDevice, notifyDevice],
});
