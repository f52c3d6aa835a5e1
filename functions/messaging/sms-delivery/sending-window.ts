/** The window in which marketing SMS are sent (functions/messaging/README.md, "Sending window"). */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { SendingWindow } from '#schema/sending-window.ts';
import { firstOpen } from '#schema/wall-clock.ts';

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
