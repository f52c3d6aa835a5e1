/**
 * A restart storm: phones register again with a new Call-ID and a challenge each, at our registrar and at Kamailio's
 * (usrloc with write-through to SQLite), one after the other, with stores on the same kind of disk.
 */
import { spawn } from 'node:child_process';
import { json } from 'node:stream/consumers';
import { join } from 'node:path';
import { freePort } from '#infra/local/free-port.ts';
import { accountOf, sipDomain } from '#functions/sip-sidecar/sidecar.fixture.ts';
import { sipAccountRow } from '#functions/telephony/rows/sip-account.ts';
import { startSidecarProcess } from '../support/sidecar-process.fixture.ts';
import { startOwnStore } from '../support/store.fixture.ts';
import { missing } from '../support/tools.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { startSqliteRegistrar, hasSqlite } from './kamailio-registrar.ts';
import { memoryFolder } from './memory-folder.ts';
import { putAll } from './put-all.ts';
import type { Storm, StormOrders } from './restart-load.ts';
import { quantile } from './timing.ts';

const phones = 1_500;
const load = { concurrent: 128, seconds: 8 } as const;

const usernames = Array.from({ length: phones }, (_, at) => `s${at}`);

/** Restarts phones of a registrar on a port, from another process. */
async function storm(port: number): Promise<Storm> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'restart-load.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const orders: StormOrders = {
    ...load,
    port,
    domain: sipDomain,
    password: accountOf().password,
    usernames,
    sources: Array.from({ length: 20 }, (_, at) => `127.0.1.${at + 1}`),
  };
  child.stdin.end(JSON.stringify(orders));
  return (await json(child.stdout)) as Storm;
}

async function ours(): Promise<Storm> {
  const running = await startOwnStore(memoryFolder());
  const sidecar = await startSidecarProcess(running);
  try {
    const accounts = usernames.map((username, at) => accountOf({ device: `dev_s${at}`, username }).item);
    await putAll(running.store, sipAccountRow, 0, accounts);
    return await storm(sidecar.bound.udp.port);
  } finally {
    await sidecar.stop();
    await running.stop();
  }
}

async function kamailios(): Promise<Storm> {
  const port = await freePort();
  await using _ = await startSqliteRegistrar({ port, domain: sipDomain, password: accountOf().password });
  return await storm(port);
}

const figuresOf = (who: string, { times, rate, offered, accepted }: Storm): Figure[] => [
  { what: `restart storm: ${who}, accepted`, measured: rate, unit: '1/s' },
  { what: `restart storm: ${who}, p99`, measured: quantile(times, 0.99), unit: 'ms' },
  { what: `restart storm: ${who}, offered twice that`, measured: offered, unit: '1/s' },
  { what: `restart storm: ${who}, accepted then`, measured: accepted, unit: '1/s' },
];

const measure: Benchmark = async () => {
  const our = await ours();
  const figures: Figure[] = [
    ...figuresOf('Trunkline', our),
    {
      what: 'restart storm: accepted at twice the load, relative to before',
      measured: our.accepted / our.rate,
      unit: '×',
      must: { atLeast: 0.9 },
    },
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

export default measure;
