/** Runs jobs of the same key one after the other, in order. Jobs of different keys run concurrently. */
export function keyedQueue(): <Result>(key: string, job: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, job) => {
    const before = last.get(key);
    const result = before === undefined ? job() : before.then(job, job);
    last.set(key, result);
    try {
      return await result;
    } finally {
      if (last.get(key) === result) last.delete(key);
    }
  };
}
