import { expect, test } from 'vitest';
import { newSaves, writePlan } from '../plan-writers.fixture.ts';
import { newTenant } from '../tenant.fixture.ts';

test('64 writers of policies, template, groups and gateways of one plan are served without a conflict', async () => {
  const tenant = await newTenant();
  const saves = [...(await newSaves(tenant)), ...(await newSaves(tenant)), ...(await newSaves(tenant))];
  const { saved, late, ...rest } = await writePlan(tenant, saves, { writers: 64, rounds: 5 });
  expect(rest).toEqual({ killed: 0, others: [] });
  // How many are late depends on the machine.
  expect(saved + late).toBe(320);
  expect(saved).toBeGreaterThan(0);
});
