/** Ten thousand gateways at 30 s, pinged by one task: how many in their interval, at what cost. */
import { gatewayHealthRow, type GatewayHealthItem } from '../../shared/dynamodb/rows/gateway-health.ts';
import { gatewayRow } from '../../shared/dynamodb/rows/gateway.ts';
import { pinged, unknownHealth } from '../../shared/telephony/gateway-health.ts';
import { eventually } from '../eventually.ts';
import { startSidecarProcess } from '../sidecar-process.fixture.ts';
import { answeringGateways, gatewayAt, type Ping } from '../sip-gateways.fixture.ts';
import { startStore } from '../store.fixture.ts';
import type { Benchmark } from './benchmark.ts';
import { memoryFolder } from './memory-folder.ts';
import { putAll } from './put-all.ts';

const count = 10_000;
/** Seconds between two pings of a gateway; give or take a tenth of it. */
const interval = 30;
const jitter = 0.1;
/** Seconds for which is measured. */
const measured = 90;

/** Share of the gateways that were pinged without a gap that is longer than their interval may be, in percent. */
function punctual(pings: readonly Ping[], from: number, to: number): number {
  const times = Map.groupBy(pings.filter(({ at }) => at >= from && at <= to), ({ host }) => host);
  // A quarter of a second for timers of a process that shares its core.
  const longest = interval * (1 + jitter) * 1_000 + 250;
  const isPunctual = (of: readonly Ping[]): boolean => [from, ...of.map(({ at }) => at), to].every((at, index, all) => index === 0 || at - (all[index - 1] ?? 0) <= longest);
  return (100 * [...times.values()].filter(isPunctual).length) / count;
}

const measure: Benchmark = async () => {
  const running = await startStore(memoryFolder());
  const peers = await answeringGateways();
  const gateways = Array.from({ length: count }, (_, number) => gatewayAt(number, { port: peers.port, interval }));
  await putAll(running.store, gatewayRow, 1_001, gateways);
  await putAll(running.store, gatewayHealthRow, 1_001, gateways.map(({ id, ping }): GatewayHealthItem => ({ ...pinged(unknownHealth, { at: Date.now(), response_time_ms: 1 }, ping), id, version: 1 })));
  const sidecar = await startSidecarProcess(running);
  try {
    await eventually(() => new Set(peers.pings.map(({ host }) => host)).size === count, 120_000);
    const [before, from] = [await sidecar.usage(), Date.now()];
    await eventually(() => Date.now() - from >= measured * 1_000, 2 * measured * 1_000);
    const [after, to] = [await sidecar.usage(), Date.now()];
    const seconds = (to - from) / 1_000;
    const what = `${count} gateways at ${interval} s, one task`;
    return [
      { what: `${what}: pinged in their interval`, measured: punctual(peers.pings, from, to), unit: '%', must: { atLeast: 100 } },
      { what: `${what}: CPU`, measured: (after.cpu - before.cpu) / seconds / 10_000, unit: '% of a core', must: { atMost: 30 } },
      { what: `${what}: writes`, measured: (after.writes - before.writes) / seconds, unit: '/s', must: { atMost: 50 } },
    ];
  } finally {
    await sidecar.stop();
    peers.close();
    await running.stop();
  }
};

export default measure;
