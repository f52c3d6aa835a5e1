import type { Decision } from './decide.ts';
import type { PlanPolicy } from './plan.ts';

/** A policy of a plan that allows all calls; `more` replaces its fields. */
export const planPolicyOf = (more: Partial<PlanPolicy> = {}): PlanPolicy => ({
  id: 'pol_1',
  name: 'A policy',
  status: 'active',
  priority: 1,
  version: 1,
  conditions: { pattern: '.' },
  actions: { allow: true },
  group_ids: {},
  ...more,
});

/** A policy has allowed a call, without a route; `more` replaces the fields of the decision. */
export const decisionOf = (more: Partial<Decision> = {}): Decision => ({
  allowed: true,
  reason: 'POLICY_ALLOW',
  policy: { id: 'pol_1', name: 'A policy', priority: 1, version: 1 },
  rule: null,
  action: 'bridge',
  destination: null,
  captures: [],
  routes: [],
  limits: { max_duration: null, rate_limit: null },
  record: false,
  bypass_restrictions: false,
  emergency: false,
  ...more,
});
