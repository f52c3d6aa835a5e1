import { isObject } from '../../json-value.ts';
import type { Flow, Step } from './flow-draft.ts';

/** What differs between two forms of a flow. */

export type StepChange = {
  readonly name: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** The step as it is now, or as it was. */
  readonly step: Step;
  /** Fields of a changed step. */
  readonly fields: readonly string[];
};

export type FlowChanges = {
  readonly steps: readonly StepChange[];
  /** Fields of the flow itself, such as its name. */
  readonly fields: readonly string[];
};

/** Whether two values of JSON are the same, whatever the order of their names is. */
function isSame(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return one === other;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Array.isArray(one) === Array.isArray(other) && [...names].every((name) => isSame(one[name], other[name]));
}

const changedFields = (before: object, after: object, names: Iterable<string>): readonly string[] =>
  [...names].filter((name) => !isSame(at(before, name), at(after, name)));

const at = (value: object, name: string): unknown => (value as Readonly<Record<string, unknown>>)[name];

function changeOf(name: string, before: Step | undefined, after: Step | undefined): readonly StepChange[] {
  if (before === undefined) return after === undefined ? [] : [{ name, kind: 'added', step: after, fields: [] }];
  if (after === undefined) return [{ name, kind: 'removed', step: before, fields: [] }];
  const fields = changedFields(before, after, new Set([...Object.keys(before), ...Object.keys(after)]));
  return fields.length === 0 ? [] : [{ name, kind: 'changed', step: after, fields }];
}

/**
 * Only fields that both have are compared, of the flow itself: a draft lacks what the server adds.
 *
 * @param names fields of the flow that are compared
 */
export function changesBetween(before: Flow, after: Flow, names: readonly string[]): FlowChanges {
  const steps = new Set([...Object.keys(before.steps), ...Object.keys(after.steps)]);
  return {
    steps: [...steps].flatMap((name) => changeOf(name, before.steps[name], after.steps[name])),
    fields: changedFields(before, after, names),
  };
}

export const hasChanges = ({ steps, fields }: FlowChanges): boolean => steps.length + fields.length > 0;
