type Job = () => Promise<void>;
type Next = { job: Job; readonly done: PromiseWithResolvers<undefined> };

/**
 * Runs one job at a time per key. Of the jobs that arrive while one is running, only the newest is run, so that a peer
 * that does not answer collects none.
 */
export class LatestSender {
  readonly #next = new Map<string, Next | undefined>();

  /** Resolves when the job, or a newer one that replaced it, has ended; rejects if that failed. */
  send(key: string, job: Job): Promise<unknown> {
    if (!this.#next.has(key)) return this.#run(key, job);
    const next = this.#next.get(key) ?? { job, done: Promise.withResolvers<undefined>() };
    next.job = job;
    this.#next.set(key, next);
    return next.done.promise;
  }

  async #run(key: string, job: Job): Promise<void> {
    this.#next.set(key, undefined);
    try {
      await job();
    } finally {
      const next = this.#next.get(key);
      this.#next.delete(key);
      if (next !== undefined) this.#run(key, next.job).then(() => next.done.resolve(undefined), next.done.reject);
    }
  }
}
