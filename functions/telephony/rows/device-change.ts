import { AppError } from '#errors.ts';
import { accountLines, extensionsOf, primaryExtensions, templateFilesOf, type Device } from '#schema/device.ts';
import { change, checkReadCondition, overwrite, remove, replace, type Write } from '#dynamodb/write.ts';
import { decrementCount } from '#dynamodb/rows/count.ts';
import { telephonyErrors } from '../schema/errors.ts';
import { deviceRebootRow } from './device-reboot.ts';
import { deviceStateRow } from './device-state.ts';
import { deviceLineRow, deviceMacRow, deviceRow, extensionOwnerRow } from '#dynamodb/rows/device.ts';
import { unreferenceWrites } from '#dynamodb/rows/file.ts';
import { provisionRow } from './provision.ts';
import { sipAccountRow } from './sip-account.ts';
import { userExtensionRow } from '#dynamodb/rows/user.ts';

/** Writes of changed and deleted devices, with the items that their lines are found by, in one transaction. */

type Lines = Pick<Device, 'id' | 'lines' | 'user_id'>;

const ownerOf = ({ user_id: user }: Lines): string => user ?? '';
const inUse = (extension: string): AppError =>
  new AppError(telephonyErrors.EXTENSION_IN_USE, `The extension ${extension} belongs to another user`);

/** Adds a device to the owner of an extension, or moves the extension of a single device to another owner. */
const assignExtension = (
  extension: string,
  owner: string,
  moved: { readonly from: string } | undefined,
): Write<'device-line'> =>
  change(
    extensionOwnerRow,
    { extension },
    {
      set: { extension, owner },
      ...(moved === undefined ? { add: { devices: 1 } } : {}),
      onlyIf:
        moved === undefined
          ? {
              expression: 'attribute_not_exists(#owner) OR #owner = :owner OR #devices = :none',
              names: { '#owner': 'owner', '#devices': 'devices' },
              values: { ':owner': owner, ':none': 0 },
            }
          : {
              expression: '#owner = :from AND #devices = :one',
              names: { '#owner': 'owner', '#devices': 'devices' },
              values: { ':from': moved.from, ':one': 1 },
            },
      conflict: inUse(extension),
    },
  );
const removeExtension = (extension: string): Write<'device-line'> =>
  change(extensionOwnerRow, { extension }, { add: { devices: -1 } });

/** The condition that no other user has the extension. */
const notAnotherUsers = (extension: string, owner: string): Write<'check:user-extension'> =>
  checkReadCondition(
    userExtensionRow,
    { extension },
    {
      expression: 'attribute_not_exists(PK) OR #owner = :owner',
      names: { '#owner': 'owner' },
      values: { ':owner': owner },
    },
    inUse(extension),
  );

/** The owners of extensions after a change. @throws AppError EXTENSION_IN_USE at the commit, if another user has one */
function extensionWrites(
  before: Lines | undefined,
  after: Lines | undefined,
): Write<'device-line' | 'check:user-extension'>[] {
  const [had, has] = [primaryExtensions(before?.lines ?? []), primaryExtensions(after?.lines ?? [])];
  const from = before === undefined ? '' : ownerOf(before);
  const owner = after === undefined ? '' : ownerOf(after);
  const moves = (extension: string): boolean => had.has(extension) && from !== owner;
  const added = [...has].filter((extension) => !had.has(extension) || moves(extension));
  return [
    ...added.flatMap((extension) => [
      assignExtension(extension, owner, moves(extension) ? { from } : undefined),
      notAnotherUsers(extension, owner),
    ]),
    ...[...had].filter((extension) => !has.has(extension)).map(removeExtension),
  ];
}

/** The extensions that a device is found by after a change. */
function lookupWrites(before: Lines | undefined, after: Lines | undefined): Write<'device-line'>[] {
  const [old, now] = [extensionsOf(before?.lines ?? []), extensionsOf(after?.lines ?? [])];
  const device_id = (after ?? before)?.id ?? '';
  return [
    ...[...now]
      .filter(([extension, names]) => old.get(extension)?.join() !== names.join())
      .map(([extension, sip_usernames]) => overwrite(deviceLineRow, { extension, device_id, sip_usernames })),
    ...[...old.keys()]
      .filter((extension) => !now.has(extension))
      .map((extension) => remove(deviceLineRow, { extension, device_id })),
  ];
}

/**
 * Owners and lookups of extensions after a change. @param before undefined for a new device @param after undefined if
 * it is deleted
 */
export const lineWrites = (
  before: Lines | undefined,
  after: Lines | undefined,
): Write<'device-line' | 'check:user-extension'>[] => [
  ...extensionWrites(before, after),
  ...lookupWrites(before, after),
];

/**
 * Removes the deleted user of a device, and locks its phone, which the user may have taken along. The device keeps its
 * extensions: these have no owner then.
 */
export function lockWrites(device: Device): Write<'device' | 'device-line' | 'sip-credential'>[] {
  const after: Device = {
    ...device,
    user_id: null,
    locked: true,
    version: device.version + 1,
    provisioning_status: 'needs_update',
    config_version: device.config_version + 1,
  };
  return [
    replace(deviceRow, after, device),
    ...[...primaryExtensions(device.lines)].map((extension) =>
      change(extensionOwnerRow, { extension }, { set: { owner: '' } }),
    ),
    ...accountLines(device.lines).map((line) =>
      change(sipAccountRow, line, {
        set: { user_id: null, locked: true },
        clear: ['previous'],
        add: { version: 1 },
        onlyIf: { expression: 'attribute_exists(PK)' },
      }),
    ),
  ];
}

/** Deletes a device with its accounts, provisioning URL, state and reboot. */
export const deviceDeleteWrites = (
  device: Device,
): Write<
  | 'device'
  | 'device-line'
  | 'device-mac'
  | 'device-reboot'
  | 'device-state'
  | 'provision'
  | 'reference'
  | 'sip-credential'
  | 'count'
  | 'check:user-extension'
>[] => [
  remove(deviceRow, device, device),
  remove(deviceMacRow, device),
  ...lineWrites(device, undefined),
  ...accountLines(device.lines).map((line) => remove(sipAccountRow, line)),
  remove(provisionRow, { device_id: device.id }),
  remove(deviceStateRow, device),
  remove(deviceRebootRow, { device_id: device.id }),
  ...templateFilesOf(device).flatMap((file) => unreferenceWrites(file, { type: 'device', id: device.id })),
  decrementCount('devices'),
];
