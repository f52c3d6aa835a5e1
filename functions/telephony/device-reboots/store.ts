import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { bindingRow, bindingsOfDevice } from '../rows/binding.ts';
import { withRefreshes } from '../rows/binding-refresh.ts';
import { deviceRebootRow, rebootOutcomeDue, type DeviceRebootItem } from '../rows/device-reboot.ts';
import { readChannels } from '#dynamodb/rows/channel.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, overwrite, type Write } from '#dynamodb/write.ts';
import type { deviceReboots } from './contract.ts';

/** More bindings than the lines of a device have. */
const maxBindings = 50;

export const rebootStore = (table: Table<ReadName<EffectOf<typeof deviceReboots>>>) => ({
  device: (id: string) => table.get(deviceRow, { id }),
  isInCall: async (id: string): Promise<boolean> => (await readChannels(table, { kind: 'device', id })).total > 0,
  reboot: (device_id: string) => table.get(deviceRebootRow, { device_id }),
  /** When the present registrations of the device began. */
  registeredAt: async (device: string): Promise<string[]> => {
    const { items } = await table.queryIndex(bindingRow, 'GSI1', bindingsOfDevice(table.organization, device), {
      limit: maxBindings,
    });
    return (await withRefreshes(table, items)).map((binding) => binding.registered_at);
  },
});

/** The condition that no newer reboot has replaced it. */
const isSameReboot = ({ id }: DeviceRebootItem) => ({
  expression: '#id = :id',
  names: { '#id': 'id' },
  values: { ':id': id },
});

/** The reboot was sent; its outcome is checked later. */
export const sentWrites = (
  reboot: DeviceRebootItem,
  at: string,
  organization: number,
): Write<'device-reboot' | 'due'>[] => [
  overwrite(deviceRebootRow, { ...reboot, sent_at: at }, isSameReboot(reboot)),
  rebootOutcomeDue({ ...reboot, sent_at: at }, organization),
];

/** The outcome of the reboot is recorded, once. */
export const settleWrite = (reboot: DeviceRebootItem): Write<'device-reboot'> =>
  change(deviceRebootRow, reboot, {
    set: { settled: true },
    onlyIf: { ...isSameReboot(reboot), expression: '#id = :id AND attribute_not_exists(settled)' },
  });
