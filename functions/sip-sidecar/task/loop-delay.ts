import { createHistogram } from 'node:perf_hooks';
import { second } from '#schema/time.ts';

/**
 * Milliseconds between two samples. Other jobs of a task have this interval, too, so that samples wake no idle task:
 * `monitorEventLoopDelay` of Node.js did so 100 times a second.
 */
export const sampleInterval = second / 4;

const microsecondsPerMillisecond = 1_000;

/** How late timers of the event loop are. */
export class LoopDelay {
  readonly #now: () => number;
  readonly #delays = createHistogram();
  #last: number;

  /** @param now milliseconds of a clock that only moves forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#last = now();
  }

  /** Call it by a timer, after each `sampleInterval`. */
  sample(): void {
    const now = this.#now();
    const delay = Math.round((now - this.#last - sampleInterval) * microsecondsPerMillisecond);
    this.#delays.record(Math.max(1, delay));
    this.#last = now;
  }

  /** The 99th percentile since the last call, in milliseconds. */
  take(): number {
    const delay = Math.round(this.#delays.percentile(99) / microsecondsPerMillisecond);
    this.#delays.reset();
    return delay;
  }
}
