import type { ApiError } from './api-error.ts';

/** What the API says of fields, by where they are. */

export type FieldProblem = {
  /** Within the object that is looked at; empty: that object itself. */
  readonly path: readonly string[];
  readonly message: string;
};

/** `when[0].to` as its names. */
export const problemsOf = (violations: ApiError['details']): readonly FieldProblem[] =>
  violations.map(({ path, message }) => ({ path: path.split(/[.[\]]+/).filter((name) => name !== ''), message }));

/** Those of what is in an object or a list under a name. */
export const within = (problems: readonly FieldProblem[], name: string | number): readonly FieldProblem[] =>
  problems
    .filter(({ path }) => path[0] === String(name))
    .map(({ path, message }) => ({ path: path.slice(1), message }));

/** Each message once. Null: there is none. */
export const messageOf = (problems: readonly FieldProblem[]): string | null =>
  problems.length === 0 ? null : [...new Set(problems.map(({ message }) => message))].join('; ');
