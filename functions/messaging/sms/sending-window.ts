/** The window in which marketing SMS are sent (functions/messaging/README.md, "Sending window"). */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { IANAZone } from 'luxon';
import { windowDays, type SendingWindow } from '../../../shared/schema/sending-window.ts';
import { day, minute } from '../../../shared/schema/time.ts';

/** A range of time in Unix milliseconds; the end is exclusive. */
type Interval = readonly [start: number, end: number];

/**
 * Milliseconds that are searched. A window opens once a week at least; if a change of the clock skips it, it opens a
 * week later.
 */
const horizon = 16 * day;

/** Countries of which CLDR has no zones. */
const zonesBesideCldr: Readonly<Record<string, readonly string[]>> = {
  AC: ['Atlantic/St_Helena'],
  TA: ['Atlantic/St_Helena'],
  XK: ['Europe/Belgrade'],
};

/** The zones of a number's country; none for a number of no or of several countries, such as +800 or +1 800. */
function zonesOf(number: string): readonly string[] {
  const country = parsePhoneNumberFromString(number)?.country;
  if (country === undefined) return [];
  return new Intl.Locale(`und-${country}`).getTimeZones() ?? zonesBesideCldr[country] ?? [];
}

const zoneNamed = (name: string): IANAZone => IANAZone.create(name);

/** The first minute after `from` at which the offset is that of `to`: it changes once between them. */
function changeBetween(zone: IANAZone, [from, to]: Interval): number {
  let [before, after] = [from, to];
  while (after - before > minute) {
    const middle = before + Math.floor((after - before) / 2 / minute) * minute;
    if (zone.offset(middle) === zone.offset(to)) after = middle;
    else before = middle;
  }
  return after;
}

/** The parts of a range in which the offset of a zone does not change, with the offset in milliseconds. */
function steadyParts(zone: IANAZone, [from, to]: Interval): { readonly part: Interval; readonly offset: number }[] {
  const parts: { part: Interval; offset: number }[] = [];
  let start = from;
  for (let at = from; at < to; at += day) {
    const next = Math.min(at + day, to);
    if (zone.offset(at) === zone.offset(next)) continue;
    const change = changeBetween(zone, [at, next]);
    parts.push({ part: [start, change], offset: zone.offset(at) * minute });
    start = change;
  }
  return [...parts, { part: [start, to], offset: zone.offset(start) * minute }];
}

const millisecondsOf = (time: string): number => (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * minute;

/** 1970-01-01 was a Thursday. */
const weekdayOfDayZero = 3;
const weekdayOf = (dayNumber: number) => windowDays[(((dayNumber + weekdayOfDayZero) % 7) + 7) % 7] ?? 'mon';

/** When the window is open by the wall clock of a zone, in ascending order. */
function openIn(zone: IANAZone, window: SendingWindow, range: Interval): Interval[] {
  const start = millisecondsOf(window.start);
  const end = millisecondsOf(window.end);
  const length = end > start ? end - start : end + day - start;
  return steadyParts(zone, range).flatMap(({ part: [from, to], offset }) => {
    const open: Interval[] = [];
    // One day earlier, for a window that runs over midnight.
    for (let date = Math.floor((from + offset) / day) - 1; date * day < to + offset; date += 1) {
      if (!window.days.includes(weekdayOf(date))) continue;
      const opens = date * day + start - offset;
      const [first, last] = [Math.max(opens, from), Math.min(opens + length, to)];
      if (first < last) open.push([first, last]);
    }
    return open;
  });
}

/** The times in both of two lists, each in ascending order. */
function common(one: readonly Interval[], other: readonly Interval[]): Interval[] {
  const both: Interval[] = [];
  let [left, right] = [0, 0];
  for (;;) {
    const [a, b] = [one[left], other[right]];
    if (a === undefined || b === undefined) return both;
    const [first, last] = [Math.max(a[0], b[0]), Math.min(a[1], b[1])];
    if (first < last) both.push([first, last]);
    if (a[1] < b[1]) left += 1;
    else right += 1;
  }
}

/** The first instant from `now` at which the window is open in all zones; undefined if there is none. */
function firstOpen(zones: readonly string[], window: SendingWindow, now: Date): Date | undefined {
  // Offsets change at whole minutes.
  const from = Math.floor(now.getTime() / minute) * minute;
  const range: Interval = [from, from + horizon];
  const [first] = zones
    .map((name) => openIn(zoneNamed(name), window, range))
    .reduce((open, next) => common(open, next), [range])
    .filter(([, end]) => end > now.getTime());
  return first === undefined ? undefined : new Date(Math.max(first[0], now.getTime()));
}

/**
 * When a marketing SMS to a number may be sent: now, or when the window opens next. With the zone `recipient` the
 * window must be open in every zone of the number's country. If it never is, or the country is unknown, the zone of the
 * organization counts.
 * @param number E.164
 */
export function nextInWindow(
  window: SendingWindow,
  number: string,
  { timezone }: { readonly timezone: string },
  now: Date,
): Date {
  const wanted = window.timezone === 'recipient' ? zonesOf(number) : [window.timezone];
  const inAll = wanted.length === 0 ? undefined : firstOpen(wanted, window, now);
  return inAll ?? firstOpen([timezone], window, now) ?? now;
}
