import type { Plan } from './plan.ts';

/** The plan of an organization without a save: version 0. */
export const emptyPlan: Plan = { version: 0, policies: [], template: null, groups: [], gateways: [] };
