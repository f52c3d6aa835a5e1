import { second } from '#schema/time.ts';
import type { GenerationRequest, RelayGeneration } from '../sip-sidecar/media/relay-control.ts';

/** Milliseconds after which a relay that no task of the sidecar tells so any more takes calls again. */
const ttl = 30 * second;

/** What a relay knows of generations: its own, and, by the tasks of the sidecar, which newer one has its new calls. */
export class OwnGeneration {
  readonly #own: Pick<RelayGeneration, 'generation' | 'started_at'>;
  readonly #now: () => number;
  #told: { readonly to: string | undefined; readonly at: number } = { to: undefined, at: 0 };

  /** @param generation what it was started from @param now Unix milliseconds */
  constructor(generation: string, now: () => number) {
    this.#now = now;
    this.#own = { generation, started_at: new Date(now()).toISOString() };
  }

  /** The newer generation that has the new calls; undefined: none. */
  get newer(): string | undefined {
    return this.#now() - this.#told.at < ttl ? this.#told.to : undefined;
  }

  /** Hears of a task of the sidecar which generation has the new calls. @param draining whether the relay stops */
  hear({ left_to: to }: GenerationRequest, draining: boolean): RelayGeneration {
    this.#told = { to: to ?? undefined, at: this.#now() };
    return { ...this.#own, draining };
  }
}
