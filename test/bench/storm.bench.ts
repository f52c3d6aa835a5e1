/**
 * A restart storm: phones register again with a new Call-ID and a challenge each, at our registrar and at Kamailio's
 * (usrloc with write-through to SQLite), one after the other, with stores on the same kind of disk.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { freePort } from '#infra/local/machine/free-port.ts';
import { accountOf, sipDomain } from '#functions/sip-sidecar/service/sidecar.fixture.ts';
import { sipAccountRow } from '#functions/telephony/rows/sip-account.ts';
import { startSidecarProcess } from '../support/sidecar-process.fixture.ts';
import { startOwnStore } from '../support/store.fixture.ts';
import { missing } from '../support/tools.ts';
import type { Benchmark, Figure, Guard, RatioFigure } from './benchmark.ts';
import { startSqliteRegistrar, hasSqlite } from './kamailio-registrar.ts';
import { memoryFolder } from './memory-folder.ts';
import { putAll } from './put-all.ts';
import type { AtTwice, InTurn, StormOrders } from './restart-load.ts';
import { quantile } from './timing.ts';

type Size = { readonly phones: number; readonly concurrent: number; readonly seconds: number };
const full: Size = { phones: 1_500, concurrent: 128, seconds: 8 };
const small: Size = { phones: 500, concurrent: 64, seconds: 4 };

const usernamesOf = ({ phones }: Size): readonly string[] => Array.from({ length: phones }, (_, at) => `s${at}`);

/** A storm, with what the registrar's processor had done (microseconds) after each of its two parts. */
type Storm = InTurn & AtTwice & { readonly used: readonly [before: number, inTurn: number, atTwice: number] };

/** Restarts phones of a registrar on a port, from another process. @param cpu microseconds of the registrar so far */
async function storm(port: number, size: Size, cpu: () => Promise<number>): Promise<Storm> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'restart-load.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const usernames = usernamesOf(size);
  const orders: StormOrders = {
    ...size,
    port,
    domain: sipDomain,
    password: accountOf().password,
    usernames: [...usernames],
    sources: Array.from({ length: 20 }, (_, at) => `127.0.1.${at + 1}`),
  };
  const before = await cpu();
  child.stdin.end(JSON.stringify(orders));
  const seen: unknown[] = [];
  const used: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    seen.push(JSON.parse(line));
    used.push(await cpu());
  }
  const [inTurn, atTwice] = seen as [InTurn, AtTwice];
  const [first = 0, second = 0] = used;
  return { ...inTurn, ...atTwice, used: [before, first, second] };
}

async function ours(size: Size): Promise<Storm> {
  const running = await startOwnStore(memoryFolder());
  const sidecar = await startSidecarProcess(running);
  try {
    const accounts = usernamesOf(size).map((username, at) => accountOf({ device: `dev_s${at}`, username }).item);
    await putAll(running.store, sipAccountRow, 0, accounts);
    return await storm(sidecar.bound.udp.port, size, async () => (await sidecar.usage()).cpu);
  } finally {
    await sidecar.stop();
    await running.stop();
  }
}

async function kamailios(): Promise<Storm> {
  const port = await freePort();
  await using _ = await startSqliteRegistrar({ port, domain: sipDomain, password: accountOf().password });
  return await storm(port, full, () => Promise.resolve(0));
}

const figuresOf = (who: string, { times, rate, offered, accepted }: Storm): Figure[] => [
  { what: `restart storm: ${who}, accepted`, measured: rate, unit: '1/s' },
  { what: `restart storm: ${who}, p99`, measured: quantile(times, 0.99), unit: 'ms' },
  { what: `restart storm: ${who}, offered twice that`, measured: offered, unit: '1/s' },
  { what: `restart storm: ${who}, accepted then`, measured: accepted, unit: '1/s' },
];

/** What an accepted registration costs under overload: work that is lost in it shows here, whatever else runs. */
const costRatio = ({ times, all, used: [before, inTurn, atTwice] }: Storm, phones: number): RatioFigure => ({
  what: 'restart storm: processor of the sidecar for one that is accepted at twice the load, relative to before',
  measured: (atTwice - inTurn) / all / ((inTurn - before) / (phones + times.length)),
  unit: '×',
  must: { atMost: 1.5 },
});

const measure: Benchmark = async () => {
  const our = await ours(full);
  const figures: Figure[] = [
    ...figuresOf('Trunkline', our),
    {
      what: 'restart storm: accepted at twice the load, relative to before',
      measured: our.accepted / our.rate,
      unit: '×',
      must: { atLeast: 0.9 },
    },
    costRatio(our, full.phones),
  ];
  if (missing(['kamailio']).length > 0 || !hasSqlite())
    return [
      ...figures,
      { what: 'restart storm: Kamailio over SQLite skipped, it is not installed', measured: Number.NaN, unit: '1/s' },
    ];
  const theirs = await kamailios();
  return [
    ...figures,
    ...figuresOf('Kamailio over SQLite', theirs),
    {
      what: "restart storm: our rate, relative to Kamailio's",
      measured: our.rate / theirs.rate,
      unit: '×',
      must: { atLeast: 0.5 },
    },
  ];
};

export const guard: Guard = async () => [costRatio(await ours(small), small.phones)];

export default measure;
