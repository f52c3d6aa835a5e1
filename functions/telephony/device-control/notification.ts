import * as z from 'zod';
import { errorKinds } from '#errors.ts';
import type { Device } from '#schema/device.ts';
import { day, second } from '#schema/time.ts';
import { vendorOf, type Vendor } from '../devices/vendor.ts';

/** SIP NOTIFY requests to devices (`functions/telephony/devices/README.md`, "Event of a NOTIFY"). */

export const deviceControlErrors = errorKinds({
  INVALID_EVENT: [400, 'The device does not support this event.'],
  NOTIFY_TIMEOUT: [408, 'The device did not answer in time.'],
  DEVICE_IN_CALL: [409, 'The device has a call.'],
  DEVICE_UNREACHABLE: [503, 'The device is not registered or does not answer.'],
});

export const notifyEvents = ['check-sync', 'reboot', 'talk', 'hold'] as const;
export type NotifyEvent = (typeof notifyEvents)[number];

/** Seconds to wait for a response at most: API Gateway answers within 30 seconds. */
export const maxTimeout = 22;
const maxBytes = 4_096;

/** A media type with parameters (RFC 3261 §25.1), without line breaks, which would begin another header field. */
const mediaType = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+\/[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:\s*;[\x20-\x7e]*)?$/;

/** Body of `POST /devices/sipnotify/{deviceId}`. */
export const Notification = z
  .object({
    event: z
      .string()
      .refine((event): event is NotifyEvent => notifyEvents.some((each) => each === event), {
        message: `must be one of ${notifyEvents.join(', ')}`,
        params: deviceControlErrors.INVALID_EVENT,
      })
      .describe('`check-sync`, `reboot`, `talk` or `hold`; the Event header field depends on the manufacturer'),
    content_type: z
      .string()
      .max(128)
      .regex(mediaType, 'must be type/subtype')
      .optional()
      .describe('Media type of the body; required with a body'),
    body: z
      .string()
      .refine((body) => Buffer.byteLength(body) <= maxBytes, `must have at most ${maxBytes} bytes`)
      .optional()
      .describe('Body of the NOTIFY, at most 4096 bytes'),
    timeout: z
      .number()
      .int()
      .min(1)
      .max(maxTimeout)
      .default(maxTimeout)
      .describe('Seconds to wait for the final response'),
  })
  .refine(({ body, content_type: type }) => body === undefined || body === '' || type !== undefined, {
    path: ['content_type'],
    message: 'is required with a body',
  })
  .meta({ id: 'SipNotification' });

const maxDelay = day / second;

/** Body of `PUT /devices/reboot/{deviceId}`. */
export const Reboot = z
  .object({
    delay: z.number().int().min(0).max(maxDelay).default(0).describe('Seconds until the reboot, at most one day'),
    force: z.boolean().default(false).describe('Reboot during a call, too'),
  })
  .meta({ id: 'Reboot' });

const defaultReboot = 'check-sync;reboot=true';

/** Values of the Event header field that differ from the name of the event. */
const vendorEvents: Readonly<Partial<Record<Vendor, Readonly<Partial<Record<NotifyEvent, string>>>>>> = {
  yealink: { 'check-sync': 'check-sync;reboot=false' },
  snom: { 'check-sync': 'check-sync;reboot=false' },
  // Its provisioning file makes every check-sync reboot the phone.
  polycom: { reboot: 'check-sync' },
  'cisco-spa': { 'check-sync': 'resync', reboot: 'reboot_now' },
  grandstream: { reboot: 'sys-control' },
};

/** The value of the Event header field for a device. */
export const eventValue = (device: Device, event: NotifyEvent): string =>
  vendorEvents[vendorOf(device)]?.[event] ?? (event === 'reboot' ? defaultReboot : event);
