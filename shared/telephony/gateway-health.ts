import { day, minute } from '../schema/time.ts';

/**
 * Health of a gateway: a state machine over the platform's own pings, and the reports of external monitors
 * (`functions/telephony/sip-gateways/README.md`, "Pings"). Times are Unix milliseconds.
 */

export const gatewayStatuses = ['unknown', 'healthy', 'degraded', 'down'] as const;
export type GatewayStatus = (typeof gatewayStatuses)[number];
export type KnownStatus = Exclude<GatewayStatus, 'unknown'>;

/** How a gateway is pinged, and the thresholds of its status. */
export type PingSettings = {
  readonly enabled: boolean;
  readonly interval_seconds: number;
  readonly timeout_ms: number;
  /** `degraded` if the mean of the last 5 response times is above this, milliseconds. */
  readonly degraded_ms: number;
  /** `degraded` if this percentage of the last 20 pings or more is unanswered. */
  readonly degraded_loss_percent: number;
  /** Consecutive failures until `down`. */
  readonly down_after: number;
  /** Consecutive successes until a gateway that is down is back, and good pings until it is healthy again. */
  readonly up_after: number;
};

export type GatewayHealth = {
  readonly status: GatewayStatus;
  /** Time of the last ping or report that counted; null before the first. */
  readonly last_ping: number | null;
  /** Of the last ping or report; null: unanswered or not reported. */
  readonly response_time_ms: number | null;
  readonly packet_loss_percent: number | null;
  /** Why it is not healthy; null if no ping or report gave a reason. */
  readonly last_error: string | null;
  /** The state machine over its own pings. */
  readonly own: OwnState;
  /** A report of `degraded` or `down` that overrides better pings; `until` null: until the next report. */
  readonly standing: { readonly status: 'degraded' | 'down'; readonly until: number | null } | null;
  /** When it was down in the last 24 hours, oldest first; `to` null: it is down now. */
  readonly outages: readonly Outage[];
};

type OwnState = {
  readonly status: GatewayStatus;
  /** Consecutive. */
  readonly failures: number;
  readonly successes: number;
  /** Consecutive pings with latency and loss below the limits. */
  readonly good: number;
  /** Response times of the last 5 answers in milliseconds, newest last. */
  readonly answers: readonly number[];
  /** Whether each of the last 20 pings was answered, newest last. */
  readonly answered: readonly boolean[];
};

type Outage = { readonly from: number; readonly to: number | null };

/** Result of one ping; {@link isAlive} decides which responses are answers. */
export type PingResult = { readonly at: number } & ({ readonly response_time_ms: number } | { readonly error: string });

/** Report of an external monitor. */
export type HealthReport = {
  readonly at: number;
  readonly status: KnownStatus;
  readonly response_time_ms: number | null;
  readonly packet_loss_percent: number | null;
  readonly error: string | null;
};

const countedAnswers = 5;
const countedPings = 20;
/** Milliseconds for which a report overrides better pings. */
const reportTtl = 5 * minute;
/** Maximum number of outages; beyond it the two nearest to each other are merged. */
const maxOutages = 100;

const initialState: OwnState = { status: 'unknown', failures: 0, successes: 0, good: 0, answers: [], answered: [] };

/** Health of a gateway before its first ping. */
export const unknownHealth: GatewayHealth = {
  status: 'unknown',
  last_ping: null,
  response_time_ms: null,
  packet_loss_percent: null,
  last_error: null,
  own: initialState,
  standing: null,
  outages: [],
};

/** Health of a gateway whose pings end or go to another peer: only its outages are kept. */
export const clearHealth = (health: GatewayHealth, now: number): GatewayHealth => ({
  ...unknownHealth,
  outages: outagesAfter(health, 'unknown', now),
});

const failureCodes: ReadonlySet<number> = new Set([408, 500, 502, 503, 504]);

/** Whether a final response shows that the gateway is alive: any code but 408, 500, 502, 503 and 504. */
export const isAlive = (code: number): boolean => !failureCodes.has(code);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const lossOf = (answered: readonly boolean[]): number =>
  answered.length === 0 ? 0 : (100 * answered.filter((each) => !each).length) / answered.length;

/** To two decimals. */
const roundPercent = (percent: number): number => Math.round(percent * 100) / 100;

const severity = { unknown: 0, healthy: 1, degraded: 2, down: 3 } as const satisfies Record<GatewayStatus, number>;
/** The worse of two statuses. */
export const worseStatus = <S extends GatewayStatus>(one: S, other: S): S =>
  severity[one] >= severity[other] ? one : other;

/** The state machine's state after a ping. */
function nextOwnState(own: OwnState, result: PingResult, settings: PingSettings): OwnState {
  const isAnswer = 'response_time_ms' in result;
  const answers = isAnswer ? [...own.answers, result.response_time_ms].slice(-countedAnswers) : own.answers;
  const answered = [...own.answered, isAnswer].slice(-countedPings);
  const isGood =
    !(answers.length > 0 && mean(answers) > settings.degraded_ms) && lossOf(answered) < settings.degraded_loss_percent;
  const counted = {
    failures: isAnswer ? 0 : own.failures + 1,
    successes: isAnswer ? own.successes + 1 : 0,
    good: isGood ? own.good + 1 : 0,
  };
  return { ...counted, answers, answered, status: nextOwnStatus(own.status, counted, settings) };
}

function nextOwnStatus(
  status: GatewayStatus,
  { failures, successes, good }: Pick<OwnState, 'failures' | 'successes' | 'good'>,
  { down_after, up_after }: PingSettings,
): KnownStatus {
  if (failures >= down_after) return 'down';
  if (status === 'down' && successes < up_after) return 'down';
  if (good === 0) return 'degraded';
  return status === 'degraded' && good < up_after ? 'degraded' : 'healthy';
}

const isInForce = (standing: GatewayHealth['standing'], at: number): boolean =>
  standing !== null && (standing.until === null || standing.until > at);

/** Health after a ping of the platform. */
export function afterPing(health: GatewayHealth, result: PingResult, settings: PingSettings): GatewayHealth {
  const own = nextOwnState(health.own, result, settings);
  const standing = isInForce(health.standing, result.at) ? health.standing : null;
  const status = standing === null ? own.status : worseStatus(standing.status, own.status);
  const lastError = 'error' in result ? result.error : health.last_error;
  return {
    status,
    own,
    standing,
    last_ping: result.at,
    response_time_ms: 'response_time_ms' in result ? result.response_time_ms : null,
    packet_loss_percent: roundPercent(lossOf(own.answered)),
    last_error: status === 'healthy' ? null : lastError,
    outages: outagesAfter(health, status, result.at),
  };
}

/**
 * Health after a report. Thresholds do not apply: the status becomes the reported one. `degraded` and `down` override
 * better pings for 5 minutes, or until the next report if the gateway is not pinged. A report older than the last ping
 * changes nothing.
 */
export function afterReport(
  health: GatewayHealth,
  report: HealthReport,
  settings: Pick<PingSettings, 'enabled'>,
): GatewayHealth {
  if (health.last_ping !== null && report.at < health.last_ping) return health;
  const { status, at } = report;
  const isWell = status === 'healthy';
  return {
    status,
    last_ping: at,
    response_time_ms: report.response_time_ms,
    packet_loss_percent: report.packet_loss_percent,
    last_error: isWell ? null : report.error,
    // Failures before a report of `healthy` no longer count.
    own: isWell ? { ...initialState, status } : health.own,
    standing: isWell ? null : { status, until: settings.enabled ? at + reportTtl : null },
    outages: outagesAfter(health, status, at),
  };
}

/** The outages of the last 24 hours after a change of status. */
function outagesAfter(health: GatewayHealth, status: GatewayStatus, at: number): readonly Outage[] {
  const recent = health.outages.filter(({ to }) => to === null || to > at - day);
  const open = recent.at(-1)?.to === null;
  if (open === (status === 'down')) return recent;
  if (open) return recent.map((outage) => (outage.to === null ? { ...outage, to: at } : outage));
  return mergeNearest([...recent, { from: at, to: null }]);
}

/** At most {@link maxOutages} outages: the two with the smallest gap between them become one. */
function mergeNearest(outages: readonly Outage[]): readonly Outage[] {
  if (outages.length <= maxOutages) return outages;
  const gap = (at: number): number => (outages[at + 1]?.from ?? Infinity) - (outages[at]?.to ?? 0);
  const nearest = [...outages.keys()].slice(0, -1).reduce((best, at) => (gap(at) < gap(best) ? at : best), 0);
  const [first, second] = [outages[nearest], outages[nearest + 1]];
  if (first === undefined || second === undefined) return outages;
  return [...outages.slice(0, nearest), { from: first.from, to: second.to }, ...outages.slice(nearest + 2)];
}

/**
 * Percentage of the last 24 hours, or of the time since creation, in which the gateway was not down, to two decimals;
 * null while the status is unknown.
 */
export function uptimePercent(health: GatewayHealth, createdAt: number, now: number): number | null {
  if (health.status === 'unknown') return null;
  const start = Math.max(createdAt, now - day);
  const down = health.outages.reduce((sum, { from, to }) => sum + Math.max(0, (to ?? now) - Math.max(from, start)), 0);
  return now <= start ? 100 : roundPercent(100 - (100 * down) / (now - start));
}

/**
 * The event of a change of status; null if the status is the same or becomes `unknown`: then the pings ended, and the
 * change of the gateway has an event of its own.
 */
export function statusEvent(name: string, before: GatewayHealth, after: GatewayHealth) {
  if (before.status === after.status || after.status === 'unknown') return null;
  const { status, response_time_ms, packet_loss_percent, last_error } = after;
  return {
    type: eventTypes[status],
    severity: eventSeverities[status],
    description: `Gateway ${name} is ${status}`,
    fields: { old_status: before.status, status, response_time_ms, packet_loss_percent, last_error },
  };
}

const eventTypes = { healthy: 'gateway.healthy', degraded: 'gateway.degraded', down: 'gateway.down' } as const;
const eventSeverities = { healthy: 'info', degraded: 'warning', down: 'error' } as const;
