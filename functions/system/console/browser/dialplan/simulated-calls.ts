import { t } from '../texts/texts.ts';
import type { Call } from './decisions.ts';

/** The calls that are decided: numbers, or the calls of records. */

const day = 86_400_000;

/** What is filled in. Times are local ones of this device, as inputs of browsers have them; empty: none. */
export type CallsForm = {
  readonly source: 'records' | 'numbers';
  /** Days until now, or the period between two times. */
  readonly period: '1' | '7' | '30' | 'between';
  readonly start: string;
  readonly end: string;
  readonly limit: number | string;
  readonly numbers: string;
  readonly caller: string;
  readonly groups: readonly string[];
  readonly at: string;
};

export const newCallsForm: CallsForm = {
  source: 'records',
  period: '7',
  ...{ start: '', end: '', limit: 1_000 },
  ...{ numbers: '', caller: '', groups: [], at: '' },
};

/** Messages by field. */
export type Problems = Partial<Record<keyof CallsForm, string>>;

type Cdrs = { readonly start: string; readonly end: string; readonly limit: number };

/** What is sent, and of numbers the line of each, from 1. */
export type AskedCalls =
  | { readonly cdrs: Cdrs; readonly calls?: never; readonly lines: readonly number[] }
  | { readonly calls: readonly Call[]; readonly cdrs?: never; readonly lines: readonly number[] };

/** A local time of this device as ISO 8601 UTC. */
const instant = (local: string): string => new Date(local).toISOString();

/** What is wrong with the times of a period that is typed. */
function problemsOfTimes({ start, end }: CallsForm): Problems {
  if (start !== '' && end !== '') return start >= end ? { end: t('The period must end after it starts.') } : {};
  return {
    ...(start === '' ? { start: t('Enter the start of the period.') } : {}),
    ...(end === '' ? { end: t('Enter the end of the period.') } : {}),
  };
}

function readPeriod(form: CallsForm, now: number): AskedCalls | Problems {
  const { period, start, end } = form;
  const [isTyped, limit] = [period === 'between', Number(form.limit)];
  const isCount = Number.isInteger(limit) && limit >= 1 && limit <= 10_000;
  const problems = {
    ...(isTyped ? problemsOfTimes(form) : {}),
    ...(isCount ? {} : { limit: t('Enter a whole number from 1 to 10,000.') }),
  };
  if (Object.keys(problems).length > 0) return problems;
  const times = isTyped
    ? { start: instant(start), end: instant(end) }
    : { start: new Date(now - Number(period) * day).toISOString(), end: new Date(now).toISOString() };
  return { cdrs: { ...times, limit }, lines: [] };
}

/** One call from each line: the number, and after a comma the caller. */
function readNumbers({ numbers, caller, groups, at }: CallsForm): AskedCalls | Problems {
  const numbered = numbers
    .split('\n')
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '');
  if (numbered.length === 0) return { numbers: t('Enter at least one number.') };
  if (numbered.length > 1_000)
    return { numbers: t('Enter at most 1,000 numbers; these are {count, number}.', { count: numbered.length }) };
  const calls = numbered.map(({ line }): Call => {
    const [called = '', own = ''] = line.split(',').map((part) => part.trim());
    const from = own === '' ? caller.trim() : own;
    return {
      called,
      ...(from === '' ? {} : { caller: from }),
      ...(groups.length === 0 ? {} : { groups }),
      ...(at === '' ? {} : { at: instant(at) }),
    };
  });
  return { calls, lines: numbered.map(({ number }) => number) };
}

/** @param now milliseconds since 1970 @returns the calls, or what is wrong with the fields */
export const readCalls = (form: CallsForm, now: number): AskedCalls | Problems =>
  form.source === 'records' ? readPeriod(form, now) : readNumbers(form);

export const isAsked = (read: AskedCalls | Problems): read is AskedCalls => 'lines' in read;

type Detail = { readonly path: string; readonly message: string };

/** The field of each path in an error; the first match counts. */
const fieldsOfPaths: readonly (readonly [RegExp, keyof CallsForm])[] = [
  [/^cdrs\.start\b/, 'start'],
  [/^cdrs\.end\b/, 'end'],
  [/^cdrs\.limit\b/, 'limit'],
  [/^calls\b.*\bcaller$/, 'caller'],
  [/^calls\b.*\bgroups\b/, 'groups'],
  [/^calls\b/, 'numbers'],
];

const lineOf = (path: string, lines: readonly number[]): string => {
  const index = /^calls[.[](\d+)/.exec(path)?.[1];
  return index === undefined ? '' : t('Line {line}: ', { line: lines[Number(index)] ?? Number(index) + 1 });
};

/** The messages of an error by field. @param lines the line of each call */
export function problemsOf(details: readonly Detail[], lines: readonly number[]): Problems {
  const messages = details.flatMap(({ path, message }) => {
    const field = fieldsOfPaths.find(([form]) => form.test(path))?.[1];
    return field === undefined ? [] : [{ field, sentence: `${lineOf(path, lines)}${message}` }];
  });
  const byField = Map.groupBy(messages, ({ field }) => field);
  return Object.fromEntries(
    [...byField].map(([field, all]) => [field, all.map(({ sentence }) => sentence).join('\n')]),
  );
}

/** What the API says of a draft, each with its place in it; null: nothing. */
export function draftProblem(details: readonly Detail[]): string | null {
  const messages = details
    .filter(({ path }) => /^draft\b/.test(path))
    .map(({ path, message }) => `${path.replace(/^draft\.?/, '')}: ${message}`);
  return messages.length === 0 ? null : messages.join('\n');
}
