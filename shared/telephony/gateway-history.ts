import { worse, type GatewayStatus } from './gateway-health.ts';

/** What pings and reports said of a gateway over the last 24 hours, hour by hour. Times are Unix milliseconds. */

export type HistoryPoint = {
  readonly at: number;
  /** The gateway's status after it. */
  readonly status: GatewayStatus;
  /** Null: unanswered, or not said. */
  readonly response_time_ms: number | null;
};

/** As an item holds many: milliseconds into the hour, status, response time. */
export type StoredPoint = readonly [into: number, status: GatewayStatus, responseTime: number | null];

const hour = 3_600_000;
/** Characters of an hour such as `2026-01-15T10`. */
const hourLength = 13;
/** Points that an hour holds: pings each 10 seconds are 360, the rest is room for reports; an item has 400 KB. */
export const maxPointsOfAnHour = 5_000;
/** Hours for which points are kept. */
const kept = 24;

/** The hour of an instant (UTC): `2026-01-15T10`. */
export const hourOf = (at: number): string => new Date(at).toISOString().slice(0, hourLength);
const startOf = (name: string): number => Date.parse(`${name}:00:00.000Z`);

/** Unix seconds after which nobody asks for an hour's points. */
export const hourExpires = (name: string): number => (startOf(name) + (kept + 1) * hour) / 1_000;

export const stored = ({ at, status, response_time_ms: responseTime }: HistoryPoint): StoredPoint => [
  at - startOf(hourOf(at)),
  status,
  responseTime,
];

type StoredHour = { readonly hour: string; readonly points: readonly StoredPoint[] };

/** The points of stored hours that are not older than so many hours, newest first. */
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
 * One point for each hour that has any, newest first: the worst status, and the mean of the answers in whole
 * milliseconds.
 */
export function hourly(points: readonly HistoryPoint[]): HistoryPoint[] {
  const hours = Map.groupBy(points, ({ at }) => hourOf(at));
  return [...hours]
    .sort(([one], [other]) => (one < other ? 1 : -1))
    .map(([name, of]) => {
      const answers = of.flatMap(({ response_time_ms: time }) => time ?? []);
      return {
        at: startOf(name),
        status: of.map(({ status }) => status).reduce(worse),
        response_time_ms:
          answers.length === 0 ? null : Math.round(answers.reduce((sum, each) => sum + each, 0) / answers.length),
      };
    });
}

/** How far back a request for so many hours looks. */
export const historyStart = (now: number, hours: number): number => now - hours * hour;
/** The first and the last hour that it needs. */
export const hoursBetween = (since: number, now: number): readonly [string, string] => [hourOf(since), hourOf(now)];
