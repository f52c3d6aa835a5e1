import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import { keepsAlive } from '#telephony/trunk-registration.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { keepAliveInterval } from '../transport/keep-alives.ts';

/** Sends keep-alives to trunks with `nat_support`. */
export class TrunkKeepAlives {
  readonly #outbound: Pick<Outbound, 'keepAlive'>;
  readonly #active = new Map<string, { trunk: TrunkItem; readonly timer: NodeJS.Timeout }>();

  constructor(outbound: Pick<Outbound, 'keepAlive'>) {
    this.#outbound = outbound;
  }

  /** Starts and ends keep-alives. @param trunks all trunks of this task */
  update(trunks: readonly TrunkItem[]): void {
    const enabled = new Map(trunks.filter(keepsAlive).map((trunk) => [trunk.id, trunk]));
    for (const [id, { timer }] of this.#active) {
      if (enabled.has(id)) continue;
      clearInterval(timer);
      this.#active.delete(id);
    }
    for (const trunk of enabled.values()) this.#start(trunk);
  }

  #start(trunk: TrunkItem): void {
    const known = this.#active.get(trunk.id);
    if (known !== undefined) {
      known.trunk = trunk;
      return;
    }
    const active = { trunk, timer: setInterval(() => void this.#outbound.keepAlive(active.trunk), keepAliveInterval) };
    this.#active.set(trunk.id, active);
    void this.#outbound.keepAlive(trunk);
  }
}
