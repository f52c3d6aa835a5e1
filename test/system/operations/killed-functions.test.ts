// Own cloud: kills one invocation in four, by which other storms would take too long.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { expectExact, runChaos } from './cdr-chaos.fixture.ts';
import { newSaves, writePlan } from '../plan-writers.fixture.ts';
import { startStormCloud } from '../storm-cloud.fixture.ts';
import { newAdministeredTenant } from '../tenant.fixture.ts';

const faults = {
  seed: 1,
  failedAnswer: 0.02,
  lostAnswer: 0.02,
  throttle: 0.02,
  conflict: 0.02,
  duplicateDelivery: 0.05,
  /** An invocation is killed within this time, if it takes that long; every run kills some of the consumers. */
  killedFunction: { rate: 0.25, milliseconds: 40 },
};

let storm: Awaited<ReturnType<typeof startStormCloud>>;
beforeAll(async () => {
  storm = await startStormCloud(faults);
});
afterAll(() => storm.cloud.stop());

let consumersKilled = 0;

test.each([1, 2])(
  'each of 400 CDRs is rated once, and 40 by their last correction, although each record arrives up to five times ' +
    'and requests fail at random (seed %i)',
  async (seed) => {
    const result = await runChaos({ calls: 400, seed }, storm);
    consumersKilled += result.killed;
    expectExact(result, 400);
  },
);

// The number in one run depends on the speed of the machine.
test('consumers were killed in these runs', () => {
  expect(consumersKilled).toBeGreaterThan(0);
});

test('a writer of a plan that is killed in its turn delays the others, and blocks none', async () => {
  const [tenant, saves] = await eventually(async () => {
    const made = await newAdministeredTenant('killed', storm);
    return [made, await newSaves(made)] as const;
  }, 60_000);
  const { saved, killed, late, others } = await writePlan(tenant, saves, { writers: 16, rounds: 10 });
  expect(others).toEqual([]);
  expect(killed).toBeGreaterThan(0);
  expect(saved + killed + late).toBe(160);
  expect(saved).toBeGreaterThan(killed);
});
