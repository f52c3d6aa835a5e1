import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { newAdministeredTenant, texts, type AdministeredTenant } from '../tenant.fixture.ts';

/** Credentials of a device's line. */
export type Account = {
  readonly device: string;
  readonly line: number;
  readonly username: string;
  readonly password: string;
  readonly domain: string;
};

/** The configuration file of a device without manufacturer. */
const Configuration = z.object({
  accounts: z.array(
    z.object({ line_number: z.number(), username: z.string(), password: z.string(), domain: z.string() }),
  ),
});

/** Devices that are created concurrently. */
const atOnce = 8;

const newMac = (): string => ['02', ...(randomBytes(5).toString('hex').match(/../g) ?? [])].join(':');

type NewDevice = { readonly lines: readonly { extension: string; type: string }[]; readonly user_id?: string };

async function newDevice({ ask }: AdministeredTenant, fields: NewDevice): Promise<Account[]> {
  const made = await ask('PUT', '/devices/phone', { mac_address: newMac(), ...fields });
  const { id: device = '' } = texts(made);
  const { accounts } = Configuration.parse((await ask('GET', `/devices/${device}/config?secrets=true`)).body);
  return accounts.map(({ line_number: line, ...account }) => ({ device, line, ...account }));
}

const sharedLines = (count: number): NewDevice['lines'] =>
  Array.from({ length: count }, (_, at) => ({ extension: String(200 + at), type: 'shared' }));

/** The account of a new device of a user, whose only line has the user's extension. */
export async function newAccountOf(
  tenant: AdministeredTenant,
  { user, extension }: { readonly user: string; readonly extension: string },
): Promise<Account> {
  const [account] = await newDevice(tenant, { lines: [{ extension, type: 'primary' }], user_id: user });
  if (account === undefined) throw new Error('the device has no account');
  return account;
}

type NewDevices = {
  readonly devices: number;
  readonly lines?: number;
  /** Extensions that keys of each device watch. */
  readonly watches?: readonly string[];
};

/** New devices of a tenant with `lines` lines each (at most 16); the accounts of their configuration files. */
export async function newAccounts(
  tenant: AdministeredTenant,
  { devices, lines = 1, watches = [] }: NewDevices,
): Promise<Account[]> {
  const all = [...sharedLines(lines), ...watches.map((extension) => ({ extension, type: 'blf' }))];
  const made: Account[] = [];
  const wanted = Array.from({ length: devices }).values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const _ of wanted) made.push(...(await newDevice(tenant, { lines: all })));
    }),
  );
  return made;
}

export const newPeerTenant = (): Promise<AdministeredTenant> => newAdministeredTenant('peer');

const devicesOf = (accounts: readonly Account[]): readonly string[] => [
  ...new Set(accounts.map(({ device }) => device)),
];

/** The number of registered lines of the accounts' devices. */
export async function registeredLines({ ask }: AdministeredTenant, accounts: readonly Account[]): Promise<number> {
  const answers = await Promise.all(devicesOf(accounts).map((id) => ask('GET', `/devices/${id}?include=lines`)));
  return answers
    .flatMap(({ body }) => (body as { data: { lines: { registered: boolean }[] } }).data.lines)
    .filter(({ registered }) => registered).length;
}

/** The number of registrations that began on lines of these devices. */
export async function registrations({ ask }: AdministeredTenant, accounts: readonly Account[]): Promise<number> {
  const answers = await Promise.all(
    devicesOf(accounts).map((id) => ask('GET', `/events/device/${id}?type=device.registered`)),
  );
  return answers.flatMap(({ body }) => (body as { data: { events: unknown[] } }).data.events).length;
}
