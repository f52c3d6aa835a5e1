import type { DeliveryPreferences } from '#schema/notifier-settings.ts';
import { hour } from '#schema/time.ts';
import { firstOpen, windowDays } from '#schema/wall-clock.ts';

/** When notices may be sent (functions/system/README.md, "Quiet hours"). */

type Preferences = Pick<DeliveryPreferences, 'quiet_hours'>;
type Organization = { /** IANA. */ readonly timezone: string };

/** The end of the quiet hours that an instant is in, by the wall clock of their zone; undefined: it is in none. */
export function quietUntil(
  { quiet_hours: { enabled, start, end, timezone } }: Preferences,
  organization: Organization,
  now: Date,
): Date | undefined {
  if (!enabled) return undefined;
  const waking = { start: end, end: start, days: windowDays };
  const open = firstOpen([timezone ?? organization.timezone], waking, now);
  return open === undefined || open.getTime() <= now.getTime() ? undefined : open;
}

/** The hour of an instant, as limits count: Unix hours. */
export const hourOf = (now: Date): number => Math.floor(now.getTime() / hour);

/** When what is held back now is sent: as the quiet hours end, else as the hour ends, if that is not quiet. */
export function releaseTime(preferences: Preferences, organization: Organization, now: Date): Date {
  const quiet = quietUntil(preferences, organization, now);
  if (quiet !== undefined) return quiet;
  const next = new Date((hourOf(now) + 1) * hour);
  return quietUntil(preferences, organization, next) ?? next;
}
