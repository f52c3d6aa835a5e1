import { AppError } from '../../../shared/errors.ts';
import type { Policy } from '../dialplan-policies/policy.ts';
import { formOf } from './matcher/automata.ts';
import { parse } from './matcher/parse.ts';

/**
 * What patterns cost the evaluator together, so that no plan, whoever wrote it, costs a call more than fractions of a
 * second: 10,000 patterns of 512 characters with nested repetitions would take it minutes.
 */

/** Of all active policies: ten times what 10,000 usual ones come to, and no more edges than automata may have. */
export const maxLoad = 1_000_000;

/** Of a template, whose rules that set a variable take captures, each of them, at every call. */
const maxTemplateLoad = 200_000;

/** A pattern that is looked for alone has an automaton of its own to make and to keep. */
const alone = 10;

/** The size of a pattern (`Syntax`), weighed. */
export function patternLoad(text: string): number {
  const { syntax } = parse(text);
  return formOf(syntax) === 'single' ? alone * syntax.size : syntax.size;
}

export const policyLoad = ({ status, conditions }: Pick<Policy, 'status' | 'conditions'>): number =>
  status === 'active' ? patternLoad(conditions.pattern) : 0;

const beside = 'expression too large beside the others of the plan at position 0';

/** Why a pattern cannot come to the others. */
export const tooLargeBeside = (path: string): AppError =>
  new AppError('INVALID_PATTERN', `${path}: ${beside}`, { details: [{ path, message: beside }] });

/**
 * The rule with which a template's patterns become too large together, or null. @param patterns in the order of the
 * rules
 */
export function ruleTooLarge(patterns: readonly string[]): number | null {
  let load = 0;
  const position = patterns.findIndex((text) => (load += patternLoad(text)) > maxTemplateLoad);
  return position < 0 ? null : position;
}
