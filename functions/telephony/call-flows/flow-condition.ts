import { lazyPattern } from '../../dialplan/dialplan-evaluator/lazy-pattern.ts';
import type { FlowCondition } from '../schema/call-flow.ts';
import { valueOf, type Variables } from './flow-text.ts';

const wholeNumber = /^-?\d{1,15}$/;

/** Whether a condition of a branch holds. A value that is no whole number is between none. */
export function holds(condition: FlowCondition, variables: Variables): boolean {
  const value = valueOf(variables, condition.variable);
  const { equals, prefix, in: list, matches, between } = condition;
  if (equals !== undefined) return value === equals;
  if (prefix !== undefined) return value.startsWith(prefix);
  if (list !== undefined) return list.includes(value);
  if (matches !== undefined) return lazyPattern(matches).isFoundIn(value);
  if (between === undefined || !wholeNumber.test(value)) return false;
  return between[0] <= Number(value) && Number(value) <= between[1];
}
