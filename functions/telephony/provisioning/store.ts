import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { stateChange } from '../rows/device-state.ts';
import { deviceRow } from '../../../shared/dynamodb/rows/device.ts';
import { provisionRow, type ProvisionItem } from '../rows/provision.ts';
import { rateRow } from '../../../shared/dynamodb/rows/request.ts';
import { sipAccountRow, type SipAccountItem } from '../rows/sip-account.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, type Write } from '../../../shared/dynamodb/write.ts';
import { accountLines, type Device } from '../../../shared/schema/device.ts';
import type { provisioning } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof provisioning>>>;

/** Minutes in which an address may miss so often. */
export const missWindow = 10;
const windowOf = (now: Date): number => Math.floor(now.getTime() / 60_000 / missWindow) * missWindow;
const missesOf = (address: string, now: Date) => ({ subject: `provision/${address}`, minute: windowOf(now) });

export const provisioningStore = (table: Reads) => ({
  device: (id: string) => table.get(deviceRow, { id }),
  provision: (device_id: string) => table.get(provisionRow, { device_id }),
  accounts: async (device: Device): Promise<SipAccountItem[]> =>
    (await table.getAll(sipAccountRow, accountLines(device.lines))).flatMap((account) => account ?? []),
  misses: async (address: string, now: Date): Promise<number> =>
    (await table.get(rateRow, missesOf(address, now)))?.used ?? 0,
});

/** One more miss of an address; the item goes with its window. */
export const missed = (address: string, now: Date): Write<'rate'> =>
  change(rateRow, missesOf(address, now), { set: { ttl: (windowOf(now) + 2 * missWindow) * 60 }, add: { used: 1 } });

type Fetched = {
  readonly provision: ProvisionItem;
  readonly accounts: readonly SipAccountItem[];
  /** By the URL's present secret. */
  readonly byPresent: boolean;
  readonly now: Date;
  readonly userAgent: string;
};

const asRead = ({ version }: { readonly version: number }) => ({
  expression: '#version = :read',
  names: { '#version': 'version' },
  values: { ':read': version },
});

/** The phone was here. */
export const seen = ({ id }: Device, { now, userAgent }: Pick<Fetched, 'now' | 'userAgent'>): Write<'device-state'> =>
  stateChange(id, {
    last_seen: now.toISOString(),
    ...(userAgent === '' ? {} : { firmware_version: userAgent.slice(0, 128) }),
  });

/**
 * The phone has what the device is: what was rotated before is over. A device that changed meanwhile is looked at
 * again.
 */
export const completed = (
  device: Device,
  { provision, accounts, byPresent }: Fetched,
): Write<'device' | 'provision' | 'sip-credential'>[] => [
  ...(device.provisioning_status === 'provisioned' ? [] : [statusSet(device, 'provisioned')]),
  ...(byPresent && provision.previous !== undefined
    ? [change(provisionRow, provision, { clear: ['previous'], add: { version: 1 }, onlyIf: asRead(provision) })]
    : []),
  ...accounts
    .filter(({ previous }) => previous !== undefined)
    .map((account) =>
      change(sipAccountRow, account, { clear: ['previous'], add: { version: 1 }, onlyIf: asRead(account) }),
    ),
];

/** No file can be made of it. */
export const failed = (device: Device): Write<'device'>[] =>
  device.provisioning_status === 'failed' ? [] : [statusSet(device, 'failed')];

const statusSet = (device: Device, status: Device['provisioning_status']): Write<'device'> =>
  change(deviceRow, device, { set: { provisioning_status: status }, add: { version: 1 }, onlyIf: asRead(device) });
