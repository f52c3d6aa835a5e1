/** Memory of calls that are up, and what 10,000 calls leave behind. */
import { eventually } from '../support/eventually.ts';
import type { SidecarProcess } from '../support/sidecar-process.fixture.ts';
import { missing } from '../support/tools.ts';
import type { Benchmark } from './benchmark.ts';
import { concurrent, startCalledSidecar } from './called-sidecar.ts';

/** Calls that are up at once, and how long each lasts, in milliseconds. */
const up = { calls: 1_000, rate: 25, talk: { pause: 60_000 } } as const;
/** Calls one after the other. */
const many = 10_000;
/** Milliseconds until the last transaction of a call is forgotten (RFC 3261, 64·T1), and some more. */
const lingering = 40_000;
/** Bytes that a call may need. */
const allowed = 150_000;

/** Until the transactions of the last calls are forgotten. */
async function forgotten(): Promise<void> {
  const until = performance.now() + lingering;
  await eventually(() => performance.now() >= until, lingering);
}

/** Bytes of the process. Twice collected, as the first look may itself have left something. */
async function memoryOf(sidecar: SidecarProcess): Promise<number> {
  await sidecar.usage();
  return (await sidecar.usage()).memory;
}

const measure: Benchmark = async () => {
  const absent = missing(['sipp']);
  if (absent.length > 0)
    return [{ what: 'memory of calls: skipped, SIPp is not installed', measured: Number.NaN, unit: 'bytes' }];
  await using called = await startCalledSidecar();
  const { sidecar, callees, call } = called;
  await call({ calls: 2_000, concurrent });
  await forgotten();
  const idle = await memoryOf(sidecar);
  const before = callees.calls().length;
  const running = call({ calls: up.calls, concurrent: up.calls, rate: up.rate, talk: up.talk });
  await eventually(() => callees.calls().length >= before + up.calls, 60_000);
  const busy = await memoryOf(sidecar);
  const held = await running;
  const short = await call({ calls: many, concurrent });
  await forgotten();
  const after = await memoryOf(sidecar);
  return [
    { what: `memory of a call, ${up.calls} up at once`, measured: (busy - idle) / up.calls, unit: 'bytes' },
    {
      what: 'the same against what is allowed',
      measured: (busy - idle) / up.calls / allowed,
      unit: '×',
      must: { atMost: 1 },
    },
    { what: 'these calls, successful', measured: held.successful / up.calls, unit: '×', must: { atLeast: 1 } },
    { what: `memory left by each of ${many} calls`, measured: (after - idle) / many, unit: 'bytes' },
    { what: 'memory after them against before', measured: after / idle, unit: '×', must: { atMost: 1.1 } },
    { what: 'these calls, successful', measured: short.successful / many, unit: '×', must: { atLeast: 1 } },
  ];
};

export default measure;
