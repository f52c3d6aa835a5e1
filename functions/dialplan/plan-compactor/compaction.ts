import { assemblePlan, type PlanSource } from '../plan/plan-cache.ts';
import type { Plan } from '../plan/plan.ts';

/** The newest plan: the snapshot with all later changes applied. @throws Error if a change is missing */
export const loadPlan = async (source: PlanSource): Promise<Plan> => assemblePlan(await source.load());

/** Bytes of a part of a snapshot. With its keys, it stays well below the 400 KB of a DynamoDB item. */
const maxPartBytes = 350_000;

/** Cuts a snapshot into parts, each small enough for an item. */
export const splitIntoParts = (snapshot: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: Math.ceil(snapshot.length / maxPartBytes) }, (_part, at) =>
    snapshot.subarray(at * maxPartBytes, (at + 1) * maxPartBytes),
  );
