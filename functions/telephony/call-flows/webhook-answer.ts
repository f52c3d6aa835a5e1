import { exitsOf, ownVariable, WebhookAnswer, type FlowSteps } from '../schema/call-flow.ts';

/** What the call does with the answer of a webhook. */
export type UsableAnswer = {
  readonly variables: readonly (readonly [string, string])[];
  /** Steps that run, and the first of them; null: none. */
  readonly walk: { readonly start: string; readonly steps: FlowSteps } | null;
};

/** The text of a value of JSON; undefined if it has none. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

const variablesIn = (values: Readonly<Record<string, unknown>> = {}): (readonly [string, string])[] =>
  Object.entries(values).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === undefined || !ownVariable(name) ? [] : [[name, text] as const];
  });

/** Whether each exit is a step of the answer or of the flow, and no step compiles a pattern beside calls. */
function areRunnable(steps: FlowSteps, known: FlowSteps): boolean {
  const isKnown = (name: string): boolean => Object.hasOwn(steps, name) || Object.hasOwn(known, name);
  return Object.values(steps).every(
    (step) =>
      exitsOf(step).every(([, to]) => isKnown(to)) &&
      !(step.type === 'branch' && step.when.some(({ matches }) => matches !== undefined)),
  );
}

/**
 * Reads the answer of a webhook.
 * @param known the steps of the flow that asked
 * @returns null if it cannot be used: the step has failed
 */
export function readWebhookAnswer(answer: unknown, known: FlowSteps): UsableAnswer | null {
  const { data: read } = WebhookAnswer.safeParse(answer);
  if (read === undefined) return null;
  const variables = variablesIn(read.variables);
  const { start, steps } = read;
  if (steps === undefined) return start === undefined ? { variables, walk: null } : null;
  if (start === undefined || !Object.hasOwn(steps, start) || !areRunnable(steps, known)) return null;
  return { variables, walk: { start, steps } };
}
