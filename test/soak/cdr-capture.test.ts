import { beforeAll, expect, test } from 'vitest';
import { needs } from '../support/tools.ts';
import { outputsFileIn, testCloud } from '../system/cloud.ts';

needs('tshark');

/**
 * Calls of every outcome, whose CDRs must say what their packets say. `CALLS=100 npm run soak -- cdr-capture` makes
 * fewer, `RATE` so many a second.
 */
const calls = Number(process.env['CALLS'] ?? 1_000);
const rate = Number(process.env['RATE'] ?? 5);
/**
 * Milliseconds by which a time of a CDR may differ from that of its packet: 99 of 100, and all of them on a machine
 * whose processors other programs use, too.
 */
const tolerance = { idle: 50, busy: 1_000 };

const cloud = testCloud({ RATE_LIMIT_SCALE: '100' });
beforeAll(() => {
  process.env['OUTPUTS'] = outputsFileIn(cloud.dataDir);
});

test('each CDR has the times, the disposition and the cause of its packets', { timeout: 3_000_000 }, async () => {
  const { captureCalls, differencesOf, outcomesOf } = await import('../system/billing/captured-calls.fixture.ts');
  const { taskCloudIn } = await import('../system/sidecar-tasks.fixture.ts');
  const { captured, cdrs } = await captureCalls(await taskCloudIn(cloud), { calls, rate });
  expect(captured).toHaveLength(calls);
  const differences = captured.flatMap((call) => differencesOf(call, cdrs.get(call.number) ?? {}));
  for (const [name, of] of Map.groupBy(differences, (each) => each.name)) {
    const sizes = of.map(({ difference }) => Math.abs(difference)).toSorted((one, other) => one - other);
    const share = (part: number): string => `${sizes[Math.floor(part * (sizes.length - 1))]?.toFixed(1)} ms`;
    process.stdout.write(
      `${name}: ${sizes.length} differ by ${share(0.5)} (p50), ${share(0.99)} (p99), ${share(1)} (max)\n`,
    );
  }
  const outcomes = captured.map((call) => outcomesOf(call, cdrs.get(call.number) ?? {}));
  expect(outcomes.map(({ filed }) => filed)).toEqual(outcomes.map(({ captured: seen }) => seen));
  const beyond = (milliseconds: number) => differences.filter(({ difference }) => Math.abs(difference) > milliseconds);
  expect(beyond(tolerance.busy)).toEqual([]);
  expect(beyond(tolerance.idle).length).toBeLessThanOrEqual(Math.ceil(differences.length / 100));
});
