import { createHash } from 'node:crypto';
import { emptyPlan } from '#functions/dialplan/plan/plan-change.ts';
import type { Plan, PlanPolicy } from '#functions/dialplan/plan/plan.ts';

/** As long as a ULID, and as hard to pack. */
const idOf = (index: number): string =>
  `pol_${createHash('sha256').update(String(index)).digest('hex').slice(0, 26).toUpperCase()}`;

/**
 * Every fourth policy is for office hours or for a group, every tenth denies; they go in no order of their patterns.
 */
export const policyOf = (pattern: string, index: number): PlanPolicy => ({
  id: idOf(index),
  name: `Policy ${index}`,
  status: 'active',
  priority: (index * 7_919) % 10_007,
  version: 1,
  conditions: {
    pattern,
    ...(index % 8 === 1 ? { time_of_day: { start: '00:00', end: '24:00', timezone: 'Europe/Berlin' } } : {}),
    ...(index % 8 === 5 ? { user_groups: ['sales'] } : {}),
  },
  actions:
    index % 10 === 3
      ? { allow: false }
      : { allow: true, gateway: 'pstn', failover_gateways: ['backup'], max_duration: 3_600 },
  group_ids: {},
});

/** A plan of these patterns, and a template that takes what no policy matches. */
export const planOf = (patterns: readonly string[]): Plan => ({
  ...emptyPlan,
  version: 1,
  policies: patterns.map(policyOf),
  template: {
    rules: [
      { priority: 1, pattern: '^([2-8][0-9]{2})$', action: 'bridge', destination: `user/$1@\${domain}` },
      { priority: 2, pattern: '^([0-9]{7,15})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' },
    ],
    variables: { domain: 'sip.example.com' },
  },
  groups: [{ id: 'grp_1', name: 'sales', status: 'active' }],
});
