/**
 * Calls from phone to phone through the sidecar, with a plan of 10,000 policies and its store, in turns with the same
 * calls through Kamailio, with its accounts, registrations, dialogs and records in SQLite.
 */
import { missing } from '../support/tools.ts';
import type { Program } from '../system/peers/program.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { calleeAddress, callerAddress, load, registerPhones, type CallOutcome, type Server } from './call-load.ts';
import { concurrent, startCalledSidecar, type CalledSidecar } from './called-sidecar.ts';
import type { CallingPhone } from './called-tenant.ts';
import { hasSqlite } from './kamailio-registrar.ts';
import { startKamailio } from './kamailio-server.ts';
import { cpuOfTree } from './process-tree.ts';
import { quantile } from './timing.ts';

const kamailio: Server = { address: '127.0.6.3', port: 15_060 };

/** Calls a second, and how many seconds of them. */
const rates = [5, 10, 20, 40] as const;
const seconds = 15;
/** Calls that are set up as fast as a server can, and those offered of what it cannot carry. */
const saturating = { ours: 1_500, theirs: 4_000 } as const;
const overload = 4;

type Call = (calls: number, rate?: number) => Promise<CallOutcome>;

const calling =
  (server: Server, { callees, phones }: Pick<CalledSidecar, 'callees' | 'phones'>): Call =>
  (calls, rate) =>
    load(server, callees, phones, {
      calls,
      concurrent: rate === undefined ? concurrent : calls,
      ...(rate === undefined ? {} : { rate }),
    });

/** The phones with their extensions as user names, as Kamailio looks them up. */
async function registerAtKamailio(phones: readonly CallingPhone[]): Promise<Program> {
  const called = phones.map(({ calls, domain }) => ({ username: calls, domain, password: 'secret' }));
  const program = await startKamailio(kamailio, [...phones, ...called]);
  await registerPhones(kamailio, phones, callerAddress);
  await registerPhones(kamailio, called, calleeAddress);
  return program;
}

const successes = ({ successful, failed }: CallOutcome): number => successful / (successful + failed);

/** Milliseconds of CPU of a process and its children. */
const cpuOf = ({ pid = 0 }: Pick<Program, 'pid'>): number =>
  [...cpuOfTree(pid).values()].reduce((sum, of) => sum + of, 0);

/** The set-up times at each rate, in turns. */
async function atRates(ours: Call, theirs: Call): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const rate of rates)
    for (const [name, call] of [
      ['the sidecar', ours],
      ['Kamailio', theirs],
    ] as const) {
      const outcome = await call(rate * seconds, rate);
      const what = `${rate} calls/s through ${name}, INVITE to INVITE`;
      figures.push(
        { what: `${what}, p50`, measured: quantile(outcome.setUps, 0.5), unit: 'ms' },
        { what: `${what}, p99`, measured: quantile(outcome.setUps, 0.99), unit: 'ms' },
      );
    }
  return figures;
}

/** What becomes of four times the calls that it can carry. */
async function overloaded(call: Call, capacity: number): Promise<readonly Figure[]> {
  const rate = overload * capacity;
  const outcome = await call(Math.round(rate * seconds), rate);
  const carried = outcome.perSecond / capacity;
  return [
    { what: `calls offered, ${overload} × what it can carry`, measured: rate, unit: 'calls/s' },
    { what: 'carried of them, against what it can', measured: carried, unit: '×', must: { atLeast: 0.8 } },
    {
      what: 'INVITE to INVITE of these, p99 against 3 s',
      measured: quantile(outcome.setUps, 0.99) / 3_000,
      unit: '×',
      must: { atMost: 1 },
    },
  ];
}

const measure: Benchmark = async () => {
  const absent = missing(['sipp', 'kamailio']);
  if (absent.length > 0 || !hasSqlite())
    return [
      {
        what: `calls: skipped, not installed: ${[...absent, 'kamailio-sqlite-modules'].join(', ')}`,
        measured: Number.NaN,
        unit: 'calls/s',
      },
    ];
  const programs: Program[] = [];
  await using called = await startCalledSidecar(async (phones, started) => {
    programs.push(started.use(await registerAtKamailio(phones)));
  });
  const { sidecar } = called;
  const [ours, theirs] = [calling(sidecar.bound.udp, called), calling(kamailio, called)];
  await ours(500);
  await theirs(500);
  const spreads = await atRates(ours, theirs);
  const [cpu, theirCpu] = [(await sidecar.usage()).cpu, cpuOf(programs[0] ?? { pid: undefined })];
  const capacity = await ours(saturating.ours);
  const peer = await theirs(saturating.theirs);
  const used = ((await sidecar.usage()).cpu - cpu) / 1_000 / saturating.ours;
  const theirUse = (cpuOf(programs[0] ?? { pid: undefined }) - theirCpu) / saturating.theirs;
  const busy = await ours(Math.round(0.6 * capacity.perSecond * seconds), 0.6 * capacity.perSecond);
  const [p50, p99] = [quantile(busy.setUps, 0.5), quantile(busy.setUps, 0.99)];
  return [
    ...spreads,
    { what: 'calls through Kamailio with SQLite', measured: peer.perSecond, unit: 'calls/s' },
    { what: 'calls through the sidecar, 10,000 policies and store', measured: capacity.perSecond, unit: 'calls/s' },
    { what: 'the same, successful', measured: successes(capacity), unit: '×', must: { atLeast: 1 } },
    {
      what: 'calls/s against Kamailio',
      measured: capacity.perSecond / peer.perSecond,
      unit: '×',
      must: { atLeast: 0.25 },
    },
    { what: 'CPU of the sidecar for a call', measured: used, unit: 'ms' },
    { what: 'CPU of Kamailio for a call', measured: theirUse, unit: 'ms' },
    { what: 'INVITE to INVITE at 0.6 of what it can carry, p50', measured: p50, unit: 'ms' },
    { what: 'its p99 against its p50', measured: p99 / p50, unit: '×', must: { atMost: 10 } },
    ...(await overloaded(ours, capacity.perSecond)),
  ];
};

export default measure;
