import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { rebootOutcomeDue, deviceRebootRow, type DeviceRebootItem } from '../rows/device-reboot.ts';
import { readChannels } from '#dynamodb/rows/channel.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import type { Table } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { deviceControl } from './contract.ts';

export const controlStore = (table: Table<ReadName<EffectOf<typeof deviceControl>>>) => ({
  device: (id: string) => table.get(deviceRow, { id }),
  isInCall: async (id: string): Promise<boolean> => (await readChannels(table, { kind: 'device', id })).total > 0,
});

/** A pending reboot, which replaces an earlier one. */
export const scheduleWrites = (reboot: DeviceRebootItem, organization: number) =>
  [
    overwrite(deviceRebootRow, reboot),
    scheduleDue({ kind: 'device.reboot', at: reboot.at, org_id: organization, subject: reboot.device_id }),
  ] as const;

/** A reboot that was sent; its outcome is checked later. */
export const sentWrites = (reboot: DeviceRebootItem & { readonly sent_at: string }, organization: number) =>
  [overwrite(deviceRebootRow, reboot), rebootOutcomeDue(reboot, organization)] as const;
