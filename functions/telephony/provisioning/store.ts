import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { stateChange } from '../rows/device-state.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { fileTextRow } from '#dynamodb/rows/file.ts';
import { provisionRow, type ProvisionItem } from '../rows/provision.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { rateRow } from '#dynamodb/rows/request.ts';
import { blfListRow } from '#dynamodb/rows/subscription.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { sipAccountRow, type SipAccountItem } from '../rows/sip-account.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, type Write } from '#dynamodb/write.ts';
import { accountLines, templateFilesOf, type Device } from '#schema/device.ts';
import { minute, second } from '#schema/time.ts';
import type { provisioning } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof provisioning>>>;

/** Milliseconds of a window in which the wrong secrets of an address are counted. */
export const guessWindow = 10 * minute;
/** The first minute of the window, since 1970. */
const windowOf = (now: Date): number => (Math.floor(now.getTime() / guessWindow) * guessWindow) / minute;
const guessKey = (address: string, now: Date) => ({ subject: `provision/${address}`, minute: windowOf(now) });

export const provisioningStore = (table: Reads) => ({
  device: (id: string) => table.get(deviceRow, { id }),
  provision: (device_id: string) => table.get(provisionRow, { device_id }),
  accounts: async (device: Device): Promise<SipAccountItem[]> =>
    (await table.getAll(sipAccountRow, accountLines(device.lines))).flatMap((account) => account ?? []),
  /** The template of the device; undefined for the built-in one, also if the file was deleted. */
  template: async (device: Device) => {
    const [id] = templateFilesOf(device);
    return id === undefined ? undefined : table.get(fileTextRow, { id });
  },
  /** The BLF list of the device, else that of its user, with the users that it watches as they are now. */
  blf: async ({ id, user_id: user }: Device) => {
    const [own, ofUser] = await table.getAll(
      blfListRow,
      [id, ...(user === null ? [] : [user])].map((entity_id) => ({ entity_id })),
    );
    const list = own ?? ofUser;
    const ids = list?.targets.flatMap(({ target_id: target }) => target ?? []) ?? [];
    const people = await table.getAll(
      userRow,
      [...new Set(ids)].map((target) => ({ id: target })),
    );
    return { list, people };
  },
  /** The organization, and the user of a device. */
  holders: async ({ user_id: user }: Device) => {
    const [organization, owner] = await Promise.all([
      table.get(organizationRow, {}),
      user === null ? undefined : table.get(userRow, { id: user }),
    ]);
    return { organization, owner };
  },
  guesses: async (address: string, now: Date): Promise<number> =>
    (await table.get(rateRow, guessKey(address, now)))?.used ?? 0,
});

/** Counts a wrong secret of an address; the item expires with the next window. */
export const guessWrite = (address: string, now: Date): Write<'rate'> =>
  change(rateRow, guessKey(address, now), {
    set: { ttl: (windowOf(now) * minute + 2 * guessWindow) / second },
    add: { used: 1 },
  });

const asRead = ({ version }: { readonly version: number }) => ({
  expression: '#version = :read',
  names: { '#version': 'version' },
  values: { ':read': version },
});

/** Records that the phone fetched a file. @param userAgent its User-Agent, the firmware version */
export const seenWrite = (
  { id }: Device,
  { now, userAgent }: { readonly now: Date; readonly userAgent: string },
): Write<'device-state'> =>
  stateChange(id, {
    last_seen: now.toISOString(),
    ...(userAgent === '' ? {} : { firmware_version: userAgent.slice(0, 128) }),
  });

type Fetched = {
  readonly provision: ProvisionItem;
  readonly accounts: readonly SipAccountItem[];
  /** Whether the URL had the present secret. */
  readonly isPresent: boolean;
};

/**
 * The phone has its present configuration: previous credentials end, and the previous URL after a fetch by the present
 * one. If the device changed at the same time, the request is repeated.
 */
export const completionWrites = (
  device: Device,
  { provision, accounts, isPresent }: Fetched,
): Write<'device' | 'provision' | 'sip-credential'>[] => [
  ...(device.provisioning_status === 'provisioned' ? [] : [statusWrite(device, 'provisioned')]),
  ...(isPresent && provision.previous !== undefined
    ? [change(provisionRow, provision, { clear: ['previous'], add: { version: 1 }, onlyIf: asRead(provision) })]
    : []),
  ...accounts
    .filter(({ previous }) => previous !== undefined)
    .map((account) =>
      change(sipAccountRow, account, { clear: ['previous'], add: { version: 1 }, onlyIf: asRead(account) }),
    ),
];

/** The file of the device cannot be rendered. */
export const failureWrites = (device: Device): Write<'device'>[] =>
  device.provisioning_status === 'failed' ? [] : [statusWrite(device, 'failed')];

const statusWrite = (device: Device, status: Device['provisioning_status']): Write<'device'> =>
  change(deviceRow, device, { set: { provisioning_status: status }, add: { version: 1 }, onlyIf: asRead(device) });
