import { IANAZone } from 'luxon';

/** What the wall shows: the day counted from Monday = 0, the minute of that day. */
export type WallClock = { readonly day: number; readonly minute: number };

/** Milliseconds. */
const minute = 60_000;
const day = 24 * 60 * minute;

/** The offset from UTC on one day of UTC: `before`, and from `changes` on (milliseconds since 1970) `after`. */
type DayOffsets = { readonly day: number; readonly before: number; readonly changes: number; readonly after: number };

/** Days that a clock remembers. */
const maxDays = 4_096;

/**
 * The wall clock of a time zone. Offsets change at most once within a day, so that the zone's rules are asked once
 * for each day and not for each call. Windows follow the wall clock: an hour that daylight saving skips does not
 * happen, one that it repeats happens twice.
 */
export class ZoneClock {
  readonly #name: string;
  readonly #days = new Map<number, DayOffsets>();
  #latest: DayOffsets = { day: Number.NaN, before: 0, changes: 0, after: 0 };

  /** `zone` is an IANA name. */
  constructor(zone: string) {
    this.#name = zone;
  }

  /** At an instant (milliseconds since 1970, UTC). */
  read(at: number): WallClock {
    const { before, changes, after } = this.#offsets(Math.floor(at / day));
    const local = at + (at < changes ? before : after);
    // 1 January 1970 was a Thursday.
    return { day: modulo(Math.floor(local / day) + 3, 7), minute: Math.floor(modulo(local, day) / minute) };
  }

  #offsets(ofDay: number): DayOffsets {
    if (this.#latest.day === ofDay) return this.#latest;
    if (this.#days.size >= maxDays) this.#days.clear();
    const offsets = this.#days.get(ofDay) ?? this.#asked(ofDay);
    this.#days.set(ofDay, offsets);
    this.#latest = offsets;
    return offsets;
  }

  #asked(ofDay: number): DayOffsets {
    const before = this.#offset(ofDay * day);
    const after = this.#offset((ofDay + 1) * day);
    return { day: ofDay, before, changes: Object.is(before, after) ? Infinity : this.#change(ofDay, before), after };
  }

  /** The first instant of a day with another offset than at its beginning. */
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

/** More names than there are zones, however they are spelled. */
const maxClocks = 2_000;
const clocks = new Map<string, ZoneClock>();

/** The clock of a zone, the same for all who ask. */
export function zoneClock(zone: string): ZoneClock {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  if (clocks.size >= maxClocks) clocks.clear();
  const clock = new ZoneClock(zone);
  clocks.set(zone, clock);
  return clock;
}
