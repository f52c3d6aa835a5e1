import { IANAZone } from 'luxon';
import { day, minute } from '#schema/time.ts';

/** Wall-clock time: the day of the week from Monday = 0, and the minute of that day. */
export type WallClock = { readonly day: number; readonly minute: number };

/** The offset from UTC (ms) on a UTC day: `before`, and `after` from the instant `changes` (ms since 1970). */
type DayOffsets = { readonly day: number; readonly before: number; readonly changes: number; readonly after: number };

/** Days in the cache of a clock. */
const maxDays = 4_096;

/**
 * The wall clock of a time zone. An offset changes at most once per day, so the rules of the zone are read once per day
 * and not for each call. An hour that daylight saving skips does not occur; an hour that it repeats occurs twice.
 */
export class ZoneClock {
  readonly #name: string;
  readonly #days = new Map<number, DayOffsets>();
  #latest: DayOffsets = { day: Number.NaN, before: 0, changes: 0, after: 0 };

  /** @param zone IANA name */
  constructor(zone: string) {
    this.#name = zone;
  }

  /** @param at milliseconds since 1970 (UTC) */
  read(at: number): WallClock {
    const { before, changes, after } = this.#offsets(Math.floor(at / day));
    const local = at + (at < changes ? before : after);
    // 1 January 1970 was a Thursday.
    return { day: modulo(Math.floor(local / day) + 3, 7), minute: Math.floor(modulo(local, day) / minute) };
  }

  #offsets(ofDay: number): DayOffsets {
    if (this.#latest.day === ofDay) return this.#latest;
    if (this.#days.size >= maxDays) this.#days.clear();
    const offsets = this.#days.get(ofDay) ?? this.#readOffsets(ofDay);
    this.#days.set(ofDay, offsets);
    this.#latest = offsets;
    return offsets;
  }

  #readOffsets(ofDay: number): DayOffsets {
    const before = this.#offset(ofDay * day);
    const after = this.#offset((ofDay + 1) * day);
    return { day: ofDay, before, changes: Object.is(before, after) ? Infinity : this.#change(ofDay, before), after };
  }

  /** The first instant of a day at which the offset differs from that at its beginning. */
  #change(ofDay: number, before: number): number {
    let [same, other] = [ofDay * day, (ofDay + 1) * day];
    while (other - same > 1) {
      const middle = Math.floor((same + other) / 2);
      if (this.#offset(middle) === before) same = middle;
      else other = middle;
    }
    return other;
  }

  /** Milliseconds. */
  #offset(at: number): number {
    return IANAZone.create(this.#name).offset(at) * minute;
  }
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

/** More than there are names of zones. */
const maxClocks = 2_000;
const clocks = new Map<string, ZoneClock>();

/** The clock of a zone, from a cache. */
export function zoneClock(zone: string): ZoneClock {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  if (clocks.size >= maxClocks) clocks.clear();
  const clock = new ZoneClock(zone);
  clocks.set(zone, clock);
  return clock;
}
