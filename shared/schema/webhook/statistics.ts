import { day, hour } from '../time.ts';
import type { Health } from './health.ts';

/** Attempts of a webhook in an hour; one of several shards. */
export type WebhookHour = {
  readonly webhook_id: string;
  /** `2026-01-31T12` */
  readonly hour: string;
  readonly shard: number;
  readonly delivered?: number;
  readonly failed?: number;
  readonly last_success_at?: string;
  readonly last_failure_at?: string;
};

/** The hour of an instant: `2026-01-31T12`. */
export const hourOf = (now: Date): string => now.toISOString().slice(0, 13);

/** The first hour of the last 24. */
export const firstHour = (now: Date): string => hourOf(new Date(now.getTime() - day + hour));

const latest = (times: readonly (string | null | undefined)[]): string | null =>
  times
    .filter((time) => typeof time === 'string')
    .toSorted()
    .at(-1) ?? null;

const sum = (counts: readonly (number | undefined)[]): number =>
  counts.reduce<number>((total, count) => total + (count ?? 0), 0);

/** The figures of a webhook. @param hours of the last 24 hours */
export const statisticsOf = (hours: readonly WebhookHour[], health: Health) => ({
  delivered_24h: sum(hours.map(({ delivered }) => delivered)),
  failed_24h: sum(hours.map(({ failed }) => failed)),
  last_success_at: latest([health.last_success_at, ...hours.map(({ last_success_at: at }) => at)]),
  last_failure_at: latest([health.last_failure_at, ...hours.map(({ last_failure_at: at }) => at)]),
});
