import { at, isObject, listIn, textIn } from '../../json-value.ts';
import type { Schema } from '../kit/operations.ts';
import { t } from '../texts/texts.ts';
import { wordOfCondition, wordOfWay } from './step-words.ts';

/** A call flow while it is edited. */

export type Step = { readonly type: string; readonly [field: string]: unknown };

export type Flow = {
  readonly name: string;
  readonly start: string;
  readonly steps: Readonly<Record<string, Step>>;
  readonly [field: string]: unknown;
};

export const savedFields = [
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
  /** As a person reads it: a word for the field, the digit or the condition. */
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
    return { label: t('key {key}', { key: digit }), path: ['choices', digit], to: nameIn(to) };
  });
  const conditions = listIn(when).map((condition, at): Exit => {
    const { to } = Object(condition) as { to?: unknown };
    return { label: wordOfCondition(condition), path: ['when', at, 'to'], to: nameIn(to) };
  });
  const named = fields.map((name): Exit => ({
    label: wordOfWay(step.type, name),
    path: [name],
    to: nameIn(step[name]),
  }));
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

const keysInOrder = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'];

/**
 * With a new step, to which the first free way of another one leads: the next key of a menu, else the first of its
 * ways without a step.
 *
 * @param fields of the other one, of `exitFieldsOf`
 */
export function withStepAfter(
  flow: Flow,
  before: string,
  added: { name: string; step: Step },
  fields: readonly string[],
): Flow {
  const draft = withStep(flow, added.name, added.step);
  const step = flow.steps[before];
  if (step === undefined) return draft;
  if (step.type === 'menu') {
    const taken = isObject(step['choices']) ? step['choices'] : {};
    const key = keysInOrder.find((each) => !(each in taken));
    return key === undefined ? draft : connected(draft, before, ['choices', key], added.name);
  }
  const free = exitsOf(step, fields).find(({ to }) => to === undefined);
  return free === undefined ? draft : connected(draft, before, free.path, added.name);
}

/** Steps to which no way leads from the first one. @param fieldsOf fields of exits by the type of a step */
export function unreachableSteps(
  { start, steps }: Flow,
  fieldsOf: (type: string) => readonly string[],
): readonly string[] {
  const reached = new Set([start]);
  // A set is iterated in the order of insertion, also what is added while it is iterated.
  for (const name of reached) {
    const step = steps[name];
    for (const { to } of step === undefined ? [] : exitsOf(step, fieldsOf(step.type)))
      if (to !== undefined) reached.add(to);
  }
  return Object.keys(steps).filter((name) => !reached.has(name));
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
