import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { decide } from '#functions/dialplan/plan/decide.ts';
import { compilePlan, type CompiledPlan, type Plan } from '#functions/dialplan/plan/plan.ts';
import { applyChanges } from '#functions/dialplan/plan/plan-change.ts';
import type { Benchmark, Figure, Guard, PairedFigure } from './benchmark.ts';
import { dialedStrings, realisticPatterns } from './dial-plans.ts';
import { planOf, policyOf } from './plans.ts';
import { cpuOf, elapsed, median, medians, pairsOf, type Spread, spreadOf, warm } from './timing.ts';

const locale = { timezone: 'America/New_York', country: 'US' };
const at = Date.parse('2026-11-20T15:00:00Z');

/** Whole decisions: matching, conditions, captures, route. */
const measure: Benchmark = async () => {
  const few = planOfSize(10);
  const many = planOfSize(10_000);
  return [...warmFigures(few, many), ...(await warmRatios(few, many)), ...changeFigures(), ...freshFigures()];
};

export const guard: Guard = () => warmRatios(planOfSize(10), planOfSize(10_000));

/** A compiled plan, strings that are dialed, and the same plan with its patterns looked for one after the other. */
type Sized = {
  readonly merged: CompiledPlan;
  readonly sequential: CompiledPlan;
  readonly strings: readonly string[];
};

function planOfSize(policies: number): Sized {
  const patterns = realisticPatterns(policies);
  const merged = compilePlan(planOf(patterns), locale);
  const oneByOne = patterns.map((pattern) => new RegExp(pattern));
  return { merged, sequential: sequential(merged, oneByOne), strings: dialedStrings(patterns, 5_000, 1) };
}

function warmFigures(few: Sized, many: Sized): readonly Figure[] {
  const [ofFew, ofMany] = [few, many].map(({ merged, strings }) =>
    warm(strings, 40, (called) => decide(merged, { called }, at)),
  ) as [Spread, Spread];
  return [
    { what: 'decision, 10,000 policies, p50', measured: ofMany.p50, unit: 'µs' },
    { what: 'decision, 10,000 policies, p99', measured: ofMany.p99, unit: 'µs' },
    { what: 'decision, 10 policies, p50', measured: ofFew.p50, unit: 'µs' },
  ];
}

/** Microseconds of CPU that a decision takes. */
const cpuOfDecision = (plan: CompiledPlan, strings: readonly string[]): number =>
  cpuOf(() => strings.forEach((called) => void decide(plan, { called }, at))) / strings.length;

async function warmRatios(few: Sized, many: Sized): Promise<readonly PairedFigure[]> {
  const ours = (): number => cpuOfDecision(many.merged, many.strings);
  return [
    {
      what: 'CPU of a decision, 10,000 policies against 10',
      pairs: await pairsOf(ours, () => cpuOfDecision(few.merged, few.strings)),
      must: { atMost: 2.5 },
    },
    {
      what: 'CPU of a decision, against V8 RegExp one after the other',
      pairs: await pairsOf(ours, () => cpuOfDecision(many.sequential, many.strings.slice(0, 64))),
      must: { atMost: 1 / 400 },
    },
  ];
}

/** The same plan, its patterns looked for one after the other. */
function sequential(plan: CompiledPlan, expressions: readonly RegExp[]): CompiledPlan {
  const policies = plan.matcher.rules.map((policy, index) => ({ policy, expression: expressions[index] ?? /$^/ }));
  return {
    ...plan,
    matching: (dialed) => policies.filter(({ expression }) => expression.test(dialed)).map(({ policy }) => policy),
  };
}

/**
 * One of 10,000 policies is changed, again and again; each time the plan is brought up to date and decides its first
 * call.
 */
function changeFigures(): readonly Figure[] {
  const patterns = realisticPatterns(10_000);
  const strings = dialedStrings(patterns, 2_000, 3);
  let plan: Plan = planOf(patterns);
  let compiled = compilePlan(plan, locale);
  const others = realisticPatterns(200);
  const times = others.map((pattern, index) => {
    for (const called of strings) decide(compiled, { called }, at);
    return elapsed(() => {
      plan =
        applyChanges(plan, [
          { version: plan.version + 1, kind: 'policy-put', policy: policyOf(pattern, index * 31) },
        ]) ?? plan;
      compiled = compilePlan(plan, locale, compiled);
      decide(compiled, { called: strings[index] ?? '' }, at);
    });
  });
  return [
    {
      what: 'first decision after one of 10,000 policies changed',
      measured: median(times) / 1_000,
      unit: 'ms',
      must: { atMostYardsticks: 120 },
    },
  ];
}

const Fresh = z.object({ compiling: z.number(), decisions: z.array(z.number()), megabytes: z.number() });

function freshFigures(): readonly Figure[] {
  const realistic = fresh('realistic');
  const hostile = fresh('hostile');
  return [
    {
      what: 'fresh process: compiling 10,000 policies',
      measured: realistic.compiling,
      unit: 'ms',
      must: { atMostYardsticks: 950 },
    },
    {
      what: 'fresh process: numbers never seen, p50',
      measured: realistic.p50,
      unit: 'µs',
      must: { atMostYardsticks: 0.18 },
    },
    {
      what: 'fresh process: numbers never seen, p99',
      measured: realistic.p99,
      unit: 'µs',
      must: { atMostYardsticks: 3 },
    },
    { what: 'hostile plan of 10,000 class-heavy policies: compiling', measured: hostile.compiling, unit: 'ms' },
    { what: 'hostile plan: over the empty process', measured: hostile.megabytes, unit: 'MB' },
    {
      what: 'memory of the hostile plan against a realistic one',
      measured: hostile.megabytes / realistic.megabytes,
      unit: '×',
      must: { atMost: 3 },
    },
    {
      what: 'hostile plan: numbers never seen, p99',
      measured: hostile.p99,
      unit: 'µs',
      must: { atMostYardsticks: 12 },
    },
  ];
}

/** The median of each figure, and of each decision, over some processes. */
function fresh(kind: string): Spread & { readonly compiling: number; readonly megabytes: number } {
  const script = fileURLToPath(new URL('fresh-evaluator.ts', import.meta.url));
  const runs = Array.from({ length: 5 }, () =>
    Fresh.parse(JSON.parse(execFileSync(process.execPath, [script, kind], { encoding: 'utf8' }))),
  );
  return {
    compiling: median(runs.map(({ compiling }) => compiling)),
    megabytes: median(runs.map(({ megabytes }) => megabytes)),
    ...spreadOf(medians(runs.map(({ decisions }) => decisions))),
  };
}

export default measure;
