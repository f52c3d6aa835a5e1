import type { Log } from '#runtime/log.ts';
import { minute, second } from '#schema/time.ts';

/** The dependencies of the hand-over. */
export type GenerationHandOverDependencies = {
  /** Of this task. */
  readonly id: string;
  /** The generation that has the work of this task; undefined: none. */
  readonly newer: () => string | undefined;
  readonly calls: { readonly size: number };
  readonly offers: { readonly immovable: number; readonly offerIdle: () => Promise<number> };
  /** Lets ECS know whether it may stop the task. */
  readonly protect: () => Promise<void>;
  readonly log: Pick<Log, 'note'>;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/**
 * Moves the calls of a task whose work a newer generation has, and says in the log how long it waits for those that
 * cannot move.
 */
export class GenerationHandOver {
  readonly #dependencies: GenerationHandOverDependencies;
  #newer: string | undefined;
  #since = 0;
  #notedAt = 0;

  constructor(dependencies: GenerationHandOverDependencies) {
    this.#dependencies = dependencies;
  }

  /** Call it several times a second. */
  async refresh(): Promise<void> {
    const { newer: newerNow, offers, protect, now } = this.#dependencies;
    const newer = newerNow();
    if (newer !== this.#newer) {
      if (this.#newer === undefined) this.#since = now();
      this.#newer = newer;
      this.#note(newer === undefined ? 'takes new calls again' : 'leaves new calls to a newer generation');
      // ECS may stop the task from now on.
      await protect();
    }
    if (newer === undefined) return;
    await offers.offerIdle();
    if (now() - this.#notedAt >= minute) this.#note('waits for calls that do not move');
  }

  #note(message: string): void {
    const { id, calls, offers, log, now } = this.#dependencies;
    this.#notedAt = now();
    log.note(message, {
      task: id,
      generation: this.#newer ?? '',
      seconds: Math.round((now() - this.#since) / second),
      calls: calls.size,
      immovable: offers.immovable,
    });
  }
}
