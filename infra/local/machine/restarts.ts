import { setTimeout as pause } from 'node:timers/promises';
import { minute, second } from '#schema/time.ts';
import { LocalCloudError } from '../templates/resource.ts';

/** A process of the local cloud. */
export type ChildTask = {
  /** How it ended, such as `SIGKILL`. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
};

/** A process that is started again when it ends by itself. */
export type Restarted<T extends ChildTask> = {
  /** Whether it runs now. */
  isRunning(): boolean;
  /** The process, once it runs. @throws LocalCloudError if it does not run again in time, or is given up */
  running(): Promise<T>;
  stop(): Promise<void>;
};

/** Pauses in milliseconds, of which each is twice the one before; at most `max` restarts in `within` milliseconds. */
const defaults = { first: 100, longest: 5 * second, within: minute, max: 5, timeout: 5 * second } as const;

export type RestartOptions = {
  /** Names the process in what is announced. */
  readonly name: string;
  /** Prints a line for the person who started the local cloud. */
  announce(line: string): void;
  readonly limits?: { readonly [P in keyof typeof defaults]: number };
};

/** A child that is started again, for requests that wait for it. */
class RestartedTask<T extends ChildTask> implements Restarted<T> {
  readonly #start: () => Promise<T>;
  readonly #options: Required<RestartOptions>;
  readonly #stopping = new AbortController();
  #ends: readonly number[] = [];
  #current: T | undefined;
  /** Settled when the child runs, or is given up. */
  #next = Promise.withResolvers<T>();
  readonly #supervision: Promise<void>;

  constructor(first: T, start: () => Promise<T>, options: RestartOptions) {
    this.#start = start;
    this.#options = { limits: defaults, ...options };
    this.#current = first;
    this.#supervision = this.#supervise(first);
  }

  isRunning(): boolean {
    return this.#current !== undefined;
  }

  async running(): Promise<T> {
    return this.#current ?? Promise.race([this.#next.promise, this.#late()]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#current?.stop();
    await this.#supervision;
  }

  async #late(): Promise<never> {
    await pause(this.#options.limits.timeout, undefined, { ref: false });
    throw new LocalCloudError(`${this.#options.name} does not run.`);
  }

  async #supervise(first: T): Promise<void> {
    const { name, announce } = this.#options;
    for (let child: T | undefined = first; child !== undefined;) {
      const how = await child.ended;
      this.#current = undefined;
      this.#next = Promise.withResolvers<T>();
      // No request may wait for it.
      this.#next.promise.catch(() => undefined);
      if (!this.#stopping.signal.aborted) announce(`${name} ended unexpectedly (${how}); it is started again.`);
      child = await this.#startAgain();
      if (child !== undefined && this.#stopping.signal.aborted) await child.stop();
      else if (child !== undefined) {
        this.#current = child;
        this.#next.resolve(child);
        announce(`${name} runs again.`);
      }
    }
  }

  /** Undefined: it is stopped, or given up. */
  async #startAgain(): Promise<T | undefined> {
    const { name, announce, limits } = this.#options;
    while (!this.#stopping.signal.aborted) {
      this.#ends = [...this.#ends.filter((end) => end > Date.now() - limits.within), Date.now()];
      const count = this.#ends.length;
      if (count > limits.max) {
        const reason = `${name} has ended ${count} times within a minute and is given up; mend the cause and restart.`;
        announce(reason);
        this.#next.reject(new LocalCloudError(reason));
        return undefined;
      }
      const longer = Math.min(limits.longest, limits.first * 2 ** (count - 1));
      const isDue = await pause(longer, true, { signal: this.#stopping.signal }).catch(() => false);
      const started = isDue ? await this.#tryToStart() : undefined;
      if (started !== undefined) return started;
    }
    return undefined;
  }

  async #tryToStart(): Promise<T | undefined> {
    try {
      return await this.#start();
    } catch (error) {
      if (!(error instanceof LocalCloudError)) throw error;
      this.#options.announce(error.message);
      return undefined;
    }
  }
}

/**
 * Starts a process, and starts it again after it has ended by itself: with growing pauses, and not any more when it has
 * ended too often.
 *
 * @throws what `start` throws at the first start
 */
export const startWithRestarts = async <T extends ChildTask>(
  start: () => Promise<T>,
  options: RestartOptions,
): Promise<Restarted<T>> => new RestartedTask(await start(), start, options);
