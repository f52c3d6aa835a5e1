import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { bindingRow, bindingsOfDevice } from '../rows/binding.ts';
import { deviceRebootRow, rebootOutcomeDue, type DeviceRebootItem } from '../rows/device-reboot.ts';
import { deviceRow } from '../../../shared/dynamodb/rows/device.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, overwrite, type Write } from '../../../shared/dynamodb/write.ts';
import type { deviceReboots } from './contract.ts';

/** More than a device's lines have. */
const maxBindings = 50;

export const rebootStore = (table: Table<ReadName<EffectOf<typeof deviceReboots>>>) => ({
  device: (id: string) => table.get(deviceRow, { id }),
  reboot: (device_id: string) => table.get(deviceRebootRow, { device_id }),
  /** When the device's present registrations began, the newest first. */
  registeredAt: async (device: string): Promise<string[]> =>
    (
      await table.queryIndex(bindingRow, 'GSI1', bindingsOfDevice(table.organization, device), { limit: maxBindings })
    ).items.map((binding) => binding.registered_at),
});

const sameReboot = ({ id }: DeviceRebootItem) => ({
  expression: '#id = :id',
  names: { '#id': 'id' },
  values: { ':id': id },
});

/** It was told, and is looked at later; not where a newer reboot took its place. */
export const sent = (reboot: DeviceRebootItem, at: string, organization: number): Write<'device-reboot' | 'due'>[] => [
  overwrite(deviceRebootRow, { ...reboot, sent_at: at }, sameReboot(reboot)),
  rebootOutcomeDue({ ...reboot, sent_at: at }, organization),
];

/** Nobody waits for it any more. */
export const settled = (reboot: DeviceRebootItem): Write<'device-reboot'> =>
  change(deviceRebootRow, reboot, {
    set: { settled: true },
    onlyIf: { ...sameReboot(reboot), expression: '#id = :id AND attribute_not_exists(settled)' },
  });
