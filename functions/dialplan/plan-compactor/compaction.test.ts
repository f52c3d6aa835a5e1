import { expect, test } from 'vitest';
import { emptyPlan } from '../plan/plan-change.ts';
import type { PlanSource } from '../plan/plan-cache.ts';
import type { PlanChange } from '../plan/plan.ts';
import { loadPlan, splitIntoParts } from './compaction.ts';

const group = (version: number): PlanChange => ({
  version,
  kind: 'group-put',
  group: { id: `grp_${version}`, name: `group ${version}`, status: 'active' },
});

const sourceOf = (changes: readonly PlanChange[]): PlanSource => ({
  load: async () => ({ snapshot: { ...emptyPlan, version: 7 }, changes }),
  changesAfter: async () => changes,
});

test('a plan is the snapshot with all later changes applied', async () => {
  const plan = await loadPlan(sourceOf([group(8), group(9)]));
  expect(plan.version).toBe(9);
  expect(plan.groups.map(({ id }) => id)).toEqual(['grp_8', 'grp_9']);
});

test('a plan with a missing change is not loaded', async () => {
  await expect(loadPlan(sourceOf([group(9)]))).rejects.toThrow('a change after version 7 of a plan is missing');
});

test.each([
  [0, []],
  [1, [1]],
  [350_000, [350_000]],
  [350_001, [350_000, 1]],
  [700_001, [350_000, 350_000, 1]],
])('a snapshot of %i bytes has parts of %j bytes', (bytes, sizes) => {
  const snapshot = Uint8Array.from({ length: bytes }, (_byte, at) => at % 251);
  const parts = splitIntoParts(snapshot);
  expect(parts.map(({ length }) => length)).toEqual(sizes);
  expect(Buffer.concat(parts).equals(snapshot)).toBe(true);
});
