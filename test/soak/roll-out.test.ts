import { afterAll, beforeAll, expect, test } from 'vitest';
import { deploy, rolloutOf } from '../system/deployments.fixture.ts';
import { allCdrs, liveCalls, startTaskCloud, type OwnTaskCloud } from '../system/sidecar-tasks.fixture.ts';
import { newSoftphones } from '../system/softphones.fixture.ts';
import { RollingCalls } from '../system/rolling-calls.fixture.ts';
import { UdpBalancer } from '../system/udp-balancer.fixture.ts';
import { logInAsOperator, outcome } from '../system/tenant.fixture.ts';
import { eventually, past } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';

needs('rtpengine');

/**
 * Both tasks of the sidecar, behind a UDP balancer, and the media relay are replaced while phones call one another.
 * `RATE=5 npm run soak -- roll-out` places 5 calls a second; `SECONDS` is how long before and after the roll-out.
 */
const rate = Number(process.env['RATE'] ?? 20);
const seconds = Number(process.env['SECONDS'] ?? 30);
/** Seconds until the old tasks have ended; those of relays have the longest call besides. */
const limit = 60;
/** Seconds that calls last, in turn. Without media the longest possible is a minute. */
const talks = [2, 3, 5, 8, 3, 13, 2, 20, 5, 45];

const services = { sidecars: 'sip-sidecar', relays: 'media-relay' } as const;

let cloud: OwnTaskCloud;
const open = new AsyncDisposableStack();
const calls = new RollingCalls({ rate, talks });
beforeAll(async () => {
  const balancer = open.use(await UdpBalancer.open());
  cloud = await startTaskCloud(2, {
    ...balancer.settings,
    ...{ DRAIN_SECONDS: '3', MEDIA_RELAY: '', RATE_LIMIT_SCALE: '1000' },
  });
  open.defer(() => cloud.cloud.stop());
  const token = await logInAsOperator(cloud.cloud);
  const limits = { max_concurrent_calls: 1_000 };
  expect(outcome(await cloud.tenant.ask('POST', `/orgs/${cloud.tenant.id}`, { limits }, { token }))).toBe('200');
  await balancer.begin(cloud.cloud);
  open.use(calls);
  // A phone that is called is in one call after the other at its begin, so that both sides of a call are known.
  for (let at = 0; at < 2 * rate; at += 1) {
    const extensions = [String(200 + 2 * at), String(201 + 2 * at)];
    calls.add(await newSoftphones(cloud.tenant, extensions, balancer.place));
  }
});
afterAll(() => open.disposeAsync());

/** Replaces the tasks of a service. @returns seconds until the old ones were gone */
async function rollOut(service: string): Promise<number> {
  const began = Date.now();
  await deploy(cloud.cloud, service);
  await eventually(async () => expect(await rolloutOf(cloud.cloud, service)).toBe('COMPLETED'), 60_000);
  return (Date.now() - began) / 1_000;
}

test(`a roll-out under ${rate} calls/s loses no call over UDP, and each has one CDR`, async () => {
  calls.begin();
  await past(seconds * 1_000);
  const [sidecars = 0, relays = 0] = await Promise.all(Object.values(services).map(rollOut));
  await past(seconds * 1_000);
  const { placed, lost } = await calls.end();
  const figures = { rate, placed, lost: lost.length, seconds: { sidecars, relays } };
  process.stdout.write(`${JSON.stringify(figures)}\n${lost.join('\n')}\n`);
  const cdrs = await eventually(async () => {
    const found = await allCdrs(cloud.tenant);
    expect(found.length).toBeGreaterThanOrEqual(placed);
    return found;
  }, 60_000);
  expect(lost).toEqual([]);
  expect([cdrs.length, new Set(cdrs.map(({ call_id: id }) => id)).size]).toEqual([placed, placed]);
  expect(cdrs.filter(({ disposition }) => disposition !== 'ANSWERED')).toEqual([]);
  await eventually(async () => expect(await liveCalls(cloud)).toEqual([]));
  expect(calls.up).toBe(0);
  expect(sidecars).toBeLessThanOrEqual(limit);
  expect(relays).toBeLessThanOrEqual(limit + Math.max(...talks));
});
