import { AppError } from '../errors.ts';

/** A result, or an error that waits for its turn in the order of checks (shared/http/README.md, "Order of checks"). */
export type Deferred<T> = {
  /** Undefined when there is an error. */
  readonly value: T | undefined;
  /** @throws AppError the error, if there is one */
  readonly rethrow: () => void;
};

/** Runs `work` and holds back its AppError; any other error is thrown at once. */
export function defer<T>(work: () => T): Deferred<T> {
  try {
    return { value: work(), rethrow: () => undefined };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return {
      value: undefined,
      rethrow: () => {
        throw error;
      },
    };
  }
}
