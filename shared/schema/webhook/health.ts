import { day, hour } from '../time.ts';

/** How the attempts of a webhook end (functions/platform/README.md, "Failing webhooks"). */
export type Health = {
  /** ISO 8601: the first failure after the last success; null while it does not fail. */
  readonly failing_since: string | null;
  /** Failures since then; counted up to `enoughFailures`. */
  readonly failures: number;
  /** ISO 8601, precise to an hour: the statistics have the last hours. */
  readonly last_success_at: string | null;
  readonly last_failure_at: string | null;
};

export const newHealth: Health = { failing_since: null, failures: 0, last_success_at: null, last_failure_at: null };

/** A webhook is disabled after so many failures and so long without a success. */
const enoughFailures = 10;
const longEnough = 5 * day;

/** A time that is stored once an hour, so that not every attempt writes it. */
const hourly = (stored: string | null, now: Date): string =>
  stored !== null && Date.parse(stored) + hour > now.getTime() ? stored : now.toISOString();

/** The health after an attempt; the same object if nothing changes that must be stored. */
export function healthAfter(health: Health, isSuccess: boolean, now: Date): Health {
  const after: Health = isSuccess
    ? { ...health, failing_since: null, failures: 0, last_success_at: hourly(health.last_success_at, now) }
    : {
        ...health,
        failing_since: health.failing_since ?? now.toISOString(),
        failures: Math.min(health.failures + 1, enoughFailures),
        last_failure_at: hourly(health.last_failure_at, now),
      };
  const names = Object.keys(after) as (keyof Health)[];
  return names.every((name) => after[name] === health[name]) ? health : after;
}

/** Whether a webhook has failed so often and so long that it is disabled. */
export const hasFailedTooLong = ({ failing_since: since, failures }: Health, now: Date): boolean =>
  since !== null && failures >= enoughFailures && now.getTime() - Date.parse(since) >= longEnough;

/** The health of a webhook that is enabled again. */
export const resetHealth = (health: Health): Health => ({ ...health, failing_since: null, failures: 0 });
