import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { bindingRow, bindingsOfDevice } from '../rows/binding.ts';
import { withRefreshes } from '../rows/binding-refresh.ts';
import { incrementCount } from '#dynamodb/rows/count.ts';
import { lineWrites } from '../rows/device-change.ts';
import { deviceStateRow, lineRegistration, type DeviceStateItem } from '../rows/device-state.ts';
import {
  deviceLineRow,
  deviceLines,
  deviceMacRow,
  deviceRow,
  devicesOfUser,
  keptDeviceRow,
  type DeviceLineItem,
  type KeptDeviceItem,
} from '#dynamodb/rows/device.ts';
import { domainsUnchanged, readDomains, type ReadDomains } from '#dynamodb/rows/domain.ts';
import { readFileWithText, referenceChangeWrites } from '#dynamodb/rows/file.ts';
import { countPhonesOfUser } from '#dynamodb/rows/phone.ts';
import { provisionRow, type ProvisionItem } from '../rows/provision.ts';
import { sipAccountRow, type SipAccountItem } from '../rows/sip-account.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Range, Slice, Table } from '#dynamodb/table.ts';
import { change, checkReadCondition, claim, create, remove, replace, type Write } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import type { MediaEncryption } from '#telephony/peer-settings.ts';
import { accountLines, templateFilesOf, type AccountLine, type Device } from '#schema/device.ts';
import type { devices } from './contract.ts';
import { deviceErrors } from './device.ts';
import { unknownActivity, type Activity } from './presented-device.ts';

type Reads = Table<ReadName<EffectOf<typeof devices>>>;

/** A device and the activity of its phone; undefined if the device was deleted since the index was read. */
export type ReadDevice = { readonly device: Device | undefined; readonly activity: Activity };

/** The devices of a user, of an extension, or all. */
export type Source = { readonly user?: string | undefined; readonly extension?: string | undefined };

function activityOf(device: Device | undefined, state: DeviceStateItem | undefined): Activity {
  if (device === undefined || state === undefined) return unknownActivity;
  const lines = new Map(
    device.lines.flatMap(({ line_number: line }) => {
      const registration = lineRegistration(state, line);
      return registration === undefined ? [] : [[line, registration] as const];
    }),
  );
  return {
    lines,
    ip_address: state.ip_address ?? null,
    last_seen: state.last_seen ?? null,
    firmware_version: state.firmware_version ?? null,
    network_quality: state.network_quality ?? 'unknown',
    last_registration: null,
  };
}

/** More bindings than the lines of a device have. */
const maxBindings = 50;

/** Up to so many states are read by key, more as a range: they are stored in the order of the devices. */
const maxKeys = 100;

async function readStates(
  table: Reads,
  devices: readonly (Device | undefined)[],
): Promise<ReadonlyMap<string, DeviceStateItem>> {
  const ids = devices.flatMap((device) => device?.id ?? []).sort();
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  const states =
    ids.length <= maxKeys
      ? await table.getAll(
          deviceStateRow,
          ids.map((id) => ({ id })),
        )
      : await readToEnd((after) => table.query(deviceStateRow, {}, { ...after, between: [first, last] }));
  return new Map(states.flatMap((state) => (state === undefined ? [] : [[state.id, state] as const])));
}

async function withActivity(table: Reads, { items, ...slice }: Slice<Device | undefined>): Promise<Slice<ReadDevice>> {
  const states = await readStates(table, items);
  return {
    ...slice,
    items: items.map((device) => ({ device, activity: activityOf(device, states.get(device?.id ?? '')) })),
  };
}

async function readByExtension(table: Reads, extension: string, range: Range): Promise<Slice<Device | undefined>> {
  const slice = await table.query<'device-line', DeviceLineItem, { extension: string }>(
    deviceLineRow,
    { extension },
    {
      ...(range.after === undefined ? deviceLines : { after: range.after, ...deviceLines }),
      ...(range.limit === undefined ? {} : { limit: range.limit }),
    },
  );
  return {
    ...slice,
    items: await table.getAll(
      deviceRow,
      slice.items.map(({ device_id: id }) => ({ id })),
    ),
  };
}

async function readSlice(table: Reads, { user, extension }: Source, range: Range): Promise<Slice<Device | undefined>> {
  if (extension !== undefined) return readByExtension(table, extension, range);
  if (user !== undefined) return table.queryIndex(deviceRow, 'GSI1', devicesOfUser(table.organization, user), range);
  return table.query(deviceRow, {}, range);
}

/** Time of the newest REGISTER of a registered line. */
async function readLastRegister(table: Reads, device: string): Promise<string | null> {
  const { items } = await table.queryIndex(bindingRow, 'GSI1', bindingsOfDevice(table.organization, device), {
    limit: maxBindings,
  });
  const bindings = await withRefreshes(table, items);
  return newest(bindings.map((binding) => binding.refreshed_at));
}

/** The newest of some times (ISO 8601). */
const newest = (times: readonly (string | null)[]): string | null =>
  times
    .filter((time) => time !== null)
    .sort()
    .at(-1) ?? null;

/** @param withTimes whether the times of its present registrations are read, too */
async function readDevice(table: Reads, id: string, withTimes: boolean): Promise<ReadDevice> {
  const [device, state, refreshed] = await Promise.all([
    table.get(deviceRow, { id }),
    table.get(deviceStateRow, { id }),
    withTimes ? readLastRegister(table, id) : null,
  ]);
  const activity = activityOf(device, state);
  return {
    device,
    activity: { ...activity, last_registration: refreshed, last_seen: newest([activity.last_seen, refreshed]) },
  };
}

export const prefetch = prefetchByPathId(deviceRow, deviceStateRow);

export const deviceStore = (table: Reads) => ({
  get: (id: string, withTimes: boolean) => readDevice(table, id, withTimes),
  /** The device with a MAC address, of any organization. */
  withMac: (mac_address: string) => table.get(deviceMacRow, { mac_address }),
  page: (request: PageRequest, source: Source, keep: (read: ReadDevice) => boolean) =>
    readPage(request, {
      read: async (range) => withActivity(table, await readSlice(table, source, range)),
      keep,
    }),
  kept: (mac_address: string): Promise<KeptDeviceItem | undefined> => table.get(keptDeviceRow, { mac_address }),
  /** A file and its content, if it is a template. */
  template: (id: string) => readFileWithText(table, id),
  user: (id: string) => table.get(userRow, { id }),
  /** Devices and live phone lines of a user. */
  countOfUser: (user: string, now: Date) => countPhonesOfUser(table, user, now),
  provisions: (ids: readonly string[]) =>
    table.getAll(
      provisionRow,
      ids.map((device_id) => ({ device_id })),
    ),
  accounts: (lines: readonly AccountLine[]) => table.getAll(sipAccountRow, lines),
  /** The domains of the organization, in which its accounts register. */
  domains: (): Promise<ReadDomains> => readDomains(table),
});

const userExists = (device: Device): Write<'check:user'>[] =>
  device.user_id === null
    ? []
    : [
        checkReadCondition(
          userRow,
          { id: device.user_id },
          { expression: 'attribute_exists(PK)' },
          new AppError('UNKNOWN_USER', `There is no user ${device.user_id}`, {
            details: [{ path: 'user_id', message: 'is no user of the organization' }],
          }),
        ),
      ];

/** The references of a device to its template. @param before undefined for a new device */
const templateWrites = (before: Device | undefined, after: Device) =>
  referenceChangeWrites(
    { type: 'device', id: after.id },
    before === undefined ? [] : templateFilesOf(before),
    templateFilesOf(after).map((id) => ({ id })),
  );

type NewDeviceItems = {
  readonly organization: number;
  readonly limit: number;
  readonly provision: ProvisionItem;
  readonly accounts: readonly SipAccountItem[];
  readonly kept: KeptDeviceItem | undefined;
  /** The domains for which its accounts are made. */
  readonly domains: ReadDomains;
};

/** The MAC address comes last: only a caller that may create the device learns that another tenant has it. */
export const createWrites = (
  device: Device,
  { organization, limit, provision, accounts, kept, domains }: NewDeviceItems,
) => [
  create(deviceRow, device),
  domainsUnchanged(domains),
  ...lineWrites(undefined, device),
  ...accounts.map((account) => create(sipAccountRow, account)),
  create(provisionRow, provision),
  ...templateWrites(undefined, device),
  incrementCount('devices', limit),
  ...userExists(device),
  ...(kept === undefined ? [] : [remove(keptDeviceRow, kept)]),
  claim(
    create(
      deviceMacRow,
      { mac_address: device.mac_address, org_id: organization, device_id: device.id },
      deviceErrors.MAC_EXISTS,
      'A device with this MAC address exists',
    ),
  ),
];

type ChangedItems = {
  /** Accounts of new lines. */
  readonly added: readonly SipAccountItem[];
  readonly rotated: readonly SipAccountItem[];
  readonly provision: { readonly before: ProvisionItem; readonly after: ProvisionItem } | undefined;
  /** The domains for which new and rotated accounts are made. */
  readonly domains: ReadDomains;
};

const encryptionOf = ({ media_encryption: encryption = 'none' }: Device): MediaEncryption => encryption;
const isMarked = ({ calls_without_registration: isAllowed = false }: Device): boolean => isAllowed;

/** Other accounts get what accounts have of their lines and device, or are deleted with them. */
function followingAccountWrites(
  before: Device,
  after: Device,
  { added, rotated }: ChangedItems,
): Write<'sip-credential'>[] {
  const written = new Set([...added, ...rotated].map(({ sip_username: name }) => name));
  const old = new Map(accountLines(before.lines).map((line) => [line.sip_username, line]));
  const present = new Set(accountLines(after.lines).map(({ sip_username: name }) => name));
  const isSame = (line: {
    readonly sip_username: string;
    readonly line_number: number;
    readonly extension: string;
  }): boolean => {
    const was = old.get(line.sip_username);
    const isOnSameDevice =
      before.user_id === after.user_id &&
      isMarked(before) === isMarked(after) &&
      encryptionOf(before) === encryptionOf(after);
    return was?.line_number === line.line_number && was.extension === line.extension && isOnSameDevice;
  };
  return [
    ...accountLines(after.lines)
      .filter((line) => !written.has(line.sip_username) && !isSame(line))
      .map((line) =>
        change(sipAccountRow, line, {
          set: {
            line_number: line.line_number,
            extension: line.extension,
            user_id: after.user_id,
            calls_without_registration: isMarked(after),
            media_encryption: encryptionOf(after),
          },
          add: { version: 1 },
          onlyIf: { expression: 'attribute_exists(PK)' },
        }),
      ),
    ...[...old.values()]
      .filter(({ sip_username: name }) => !present.has(name))
      .map((line) => remove(sipAccountRow, line)),
  ];
}

export const updateWrites = (before: Device, after: Device, changed: ChangedItems) => [
  replace(deviceRow, after, before),
  ...templateWrites(before, after),
  ...lineWrites(before, after),
  ...(changed.added.length + changed.rotated.length > 0 ? [domainsUnchanged(changed.domains)] : []),
  ...changed.added.map((account) => create(sipAccountRow, account)),
  ...changed.rotated.map((account) => replace(sipAccountRow, account, { version: account.version - 1 })),
  ...followingAccountWrites(before, after, changed),
  ...(changed.provision === undefined
    ? []
    : [replace(provisionRow, changed.provision.after, changed.provision.before)]),
  ...(before.user_id === after.user_id ? [] : userExists(after)),
];
