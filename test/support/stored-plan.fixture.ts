import type { Plan } from '#functions/dialplan/plan/plan.ts';
import { planHeadRow, planPartRow } from '#functions/dialplan/plan/row.ts';
import { planSnapshot } from '#functions/dialplan/plan-compactor/store.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { change, create } from '#dynamodb/write.ts';

/** Stores a dial plan whole, as the compactor does. @param load the sum of the loads of its policies */
export async function storePlan(store: Store, organization: number, plan: Plan, load = 0): Promise<void> {
  const { version, parts } = planSnapshot(plan);
  for (const [part, bytes] of parts.entries())
    await commit(store, organization, [create(planPartRow, { version, part, bytes })]);
  const snapshot = { version, parts: parts.length, packed: true };
  const head = { version, policies: plan.policies.length, load, snapshot };
  await commit(store, organization, [change(planHeadRow, {}, { set: head })]);
}
