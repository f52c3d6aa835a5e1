import type { Rejection } from '../parts/requests.ts';
import type { Call, Period } from './api.ts';

/** Reads requests from the fields, and assigns errors to the fields. */

/** Error messages by the id of their field; `simulation` for errors of no field. */
export type Problems = Readonly<Record<string, string>>;

/** The calls of a field, and the line of each. */
export type Lines = { readonly calls: readonly Call[]; /** From 1. */ readonly lines: readonly number[] };

/** Reads one call from each line: the number, and after a comma the caller. */
export function readNumbers(
  text: string,
  { caller, groups, at }: { readonly caller: string; readonly groups: string; readonly at: string },
): Lines {
  const named = groups
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');
  const numbered = text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '');
  const calls = numbered.map(({ line }): Call => {
    const [called = '', own = ''] = line.split(',').map((part) => part.trim());
    const from = own === '' ? caller.trim() : own;
    return {
      called,
      ...(from === '' ? {} : { caller: from }),
      ...(named.length === 0 ? {} : { groups: named }),
      ...(at === '' ? {} : { at: instant(at) }),
    };
  });
  return { calls, lines: numbered.map(({ number }) => number) };
}

/** A local time of this device as ISO 8601 UTC. */
const instant = (local: string): string => new Date(local).toISOString();

/** The period, or the errors in it. */
export function readPeriod({
  start,
  end,
  limit,
}: {
  readonly start: string;
  readonly end: string;
  readonly limit: string;
}): Period | Problems {
  const count = Number(limit);
  const problems = {
    ...(start === '' ? { start: 'Enter the start of the period.' } : {}),
    ...(end === '' ? { end: 'Enter the end of the period.' } : {}),
    ...(start !== '' && end !== '' && start >= end ? { end: 'The period must end after it starts.' } : {}),
    ...(Number.isInteger(count) && count >= 1 && count <= 10_000
      ? {}
      : { limit: 'Enter a whole number from 1 to 10,000.' }),
  };
  return Object.keys(problems).length > 0 ? problems : { start: instant(start), end: instant(end), limit: count };
}

export const isPeriod = (read: Period | Problems): read is Period => typeof read['limit'] === 'number';

/** The field of each path in an error; the first match counts. */
const fieldsOfPaths: readonly (readonly [RegExp, string])[] = [
  [/^draft\b/, 'draft'],
  [/^cdrs\.start\b/, 'start'],
  [/^cdrs\.end\b/, 'end'],
  [/^cdrs\.limit\b/, 'limit'],
  [/^calls\b.*\bcaller$/, 'caller'],
  [/^calls\b.*\bgroups\b/, 'groups'],
  [/^calls\b/, 'numbers'],
  [/^org_id$/, 'organization'],
];

/** The messages of an error by field. `lines`: the line of each call. */
export function problemsOf({ status, code, message, details }: Rejection, lines: readonly number[]): Problems {
  if (status === 401) return { token: 'The token is not accepted. Sign in with another one.' };
  if (code === 'INSUFFICIENT_SCOPE')
    return { token: 'The token may not read dial plans: it needs the scope dialplan:read.' };
  if (code === 'FORBIDDEN_ORG') return { organization: 'The token is not for this organization.' };
  if (status === 404) return { organization: 'This organization does not exist.' };
  const messages = details.map(({ path, message: text }) => ({
    field: fieldsOfPaths.find(([form]) => form.test(path))?.[1] ?? 'simulation',
    sentence: `${placeOf(path, lines)}${text}`,
  }));
  if (messages.length === 0) return { simulation: message };
  const byField = Map.groupBy(messages, ({ field }) => field);
  return Object.fromEntries(
    [...byField].map(([field, all]) => [field, all.map(({ sentence }) => sentence).join('\n')]),
  );
}

function placeOf(path: string, lines: readonly number[]): string {
  const index = /^calls[.[](\d+)/.exec(path)?.[1];
  if (index !== undefined) return `Line ${lines[Number(index)] ?? Number(index) + 1}: `;
  return path.startsWith('draft') ? `${path.replace(/^draft\./, '')}: ` : '';
}
