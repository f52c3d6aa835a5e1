import { AppError } from '#errors.ts';

/** What rules throw. */

/** The error of a rule; undefined: it throws none. @throws any error that is no `AppError` */
export function errorOf(work: () => unknown): AppError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** The code of the error of a rule; null: it throws none. */
export const codeOf = (work: () => unknown): string | null => errorOf(work)?.code ?? null;

/** `VALIDATION_FAILED filter.to`: its code and the first path that it names, if any; undefined: it throws none. */
export function failureOf(work: () => unknown): string | undefined {
  const error = errorOf(work);
  return error && [error.code, ...error.details.slice(0, 1).map(({ path }) => path)].join(' ');
}
