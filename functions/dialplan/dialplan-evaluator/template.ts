import type { DialplanTemplate, TemplateAction, TemplateRule } from '../dialplan-template/dialplan-template.ts';
import {
  type Destination,
  parseAssignment,
  parseDestination,
  renderDestination,
  unknownReferences,
} from './destination.ts';
import { compileMatcher } from './matcher/matcher.ts';
import { type Captures, compilePattern, isPatternProblem, type Pattern, type PatternProblem } from './pattern.ts';
import { savedPattern } from './saved-pattern.ts';

/** The template: how a permitted number is dialled (dialplan.md, "The two objects"). */

/** What of a template takes part in decisions. */
export type PlanTemplate = Pick<DialplanTemplate, 'rules' | 'variables' | 'gateway_ids'>;

/** A rule that cannot be saved. `path` is as in `rules[3].destination`. */
export type TemplateProblem = {
  readonly code: 'INVALID_PATTERN' | 'VALIDATION_FAILED';
  readonly path: string;
  readonly message: string;
};

/** What the template makes of a call. */
export type TemplateRoute = {
  readonly rule: { readonly priority: number; readonly pattern: string };
  readonly action: FinalAction;
  readonly destination: string;
  readonly captures: Captures;
};

export type FinalAction = Exclude<TemplateAction, 'set'>;

export type CompiledTemplate = {
  /** Bytes that it holds in memory, about. */
  readonly size: number;
  /** The first final rule that matches, with the variables as the `set` rules before it left them; null: none. */
  route(dialed: string): TemplateRoute | null;
};

type CompiledRule = { readonly rule: TemplateRoute['rule']; readonly pattern: Pattern; readonly effect: Effect };

type Effect =
  | { readonly sets: string; readonly destination: Destination }
  | { readonly action: FinalAction; readonly destination: Destination };

/** A rule as stored and as compiled. */
const bytesPerRule = 2_000;

/** Actions that say all without a destination; `hangup` may name a cause. */
const actionsAlone: ReadonlySet<TemplateAction> = new Set(['answer', 'hangup']);

/** Compiles a template that was compiled before, when it was saved. */
export function compileSavedTemplate(template: PlanTemplate): CompiledTemplate {
  const compiled = compileTemplate(template, savedPattern);
  if (isTemplateProblem(compiled)) throw new Error('the template was saved without being compiled');
  return compiled;
}

/** Compiles a template, or tells all that is wrong with its rules. */
export function compileTemplate(
  template: PlanTemplate,
  patternOf: typeof compilePattern = compilePattern,
): CompiledTemplate | readonly TemplateProblem[] {
  const known = new Set(Object.keys(template.variables));
  const problems: TemplateProblem[] = [];
  const rules: CompiledRule[] = [];
  for (const { rule, position } of inOrder(template.rules)) {
    const compiled = compileRule({ rule, pattern: patternOf(rule.pattern) }, `rules[${position}]`, known);
    if ('pattern' in compiled) rules.push(compiled);
    else problems.push(...compiled);
    // A rule that is wrong otherwise still makes its variable known: one mistake is told once.
    const assignment = rule.action === 'set' ? parseAssignment(rule.destination) : null;
    if (assignment !== null) known.add(assignment.name);
  }
  return problems.length > 0 ? problems : compiledTemplate(rules, template.variables);
}

export const isTemplateProblem = (
  compiled: CompiledTemplate | readonly TemplateProblem[],
): compiled is readonly TemplateProblem[] => Array.isArray(compiled);

/** By priority, then position; the position is that of the list as it was sent. */
const inOrder = (rules: readonly TemplateRule[]): readonly { rule: TemplateRule; position: number }[] =>
  rules.map((rule, position) => ({ rule, position })).sort((one, other) => one.rule.priority - other.rule.priority);

function compileRule(
  { rule, pattern }: { readonly rule: TemplateRule; readonly pattern: Pattern | PatternProblem },
  path: string,
  known: ReadonlySet<string>,
): CompiledRule | readonly TemplateProblem[] {
  const wrong = (message: string): TemplateProblem => ({
    code: 'VALIDATION_FAILED',
    path: `${path}.destination`,
    message,
  });
  const effect = effectOf(rule);
  const problems = typeof effect === 'string' ? [wrong(effect)] : [];
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
    ? unknown.map(wrong)
    : { rule: { priority: rule.priority, pattern: rule.pattern }, pattern, effect };
}

/** What a rule does, or the sentence that says why it cannot. */
function effectOf({ action, destination }: TemplateRule): Effect | string {
  if (action === 'set') {
    const assignment = parseAssignment(destination);
    return assignment === null ? 'is not name=value' : { sets: assignment.name, destination: assignment.value };
  }
  if (destination === '' && !actionsAlone.has(action)) return `is needed for ${action}`;
  return { action, destination: parseDestination(destination) };
}

function compiledTemplate(rules: readonly CompiledRule[], variables: PlanTemplate['variables']): CompiledTemplate {
  const matcher = compileMatcher(rules);
  const given: ReadonlyMap<string, string> = new Map(
    Object.entries(variables).map(([name, value]) => [name, String(value)]),
  );
  return {
    size: matcher.size + bytesPerRule * rules.length,
    route(dialed) {
      let values = given;
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
