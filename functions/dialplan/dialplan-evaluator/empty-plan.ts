import type { Plan } from './plan.ts';

/** The plan of an organization that has saved nothing yet. */
export const emptyPlan: Plan = { version: 0, policies: [], template: null, groups: [], gateways: [] };
