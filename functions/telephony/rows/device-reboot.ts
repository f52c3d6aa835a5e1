import { row } from '#dynamodb/row.ts';
import type { Write } from '#dynamodb/write.ts';
import { hour, minute, second } from '#schema/time.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';

/** The reboot of a device that is pending, or whose outcome is open. A newer one replaces it. */
export type DeviceRebootItem = {
  readonly device_id: string;
  /** `cmd_…`: id of the command to the sidecar, which runs each command once. */
  readonly id: string;
  /** Also during a call. */
  readonly force: boolean;
  /** ISO 8601: when it is due. */
  readonly at: string;
  /** ISO 8601; absent while pending. */
  readonly sent_at?: string;
  /** Its outcome is recorded. */
  readonly settled?: true;
};

export const deviceRebootRow = row<'device-reboot', DeviceRebootItem, { device_id: string }>('device-reboot', {
  sort: ({ device_id }) => device_id,
});

/** Milliseconds for which a reboot waits for the end of a call, and between two attempts. */
const callWait = { most: 10 * minute, interval: 30 * second } as const;

/**
 * The next attempt at a reboot that waits for the end of a call; undefined if it has waited long enough.
 */
export function rebootAgain(
  { device_id: subject, at }: DeviceRebootItem,
  organization: number,
  now: Date,
): Write<'due'> | undefined {
  const next = new Date(now.getTime() + callWait.interval);
  if (next.getTime() - new Date(at).getTime() > callWait.most) return undefined;
  return scheduleDue({ kind: 'device.reboot', at: next.toISOString(), org_id: organization, subject });
}

/** Whether a reboot is due for so long that it is not sent any more. */
export const isRebootLate = ({ at }: DeviceRebootItem, now: Date): boolean => now.getTime() - Date.parse(at) > hour;

/** Milliseconds within which a rebooted device registers again. */
export const rebootTimeout = 5 * minute;
/** Milliseconds between two checks. */
const checkInterval = minute;

/** Schedules the next check whether the device has registered again. @param last time of the last check, ISO 8601 */
export const rebootOutcomeDue = (
  { device_id: subject, sent_at: sentAt }: DeviceRebootItem & { readonly sent_at: string },
  organization: number,
  last = sentAt,
): Write<'due'> =>
  scheduleDue({
    kind: 'device.reboot_outcome',
    at: new Date(new Date(last).getTime() + checkInterval).toISOString(),
    org_id: organization,
    subject,
  });
