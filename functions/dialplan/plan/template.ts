import type { DialplanTemplate, TemplateAction, TemplateRule } from '../schema/dialplan-template.ts';
import {
  type Destination,
  parseAssignment,
  parseDestination,
  renderDestination,
  unknownReferences,
} from './destination.ts';
import { compileMatcher } from './matcher/matcher.ts';
import { type Captures, compilePattern, isPatternProblem, type Pattern, type PatternProblem } from './pattern.ts';
import { lazyPattern } from './lazy-pattern.ts';

/** The compiled template: how a permitted number is dialed. */

/** The part of a template that takes part in decisions. */
export type PlanTemplate = Pick<DialplanTemplate, 'rules' | 'variables' | 'gateway_ids'>;

/** A fault of a rule. `path` has the form `rules[3].destination`. */
export type TemplateProblem = {
  readonly code: 'INVALID_PATTERN' | 'VALIDATION_FAILED';
  readonly path: string;
  readonly message: string;
};

/** How the template routes a call. */
export type TemplateRoute = {
  readonly rule: { readonly priority: number; readonly pattern: string };
  readonly action: FinalAction;
  readonly destination: string;
  readonly captures: Captures;
};

export type FinalAction = Exclude<TemplateAction, 'set'>;

export type CompiledTemplate = {
  /** Estimated bytes in memory. */
  readonly size: number;
  /** The first final rule that matches, with the variables that earlier `set` rules set; null: none. */
  route(dialed: string): TemplateRoute | null;
};

type CompiledRule = { readonly rule: TemplateRoute['rule']; readonly pattern: Pattern; readonly effect: Effect };

type Effect =
  | { readonly sets: string; readonly destination: Destination }
  | { readonly action: FinalAction; readonly destination: Destination };

/** A rule as stored and as compiled. */
const bytesPerRule = 2_000;

/** Actions that need no destination; that of `hangup` is a cause. */
const actionsWithoutDestination: ReadonlySet<TemplateAction> = new Set(['answer', 'hangup']);

/** Compiles a stored template, whose rules were checked when it was saved. */
export function compileSavedTemplate(template: PlanTemplate): CompiledTemplate {
  const compiled = compileTemplate(template, lazyPattern);
  if (isTemplateProblem(compiled)) throw new Error('a stored template does not compile');
  return compiled;
}

/** Compiles a template, or returns all faults of its rules. */
export function compileTemplate(
  template: PlanTemplate,
  patternOf: typeof compilePattern = compilePattern,
): CompiledTemplate | readonly TemplateProblem[] {
  const known = new Set(Object.keys(template.variables));
  const problems: TemplateProblem[] = [];
  const rules: CompiledRule[] = [];
  for (const { rule, position } of sortRules(template.rules)) {
    const compiled = compileRule({ rule, pattern: patternOf(rule.pattern) }, `rules[${position}]`, known);
    if ('pattern' in compiled) rules.push(compiled);
    else problems.push(...compiled);
    // The variable of a faulty rule is known to the rules after it, so that one mistake is one problem.
    const assignment = rule.action === 'set' ? parseAssignment(rule.destination) : null;
    if (assignment !== null) known.add(assignment.name);
  }
  return problems.length > 0 ? problems : templateOf(rules, template.variables);
}

export const isTemplateProblem = (
  compiled: CompiledTemplate | readonly TemplateProblem[],
): compiled is readonly TemplateProblem[] => Array.isArray(compiled);

/** The rules by priority, then by position; each with its position in the list. */
const sortRules = (rules: readonly TemplateRule[]): readonly { rule: TemplateRule; position: number }[] =>
  rules.map((rule, position) => ({ rule, position })).sort((one, other) => one.rule.priority - other.rule.priority);

function compileRule(
  { rule, pattern }: { readonly rule: TemplateRule; readonly pattern: Pattern | PatternProblem },
  path: string,
  known: ReadonlySet<string>,
): CompiledRule | readonly TemplateProblem[] {
  const destinationProblem = (message: string): TemplateProblem => ({
    code: 'VALIDATION_FAILED',
    path: `${path}.destination`,
    message,
  });
  const effect = effectOf(rule);
  const problems = typeof effect === 'string' ? [destinationProblem(effect)] : [];
  if (isPatternProblem(pattern)) {
    return [
      {
        code: 'INVALID_PATTERN',
        path: `${path}.pattern`,
        message: `${pattern.reason} at position ${pattern.position}`,
      },
      ...problems,
    ];
  }
  if (typeof effect === 'string') return problems;
  const unknown = unknownReferences(effect.destination, pattern.groupCount, (name) => known.has(name));
  return unknown.length > 0
    ? unknown.map(destinationProblem)
    : { rule: { priority: rule.priority, pattern: rule.pattern }, pattern, effect };
}

/** What a rule does, or a sentence that says why it is faulty. */
function effectOf({ action, destination }: TemplateRule): Effect | string {
  if (action === 'set') {
    const assignment = parseAssignment(destination);
    return assignment === null
      ? 'must have the form name=value'
      : { sets: assignment.name, destination: assignment.value };
  }
  if (destination === '' && !actionsWithoutDestination.has(action)) return `is required for ${action}`;
  return { action, destination: parseDestination(destination) };
}

function templateOf(rules: readonly CompiledRule[], variables: PlanTemplate['variables']): CompiledTemplate {
  const matcher = compileMatcher(rules);
  const initial: ReadonlyMap<string, string> = new Map(
    Object.entries(variables).map(([name, value]) => [name, String(value)]),
  );
  return {
    size: matcher.size + bytesPerRule * rules.length,
    route(dialed) {
      let values = initial;
      for (const { rule, pattern, effect } of matcher.matching(dialed)) {
        const captures = pattern.find(dialed) ?? [];
        const destination = renderDestination(effect.destination, captures, values);
        if ('action' in effect) {
          return { rule, action: effect.action, destination, captures };
        }
        values = new Map(values).set(effect.sets, destination);
      }
      return null;
    },
  };
}
