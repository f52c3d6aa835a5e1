import type { Device, DeviceLine } from '../../schema/device.ts';
import { omit } from '../../schema/omit.ts';
import { day, second } from '../../schema/time.ts';
import { platformRow, row } from '../row.ts';
import { overwrite, type Write } from '../write.ts';

/**
 * `device#1001`, newest first by id; GSI1: the devices of a user. The state of the phone is in `device-state#`, its
 * secrets are in `provision#` and `sip-credential#`.
 */
export const deviceRow = row<'device', Device, { id: string }>('device', {
  sort: ({ id }) => id,
  index1: (item, organization) =>
    item.user_id === null ? undefined : { partition: devicesOfUser(organization, item.user_id), sort: item.id },
});

/** The GSI1 partition of a user's devices, after the entity. */
export const devicesOfUser = (organization: number, user: string): readonly string[] => [
  String(organization),
  'user',
  user,
];

/** The primary and shared lines of a device with one extension: a call to the extension rings there. */
export type DeviceLineItem = {
  readonly extension: string;
  readonly device_id: string;
  readonly sip_usernames: readonly string[];
};

/** `#` separates the parts of keys, and is also a telephone digit. */
const extensionKey = (extension: string): string => extension.replaceAll('#', 'h');

export const deviceLineRow = row<
  'device-line',
  DeviceLineItem,
  { extension: string; device_id: string },
  { extension: string }
>('device-line', {
  partition: ({ extension }) => [extensionKey(extension)],
  sort: ({ device_id }) => device_id,
});

/** The sort keys of the devices among an extension's items. */
export const deviceLines = { prefix: 'dev_' } as const;

/** The owner of an extension as primary line: one user, or the devices without a user. All its devices ring. */
export type ExtensionOwnerItem = {
  readonly extension: string;
  /** The user's id; empty for devices without a user. */ readonly owner: string;
  readonly devices: number;
};

export const extensionOwnerRow = row<'device-line', ExtensionOwnerItem, { extension: string }, { extension: string }>(
  'device-line',
  {
    partition: ({ extension }) => [extensionKey(extension)],
    sort: () => 'owner',
  },
);

/** The device with a MAC address; unique on the platform. */
export type DeviceMacItem = { readonly mac_address: string; readonly org_id: number; readonly device_id: string };

export const deviceMacRow = platformRow<'device-mac', DeviceMacItem, { mac_address: string }, { mac_address: string }>(
  'device-mac',
  {
    partition: ({ mac_address }) => [mac_address],
    sort: () => 'mac',
  },
);

/** Lines, settings and template of a deleted device, for a new one with the same MAC address. */
export type KeptDeviceItem = {
  readonly mac_address: string;
  readonly template_id: string;
  readonly lines: readonly Omit<DeviceLine, 'sip_username'>[];
  readonly settings: Device['settings'];
  /** Unix seconds. */
  readonly expires_at: number;
};

export const keptDeviceRow = row<'device-kept', KeptDeviceItem, { mac_address: string }>('device-kept', {
  sort: ({ mac_address }) => mac_address,
  expires: ({ expires_at }) => expires_at,
});

/** Milliseconds for which the configuration of a deleted device is kept. */
const keptTtl = 90 * day;

/** Keeps the configuration of a deleted device, for a new one with the same MAC address. */
export const keepDevice = ({ mac_address, template_id, lines, settings }: Device, now: Date): Write<'device-kept'> =>
  overwrite(keptDeviceRow, {
    mac_address,
    template_id,
    settings,
    lines: lines.map((line) => omit(line, 'sip_username')),
    expires_at: Math.floor((now.getTime() + keptTtl) / second),
  });
