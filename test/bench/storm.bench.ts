/**
 * A restart storm: phones register again with a new Call-ID and a challenge each, at our registrar and at Kamailio's
 * (usrloc with write-through to SQLite), one after the other, with stores on the same kind of disk.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { freePort } from '#infra/local/machine/free-port.ts';
import { accountOf, sipDomain } from '#functions/sip-sidecar/service/sidecar.fixture.ts';
import { sipAccountRow } from '#functions/telephony/rows/sip-account.ts';
import { startSidecarProcess } from '../support/sidecar-process.fixture.ts';
import { startOwnStore } from '../support/store.fixture.ts';
import { missing } from '../support/tools.ts';
import type { Benchmark, Figure, Guard, PairedFigure } from './benchmark.ts';
import { startSqliteRegistrar, hasSqlite } from './kamailio-registrar.ts';
import { memoryFolder } from './memory-folder.ts';
import { putAll } from './put-all.ts';
import type { PartSeen, StormPart, StormPhones } from './restart-load.ts';
import { pairsOf, quantile } from './timing.ts';

type Size = { readonly phones: number; readonly concurrent: number };
const full: Size = { phones: 1_500, concurrent: 128 };
const small: Size = { phones: 500, concurrent: 64 };

/** Seconds of a part of a storm whose rates and times are measured, and of one of a pair. */
const seconds = { measured: 8, paired: 1 };

const usernamesOf = ({ phones }: Size): readonly string[] => Array.from({ length: phones }, (_, at) => `s${at}`);

/** Restarts the phones of a registrar, from another process, when all are registered. */
type Load = AsyncDisposable & { readonly run: (part: StormPart) => Promise<PartSeen> };

async function startLoad(port: number, size: Size): Promise<Load> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'restart-load.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (order: StormPhones | StormPart): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(order)}\n`);
    const { value } = await lines.next();
    if (value === undefined) throw new Error('the phones have ended');
    return JSON.parse(value);
  };
  await ask({
    concurrent: size.concurrent,
    port,
    domain: sipDomain,
    password: accountOf().password,
    usernames: [...usernamesOf(size)],
    sources: Array.from({ length: 20 }, (_, at) => `127.0.1.${at + 1}`),
  });
  return {
    run: async (part) => (await ask(part)) as PartSeen,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** A storm: as many phones at a time as a registrar bears, then twice the rate that it accepted. */
type Storm = { readonly inTurn: PartSeen; readonly atTwice: PartSeen };

async function storm({ run }: Load): Promise<Storm> {
  const inTurn = await run({ seconds: seconds.measured });
  return { inTurn, atTwice: await run({ seconds: seconds.measured, rate: 2 * inTurn.rate }) };
}

/** @param measured of phones at a sidecar, and microseconds of CPU of the sidecar so far */
async function atOurs<Result>(
  size: Size,
  measured: (load: Load, cpu: () => Promise<number>) => Promise<Result>,
): Promise<Result> {
  const running = await startOwnStore(memoryFolder());
  const sidecar = await startSidecarProcess(running);
  try {
    const accounts = usernamesOf(size).map((username, at) => accountOf({ device: `dev_s${at}`, username }).item);
    await putAll(running.store, sipAccountRow, 0, accounts);
    await using load = await startLoad(sidecar.bound.udp.port, size);
    return await measured(load, async () => (await sidecar.usage()).cpu);
  } finally {
    await sidecar.stop();
    await running.stop();
  }
}

async function kamailios(): Promise<Storm> {
  const port = await freePort();
  await using _ = await startSqliteRegistrar({ port, domain: sipDomain, password: accountOf().password });
  await using load = await startLoad(port, full);
  return await storm(load);
}

const figuresOf = (who: string, { inTurn, atTwice }: Storm): Figure[] => [
  { what: `restart storm: ${who}, accepted`, measured: inTurn.rate, unit: '1/s' },
  { what: `restart storm: ${who}, p99`, measured: quantile(inTurn.times, 0.99), unit: 'ms' },
  { what: `restart storm: ${who}, offered twice that`, measured: 2 * inTurn.rate, unit: '1/s' },
  { what: `restart storm: ${who}, accepted then`, measured: atTwice.rate, unit: '1/s' },
];

/** What an accepted registration costs under overload, in small storms: work that is lost in it shows here. */
async function costRatio({ run }: Load, cpu: () => Promise<number>): Promise<PairedFigure> {
  const cpuEach = async (part: StormPart): Promise<PartSeen & { readonly cost: number }> => {
    const began = await cpu();
    const seen = await run(part);
    return { ...seen, cost: ((await cpu()) - began) / seen.accepted };
  };
  let { rate } = await run({ seconds: seconds.paired });
  const inTurn = async (): Promise<number> => {
    const seen = await cpuEach({ seconds: seconds.paired });
    ({ rate } = seen);
    return seen.cost;
  };
  const atTwice = async (): Promise<number> => (await cpuEach({ seconds: seconds.paired, rate: 2 * rate })).cost;
  return {
    what: 'restart storm: CPU of the sidecar for one that is accepted at twice the load, against before',
    pairs: await pairsOf(atTwice, inTurn),
    must: { atMost: 1.5 },
  };
}

const measure: Benchmark = async () => {
  const { our, cost } = await atOurs(full, async (load, cpu) => ({
    our: await storm(load),
    cost: await costRatio(load, cpu),
  }));
  const figures: Figure[] = [
    ...figuresOf('Trunkline', our),
    {
      what: 'restart storm: accepted at twice the load, relative to before',
      measured: our.atTwice.rate / our.inTurn.rate,
      unit: '×',
      must: { atLeast: 0.9 },
    },
    cost,
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
      measured: our.inTurn.rate / theirs.inTurn.rate,
      unit: '×',
      must: { atLeast: 0.5 },
    },
  ];
};

export const guard: Guard = async () => [await atOurs(small, costRatio)];

export default measure;
