import { platformRow, row } from '../row.ts';
import { change, create, remove, type Write } from '../write.ts';

export type DeviceLine = {
  /** 1–48, unique on the device. */
  readonly line_number: number;
  readonly extension: string;
  readonly label: string | null;
  /** `primary` and `shared` lines register; `blf` watches an extension. */
  readonly type: 'primary' | 'shared' | 'blf';
  /** Of the line's SIP account (`sip-account.ts`); null for `blf`. */
  readonly sip_username: string | null;
};

/** A device as its owners write it. What its phone does is the device's state (`device-state.ts`); secrets lie in `provision#` and `sip-credential#`. */
export type DeviceItem = {
  readonly id: string;
  readonly kind: 'phone' | 'softphone' | 'ata';
  /** `00:1A:2B:3C:4D:5E`. */
  readonly mac_address: string;
  readonly name: string | null;
  readonly user_id: string | null;
  readonly model: string | null;
  readonly manufacturer: string | null;
  readonly template_id: string;
  readonly lines: readonly DeviceLine[];
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly provisioning_status: 'pending' | 'provisioned' | 'needs_update' | 'failed';
  /** Goes up with whatever changes the provisioning file. */
  readonly config_version: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** `device#1001`, newest first by id; GSI1 lists those of a user. */
export const deviceRow = row<'device', DeviceItem, { id: string }>('device', {
  sort: ({ id }) => id,
  index1: (item, organization) => (item.user_id === null ? undefined : { partition: devicesOfUser(organization, item.user_id), sort: item.id }),
});

/** The partition of GSI1 that holds a user's devices, after the entity. */
export const devicesOfUser = (organization: number, user: string): readonly string[] => [String(organization), 'user', user];

/** A primary or shared line of a device, by its extension: where a call to the extension rings. */
export type DeviceLineItem = {
  readonly extension: string;
  readonly device_id: string;
  readonly type: 'primary' | 'shared';
  /** Of the device: who has the extension as a primary line. */
  readonly user_id: string | null;
  readonly sip_usernames: readonly string[];
};

export const deviceLineRow = row<'device-line', DeviceLineItem, { extension: string; device_id: string }, { extension: string }>('device-line', {
  partition: ({ extension }) => [extension],
  sort: ({ device_id }) => device_id,
});

/** The device behind a MAC address, on the whole platform. */
export type DeviceMacItem = { readonly mac_address: string; readonly org_id: number; readonly device_id: string };

export const deviceMacRow = platformRow<'device-mac', DeviceMacItem, { mac_address: string }, { mac_address: string }>('device-mac', {
  partition: ({ mac_address }) => [mac_address],
  sort: () => 'mac',
});

export const macTaken = (item: DeviceMacItem): Write<'device-mac'> => create(deviceMacRow, item, 'MAC_EXISTS', 'A device with this MAC address exists');
export const macFreed = (mac_address: string): Write<'device-mac'> => remove(deviceMacRow, { mac_address });

/** Lines, settings and template of a deleted device, for one that is made with the same MAC address. */
export type KeptDeviceItem = {
  readonly mac_address: string;
  readonly template_id: string;
  readonly lines: readonly Omit<DeviceLine, 'sip_username'>[];
  readonly settings: DeviceItem['settings'];
  /** Unix seconds. */
  readonly expires_at: number;
};

export const keptDeviceRow = row<'device-kept', KeptDeviceItem, { mac_address: string }>('device-kept', {
  sort: ({ mac_address }) => mac_address,
  expires: ({ expires_at }) => expires_at,
});

/** The file was fetched: the phone has what the device is, unless that has changed since it was rendered. */
export const deviceProvisioned = ({ id, config_version }: Pick<DeviceItem, 'id' | 'config_version'>): Write<'device'> => change(deviceRow, { id }, {
  set: { provisioning_status: 'provisioned' },
  onlyIf: { expression: '#config = :config', names: { '#config': 'config_version' }, values: { ':config': config_version } },
});
