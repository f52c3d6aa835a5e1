import fc from 'fast-check';
import { expect } from 'vitest';
import { decide, applyGatewayStatuses } from './decide.ts';
import { referenceDecision, type GeneratedPlan } from './reference-interpreter.fixture.ts';
import { emptyPlan } from './plan-change.ts';
import { compilePlan, type CompiledPlan, type PlanChange } from './plan.ts';
import { applyChanges } from './plan-change.ts';
import { anyCall, anyPlan } from './generated-plan.fixture.ts';

/** Compares decisions with those of the reference interpreter. */

/** The plan as a sequence of saves: an earlier plan with the same ids, then this one, then deletions of the rest. */
function savesOf(wanted: GeneratedPlan, before: GeneratedPlan): PlanChange[] {
  const wantedIds = new Set(wanted.policies.map(({ id }) => id));
  const wantedGroups = new Set(wanted.groups.map(({ id }) => id));
  const steps = [
    ...[before.gateways, wanted.gateways].map((gateways) => ({ kind: 'gateways-put' as const, gateways })),
    ...before.groups.map((group) => ({ kind: 'group-put' as const, group })),
    ...[...before.policies, ...wanted.policies].map((saves) => ({ kind: 'policy-put' as const, policy: saves })),
    ...[before.template, wanted.template].flatMap((saves) =>
      saves === null ? [] : [{ kind: 'template-put' as const, template: saves }],
    ),
    ...wanted.groups.map((group) => ({ kind: 'group-put' as const, group })),
    ...before.policies.flatMap(({ id }) => (wantedIds.has(id) ? [] : [{ kind: 'policy-deleted' as const, id }])),
    ...before.gateways.flatMap(({ id }) =>
      wanted.gateways.some((gateway) => gateway.id === id) ? [] : [{ kind: 'gateway-deleted' as const, id }],
    ),
    ...before.groups.flatMap(({ id }) => (wantedGroups.has(id) ? [] : [{ kind: 'group-deleted' as const, id }])),
  ];
  return steps.map((step, index) => ({ ...step, version: index + 1 }));
}

/** The plan after the saves, compiled after the first half of them and then brought up to date. */
function planAfter(saves: readonly PlanChange[], half: number, locale: GeneratedPlan): CompiledPlan {
  const first = applyChanges(emptyPlan, saves.slice(0, half));
  const whole = first === null ? null : applyChanges(first, saves.slice(Math.max(0, half - 2)));
  if (first === null || whole === null) throw new Error('a save is missing');
  return compilePlan(whole, locale, compilePlan(first, locale));
}

/**
 * Compares the decisions of generated calls by generated plans. @returns their number, and the reasons that occurred
 */
export function compareWithReference(
  plans: number,
  callsOfEach: number,
): { readonly pairs: number; readonly reasons: readonly string[] } {
  const reasons = new Set<string>();
  let pairs = 0;
  fc.assert(
    fc.property(
      anyPlan,
      anyPlan,
      fc.array(anyCall, { minLength: callsOfEach, maxLength: callsOfEach }),
      fc.nat(40),
      (wanted, before, calls, half) => {
        const expected = { ...wanted, template: wanted.template ?? before.template };
        const plan = planAfter(savesOf(wanted, before), half, wanted);
        const health = new Map(Object.entries(wanted.health));
        for (const { at, ...asked } of calls) {
          const decision = applyGatewayStatuses(decide(plan, asked, at), health);
          expect(decision).toEqual(referenceDecision(expected, asked, at));
          reasons.add(decision.reason);
          pairs += 1;
        }
      },
    ),
    { numRuns: plans },
  );
  return { pairs, reasons: [...reasons].sort() };
}
