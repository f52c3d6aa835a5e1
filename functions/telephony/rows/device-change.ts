import { AppError } from '../../../shared/errors.ts';
import { accountLines, extensionsOf, primaryExtensions, type Device } from '../../../shared/schema/device.ts';
import { change, checked, overwrite, remove, replace, type Write } from '../../../shared/dynamodb/write.ts';
import { oneLess } from '../../../shared/dynamodb/rows/count.ts';
import { deviceRebootRow } from './device-reboot.ts';
import { deviceStateRow } from './device-state.ts';
import { deviceLineRow, deviceMacRow, deviceRow, extensionOwnerRow } from '../../../shared/dynamodb/rows/device.ts';
import { provisionRow } from './provision.ts';
import { sipAccountRow } from './sip-account.ts';
import { userExtensionRow } from '../../../shared/dynamodb/rows/user.ts';

/** Devices as they change and go, for whoever changes them: with what is found by their lines, in one transaction. */

type Lines = Pick<Device, 'id' | 'lines' | 'user_id'>;

const ownerOf = ({ user_id: user }: Lines): string => user ?? '';
const inUse = (extension: string): AppError =>
  new AppError('EXTENSION_IN_USE', `The extension ${extension} is somebody else's`);

const ownedBy = (
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
const oneDeviceLess = (extension: string): Write<'device-line'> =>
  change(extensionOwnerRow, { extension }, { add: { devices: -1 } });

/** No user but the device's own has the extension. */
const noOthersExtension = (extension: string, owner: string): Write<'check:user-extension'> =>
  checked(
    userExtensionRow,
    { extension },
    {
      expression: 'attribute_not_exists(PK) OR #owner = :owner',
      names: { '#owner': 'owner' },
      values: { ':owner': owner },
    },
    inUse(extension),
  );

/** Who has which extension from now on; 409 `EXTENSION_IN_USE` where that is another user. */
function ownersChanged(
  before: Lines | undefined,
  after: Lines | undefined,
): Write<'device-line' | 'check:user-extension'>[] {
  const [had, has] = [primaryExtensions(before?.lines ?? []), primaryExtensions(after?.lines ?? [])];
  const from = before === undefined ? '' : ownerOf(before);
  const owner = after === undefined ? '' : ownerOf(after);
  const moves = (extension: string): boolean => had.has(extension) && from !== owner;
  const taken = [...has].filter((extension) => !had.has(extension) || moves(extension));
  return [
    ...taken.flatMap((extension) => [
      ownedBy(extension, owner, moves(extension) ? { from } : undefined),
      noOthersExtension(extension, owner),
    ]),
    ...[...had].filter((extension) => !has.has(extension)).map(oneDeviceLess),
  ];
}

/** By which extensions a device is found from now on. */
function linesListed(before: Lines | undefined, after: Lines | undefined): Write<'device-line'>[] {
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

/** All that is found by a device's lines, as they were and as they are to be: undefined where there is no device. */
export const linesChanged = (
  before: Lines | undefined,
  after: Lines | undefined,
): Write<'device-line' | 'check:user-extension'>[] => [...ownersChanged(before, after), ...linesListed(before, after)];

/** A device whose user went: it has none from here on, and keeps its extensions; whoever has the same ones follows. */
export function userForgotten(device: Device): Write<'device' | 'device-line' | 'sip-credential'>[] {
  const after: Device = {
    ...device,
    user_id: null,
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
        set: { user_id: null },
        add: { version: 1 },
        onlyIf: { expression: 'attribute_exists(PK)' },
      }),
    ),
  ];
}

/** What a device leaves when it goes: its phone finds neither file nor account from here on. */
export const deviceRemoval = (
  device: Device,
): Write<
  | 'device'
  | 'device-line'
  | 'device-mac'
  | 'device-reboot'
  | 'device-state'
  | 'provision'
  | 'sip-credential'
  | 'count'
  | 'check:user-extension'
>[] => [
  remove(deviceRow, device, device),
  remove(deviceMacRow, device),
  ...linesChanged(device, undefined),
  ...accountLines(device.lines).map((line) => remove(sipAccountRow, line)),
  remove(provisionRow, { device_id: device.id }),
  remove(deviceStateRow, device),
  remove(deviceRebootRow, { device_id: device.id }),
  oneLess('devices'),
];
