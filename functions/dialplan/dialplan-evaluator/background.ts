/** Work off the caller's path: it goes on while the answer is on its way. */
export type Background = {
  /** Begins work; where too much is under way already, waits for it first. Failures are told, and stop nothing. */
  readonly begin: (work: () => Promise<unknown>) => Promise<void>;
  /** All that is under way has ended. */
  readonly settled: () => Promise<void>;
};

/** Pieces of work at a time; a flood of denied calls is slowed down to what the store takes. */
const maxUnderWay = 32;

export function background(failed: (error: unknown) => void): Background {
  const underWay = new Set<Promise<unknown>>();
  return {
    begin: async (work) => {
      while (underWay.size >= maxUnderWay) await Promise.race(underWay);
      const begun: Promise<unknown> = work()
        .catch(failed)
        .finally(() => underWay.delete(begun));
      underWay.add(begun);
    },
    settled: async () => {
      await Promise.all(underWay);
    },
  };
}
