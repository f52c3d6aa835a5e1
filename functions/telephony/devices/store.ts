import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import { ofPathId } from '../../../shared/dynamodb/early-reads.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { bindingRow, bindingsOfDevice } from '../rows/binding.ts';
import { withRefreshes } from '../rows/binding-refresh.ts';
import { oneMore } from '../../../shared/dynamodb/rows/count.ts';
import { linesChanged } from '../rows/device-change.ts';
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
} from '../../../shared/dynamodb/rows/device.ts';
import { provisionRow, type ProvisionItem } from '../rows/provision.ts';
import { sipAccountRow, type SipAccountItem } from '../rows/sip-account.ts';
import { userRow } from '../../../shared/dynamodb/rows/user.ts';
import type { Range, Slice, Table } from '../../../shared/dynamodb/table.ts';
import { change, checked, create, overwrite, remove, replace, type Write } from '../../../shared/dynamodb/write.ts';
import { AppError } from '../../../shared/errors.ts';
import { accountLines, type AccountLine, type Device } from '../../../shared/schema/device.ts';
import type { devices } from './contract.ts';
import { unknownActivity, type Activity } from './presented-device.ts';

type Reads = Table<ReadName<EffectOf<typeof devices>>>;

/** A device with what its phone does; no device where it has just gone. */
export type Listed = { readonly device: Device | undefined; readonly activity: Activity };

/** Which devices, of all, of a user, or of an extension. */
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

/** Of a device, the newest first: more than its lines have. */
const maxBindings = 50;

/** More states than this are read as a range, as they lie in the devices' order. */
const fewStates = 100;

async function statesOf(
  table: Reads,
  found: readonly (Device | undefined)[],
): Promise<ReadonlyMap<string, DeviceStateItem>> {
  const ids = found.flatMap((device) => device?.id ?? []).sort();
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  const states =
    ids.length <= fewStates
      ? await table.getAll(
          deviceStateRow,
          ids.map((id) => ({ id })),
        )
      : await all((after) => table.query(deviceStateRow, {}, { ...after, between: [first, last] }));
  return new Map(states.flatMap((state) => (state === undefined ? [] : [[state.id, state] as const])));
}

async function joined(table: Reads, { items, ...slice }: Slice<Device | undefined>): Promise<Slice<Listed>> {
  const states = await statesOf(table, items);
  return {
    ...slice,
    items: items.map((device) => ({ device, activity: activityOf(device, states.get(device?.id ?? '')) })),
  };
}

async function withExtension(table: Reads, extension: string, range: Range): Promise<Slice<Device | undefined>> {
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

const slices =
  (table: Reads, { user, extension }: Source) =>
  async (range: Range): Promise<Slice<Listed>> =>
    joined(
      table,
      extension !== undefined
        ? await withExtension(table, extension, range)
        : user === undefined
          ? await table.query(deviceRow, {}, range)
          : await table.queryIndex(deviceRow, 'GSI1', devicesOfUser(table.organization, user), range),
    );

/** When a line of the device last sent a REGISTER, of those that are registered. */
async function lastRegister(table: Reads, device: string): Promise<string | null> {
  const { items } = await table.queryIndex(bindingRow, 'GSI1', bindingsOfDevice(table.organization, device), {
    limit: maxBindings,
  });
  return (
    (await withRefreshes(table, items))
      .map((binding) => binding.refreshed_at)
      .sort()
      .at(-1) ?? null
  );
}

export const prefetch = ofPathId(deviceRow, deviceStateRow);

export const deviceStore = (table: Reads) => ({
  /** With its present registrations' times, where they are wanted. */
  get: async (id: string, withTimes: boolean): Promise<Listed> => {
    const [device, state, refreshed] = await Promise.all([
      table.get(deviceRow, { id }),
      table.get(deviceStateRow, { id }),
      withTimes ? lastRegister(table, id) : null,
    ]);
    const activity = activityOf(device, state);
    return {
      device,
      activity: {
        ...activity,
        last_registration: refreshed,
        last_seen:
          [activity.last_seen, refreshed]
            .filter((each) => each !== null)
            .sort()
            .at(-1) ?? null,
      },
    };
  },
  /** Whose the MAC address is, on the whole platform. */
  behind: (mac_address: string) => table.get(deviceMacRow, { mac_address }),
  page: (request: PageRequest, source: Source, keep: (listed: Listed) => boolean) =>
    readPage(request, { read: slices(table, source), keep }),
  kept: (mac_address: string): Promise<KeptDeviceItem | undefined> => table.get(keptDeviceRow, { mac_address }),
  user: (id: string) => table.get(userRow, { id }),
  countOfUser: async (user: string) =>
    (await all((after) => table.queryIndex(deviceRow, 'GSI1', devicesOfUser(table.organization, user), after))).length,
  provisions: (ids: readonly string[]) =>
    table.getAll(
      provisionRow,
      ids.map((device_id) => ({ device_id })),
    ),
  accounts: (lines: readonly AccountLine[]) => table.getAll(sipAccountRow, lines),
});

const userExists = (device: Device): Write<'check:user'>[] =>
  device.user_id === null
    ? []
    : [
        checked(
          userRow,
          { id: device.user_id },
          { expression: 'attribute_exists(PK)' },
          new AppError('UNKNOWN_USER', `There is no user ${device.user_id}`, {
            details: [{ path: 'user_id', message: 'is no user of the organization' }],
          }),
        ),
      ];

type Made = {
  readonly organization: number;
  readonly limit: number;
  readonly provision: ProvisionItem;
  readonly accounts: readonly SipAccountItem[];
  readonly kept: KeptDeviceItem | undefined;
};

export const creation = (device: Device, { organization, limit, provision, accounts, kept }: Made) => [
  create(deviceRow, device),
  create(
    deviceMacRow,
    { mac_address: device.mac_address, org_id: organization, device_id: device.id },
    'MAC_EXISTS',
    'A device with this MAC address exists',
  ),
  ...linesChanged(undefined, device),
  ...accounts.map((account) => create(sipAccountRow, account)),
  create(provisionRow, provision),
  oneMore('devices', limit),
  ...userExists(device),
  ...(kept === undefined ? [] : [remove(keptDeviceRow, kept)]),
];

type Changed = {
  /** Of lines that are new. */
  readonly made: readonly SipAccountItem[];
  /** With what they were read as. */
  readonly rotated: readonly SipAccountItem[];
  readonly provision: { readonly before: ProvisionItem; readonly after: ProvisionItem } | undefined;
};

/** Accounts that are neither new nor rotated follow their lines. */
function accountsFollow(before: Device, after: Device, { made, rotated }: Changed): Write<'sip-credential'>[] {
  const written = new Set([...made, ...rotated].map(({ sip_username: name }) => name));
  const old = new Map(accountLines(before.lines).map((line) => [line.sip_username, line]));
  const present = new Set(accountLines(after.lines).map(({ sip_username: name }) => name));
  const isSame = (line: {
    readonly sip_username: string;
    readonly line_number: number;
    readonly extension: string;
  }): boolean => {
    const was = old.get(line.sip_username);
    return (
      was?.line_number === line.line_number && was.extension === line.extension && before.user_id === after.user_id
    );
  };
  return [
    ...accountLines(after.lines)
      .filter((line) => !written.has(line.sip_username) && !isSame(line))
      .map((line) =>
        change(sipAccountRow, line, {
          set: { line_number: line.line_number, extension: line.extension, user_id: after.user_id },
          add: { version: 1 },
          onlyIf: { expression: 'attribute_exists(PK)' },
        }),
      ),
    ...[...old.values()]
      .filter(({ sip_username: name }) => !present.has(name))
      .map((line) => remove(sipAccountRow, line)),
  ];
}

export const update = (before: Device, after: Device, changed: Changed) => [
  replace(deviceRow, after, before),
  ...linesChanged(before, after),
  ...changed.made.map((account) => create(sipAccountRow, account)),
  ...changed.rotated.map((account) => replace(sipAccountRow, account, { version: account.version - 1 })),
  ...accountsFollow(before, after, changed),
  ...(changed.provision === undefined
    ? []
    : [replace(provisionRow, changed.provision.after, changed.provision.before)]),
  ...(before.user_id === after.user_id ? [] : userExists(after)),
];

/** Seconds for which lines and settings of a deleted device are kept. */
const keptLife = 90 * 24 * 3_600;

/** What comes back with a device of the same MAC address. */
export const keptFor = ({ mac_address, template_id, lines, settings }: Device, now: Date): Write<'device-kept'> =>
  overwrite(keptDeviceRow, {
    mac_address,
    template_id,
    settings,
    lines: lines.map(({ sip_username: _, ...line }) => line),
    expires_at: Math.floor(now.getTime() / 1_000) + keptLife,
  });
