import { at, isObject, listIn, textIn } from '../../json-value.ts';
import type { Schema } from '../kit/operations.ts';

/** A call flow while it is edited. */

export type Step = { readonly type: string; readonly [field: string]: unknown };

export type Flow = {
  readonly name: string;
  readonly start: string;
  readonly steps: Readonly<Record<string, Step>>;
  readonly [field: string]: unknown;
};

const savedFields = [
  'name',
  'language',
  'start',
  'steps',
  'enabled',
  'extension',
  'external_policy',
  'max_silence_seconds',
] as const;

/** The body by which a flow is saved or tried: what the server adds to it is left out. */
export const bodyOf = (flow: Flow): object =>
  Object.fromEntries(savedFields.flatMap((name) => (flow[name] === undefined ? [] : [[name, flow[name]]])));

/** A way out of a step. */
export type Exit = {
  /** As a person reads it: the field, the digit or the condition. */
  readonly label: string;
  /** Where the name of the next step is within the step. */
  readonly path: readonly (string | number)[];
  /** Undefined: the call ends. */
  readonly to: string | undefined;
};

/** The fields of a kind of step that name another step, as the contract describes them. */
export const exitFieldsOf = (variant: Schema): readonly string[] => {
  const { properties } = variant;
  return Object.entries(isObject(properties) ? properties : {})
    .filter(([, field]) => isObject(field) && field['type'] === 'string')
    .filter(([, field]) => textIn(at(field, 'description')).startsWith('The step'))
    .map(([name]) => name);
};

const nameIn = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** @param fields of `exitFieldsOf` */
export function exitsOf(step: Step, fields: readonly string[]): readonly Exit[] {
  const { choices, when } = step;
  const digits = Object.entries(isObject(choices) ? choices : {}).map(([digit, to]): Exit => {
    return { label: digit, path: ['choices', digit], to: nameIn(to) };
  });
  const conditions = listIn(when).map((condition, at): Exit => {
    const { variable, to } = Object(condition) as { variable?: unknown; to?: unknown };
    return { label: textIn(variable), path: ['when', at, 'to'], to: nameIn(to) };
  });
  const named = fields.map((name): Exit => ({ label: name, path: [name], to: nameIn(step[name]) }));
  return [...digits, ...conditions, ...named];
}

/** A value with another at a path within it; undefined removes it. */
function withAt(value: unknown, [first, ...rest]: readonly (string | number)[], next: unknown): unknown {
  if (first === undefined) return next;
  if (Array.isArray(value)) return value.map((each: unknown, at) => (at === first ? withAt(each, rest, next) : each));
  const object: Readonly<Record<string, unknown>> = isObject(value) ? value : {};
  const inner = withAt(object[first], rest, next);
  const others = Object.entries(object).filter(([name]) => name !== first);
  return Object.fromEntries(inner === undefined ? others : [...others, [first, inner]]);
}

/** With a step, which may be new. */
export const withStep = (flow: Flow, name: string, step: Step): Flow => ({
  ...flow,
  steps: { ...flow.steps, [name]: step },
});

/** Connects a way out with a step. @param to undefined: the call ends there */
export function connected(flow: Flow, name: string, path: Exit['path'], to: string | undefined): Flow {
  const step = flow.steps[name];
  return step === undefined ? flow : withStep(flow, name, withAt(step, path, to) as Step);
}

/** A name that no step has: `menu`, `menu-2`, and so on. */
export function freeName(flow: Flow, type: string): string {
  const names = Array.from({ length: Object.keys(flow.steps).length + 1 }, (_, at) =>
    at === 0 ? type : `${type}-${at + 1}`,
  );
  return names.find((name) => flow.steps[name] === undefined) ?? type;
}

/** Without a step; ways that led there end the call. @param fieldsOf fields of exits by the type of a step */
export function withoutStep(flow: Flow, name: string, fieldsOf: (type: string) => readonly string[]): Flow {
  const steps = Object.fromEntries(Object.entries(flow.steps).filter(([each]) => each !== name));
  const start = flow.start === name ? (Object.keys(steps)[0] ?? '') : flow.start;
  const rest: Flow = { ...flow, start, steps };
  return Object.entries(steps).reduce(
    (draft, [from, step]) =>
      exitsOf(step, fieldsOf(step.type))
        .filter(({ to }) => to === name)
        // From the last, so that positions stay right.
        .toReversed()
        .reduce((each, { path }) => connected(each, from, path, undefined), draft),
    rest,
  );
}

/** What was done, and what was undone. */
export type History<State> = {
  readonly past: readonly State[];
  readonly present: State;
  readonly future: readonly State[];
};

const longest = 100;

export const changed = <State>({ past, present }: History<State>, next: State): History<State> => ({
  past: [...past, present].slice(-longest),
  present: next,
  future: [],
});

export function undone<State>(history: History<State>): History<State> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future] };
}

export function redone<State>(history: History<State>): History<State> {
  const [next, ...future] = history.future;
  return next === undefined ? history : { past: [...history.past, history.present], present: next, future };
}

export type Position = { readonly x: number; readonly y: number };

const [columnWidth, rowHeight] = [260, 150];

/**
 * Places of the steps: from left to right by the number of steps from the start, those that cannot be reached last.
 *
 * @param nextOf the steps to which a step leads
 */
export function placesOf(flow: Flow, nextOf: (step: Step) => readonly string[]): Readonly<Record<string, Position>> {
  const rankOf = new Map<string, number>([[flow.start, 0]]);
  // A map is iterated in the order of insertion, also what is added while it is iterated.
  for (const [name, rank] of rankOf) {
    const step = flow.steps[name];
    for (const next of step === undefined ? [] : nextOf(step)) if (!rankOf.has(next)) rankOf.set(next, rank + 1);
  }
  const last = Math.max(...rankOf.values()) + 1;
  const taken = new Map<number, number>();
  const placed = Object.keys(flow.steps).map((name): [string, Position] => {
    const rank = rankOf.get(name) ?? last;
    const row = taken.get(rank) ?? 0;
    taken.set(rank, row + 1);
    return [name, { x: rank * columnWidth, y: row * rowHeight }];
  });
  return Object.fromEntries(placed);
}
