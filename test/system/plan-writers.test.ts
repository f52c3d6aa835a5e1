// Own cloud: kills its functions, and writers wait for 20 s at most, also beside other storms.
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startCloud } from './cloud.ts';
import { newSaves, writePlan } from './plan-writers.fixture.ts';
import { logInAsOperator, newAdministeredTenant, newTenant } from './tenant.fixture.ts';

test('64 writers of policies, template, groups and gateways of one plan are served without a conflict', async () => {
  const tenant = await newTenant();
  const saves = [...(await newSaves(tenant)), ...(await newSaves(tenant)), ...(await newSaves(tenant))];
  const { saved, late, ...rest } = await writePlan(tenant, saves, { writers: 64, rounds: 5 });
  expect(rest).toEqual({ killed: 0, others: [] });
  // How many are late depends on the machine.
  expect(saved + late).toBe(320);
  expect(saved).toBeGreaterThan(0);
});

test('a writer that is killed in its turn delays the others, and blocks none', async () => {
  const faults = { seed: 7, killedFunction: { rate: 0.1, milliseconds: 60 } };
  const cloud = await startCloud({ FAULTS: JSON.stringify(faults), RATE_LIMIT_SCALE: '1000' });
  try {
    const [tenant, saves] = await eventually(async () => {
      const made = await newAdministeredTenant('killed', { cloud, operator: await logInAsOperator(cloud) });
      return [made, await newSaves(made)] as const;
    }, 60_000);
    const { saved, killed, late, others } = await writePlan(tenant, saves, { writers: 16, rounds: 10 });
    expect(others).toEqual([]);
    expect(killed).toBeGreaterThan(0);
    expect(saved + killed + late).toBe(160);
    expect(saved).toBeGreaterThan(killed);
  } finally {
    await cloud.stop();
  }
});
