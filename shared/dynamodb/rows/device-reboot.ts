import { row } from '../row.ts';

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
};

export const deviceRebootRow = row<'device-reboot', DeviceRebootItem, { device_id: string }>('device-reboot', { sort: ({ device_id }) => device_id });
