import type { Device } from '../../../shared/schema/device.ts';
import { eventValue } from '../device-control/notification.ts';

/** The value of the header field Event by which a device starts anew. */
export const rebootEvent = (device: Device): string => eventValue(device, 'reboot');

/** What became of a reboot, as far as the device's registrations tell. */
export type Outcome = 'rebooted' | 'failed' | 'waiting';

type Seen = {
  /** When its present registrations began, ISO 8601. */
  readonly registeredAt: readonly string[];
  /** When it was told to reboot, ISO 8601. */
  readonly sentAt: string;
  readonly now: Date;
  /** Milliseconds. */
  readonly timeout: number;
};

/** A phone that starts registers anew, with another Call-ID: one that only refreshes has not started. */
export function outcomeOf({ registeredAt, sentAt, now, timeout }: Seen): Outcome {
  if (registeredAt.some((at) => at > sentAt)) return 'rebooted';
  return now.getTime() - new Date(sentAt).getTime() >= timeout ? 'failed' : 'waiting';
}
