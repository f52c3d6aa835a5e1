/**
 * Lambda freezes an execution environment between two events (Lambda Developer Guide, "Lambda execution environment
 * lifecycle"). The operating system cannot freeze a thread, so the AWS calls of a frozen one wait for its next event:
 * work that a function leaves behind has no effect until then.
 */
export class Freezer {
  #thawing: PromiseWithResolvers<void> | undefined;

  /** Whether no event is in progress. An environment that starts is not frozen. */
  get isFrozen(): boolean {
    return this.#thawing !== undefined;
  }

  freeze(): void {
    this.#thawing ??= Promise.withResolvers();
  }

  thaw(): void {
    this.#thawing?.resolve();
    this.#thawing = undefined;
  }

  /** Resolves while an event is in progress. */
  async untilThawed(): Promise<void> {
    while (this.#thawing !== undefined) await this.#thawing.promise;
  }
}
