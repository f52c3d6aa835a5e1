import { createHash } from 'node:crypto';
import { ofFile } from '#test/support/of-file.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { newPhone, type Phone } from '#test/support/sip-phone.fixture.ts';
import { startStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import type { Store } from '#dynamodb/client.ts';
import {
  anyAccountRow,
  sipAccountRow,
  type AnyAccountItem,
  type PhoneAccountItem,
  type SipAccountItem,
} from '../../telephony/rows/sip-account.ts';
import { overwrite } from '#dynamodb/write.ts';
import { absentDependencies } from '#runtime/complete-dependencies.ts';
import { hour } from '#schema/time.ts';
import { startSidecar, type Sidecar } from './sidecar.ts';
import type { SidecarDependencies } from '../task/task.ts';
import type { Settings } from '../task/settings.ts';

/** A sidecar in the process of the test, on free ports, and phones with accounts. */

/** The SIP domain of all accounts. */
export const sipDomain = 'pbx.example.com';
const here = '127.0.0.1';

const settings: Settings = {
  host: here,
  internalHost: here,
  ports: { 'sip-udp': 0, 'sip-tcp': 0, 'sip-tls': 0, 'sip-ws': 0, control: 0, health: 0 },
  tls: undefined,
  webSocketTls: undefined,
  clientCertificate: undefined,
  advertisedTls: undefined,
  advertised: { host: 'sip.example.com', port: 5_060 },
  t1: 500,
  maxInterval: Infinity,
  allowPrivateHosts: true,
  drainSeconds: 0,
  controlHost: here,
  metadataUri: undefined,
  generation: '1',
  mediaRelays: { hosts: [], leases: false },
  mediaRecording: undefined,
  agentUri: undefined,
};

export type Running = Sidecar & {
  readonly dependencies: ReturnType<typeof testDependencies>;
  readonly secrets: SidecarDependencies['secrets'];
  readonly phone: (account: Account, more?: Parameters<typeof newPhone>[2]) => Promise<Phone>;
};

export async function runSidecar(
  store: Store,
  more: Partial<Settings> = {},
  others: Partial<Pick<SidecarDependencies, 'clock' | 'environment' | 'outbound'>> = {},
): Promise<Running> {
  const plain = testDependencies(store);
  const sealing = rotatedSecret<'sealing-keys'>();
  const secrets: SidecarDependencies['secrets'] = {
    read: async (secret, version) =>
      secret === 'sealing-keys' ? sealing.read(secret, version) : JSON.stringify({ key: 'k'.repeat(64) }),
    putOnce: async (_secret, version, value) => sealing.putOnce('sealing-keys', version, value),
  };
  const dependencies: SidecarDependencies & typeof plain = Object.assign(plain, {
    clock: () => new Date(),
    random: Math.random,
    environment: { SIP_DOMAIN: sipDomain },
    secrets,
    readSecret: async (name: string) => Promise.reject(new Error(`no secret ${name}`)),
    invoke: absentDependencies.invoke,
    outbound: absentDependencies.outbound,
    print: () => undefined,
    ...others,
  });
  const sidecar = await startSidecar({ ...settings, ...more }, dependencies);
  const { udp, tcp, tls = tcp } = sidecar.bound;
  return {
    ...sidecar,
    dependencies,
    secrets,
    phone: (account, how = {}) =>
      newPhone(
        how.authority === undefined ? { udp, tcp }[how.transport ?? 'udp'] : tls,
        { ...account, domain: sipDomain },
        how,
      ),
  };
}

/** A sidecar with a store of its own. */
export type OwnSidecar = {
  readonly store: Store;
  readonly sidecar: Running;
  /** Ends with both: what a test opens besides. */
  readonly everything: AsyncDisposableStack;
};

export async function startOwnSidecar(others?: Parameters<typeof runSidecar>[2]): Promise<OwnSidecar> {
  await using starting = new AsyncDisposableStack();
  const { store, stop } = await startStore();
  starting.defer(stop);
  const sidecar = await runSidecar(store, {}, others);
  starting.defer(() => sidecar.close());
  return { store, sidecar, everything: starting.move() };
}

/** A sidecar for all tests of a file. */
export const testSidecar = (others?: Parameters<typeof runSidecar>[2]): OwnSidecar =>
  ofFile(
    () => startOwnSidecar(others),
    ({ everything }) => everything.disposeAsync(),
  );

export type Account = { readonly username: string; readonly password: string };

const hex = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex');

type Line = {
  readonly organization?: number;
  readonly device?: string;
  readonly line?: number;
  readonly username?: string;
  readonly kind?: SipAccountItem['kind'];
  readonly user?: string | null;
  readonly calls_without_registration?: boolean;
};

/** The account of a device's line as it is stored, with a known password. */
export function accountOf({
  organization = 1_001,
  device = 'dev_1',
  line = 1,
  username = `u-${device}`,
  kind = 'phone',
  user = null,
  ...more
}: Line = {}): Account & { readonly item: SipAccountItem } {
  const password = 'correct-horse';
  const secret = `${username}:${sipDomain}:${password}`;
  const item: SipAccountItem = {
    sip_username: username,
    org_id: organization,
    device_id: device,
    line_number: line,
    extension: `20${line}`,
    kind,
    user_id: user,
    domain: sipDomain,
    password: 'sealed',
    ha1: [{ realm: sipDomain, md5: hex('md5', secret), sha256: hex('sha256', secret) }],
    version: 1,
    ...more,
  };
  return { username, password, item };
}

export async function addAccount(store: Store, line: Line = {}): Promise<Account> {
  const { item, ...account } = accountOf(line);
  await commit(store, 0, [overwrite<'sip-credential', SipAccountItem, { sip_username: string }>(sipAccountRow, item)]);
  return account;
}

/** The account of a phone line, which lives for an hour by default, with a known password. */
export async function addLine(store: Store, username: string, more: Partial<PhoneAccountItem> = {}): Promise<Account> {
  const { item, password } = accountOf({ username });
  const line: PhoneAccountItem = {
    sip_username: username,
    org_id: item.org_id,
    kind: 'line',
    user_id: null,
    domain: sipDomain,
    ha1: item.ha1,
    other_ha1: [],
    allow_features: ['inbound', 'outbound', 'websocket'],
    expires_at: new Date(Date.now() + hour).toISOString(),
    version: 1,
    ...more,
  };
  await commit(store, 0, [overwrite<'sip-credential', AnyAccountItem, { sip_username: string }>(anyAccountRow, line)]);
  return { username, password };
}
