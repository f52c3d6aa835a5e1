/** Work that is done at the same time, and before the answer: Lambda freezes a function that has answered. */
export type BackgroundTasks = {
  /** Begins work, after waiting while too much is in progress. A failure is reported and stops nothing. */
  readonly begin: (work: () => Promise<unknown>) => Promise<void>;
  /** Resolves when all work is done. */
  readonly settled: () => Promise<void>;
};

/** Tasks at a time: a flood of denied calls slows down to the pace of the store. */
const maxTasks = 32;

/** @param onFailure receives the error of each failed task */
export function backgroundTasks(onFailure: (error: unknown) => void): BackgroundTasks {
  const tasks = new Set<Promise<unknown>>();
  return {
    begin: async (work) => {
      while (tasks.size >= maxTasks) await Promise.race(tasks);
      const task: Promise<unknown> = work()
        .catch(onFailure)
        .finally(() => tasks.delete(task));
      tasks.add(task);
    },
    settled: async () => {
      await Promise.all(tasks);
    },
  };
}
