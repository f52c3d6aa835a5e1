/** `running`: tasks at once. `waiting`: tasks that wait for them; beyond, a task is rejected. */
export type ConcurrencyLimits = { readonly running: number; readonly waiting: number };

/** Runs a task when fewer than the limit are running, in the order of the calls. */
export type Limited = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** Limits the number of tasks that run at once. */
export function limitConcurrency({ running, waiting }: ConcurrencyLimits): Limited {
  const queue: (() => void)[] = [];
  let active = 0;
  return async (task) => {
    if (active >= running) {
      if (queue.length >= waiting) throw new Error(`more than ${waiting} tasks are waiting`);
      // The task that ends leaves its place to this one.
      await new Promise<void>((resolve) => queue.push(resolve));
    } else active += 1;
    try {
      return await task();
    } finally {
      const next = queue.shift();
      if (next === undefined) active -= 1;
      else next();
    }
  };
}
