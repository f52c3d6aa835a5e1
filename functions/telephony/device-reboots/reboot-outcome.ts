import type { Device } from '#schema/device.ts';
import { eventValue } from '../device-control/notification.ts';

/** The value of the Event header field that reboots a device. */
export const rebootEvent = (device: Device): string => eventValue(device, 'reboot');

/** Outcome of a reboot by the registrations of the device. */
export type Outcome = 'rebooted' | 'failed' | 'waiting';

type Observation = {
  /** When the present registrations of the device began, ISO 8601. */
  readonly registeredAt: readonly string[];
  /** When the reboot was sent, ISO 8601. */
  readonly sentAt: string;
  readonly now: Date;
  /** Milliseconds. */
  readonly timeout: number;
};

/** A rebooted phone registers with another Call-ID; one that only refreshes its registrations has not rebooted. */
export function outcomeOf({ registeredAt, sentAt, now, timeout }: Observation): Outcome {
  if (registeredAt.some((at) => at > sentAt)) return 'rebooted';
  return now.getTime() - new Date(sentAt).getTime() >= timeout ? 'failed' : 'waiting';
}
