/** `quiet`: milliseconds without a request after which a job runs. `max`: after the first request at the latest. */
type Delay = { readonly quiet: number; readonly max: number };

/** `next`: the delay of a job that follows another one of its key within the milliseconds `within`. */
export type CoalescerLimits = Delay & { readonly next: Delay & { readonly within: number } };

type Waiting = {
  readonly quiet: number;
  readonly latest: number;
  timer: NodeJS.Timeout;
  readonly done: PromiseWithResolvers<undefined>;
};

/** Runs one job for the requests of a key that follow one another closely: a burst costs one job. */
export class Coalescer {
  readonly #limits: CoalescerLimits;
  readonly #run: (key: string) => Promise<void>;
  readonly #waiting = new Map<string, Waiting>();
  /** When the last job of a key ran. The oldest is first. */
  readonly #ran = new Map<string, number>();

  constructor(limits: CoalescerLimits, run: (key: string) => Promise<void>) {
    this.#limits = limits;
    this.#run = run;
  }

  /** Resolves when a job of the key has ended that began after this call. */
  request(key: string): Promise<unknown> {
    const now = performance.now();
    const waiting = this.#waiting.get(key) ?? this.#begin(key, now);
    const delay = Math.max(0, Math.min(waiting.quiet, waiting.latest - now));
    clearTimeout(waiting.timer);
    waiting.timer = setTimeout(() => this.#end(key, waiting), delay);
    return waiting.done.promise;
  }

  /** Runs what waits at once. */
  async close(): Promise<void> {
    const waiting = [...this.#waiting];
    for (const [key, each] of waiting) {
      clearTimeout(each.timer);
      this.#end(key, each);
    }
    await Promise.allSettled(waiting.map(([, { done }]) => done.promise));
  }

  #begin(key: string, now: number): Waiting {
    const { next } = this.#limits;
    for (const [other, at] of this.#ran) {
      if (now - at <= next.within) break;
      this.#ran.delete(other);
    }
    const { quiet, max } = this.#ran.has(key) ? next : this.#limits;
    const waiting: Waiting = {
      quiet,
      latest: now + max,
      timer: setTimeout(() => undefined, 0),
      done: Promise.withResolvers<undefined>(),
    };
    // A job that fails is reported to who asked for it, if anyone still waits.
    waiting.done.promise.catch(() => undefined);
    this.#waiting.set(key, waiting);
    return waiting;
  }

  #end(key: string, { done }: Waiting): void {
    this.#waiting.delete(key);
    this.#ran.delete(key);
    this.#ran.set(key, performance.now());
    this.#run(key).then(() => done.resolve(undefined), done.reject);
  }
}
