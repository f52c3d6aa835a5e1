import type { TrunkItem } from '../../../shared/dynamodb/rows/trunk.ts';
import { keepsAlive } from '../../../shared/telephony/trunk-registration.ts';
import type { Outbound } from '../outbound/outbound.ts';

/** Milliseconds between two keep-alives: NATs forget a UDP flow after half a minute. */
const interval = 25_000;

/** Keeps the ways to trunks open that are behind a NAT, or reached through one. */
export class TrunkKeepAlives {
  readonly #outbound: Pick<Outbound, 'keepAlive'>;
  readonly #kept = new Map<string, { trunk: TrunkItem; readonly timer: NodeJS.Timeout }>();

  constructor(outbound: Pick<Outbound, 'keepAlive'>) {
    this.#outbound = outbound;
  }

  /** Begins and ends keep-alives. @param trunks all of this task's */
  follow(trunks: readonly TrunkItem[]): void {
    const wanted = new Map(trunks.filter(keepsAlive).map((trunk) => [trunk.id, trunk]));
    for (const [id, { timer }] of this.#kept) {
      if (wanted.has(id)) continue;
      clearInterval(timer);
      this.#kept.delete(id);
    }
    for (const trunk of wanted.values()) this.#keep(trunk);
  }

  #keep(trunk: TrunkItem): void {
    const known = this.#kept.get(trunk.id);
    if (known !== undefined) {
      known.trunk = trunk;
      return;
    }
    const kept = { trunk, timer: setInterval(() => void this.#outbound.keepAlive(kept.trunk), interval) };
    this.#kept.set(trunk.id, kept);
    void this.#outbound.keepAlive(trunk);
  }
}
