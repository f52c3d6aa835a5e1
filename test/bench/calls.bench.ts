/**
 * Calls from phone to phone through the sidecar, with a plan of 10,000 policies and its store, beside the same calls
 * through Kamailio as a plain proxy.
 */
import { missing } from '../support/tools.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { load, type Callees, type CallOutcome, type Server } from './call-load.ts';
import { concurrent, startCalledSidecar } from './called-sidecar.ts';
import type { CallingPhone } from './called-tenant.ts';
import { startProxy } from './kamailio-proxy.ts';
import { quantile } from './timing.ts';

const proxy: Server = { address: '127.0.6.3', port: 15_060 };

const calling =
  (server: Server, callees: Callees, phones: readonly CallingPhone[]) =>
  (calls: number, rate?: number): Promise<CallOutcome> =>
    load(server, callees, phones, {
      calls,
      concurrent: rate === undefined ? concurrent : calls,
      ...(rate === undefined ? {} : { rate }),
    });

async function throughKamailio(callees: Callees, phones: readonly CallingPhone[]): Promise<CallOutcome> {
  await using _ = await startProxy(proxy);
  const call = calling(proxy, callees, phones);
  await call(500);
  return await call(5_000);
}

const successes = ({ successful, failed }: CallOutcome): number => successful / (successful + failed);

function figuresOf(ours: CallOutcome, theirs: readonly CallOutcome[], half: CallOutcome): readonly Figure[] {
  const kamailio = theirs.reduce((sum, { perSecond }) => sum + perSecond, 0) / theirs.length;
  const [p50, p99] = [quantile(half.setUps, 0.5), quantile(half.setUps, 0.99)];
  return [
    { what: 'calls through Kamailio, a proxy without a store', measured: kamailio, unit: 'calls/s' },
    { what: 'calls through the sidecar, 10,000 policies and store', measured: ours.perSecond, unit: 'calls/s' },
    { what: 'the same, successful', measured: successes(ours), unit: '×', must: { atLeast: 1 } },
    { what: 'calls/s against Kamailio', measured: ours.perSecond / kamailio, unit: '×', must: { atLeast: 0.1 } },
    { what: 'INVITE to INVITE at half that rate, p50', measured: p50, unit: 'ms' },
    { what: 'the same, p99', measured: p99, unit: 'ms' },
    { what: 'its p99 against its p50', measured: p99 / p50, unit: '×', must: { atMost: 10 } },
  ];
}

const measure: Benchmark = async () => {
  const absent = missing(['sipp', 'kamailio']);
  if (absent.length > 0)
    return [{ what: `calls: skipped, not installed: ${absent.join(', ')}`, measured: Number.NaN, unit: 'calls/s' }];
  await using called = await startCalledSidecar();
  const { callees, phones } = called;
  const call = calling(called.sidecar.bound.udp, callees, phones);
  await call(500);
  const before = await throughKamailio(callees, phones);
  const ours = await call(1_500);
  const after = await throughKamailio(callees, phones);
  const half = await call(1_000, ours.perSecond / 2);
  return figuresOf(ours, [before, after], half);
};

export default measure;
