import { minute } from '#schema/time.ts';
import { HashedTable } from '../../hashed-table.ts';

/** Calls without ACK after which a source is silenced, and the time in which they count, in milliseconds. */
const unacknowledged = { max: 3, within: 10 * minute } as const;
/** Sources at most. */
const maxSources = 8_192;

/** Addresses whose calls are answered and not acknowledged: the sender of their INVITEs does not get our responses. */
export class SilencedSources {
  readonly #now: () => number;
  readonly #sources: HashedTable<'calls' | 'since'>;

  /** @param now Unix milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#sources = new HashedTable(['calls', 'since'], maxSources, now);
  }

  /** A call of the address was answered, and not acknowledged. */
  note(address: string): void {
    const { calls, since } = this.#sources.read(address) ?? { calls: 0, since: this.#now() };
    const isSilenced = calls + 1 >= unacknowledged.max;
    const from = isSilenced ? this.#now() : since;
    this.#sources.write(address, { calls: calls + 1, since: from }, from + unacknowledged.within);
  }

  /** Whether it is silenced, for 10 minutes after the last such call. */
  has(address: string): boolean {
    return (this.#sources.read(address)?.calls ?? 0) >= unacknowledged.max;
  }
}
