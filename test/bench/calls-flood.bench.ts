/** Calls of good phones while strangers send three times the INVITEs that the sidecar can reject alone. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { SidecarProcess } from '../support/sidecar-process.fixture.ts';
import { missing } from '../support/tools.ts';
import type { Benchmark } from './benchmark.ts';
import { concurrent, startCalledSidecar } from './called-sidecar.ts';
import { quantile } from './timing.ts';

/** Good calls a second, and their number. */
const good = { rate: 10, calls: 200 } as const;
/** Addresses of the strangers. */
const strangers = 200;
/** INVITEs a second at which the cost of one is measured. */
const probe = 2_000;

/** Sends INVITEs. @returns how many were sent a second */
async function flood({ bound }: SidecarProcess, rate: number, seconds: number): Promise<number> {
  const program = join(import.meta.dirname, 'packet-flood.ts');
  const options = [bound.udp.port, Math.round(rate), seconds, '127.0.9.9', 'INVITE', strangers].map(String);
  const child = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  return Number(await text(child.stdout));
}

/** INVITEs a second that take all of the CPU time of the process. */
async function rejectable(sidecar: SidecarProcess): Promise<number> {
  const seconds = 10;
  const before = await sidecar.usage();
  const sent = await flood(sidecar, probe, seconds);
  const after = await sidecar.usage();
  return (sent * seconds * 1_000_000) / (after.cpu - before.cpu);
}

const measure: Benchmark = async () => {
  const absent = missing(['sipp']);
  if (absent.length > 0)
    return [{ what: 'calls in a flood: skipped, SIPp is not installed', measured: Number.NaN, unit: 'packets/s' }];
  await using called = await startCalledSidecar();
  const { sidecar, call } = called;
  await call({ calls: 500, concurrent });
  const alone = await rejectable(sidecar);
  const [outcome, sent] = await Promise.all([
    call({ calls: good.calls, concurrent: good.calls, rate: good.rate }),
    flood(sidecar, 3 * alone, good.calls / good.rate + 5),
  ]);
  return [
    { what: 'INVITEs of strangers that the sidecar can reject alone', measured: alone, unit: 'packets/s' },
    { what: 'INVITEs of strangers', measured: sent, unit: 'packets/s' },
    {
      what: `${good.rate} good calls/s beside them, successful`,
      measured: outcome.successful / good.calls,
      unit: '×',
      must: { atLeast: 0.95 },
    },
    { what: 'their INVITE to INVITE, p99', measured: quantile([...outcome.setUps], 0.99), unit: 'ms' },
  ];
};

export default measure;
