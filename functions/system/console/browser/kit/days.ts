/** Days of a time zone. A day is written `YYYY-MM-DD`. */

const minute = 60_000;
const day = 86_400_000;

/** Milliseconds by which the clocks of a zone are ahead of UTC. @param at Unix milliseconds */
function offsetAt(at: number, zone: string): number {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * minute;
}

/** The day of an instant. @param at Unix milliseconds @param zone IANA */
export const dayAt = (at: number, zone: string): string => new Date(at + offsetAt(at, zone)).toISOString().slice(0, 10);

/** The first instant of a day, in Unix milliseconds; also where clocks are changed at midnight. @param zone IANA */
export function startOfDay(text: string, zone: string): number {
  const midnight = Date.parse(`${text}T00:00:00Z`);
  const start = midnight - offsetAt(midnight - offsetAt(midnight, zone), zone);
  // Where the clocks skip midnight, the day begins later.
  return dayAt(start, zone) === text ? start : midnight - offsetAt(start - 1, zone);
}

/** So many days later. */
export const dayAfter = (text: string, days = 1): string =>
  new Date(Date.parse(`${text}T00:00:00Z`) + days * day).toISOString().slice(0, 10);
