import { minute, second } from '#schema/time.ts';
import { isHushed } from '../call/record.ts';
import { sides, type Side } from '../call/state.ts';
import type { RunningCall } from '../running/running-call.ts';

/** A call whose parties may be lost. */
export type WatchedCall = Pick<RunningCall, 'isUp' | 'record' | 'heard' | 'lose'>;

/** Milliseconds without RTP and RTCP after which a party is lost that is to send. */
const silence = minute;
/** Milliseconds between two questions for a call, at least. */
const leastInterval = 5 * second;
/** Calls for which the relays are asked at the same time. */
const concurrency = 20;

/** What is known of one call. Unix milliseconds. */
type Watched = {
  /** When the relay is asked again. */
  due: number;
  /** By side: since when its party is to send. */
  readonly since: Map<Side, number>;
};

/**
 * Ends calls in which the relay does not hear a party any more. It is asked when a party may have been silent for long
 * enough: once a minute for a call in which both speak, so that 1,000 calls cost 17 questions a second.
 */
export class LostParties {
  readonly #calls: () => Iterable<WatchedCall>;
  /** Unix milliseconds. */
  readonly #now: () => number;
  readonly #watched = new WeakMap<WatchedCall, Watched>();

  constructor(calls: () => Iterable<WatchedCall>, now: () => number) {
    this.#calls = calls;
    this.#now = now;
  }

  /** Call it each second. */
  async refresh(): Promise<void> {
    const due = [...this.#calls()].filter((call) => this.#isDue(call)).values();
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (const call of due) await this.#check(call);
      }),
    );
  }

  #isDue(call: WatchedCall): boolean {
    if (!call.isUp || call.record.media_relay === undefined) return false;
    const watched = this.#watched.get(call);
    if (watched !== undefined) return this.#now() >= watched.due;
    this.#watched.set(call, { due: this.#now() + silence, since: new Map(sides.map((side) => [side, this.#now()])) });
    return false;
  }

  async #check(call: WatchedCall): Promise<void> {
    const watched = this.#watched.get(call);
    const heard = await call.heard();
    const now = this.#now();
    if (watched === undefined) return;
    watched.due = now + silence;
    if (heard === undefined || !call.isUp) return;
    for (const side of sides) {
      if (heard[side].isExpected && !isHushed(call.record, side))
        watched.since.set(side, watched.since.get(side) ?? now);
      else watched.since.delete(side);
    }
    const silentFrom = (side: Side): number => Math.max(heard[side].at, watched.since.get(side) ?? now);
    const lost = sides.find((side) => now - silentFrom(side) >= silence);
    if (lost !== undefined) call.lose(lost, heard);
    else watched.due = Math.max(now + leastInterval, Math.min(...sides.map(silentFrom)) + silence);
  }
}
