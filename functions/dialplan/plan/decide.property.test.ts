import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planPolicyOf } from './plan.fixture.ts';
import { runs } from '#test/support/property-runs.ts';
import { compareWithReference } from './reference-comparison.fixture.ts';
import { applyGatewayStatuses, decide } from './decide.ts';
import { emergencyNumbers } from '#telephony/emergency-numbers.ts';
import { within } from './reference-interpreter.fixture.ts';
import { emptyPlan } from './plan-change.ts';
import { compilePlan } from './plan.ts';
import { anyCall, anyPlan, anyWindow, clockChanges, zones } from './generated-plan.fixture.ts';

const everyReason = [
  'CALLER_ID_REQUIRED',
  'CALLER_NOT_VERIFIED',
  'NOT_IN_GROUP',
  'NO_ROUTE',
  'OUTSIDE_HOURS',
  'POLICY_ALLOW',
  'POLICY_DENY',
  'TEMPLATE',
];

test('4,000 decisions, with every reason, agree with the reference interpreter', () => {
  expect(compareWithReference(80, 50)).toEqual({ pairs: 4_000, reasons: everyReason });
});

test('an emergency call is allowed while any gateway is enabled and no policy denies it', { timeout: 120_000 }, () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(anyPlan, anyCall, (generated, { at, ...asked }) => {
      const plan = compilePlan({ ...emptyPlan, ...generated }, generated);
      const hasGateway = generated.gateways.some(({ enabled }) => enabled);
      for (const called of emergencyNumbers(generated.country)) {
        const decided = decide(plan, { ...asked, called }, at);
        const { allowed, reason, routes, destination } = applyGatewayStatuses(
          decided,
          new Map(Object.entries(generated.health)),
        );
        expect(allowed || reason === 'POLICY_DENY' || !hasGateway).toBe(true);
        if (routes.length > 0) expect(routes.map((route) => route.destination)).toContain(destination);
        outcomes.add(allowed ? 'allowed' : reason);
      }
    }),
    { numRuns: runs(200) },
  );
  expect(outcomes).toContain('allowed');
  expect(outcomes).toContain('POLICY_DENY');
});

test('a decision depends on the wall clock of its minute only, in every zone and at every clock change', () => {
  fc.assert(
    fc.property(anyWindow, fc.constantFrom(...clockChanges), fc.constantFrom(...zones), (hours, change, timezone) => {
      const conditions = { pattern: '.', time_of_day: hours };
      const policies = [planPolicyOf({ conditions, actions: { allow: true, gateway: 'pstn' } })];
      const plan = compilePlan({ ...emptyPlan, policies }, { timezone, country: 'US' });
      for (let minutes = -195; minutes <= 195; minutes += 15) {
        const at = Date.parse(change) + minutes * 60_000;
        expect(decide(plan, { called: '1' }, at).allowed).toBe(within(hours, timezone, at));
      }
    }),
    { numRuns: 50 },
  );
});
