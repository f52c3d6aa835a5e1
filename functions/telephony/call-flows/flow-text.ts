import { maxSpokenText, voiceOf } from '#schema/speech.ts';
import { flowLimits, type Prompt, type PromptPart, type SpokenForm } from '../schema/call-flow.ts';
import type { PlayedPart } from '../schema/call-flow-state.ts';

/** Texts of a flow, and the variables in them. */

export type Variables = Readonly<Record<string, string>>;

const placeholder = /\{\{ ?([a-z][a-z0-9_.]{0,80}) ?\}\}/g;

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

/** Whether callers choose a variable freely: words in it are theirs. `header`: all of them, in a template. */
export const isCallersWord = (name: string): boolean => /^(?:caller_name|header(?:\..*)?)$/.test(name);

export const hasCallersWords = (text: string): boolean =>
  [...text.matchAll(placeholder)].some(([, name = '']) => isCallersWord(name));

export const withoutCallersWords = (variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !isCallersWord(name)));

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

/** Forms beside text: the part of a value (ISO 8601) that is said, as an instant of UTC, and how it is written. */
const styles = {
  date: { part: /^(\d{4}-\d{2}-\d{2})(?:T|$)/v, instant: (date: string) => date, style: { dateStyle: 'long' } },
  time: {
    part: /^(?:\d{4}-\d{2}-\d{2}T)?(\d{2}:\d{2})(?!\d)/v,
    instant: (time: string) => `1970-01-01T${time}Z`,
    style: { timeStyle: 'short' },
  },
} as const;

/** Writes a value so that a voice says it in a form. A date or time that is none is said as it is. */
function written(value: string, form: SpokenForm, language: string): string {
  if (form === 'digits') return Array.from(value).join(' ');
  if (form !== 'date' && form !== 'time') return value;
  const { part, instant, style } = styles[form];
  const at = Date.parse(instant(part.exec(value)?.[1] ?? ''));
  // A language that a call has set may be none.
  if (Number.isNaN(at) || voiceOf(language) === undefined) return value;
  return new Intl.DateTimeFormat(language, { ...style, timeZone: 'UTC' }).format(at);
}

type PromptSound = Exclude<PlayedPart, { readonly kind: 'tones' }>;

function playedPart(part: PromptPart, variables: Variables, language: string): PromptSound {
  if ('file' in part) return { kind: 'file', file: part.file };
  const form = part.as ?? 'text';
  const spoken = part.language ?? language;
  return {
    kind: 'speech',
    text: fill(part.say, variables, { max: maxSpokenText, write: (value) => written(value, form, spoken) }),
    language: spoken,
    as: form,
  };
}

/** What is played of a prompt: a text that is empty with these variables is left out. */
export function playedParts(prompt: Prompt | undefined, variables: Variables): PromptSound[] {
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
