import { flowLimits, type Prompt, type PromptPart } from '../schema/call-flow.ts';
import type { PlayedPart } from '../schema/call-flow-state.ts';

/** Texts of a flow, and the variables in them. */

export type Variables = Readonly<Record<string, string>>;

const placeholder = /\{\{ ?([a-z][a-z0-9_.]{0,80}) ?\}\}/g;

/** UTF-16 units of a text that is said. */
const maxSpoken = 2_000;

/** The first UTF-16 units of a text, without half a character at the end. */
export const cut = (value: string, max: number): string =>
  value.length <= max ? value : value.slice(0, max).replace(/[\ud800-\udbff]$/, '');

/** The value of a variable; `''` if it is not set. */
export const valueOf = (variables: Variables, name: string): string =>
  Object.hasOwn(variables, name) ? (variables[name] ?? '') : '';

export const hasVariable = (text: string): boolean => text.includes('{{');

/** A text with the values of its variables. */
export const fill = (
  text: string,
  variables: Variables,
  { max = flowLimits.variable, write = (value) => value }: { max?: number; write?: (value: string) => string } = {},
): string =>
  hasVariable(text)
    ? cut(
        text.replace(placeholder, (_all, name: string) => write(valueOf(variables, name))),
        max,
      )
    : cut(text, max);

/** Variables with others set, cut to their limit. Beyond the limit of variables new ones are dropped. */
export function setVariables(variables: Variables, values: readonly (readonly [string, string])[]): Variables {
  const after: Record<string, string> = { ...variables };
  let count = Object.keys(after).length;
  for (const [name, value] of values) {
    const isKnown = Object.hasOwn(after, name);
    if (!isKnown && count >= flowLimits.variables) continue;
    if (!isKnown) count += 1;
    after[name] = cut(value, flowLimits.variable);
  }
  return after;
}

const spaced = (value: string): string => Array.from(value).join(' ');

function playedPart(part: PromptPart, variables: Variables, language: string): PlayedPart {
  if ('file' in part) return { kind: 'file', file: part.file };
  const form = part.as ?? 'text';
  const options = form === 'digits' ? { max: maxSpoken, write: spaced } : { max: maxSpoken };
  return {
    kind: 'speech',
    text: fill(part.say, variables, options),
    language: part.language ?? language,
    as: form,
  };
}

/** What is played of a prompt: a text that is empty with these variables is left out. */
export function playedParts(prompt: Prompt | undefined, variables: Variables): PlayedPart[] {
  if (prompt === undefined) return [];
  const parts = Array.isArray(prompt) ? prompt : [prompt];
  return parts
    .map((part) => playedPart(part, variables, valueOf(variables, 'language')))
    .filter((part) => part.kind === 'file' || part.text.trim() !== '');
}

/** UTF-16 units of texts before their variables are filled in. */
export const lengthOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + text.length, 0);

/** UTF-16 units of the texts of a prompt. */
export const promptLength = (prompt: Prompt): number =>
  lengthOf([prompt].flat().map((part) => ('say' in part ? part.say : '')));
