/** Ten thousand gateways at 30 s, pinged by one task: how many in their interval, at what cost. */
import { gatewayHealthRow, type GatewayHealthItem } from '#dynamodb/rows/gateway-health.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { afterPing, unknownHealth } from '#telephony/gateway-health.ts';
import { eventually } from '../support/eventually.ts';
import { startSidecarProcess } from '../support/sidecar-process.fixture.ts';
import { gatewayAt, startGateways, type Ping } from '../support/sip-gateways.fixture.ts';
import { startOwnStore } from '../support/store.fixture.ts';
import type { Benchmark } from './benchmark.ts';
import { memoryFolder } from './memory-folder.ts';
import { putAll } from './put-all.ts';

const count = 10_000;
/** Seconds between two pings of a gateway; give or take a tenth of it. */
const interval = 30;
const jitter = 0.1;
/** Seconds for which is measured. */
const measured = 90;

/**
 * Milliseconds from one ping of each gateway to its next, the longest of each; the time before its first and after its
 * last one counts.
 */
function longestGaps(pings: readonly Ping[], from: number, to: number): number[] {
  const times = Map.groupBy(
    pings.filter(({ at }) => at >= from && at <= to),
    ({ host }) => host,
  );
  const longest = Array.from(times.values(), (of) =>
    Math.max(...[...of.map(({ at }) => at), to].map((at, index) => at - (of[index - 1]?.at ?? from))),
  );
  return [...longest, ...Array.from({ length: count - longest.length }, () => to - from)];
}

/** A second for the timers of a process that shares its core, and for one packet that was lost and repeated. */
const longest = (interval * (1 + jitter) + 1) * 1_000;

const measure: Benchmark = async () => {
  const running = await startOwnStore(memoryFolder());
  const peers = await startGateways();
  const gateways = Array.from({ length: count }, (_, number) => gatewayAt(number, { port: peers.port, interval }));
  await putAll(running.store, gatewayRow, 1_001, gateways);
  await putAll(
    running.store,
    gatewayHealthRow,
    1_001,
    gateways.map(({ id, ping }): GatewayHealthItem => ({
      ...afterPing(unknownHealth, { at: Date.now(), response_time_ms: 1 }, ping),
      id,
      version: 1,
    })),
  );
  const sidecar = await startSidecarProcess(running);
  try {
    await eventually(() => new Set(peers.pings.map(({ host }) => host)).size === count, 120_000);
    const [before, from] = [await sidecar.usage(), Date.now()];
    await eventually(() => Date.now() - from >= measured * 1_000, 2 * measured * 1_000);
    const [after, to] = [await sidecar.usage(), Date.now()];
    const pings = peers.pings.filter(({ at }) => at >= from && at <= to).length;
    const gaps = longestGaps(peers.pings, from, to);
    const what = `${count} gateways at ${interval} s, one task`;
    return [
      {
        what: `${what}: pinged in their interval`,
        measured: gaps.filter((gap) => gap <= longest).length / count,
        unit: '×',
        must: { atLeast: 1 },
      },
      { what: `${what}: longest time between two pings`, measured: Math.max(...gaps) / 1_000, unit: 's' },
      {
        what: `${what}: CPU per ping`,
        measured: (after.cpu - before.cpu) / pings,
        unit: 'µs',
        must: { atMostYardsticks: 11 },
      },
      {
        what: `${what}: writes per ping`,
        measured: (after.writes - before.writes) / pings,
        unit: '×',
        must: { atMost: 0.15 },
      },
    ];
  } finally {
    await sidecar.stop();
    peers.close();
    await running.stop();
  }
};

export default measure;
