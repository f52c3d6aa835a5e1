import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../support/tools.ts';
import { outputsFileIn, startCloud, type OwnCloud } from '../system/cloud.ts';

needs('rtpengine');
needs('tshark');

/**
 * Calls that are moved, whose CDRs must say what their packets say, and cost what that costs.
 * `CALLS=200 SEED=7 TENANTS=1 npm run soak -- moved-calls` makes other ones. Each tenant makes its share, one call
 * after the other.
 */
const tenants = Number(process.env['TENANTS'] ?? 8);
const calls = Number(process.env['CALLS'] ?? 2_000);
const seed = Number(process.env['SEED'] ?? 1);
/** Milliseconds by which a time may differ: 99 of 100, and all of them on a machine that does other work, too. */
const tolerance = { idle: 50, busy: 2_000 };

let cloud: OwnCloud;
beforeAll(async () => {
  cloud = await startCloud({ RATE_LIMIT_SCALE: '100', MEDIA_RELAY: '' });
  process.env['OUTPUTS'] = outputsFileIn(cloud.dataDir);
});
afterAll(() => cloud.stop());

test(
  'each leg of a moved call has a CDR with the times of its packets, and its price',
  { timeout: 21_600_000 },
  async () => {
    const { playMovedCalls, plansOf } = await import('../system/operations/moved-calls.fixture.ts');
    const { taskCloudIn } = await import('../system/sidecar-tasks.fixture.ts');
    const { logInAsOperator } = await import('../system/tenant.fixture.ts');
    // Each log-in of the operator ends one of the former.
    const operator = await logInAsOperator(cloud);
    const play = async (plans: ReturnType<typeof plansOf>) => playMovedCalls(await taskCloudIn(cloud, operator), plans);
    const share = Math.ceil(calls / tenants);
    const all = plansOf(seed, calls);
    const played = await Promise.all(
      Array.from({ length: tenants }, (_, at) => play(all.slice(at * share, (at + 1) * share))),
    );
    const [differences, charges] = [played.flatMap((each) => each.differences), played.flatMap((each) => each.charges)];
    for (const [name, of] of Map.groupBy(differences, (each) => each.name)) {
      const sizes = of.map(({ difference }) => Math.abs(difference)).toSorted((one, other) => one - other);
      const partOf = (part: number): string => `${sizes[Math.floor(part * (sizes.length - 1))]?.toFixed(1)} ms`;
      process.stdout.write(
        `${name}: ${sizes.length} differ by ${partOf(0.5)} (p50), ${partOf(0.99)} (p99), ${partOf(1)} (max)\n`,
      );
    }
    expect(charges.filter(({ charged, owed }) => charged !== owed)).toEqual([]);
    const beyond = (milliseconds: number) =>
      differences.filter(({ difference }) => Math.abs(difference) > milliseconds);
    expect(beyond(tolerance.busy)).toEqual([]);
    const late = beyond(tolerance.idle);
    for (const each of late) process.stdout.write(`${JSON.stringify(each)}\n`);
    expect(late.length).toBeLessThanOrEqual(Math.ceil(differences.length / 100));
  },
);
