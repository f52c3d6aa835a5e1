import { expect, test } from 'vitest';
import { decide } from './decide.ts';
import { emptyPlan } from './empty-plan.ts';
import { compilePlan } from './plan.ts';

test('the empty plan has no route for any call', () => {
  const plan = compilePlan(emptyPlan, { timezone: 'UTC', country: 'US' });
  expect(['1', '911'].map((called) => decide(plan, { called }, 0).reason)).toEqual(['NO_ROUTE', 'NO_ROUTE']);
});
