import { day, hour, second } from '../schema/time.ts';
import { worseStatus, type GatewayStatus } from './gateway-health.ts';

/** Results of a gateway's pings and reports over the last 24 hours, stored by hour. Times are Unix milliseconds. */

export type HistoryPoint = {
  readonly at: number;
  /** The gateway's status after it. */
  readonly status: GatewayStatus;
  /** Null: unanswered, or not reported. */
  readonly response_time_ms: number | null;
};

/** A point as stored: milliseconds into the hour, status, response time in milliseconds. */
export type StoredPoint = readonly [into: number, status: GatewayStatus, responseTime: number | null];

/** Length of an hour such as `2026-01-15T10`. */
const hourLength = 13;
/**
 * Maximum number of points in an hour: pings every 10 seconds make 360, the rest is for reports. A DynamoDB item may
 * have 400 KB.
 */
export const maxPointsOfAnHour = 5_000;
/** Milliseconds for which points are kept after their hour. */
const retention = day;

/** The hour of an instant (UTC): `2026-01-15T10`. */
export const hourOf = (at: number): string => new Date(at).toISOString().slice(0, hourLength);
const startOf = (name: string): number => Date.parse(`${name}:00:00.000Z`);

/** Unix seconds at which the points of an hour expire. */
export const hourExpires = (name: string): number => (startOf(name) + hour + retention) / second;

/** A point in its stored form. */
export const packPoint = ({ at, status, response_time_ms: responseTime }: HistoryPoint): StoredPoint => [
  at - startOf(hourOf(at)),
  status,
  responseTime,
];

type StoredHour = { readonly hour: string; readonly points: readonly StoredPoint[] };

/** The points of stored hours since a time (Unix milliseconds), newest first. */
export const pointsSince = (hours: readonly StoredHour[], since: number): HistoryPoint[] =>
  hours
    .flatMap(({ hour: name, points }) =>
      points.map(([into, status, responseTime]) => ({
        at: startOf(name) + into,
        status,
        response_time_ms: responseTime,
      })),
    )
    .filter(({ at }) => at >= since)
    .sort((one, other) => other.at - one.at);

/**
 * One point for each hour with any, newest first: the worst status, and the mean response time in whole milliseconds.
 */
export function hourlyPoints(points: readonly HistoryPoint[]): HistoryPoint[] {
  const hours = Map.groupBy(points, ({ at }) => hourOf(at));
  return [...hours]
    .sort(([one], [other]) => (one < other ? 1 : -1))
    .map(([name, of]) => {
      const answers = of.flatMap(({ response_time_ms: time }) => time ?? []);
      return {
        at: startOf(name),
        status: of.map(({ status }) => status).reduce(worseStatus),
        response_time_ms:
          answers.length === 0 ? null : Math.round(answers.reduce((sum, each) => sum + each, 0) / answers.length),
      };
    });
}

/** The start of a history of so many hours. */
export const historyStart = (now: number, hours: number): number => now - hours * hour;
/** The first and the last stored hour of a history. */
export const hoursBetween = (since: number, now: number): readonly [string, string] => [hourOf(since), hourOf(now)];
