/** An execution environment that waits for an event. */
export type Waiting = { readonly end: () => void };

/**
 * The execution environments that wait for an event, over all functions: only so many stay warm, as each keeps some
 * 17 MiB, and a person who opens page after page starts one for each function behind them.
 */
export class WarmEnvironments {
  readonly #max: number;
  /** Those that have waited longest first. */
  readonly #waiting = new Set<Waiting>();

  constructor(max: number) {
    this.#max = max;
  }

  add(environment: Waiting): void {
    this.#waiting.add(environment);
  }

  remove(environment: Waiting): void {
    this.#waiting.delete(environment);
  }

  /** Ends those that have waited longest, while there are too many. */
  shrink(): void {
    for (const environment of this.#waiting) {
      if (this.#waiting.size <= this.#max) return;
      this.#waiting.delete(environment);
      environment.end();
    }
  }
}
