import type { Policy } from '../schema/policy.ts';
import { formOf } from './matcher/automata.ts';
import { parse } from './matcher/parse.ts';

/**
 * The load of patterns: an estimate of the automaton states that they take. It bounds the time that any plan costs a
 * call to fractions of a second; 10,000 patterns of 512 characters with nested repetitions would take minutes.
 */

/** Of a template: its `set` rules take captures of every call. */
const maxTemplateLoad = 200_000;

/** A pattern outside the common automaton has an automaton of its own. */
const singleFactor = 10;

/** The size of the syntax tree of a pattern, weighted. */
export function patternLoad(text: string): number {
  const { syntax } = parse(text);
  return formOf(syntax) === 'single' ? singleFactor * syntax.size : syntax.size;
}

/** The load that a policy adds to its plan: 0 unless it is active. */
export const policyLoad = ({ status, conditions }: Pick<Policy, 'status' | 'conditions'>): number =>
  status === 'active' ? patternLoad(conditions.pattern) : 0;

/** The first rule with which the load of a template exceeds its limit, or null. @param patterns by rule */
export function findOversizedRule(patterns: readonly string[]): number | null {
  let load = 0;
  const position = patterns.findIndex((text) => (load += patternLoad(text)) > maxTemplateLoad);
  return position < 0 ? null : position;
}
