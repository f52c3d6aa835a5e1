import * as z from 'zod';
import type { Device } from '../../../shared/schema/device.ts';
import { vendorOf, type Vendor } from '../devices/vendor.ts';

/** What a device is told by NOTIFY, in the words of its maker. */

export const notifyEvents = ['check-sync', 'reboot', 'talk', 'hold'] as const;
export type NotifyEvent = (typeof notifyEvents)[number];

/** Seconds: an HTTP API answers within 30. */
const longestWait = 22;
const maxBytes = 4_096;

/** RFC 3261 §25.1: a media type with its parameters, none of which begins another header field. */
const mediaType = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+\/[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:\s*;[\x20-\x7e]*)?$/;

/** Body of `POST /devices/sipnotify/{deviceId}`. */
export const Notification = z
  .object({
    event: z.string().refine((event): event is NotifyEvent => notifyEvents.some((each) => each === event), {
      message: `must be one of ${notifyEvents.join(', ')}`,
      params: { code: 'INVALID_EVENT' },
    }),
    content_type: z.string().max(128).regex(mediaType, 'must be type/subtype').optional(),
    body: z
      .string()
      .refine((body) => Buffer.byteLength(body) <= maxBytes, `must have at most ${maxBytes} bytes`)
      .optional(),
    timeout: z.number().int().min(1).max(longestWait).default(longestWait),
  })
  .refine(({ body, content_type: type }) => body === undefined || body === '' || type !== undefined, {
    path: ['content_type'],
    message: 'is required with a body',
  })
  .meta({ id: 'SipNotification' });

const longestDelay = 86_400;

/** Body of `PUT /devices/reboot/{deviceId}`. */
export const Reboot = z
  .object({ delay: z.number().int().min(0).max(longestDelay).default(0), force: z.boolean().default(false) })
  .meta({ id: 'Reboot' });

const start = 'check-sync;reboot=true';

/** Values of the header field Event, where a maker does not take the usual ones. */
const words: Readonly<Partial<Record<Vendor, Readonly<Partial<Record<NotifyEvent, string>>>>>> = {
  yealink: { 'check-sync': 'check-sync;reboot=false' },
  snom: { 'check-sync': 'check-sync;reboot=false' },
  // Its file says that a check-sync always starts it anew.
  polycom: { reboot: 'check-sync' },
  'cisco-spa': { 'check-sync': 'resync', reboot: 'reboot_now' },
  grandstream: { reboot: 'sys-control' },
};

/** The value of the header field Event by which a device knows what is meant. */
export const eventValue = (device: Device, event: NotifyEvent): string =>
  words[vendorOf(device)]?.[event] ?? (event === 'reboot' ? start : event);
