/** Runs `work` once in the life of the process, for all callers together; after a failure the next call tries again. */
export function once<Arguments extends readonly unknown[]>(
  work: (...of: Arguments) => Promise<void>,
): (...of: Arguments) => Promise<void> {
  let done: Promise<void> | undefined;
  return (...of) => {
    done ??= work(...of).catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}
