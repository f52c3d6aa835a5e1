/** What ends a wait besides a ring. */
type WaitLimits = { readonly milliseconds?: number; readonly stop?: AbortSignal };

/** Ends the waits of this process for what another part of it does, so that they need not look again and again. */
export class Bell {
  readonly #waits = new Set<() => void>();
  #rings = 0;

  /** Rings so far. Read it before the look that may be in vain, so that the wait misses nothing. */
  get rings(): number {
    return this.#rings;
  }

  ring(): void {
    this.#rings += 1;
    for (const end of [...this.#waits]) end();
  }

  /** Waits for a ring after the first `since`, until it is stopped, or for some milliseconds at most. */
  async wait(since: number, { milliseconds, stop }: WaitLimits): Promise<void> {
    if (this.#rings !== since || stop?.aborted === true) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const end = (): void => resolve(undefined);
    const timer = milliseconds === undefined ? undefined : setTimeout(end, milliseconds);
    this.#waits.add(end);
    stop?.addEventListener('abort', end);
    await promise;
    clearTimeout(timer);
    this.#waits.delete(end);
    stop?.removeEventListener('abort', end);
  }
}
