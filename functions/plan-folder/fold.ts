import type { PlanSource } from '../dialplan-evaluator/compiled-plans.ts';
import { applyChanges, type Plan } from '../dialplan-evaluator/plan.ts';

/** Bytes of a part: with its keys well below an item's 400 KB. */
const largestPart = 350_000;

/** A plan in the form in which it is stored whole. */
export type FoldedPlan = { readonly version: number; readonly parts: readonly Uint8Array[] };

/** The newest plan, whole. */
export async function fold(source: PlanSource): Promise<FoldedPlan> {
  const snapshot = await source.snapshot();
  const plan = applyChanges(snapshot, await source.changesBehind(snapshot.version));
  if (plan === null) throw new Error(`a change behind version ${snapshot.version} of a plan is missing`);
  return { version: plan.version, parts: partsOf(plan) };
}

function partsOf(plan: Plan): Uint8Array[] {
  const bytes = new TextEncoder().encode(JSON.stringify(plan));
  return Array.from({ length: Math.ceil(bytes.length / largestPart) }, (_, part) => bytes.subarray(part * largestPart, (part + 1) * largestPart));
}
