import { wholePlan, type PlanSource } from '../dialplan-evaluator/compiled-plans.ts';
import type { Plan } from '../dialplan-evaluator/plan.ts';

/** The newest plan, whole. */
export const newestPlan = async (source: PlanSource): Promise<Plan> => wholePlan(await source.stored());
