import { locale } from '../texts/language.ts';

/** Times, numbers and durations as a person reads them, in the language of the page. */

/** Time zone of the organization that is looked at (IANA); undefined: that of the browser. */
let zone: string | undefined;

/** Set by the frame of the pages, before they show a time. */
export const setZone = (next: string | undefined): void => void (zone = next);

/** The zone in which times are shown (IANA). */
export const shownZone = (): string => zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;

type Moment = string | number | Date | null | undefined;

function dateOf(moment: Moment): Date | undefined {
  const date = moment === null || moment === undefined ? new Date(Number.NaN) : new Date(moment);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function inZone(moment: Moment, options: Intl.DateTimeFormatOptions): string {
  const date = dateOf(moment);
  return date === undefined ? '–' : new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }).format(date);
}

/** Day and time to the minute. @param moment RFC 3339 or Unix milliseconds; `–` if there is none */
export const dateTimeText = (moment: Moment): string => inZone(moment, { dateStyle: 'medium', timeStyle: 'short' });

/** Day and time to the second. */
export const exactTimeText = (moment: Moment): string => inZone(moment, { dateStyle: 'medium', timeStyle: 'medium' });

/** The day. */
export const dayText = (moment: Moment): string => inZone(moment, { dateStyle: 'medium' });

/** The time of the day, to the minute. */
export const timeText = (moment: Moment): string => inZone(moment, { timeStyle: 'short' });

/** An instant by the clock of the zone, as inputs of HTML have it: `2027-03-01T09:30`. Empty: there is none. */
export function clockOf(moment: Moment): string {
  const date = dateOf(moment);
  if (date === undefined) return '';
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  // Sweden writes as ISO 8601 does.
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, ...parts }).format(date).replace(' ', 'T');
}

/** The instant at which the clock of the zone shows a time, RFC 3339 in UTC. @param clock as in `clockOf` */
export function instantOf(clock: string): string {
  const wanted = Date.parse(`${clock}Z`);
  const shiftAt = (instant: number): number => Date.parse(`${clockOf(instant)}Z`) - instant;
  return new Date(wanted - shiftAt(wanted - shiftAt(wanted))).toISOString();
}

/** A month of a year, such as `March 2027`. */
export const monthText = (moment: Moment): string => inZone(moment, { year: 'numeric', month: 'long' });

const ages = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** How long ago it was, or how long it takes until then: `3 hours ago`. @param now Unix milliseconds */
export function agoText(moment: Moment, now = Date.now()): string {
  const date = dateOf(moment);
  if (date === undefined) return '–';
  const seconds = (date.getTime() - now) / 1_000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const unit = ages.find(([, length]) => Math.abs(seconds) >= length);
  return unit === undefined ? format.format(0, 'minute') : format.format(Math.trunc(seconds / unit[1]), unit[0]);
}

/** Seconds as minutes and seconds, with hours if there are any: `8:43`, `1:02:03`. */
export function durationText(seconds: unknown): string {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return '–';
  const all = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(all / 3_600), Math.floor(all / 60) % 60, all % 60];
  const padded = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`;
}

/** A number with the marks of the language. @param digits decimals at most */
export const numberText = (value: unknown, digits = 0): string =>
  typeof value === 'number' ? value.toLocaleString(locale, { maximumFractionDigits: digits }) : '–';

/** A part of one as percent: 0.254 is `25 %`. Null: `–`. */
export const percentText = (part: number | null): string =>
  part === null ? '–' : part.toLocaleString(locale, { style: 'percent' });

/** Sizes in bytes: `2.4 MB`. */
export function sizeText(bytes: unknown): string {
  if (typeof bytes !== 'number') return '–';
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  const unit = units[step] ?? 'byte';
  return (bytes / 1_000 ** step).toLocaleString(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  });
}
