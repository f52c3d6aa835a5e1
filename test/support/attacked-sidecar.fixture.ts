import { addAccount, sipDomain, type Account } from '#functions/sip-sidecar/service/sidecar.fixture.ts';
import { second } from '#schema/time.ts';
import { eventually } from './eventually.ts';
import { attacks, type AttackName } from './sip-attacks.fixture.ts';
import { newPhone, type Phone } from './sip-phone.fixture.ts';
import { startSidecarProcess, type SidecarProcess } from './sidecar-process.fixture.ts';
import { startStore, type TestStore } from './store.fixture.ts';

/** What an attack has cost. */
export type Damage = {
  /** Registrations of the phones beside it, and those that were not accepted in time. */
  readonly registrations: number;
  readonly lost: number;
  /** Bytes in use after the attack, beyond those before it. */
  readonly growth: number;
  /** The highest resident set beyond that before the attack, in bytes. */
  readonly resident: number;
  /** Received bytes by those sent, over UDP. */
  readonly amplification: number;
};

const office = '127.8.0.1';
const phones = { udp: 8, tcp: 4 } as const;
/** Milliseconds between two registrations of a phone, and for one to be accepted on an idle machine. */
const interval = 500;
const deadline = 2_000;

type Line = { readonly account: Account; readonly transport: 'udp' | 'tcp' };
type Count = { registrations: number; lost: number };

async function newLines(store: TestStore['store'], prefix: string): Promise<Line[]> {
  const transports = [...Array<'udp'>(phones.udp).fill('udp'), ...Array<'tcp'>(phones.tcp).fill('tcp')];
  return Promise.all(
    transports.map(async (transport, at) => ({
      transport,
      account: await addAccount(store, { device: `${prefix}_${at}` }),
    })),
  );
}

/**
 * Registers a phone again and again. One that gets no answer starts again, as its user would do.
 * @returns how to stop it, after the registration in progress
 */
async function keepRegistering(
  { bound }: SidecarProcess,
  { account, transport }: Line,
  count: Count,
): Promise<() => Promise<void>> {
  const start = () => newPhone(bound[transport], { ...account, domain: sipDomain }, { transport, from: office });
  let phone = await start();
  let isBusy = false;
  const settle = async (isAccepted: boolean): Promise<void> => {
    count.registrations += 1;
    if (!isAccepted) {
      count.lost += 1;
      phone.close();
      phone = await start();
    }
    isBusy = false;
  };
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    void isAccepted(phone).then(settle);
  }, interval);
  return async () => {
    clearInterval(timer);
    await eventually(() => !isBusy);
    phone.close();
  };
}

async function isAccepted(phone: Phone): Promise<boolean> {
  const answers: number[] = [];
  phone.register().then(
    ({ status }) => void answers.push(status),
    () => void answers.push(0),
  );
  await eventually(() => answers.length > 0, deadline).catch(() => undefined);
  return answers[0] === 200;
}

/**
 * Attacks a sidecar for some seconds, while phones register beside it.
 * @param rate packets a second, of an attack over UDP
 */
export async function attack(
  store: TestStore,
  sidecar: SidecarProcess,
  { name, seconds, rate }: { readonly name: AttackName; readonly seconds: number; readonly rate: number },
): Promise<Damage> {
  const lines = await newLines(store.store, `dev_${name.replaceAll(/\W/g, '')}`);
  const count: Count = { registrations: 0, lost: 0 };
  const before = await sidecar.usage();
  const registering = await Promise.all(lines.map((line) => keepRegistering(sidecar, line, count)));
  const { stop, bytes } = await attacks[name]({
    ...sidecar.bound,
    office,
    rate,
    username: lines[0]?.account.username ?? '',
  });
  const end = performance.now() + seconds * second;
  let { resident } = before;
  await eventually(async () => {
    resident = Math.max(resident, (await sidecar.usage()).resident);
    return performance.now() > end;
  }, seconds * second);
  await Promise.all(registering.map((stopRegistering) => stopRegistering()));
  stop();
  const { sent, received } = bytes();
  return {
    ...count,
    growth: (await sidecar.usage()).memory - before.memory,
    resident: resident - before.resident,
    amplification: sent === 0 ? 0 : received / sent,
  };
}

/** A sidecar to attack, in a process of its own, with its store. */
export async function startAttackedSidecar() {
  await using starting = new AsyncDisposableStack();
  const store = await startStore();
  starting.defer(() => store.stop());
  const sidecar = await startSidecarProcess(store);
  starting.defer(() => sidecar.stop());
  const running = starting.move();
  return { store, sidecar, stop: () => running.disposeAsync() };
}
