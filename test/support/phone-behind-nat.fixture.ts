import { deviceStateRow, type DeviceStateItem } from '#functions/telephony/rows/device-state.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { NotifyOutcome } from '#sidecar/command.ts';
import { sidecarClient } from '#sidecar/client.ts';
import { addAccount, sipDomain } from '#functions/sip-sidecar/service/sidecar.fixture.ts';
import { startNat, type Nat } from './nat.fixture.ts';
import { startSidecarProcess, type SidecarProcess } from './sidecar-process.fixture.ts';
import { newPhone, type Phone } from './sip-phone.fixture.ts';
import { startStore } from './store.fixture.ts';

/** Milliseconds: a common lifetime of NAT mappings, and keep-alives that refresh them. */
const natLife = 30_000;
const keepAlive = 25_000;

/** A phone behind a NAT, registered with one of two tasks; only this task can reach it. */
export type PhoneBehindNat = {
  readonly phone: Phone;
  readonly nat: Nat;
  readonly owner: SidecarProcess;
  readonly other: SidecarProcess;
  readonly notify: () => Promise<NotifyOutcome>;
  /** The stored state of the device. */
  readonly state: () => Promise<DeviceStateItem | undefined>;
};

/** @param running gets what the test stops at its end */
export async function phoneBehindNat(running: AsyncDisposableStack): Promise<PhoneBehindNat> {
  const kept = await startStore();
  running.defer(() => kept.stop());
  const [owner, other] = await Promise.all([startSidecarProcess(kept), startSidecarProcess(kept)]);
  running.defer(() => other.stop());
  const nat = await startNat(owner.bound.udp, natLife);
  running.defer(() => nat.close());
  const account = await addAccount(kept.store);
  const phone = await newPhone(nat.inside, { ...account, domain: sipDomain });
  running.defer(() => phone.close());
  // Its Contact has a private address.
  const { status } = await phone.register({ contact: `<sip:${account.username}@192.168.1.10:5060>` });
  if (status !== 200) throw new Error(`REGISTER answers ${status}`);
  const timer = setInterval(() => phone.sendRaw(Buffer.from('\r\n\r\n')), keepAlive);
  running.defer(() => clearInterval(timer));

  let commands = 0;
  const client = sidecarClient({
    store: kept.store,
    secrets: { read: async () => JSON.stringify({ key: 'k'.repeat(64) }), putOnce: async () => '' },
    clock: () => new Date(),
    fetch,
  });
  const notify = (): Promise<NotifyOutcome> => {
    commands += 1;
    return client.notify({
      id: `cmd_${String(commands).padStart(26, '0')}`,
      organization: 1_001,
      device: 'dev_1',
      event: 'check-sync',
      timeout_seconds: 2,
    });
  };
  return {
    phone,
    nat,
    owner,
    other,
    notify,
    state: () => tableFor<'device-state'>(kept.store, 1_001).get(deviceStateRow, { id: 'dev_1' }),
  };
}
