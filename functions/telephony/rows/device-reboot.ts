import { row } from '../../../shared/dynamodb/row.ts';
import type { Write } from '../../../shared/dynamodb/write.ts';
import { due } from '../../../shared/dynamodb/rows/due.ts';

/** The one reboot that a device waits for, or whose outcome is awaited; a newer one takes its place. */
export type DeviceRebootItem = {
  readonly device_id: string;
  /** `cmd_…`: of the command to the sidecar, which does it once however often it is asked. */
  readonly id: string;
  /** Also while a call is up. */
  readonly force: boolean;
  /** ISO 8601: when it is (or was) to be sent. */
  readonly at: string;
  /** ISO 8601; absent while it waits. */
  readonly sent_at?: string;
  /** Its outcome was told. */
  readonly settled?: true;
};

export const deviceRebootRow = row<'device-reboot', DeviceRebootItem, { device_id: string }>('device-reboot', {
  sort: ({ device_id }) => device_id,
});

/** Milliseconds within which a device that was told to reboot registers anew, if it did. */
export const rebootTimeout = 5 * 60_000;
/** Milliseconds after which it is looked whether it has: again and again until the patience is over. */
const firstLook = 60_000;

/** Has somebody look whether the device has registered anew. @param last when it was last looked, ISO 8601 */
export const rebootOutcomeDue = (
  { device_id: subject, sent_at: sentAt }: DeviceRebootItem & { readonly sent_at: string },
  organization: number,
  last = sentAt,
): Write<'due'> =>
  due({
    kind: 'device.reboot_outcome',
    at: new Date(new Date(last).getTime() + firstLook).toISOString(),
    org_id: organization,
    subject,
  });
