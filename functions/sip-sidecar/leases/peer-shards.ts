import { second } from '#schema/time.ts';

/** The newest changes of the peers of all shards, as far as a comparison needs them. */
type ReadNewest = () => Promise<readonly { readonly id: string; readonly updated_at: string }[]>;

/** Changes that are compared: more than may be stored within the deviation of two clocks. */
export const newestChanges = 5;

/** Milliseconds. */
const times = {
  /** After which a shard without peers is read again, for a change that was not seen. */
  empty: 60 * second,
  /** In which the index of a shard may be behind that of the changes, or behind a further change. */
  settling: 10 * second,
};

/**
 * Which of the shards of a task are read. Most shards of most platforms have no peers: they are read when a peer
 * changes, which one query finds out. Those that have peers are always read, as the trunk of a gateway may change.
 */
export class PeerShards {
  readonly #readNewest: ReadNewest;
  readonly #now: () => number;
  /** When each shard without peers was last read, in Unix milliseconds. */
  readonly #emptyAt = new Map<string, number>();
  #newest = '';
  #changedAt = 0;

  /** @param now Unix milliseconds */
  constructor(readNewest: ReadNewest, now: () => number) {
    this.#readNewest = readNewest;
    this.#now = now;
  }

  /** @param shards names of shards whose turn it is @returns those to read */
  async due(shards: readonly string[]): Promise<ReadonlySet<string>> {
    if (!shards.some((shard) => this.#emptyAt.has(shard))) return new Set(shards);
    const now = this.#now();
    const newest = JSON.stringify((await this.#readNewest()).map(({ id, updated_at: at }) => [id, at]));
    if (newest !== this.#newest) this.#changedAt = now;
    this.#newest = newest;
    if (now - this.#changedAt < times.settling) return new Set(shards);
    return new Set(shards.filter((shard) => now - (this.#emptyAt.get(shard) ?? 0) >= times.empty));
  }

  /** Remembers what a read has found. @param peers their number */
  note(shard: string, peers: number): void {
    if (peers > 0) this.#emptyAt.delete(shard);
    else this.#emptyAt.set(shard, this.#now());
  }

  /** Forgets all shards but those that the task holds: another task may have them now. */
  keepOnly(held: readonly string[]): void {
    for (const shard of this.#emptyAt.keys()) if (!held.includes(shard)) this.#emptyAt.delete(shard);
  }
}
