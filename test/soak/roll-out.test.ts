import { afterAll, beforeAll, expect, test } from 'vitest';
import { deploy, rolloutOf } from '../system/deployments.fixture.ts';
import { allCdrs, liveCalls, startTaskCloud, type OwnTaskCloud } from '../system/sidecar-tasks.fixture.ts';
import { newSoftphones } from '../system/softphones.fixture.ts';
import { ConnectionBalancer, type BalancedTransport } from '../system/operations/connection-balancer.fixture.ts';
import { RollingCalls } from '../system/operations/rolling-calls.fixture.ts';
import { UdpBalancer } from '../system/operations/udp-balancer.fixture.ts';
import { logInAsOperator, outcome } from '../system/tenant.fixture.ts';
import { eventually, past } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';

needs('rtpengine');

/**
 * Both tasks of the sidecar, behind balancers, and the media relay are replaced while phones call one another over UDP,
 * TCP, TLS and WebSockets, a quarter of the calls each. The local ECS replaces tasks that fail their health check, also
 * protected ones. `RATE=4 SECONDS=20 npm run soak -- roll-out` places 4 calls a second; `SECONDS` is how long before
 * and after the roll-out.
 */
const rate = Number(process.env['RATE'] ?? 20);
const seconds = Number(process.env['SECONDS'] ?? 30);
/**
 * Seconds until the old tasks have ended, besides the longest call: theirs do not move, or are those of relays. Half of
 * the phones whose connections old tasks close come back to an old task.
 */
const limits = { sidecars: 300, relays: 60 } as const;
/** Seconds that calls last, in turn. Without media the longest possible is a minute. */
const talks = [2, 3, 5, 8, 3, 13, 2, 20, 5, 45];
/** The same over a connection, whose phones have one call at a time. */
const talksOverConnections = [2, 3, 5, 3, 20, 2, 3, 2];
const mean = talksOverConnections.reduce((sum, each) => sum + each) / talksOverConnections.length;
/** Seconds for which a call needs such a phone: it rests in between for longer than the 12 s of the task. */
const period = mean + 17;

const services = { sidecars: 'sip-sidecar', relays: 'media-relay' } as const;

let cloud: OwnTaskCloud;
const open = new AsyncDisposableStack();
/** Extensions have three digits. */
let extension = 200;
const nextPair = (): readonly string[] => [String(extension++), String(extension++)];
const over = Object.fromEntries(
  (['udp', 'tcp', 'tls', 'wss'] as const).map((transport) => [
    transport,
    new RollingCalls({ rate: rate / 4, talks: transport === 'udp' ? talks : talksOverConnections }),
  ]),
) as Record<'udp' | BalancedTransport, RollingCalls>;
const all = Object.values(over);
beforeAll(async () => {
  const balancer = open.use(await UdpBalancer.open());
  cloud = await startTaskCloud(2, {
    ...balancer.settings,
    ...{ DRAIN_SECONDS: '3', MEDIA_RELAY: '', RATE_LIMIT_SCALE: '1000' },
  });
  open.defer(() => cloud.cloud.stop());
  const token = await logInAsOperator(cloud.cloud);
  const change = { limits: { max_concurrent_calls: 1_000 } };
  expect(outcome(await cloud.tenant.ask('POST', `/orgs/${cloud.tenant.id}`, change, { token }))).toBe('200');
  await balancer.begin(cloud.cloud);
  const connections = open.use(await ConnectionBalancer.open(cloud.cloud));
  for (const calls of all) open.use(calls);
  // A phone that is called is in one call after the other at its begin, so that both sides of a call are known.
  for (let at = 0; at < Math.ceil(rate / 2); at += 1)
    over.udp.add(await newSoftphones(cloud.tenant, nextPair(), balancer.place));
  const { authority } = connections;
  for (const transport of ['tcp', 'tls', 'wss'] as const)
    for (let at = 0; at < Math.ceil((rate / 4) * period); at += 1) {
      const more = { connection: { transport, authority }, media: transport === 'wss' ? 'web' : 'rtp' } as const;
      over[transport].add(await newSoftphones(cloud.tenant, nextPair(), connections.placeOf(transport), more), true);
    }
}, 600_000);
afterAll(() => open.disposeAsync());

/** Replaces the tasks of a service. @returns seconds until the old ones were gone */
async function rollOut(service: string): Promise<number> {
  const began = Date.now();
  await deploy(cloud.cloud, service);
  await eventually(async () => expect(await rolloutOf(cloud.cloud, service)).toBe('COMPLETED'), 300_000);
  return (Date.now() - began) / 1_000;
}

test(`a roll-out under ${rate} calls/s over UDP, TCP, TLS and WSS loses no call, and each has one CDR`, async () => {
  for (const calls of all) calls.begin();
  const began = performance.now();
  await past(seconds * 1_000);
  const [sidecars = 0, relays = 0] = await Promise.all(Object.values(services).map(rollOut));
  await past(seconds * 1_000);
  const callSeconds = (performance.now() - began) / 1_000;
  const ended = await Promise.all(all.map((calls) => calls.end()));
  const placed = ended.reduce((sum, each) => sum + each.placed, 0);
  const lost = ended.flatMap((each, at) => each.lost.map((text) => `${Object.keys(over)[at]}: ${text}`));
  const figures = { rate, placed: ended.map((each) => each.placed), lost: lost.length, seconds: { sidecars, relays } };
  process.stdout.write(`${JSON.stringify(figures)}\n${lost.join('\n')}\n`);
  const cdrs = await eventually(async () => {
    const found = await allCdrs(cloud.tenant);
    expect(found.length).toBeGreaterThanOrEqual(placed);
    return found;
  }, 60_000);
  expect(lost).toEqual([]);
  // A tenth is left for a machine that is late. Fewer phones than the rate needs would prove less.
  const wanted = 0.9 * (rate / 4) * callSeconds;
  expect(
    ended.map((each) => each.placed >= wanted),
    JSON.stringify(figures),
  ).toEqual([true, true, true, true]);
  expect([cdrs.length, new Set(cdrs.map(({ call_id: id }) => id)).size]).toEqual([placed, placed]);
  expect(cdrs.filter(({ disposition }) => disposition !== 'ANSWERED')).toEqual([]);
  await eventually(async () => expect(await liveCalls(cloud)).toEqual([]));
  expect(all.map(({ up }) => up)).toEqual([0, 0, 0, 0]);
  expect(cloud.cloud.printed()).not.toContain('fails its health check');
  expect(sidecars).toBeLessThanOrEqual(limits.sidecars + Math.max(...talks));
  expect(relays).toBeLessThanOrEqual(limits.relays + Math.max(...talks));
});
