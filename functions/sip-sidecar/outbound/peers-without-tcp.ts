import { minute } from '#schema/time.ts';
import { HashedTable } from '../hashed-table.ts';
import type { Endpoint } from '../transport/flow.ts';

/** Time until TCP is tried again, in milliseconds. */
const ttl = 10 * minute;

/** Peers that are remembered; the one that is forgotten first makes room. */
const slots = 4_096;

/**
 * The peers that do not accept TCP. Without it, each large request, such as the INVITE of a browser, would wait until
 * the connection fails: for seconds if a firewall drops its packets.
 */
export class PeersWithoutTcp {
  readonly #until: HashedTable<never>;
  readonly #now: () => number;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#until = new HashedTable<never>([], slots, now);
    this.#now = now;
  }

  has(peer: Endpoint): boolean {
    return this.#until.read(keyOf(peer)) !== undefined;
  }

  add(peer: Endpoint): void {
    this.#until.write(keyOf(peer), {}, this.#now() + ttl);
  }
}

const keyOf = ({ address, port }: Endpoint): string => `${address} ${port}`;
