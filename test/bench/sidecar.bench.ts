/**
 * The sidecar in a process of its own, and phones in another: first registrations, refreshes, and registrations while
 * one source floods it.
 */
import { spawn } from 'node:child_process';
import { json, text } from 'node:stream/consumers';
import { join } from 'node:path';
import { accountOf, sipDomain } from '#functions/sip-sidecar/service/sidecar.fixture.ts';
import { sipAccountRow } from '#functions/telephony/rows/sip-account.ts';
import { startSidecarProcess, type SidecarProcess } from '../support/sidecar-process.fixture.ts';
import { startOwnStore, type TestStore } from '../support/store.fixture.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { memoryFolder } from './memory-folder.ts';
import { putAll } from './put-all.ts';
import type { Registrations } from './register-load.ts';
import { quantile } from './timing.ts';

/** Accounts with one password, as making devices stores them. @returns their user names */
async function fill({ store }: TestStore, prefix: string, count: number): Promise<string[]> {
  const accounts = Array.from({ length: count }, (_, at) =>
    accountOf({ device: `dev_${prefix}${at}`, username: `${prefix}${at}` }),
  );
  await putAll(
    store,
    sipAccountRow,
    0,
    accounts.map(({ item }) => item),
  );
  return accounts.map(({ username }) => username);
}

type Load = {
  readonly usernames: readonly string[];
  readonly warmUp: number;
  readonly first: number;
  readonly refreshes: number;
  readonly seconds: number;
};

async function load({ bound }: SidecarProcess, wanted: Load): Promise<readonly [Registrations, Registrations]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'register-load.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const sources = Array.from({ length: 20 }, (_, at) => `127.0.1.${at + 1}`);
  child.stdin.end(
    JSON.stringify({ ...wanted, port: bound.udp.port, domain: sipDomain, password: accountOf().password, sources }),
  );
  return (await json(child.stdout)) as [Registrations, Registrations];
}

/** Share of the registrations that were accepted. */
const accepted = ({ times, failures }: Registrations): number => times.length / (times.length + failures);

function figuresOf(what: string, registrations: Registrations, atMostYardsticks?: number): Figure[] {
  const { times } = registrations;
  return [
    { what: `${what}, accepted`, measured: accepted(registrations), unit: '×', must: { atLeast: 1 } },
    { what: `${what}, p50`, measured: quantile(times, 0.5), unit: 'ms' },
    {
      what: `${what}, p99`,
      measured: quantile(times, 0.99),
      unit: 'ms',
      ...(atMostYardsticks === undefined ? {} : { must: { atMostYardsticks } }),
    },
  ];
}

/** CPU that the sidecar used while something was done, in percent of a core. */
async function busy<Answer>(sidecar: SidecarProcess, work: () => Promise<Answer>): Promise<readonly [Answer, number]> {
  const [before, began] = [await sidecar.usage(), performance.now()];
  const answer = await work();
  const after = await sidecar.usage();
  return [answer, (after.cpu - before.cpu) / (performance.now() - began) / 10];
}

/** Packets a second of one source beside registrations of others. */
async function flooded(running: TestStore, sidecar: SidecarProcess): Promise<Figure[]> {
  const usernames = await fill(running, 'f', 2_000);
  const flood = spawn(
    process.execPath,
    [join(import.meta.dirname, 'packet-flood.ts'), String(sidecar.bound.udp.port), '50000', '25', '127.0.9.9'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [[first, refreshes], rate] = await Promise.all([
    load(sidecar, { usernames, warmUp: 0, first: 200, refreshes: 200, seconds: 10 }),
    text(flood.stdout),
  ]);
  return [
    { what: 'flood of one source', measured: Number(rate), unit: 'packets/s', must: { atLeastPerYardstick: 4.2 } },
    {
      what: '200 first registrations/s of others beside it, accepted',
      measured: accepted(first),
      unit: '×',
      must: { atLeast: 0.95 },
    },
    {
      what: '200 refreshes/s of others beside it, accepted',
      measured: accepted(refreshes),
      unit: '×',
      must: { atLeast: 0.95 },
    },
    { what: 'the same, p99', measured: quantile([...first.times, ...refreshes.times], 0.99), unit: 'ms' },
  ];
}

/** Phones that register before anything is measured. */
const warmUp = 2_000;

const measure: Benchmark = async () => {
  const running = await startOwnStore(memoryFolder());
  const sidecar = await startSidecarProcess(running);
  try {
    const usernames = await fill(running, 'u', warmUp + 4_000);
    const [[first, refreshes], cpu] = await busy(sidecar, () =>
      load(sidecar, { usernames, warmUp, first: 400, refreshes: 1_500, seconds: 10 }),
    );
    return [
      ...figuresOf('400 first registrations/s through digest and store', first, 1_200),
      ...figuresOf('1,500 refreshes/s', refreshes),
      { what: 'CPU of the sidecar meanwhile', measured: cpu, unit: '% of a core' },
      ...(await flooded(running, sidecar)),
    ];
  } finally {
    await sidecar.stop();
    await running.stop();
  }
};

export default measure;
